#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <systemc>
#include <vector>

#include "core/yaml.h"

namespace spinvp::platform {

/// What can be made to go wrong around the chip, for the sake of whoever writes its driver.
enum class InjectedKind {
  BusError,           ///< the bus refuses an access
  Stall,              ///< the bus answers the chip's DMA late, or never
  CorruptCommand,     ///< bits of a command word change on their way to the chip
  LostInterrupt,      ///< a rising edge of the chip's line does not arrive
  SpuriousInterrupt,  ///< the line rises without the chip
  StuckInterrupt      ///< the line keeps a level
};

/// Where: between an initiator and the bus, or in the chip's interrupt line.
enum class FaultWire { Cpu, Dma, Interrupt };

/// Which accesses, words or edges of all that match: the first-th one (from 1), then every every-th behind it, count
/// times at most.
struct Occurrences {
  static constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t first = 1;
  std::uint64_t every = 1;
  std::uint64_t count = no_limit;

  /// Whether the `number`-th one (from 1) is struck.
  bool strike(std::uint64_t number) const {
    return number >= first && (number - first) % every == 0 && (number - first) / every < count;
  }
};

/// One fault to inject: see docs/faults.md for what belongs to which kind.
struct InjectedFault {
  InjectedKind kind = InjectedKind::BusError;
  std::string text;  ///< as on the command line: for reports

  FaultWire wire = FaultWire::Dma;

  // Accesses and command words
  std::uint64_t first_address = 0;  ///< what overlaps first_address..last_address
  std::uint64_t last_address = std::numeric_limits<std::uint64_t>::max();
  bool reads = true;
  bool writes = true;
  // Accesses, command words and edges
  Occurrences occurrences;

  sc_core::sc_time time;   ///< Stall: how long
  bool forever = false;    ///< Stall: never answered. Interrupts: no end
  std::uint32_t mask = 0;  ///< CorruptCommand: bits that change
  sc_core::sc_time at;     ///< interrupts: when it begins
  sc_core::sc_time width;  ///< interrupts: how long it lasts, unless forever
  bool level = false;      ///< StuckInterrupt: which level

  bool touches(std::uint64_t address, std::uint64_t length) const {
    return length > 0 && address <= last_address && address + (length - 1) >= first_address;
  }
};

const char* to_string(InjectedKind kind);

/// Reads `faults: [...]` of a file; InputError names file, line, column and key.
std::vector<InjectedFault> load_faults(const std::string& path);
std::vector<InjectedFault> parse_faults(const Yaml& yaml);

/// Reads one fault from "KIND:key=value,...": the keys of the YAML form. InputError quotes the text.
InjectedFault parse_fault(const std::string& text);

}  // namespace spinvp::platform
