#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <vector>

#include "platform/cpu/rv32_core.h"

/// A bus that records what the core asks for. It answers with an error unless a test installs a device.
class TestBus : public spinvp::platform::CoreBus {
 public:
  std::function<bool(std::uint32_t address, std::uint32_t length, std::uint32_t& value)> on_read;
  std::function<bool(std::uint32_t address, std::uint32_t length, std::uint32_t value)> on_write;
  std::function<bool(std::uint32_t address, std::uint16_t& halfword)> on_fetch;
  int accesses = 0;

  bool fetch(std::uint32_t address, std::uint16_t& halfword) override {
    ++accesses;
    return on_fetch && on_fetch(address, halfword);
  }
  bool read(std::uint32_t address, std::uint32_t length, std::uint32_t& value) override {
    ++accesses;
    return on_read && on_read(address, length, value);
  }
  bool write(std::uint32_t address, std::uint32_t length, std::uint32_t value) override {
    ++accesses;
    return on_write && on_write(address, length, value);
  }
};

/// A core with 64 KiB of RAM at 0x80000000, reset to its start, traps going to `handler`.
class CoreHarness {
 public:
  static constexpr std::uint32_t ram_base = 0x80000000;
  static constexpr std::uint32_t ram_size = 0x10000;
  static constexpr std::uint32_t handler = ram_base + 0x8000;
  static constexpr std::uint32_t data = ram_base + 0xa000;
  static constexpr std::uint32_t unmapped = 0x40000000;

  TestBus bus;
  std::vector<std::uint8_t> ram = std::vector<std::uint8_t>(ram_size);
  spinvp::platform::Rv32Core core{bus, ram_base, 0};

  CoreHarness() {
    core.add_memory({ram_base, ram_size, ram.data(), true});
    core.set_csr(spinvp::platform::csr::mtvec, handler);
  }

  void put_word(std::uint32_t address, std::uint32_t value) { std::memcpy(&ram[address - ram_base], &value, 4); }
  void put_half(std::uint32_t address, std::uint16_t value) { std::memcpy(&ram[address - ram_base], &value, 2); }
  std::uint32_t word(std::uint32_t address) const {
    std::uint32_t value;
    std::memcpy(&value, &ram[address - ram_base], 4);
    return value;
  }
  /// Places 32-bit instructions, from the start of RAM or from `address` on.
  void program(std::initializer_list<std::uint32_t> words, std::uint32_t address = ram_base) {
    for (const std::uint32_t value : words) {
      put_word(address, value);
      address += 4;
    }
  }
  std::uint32_t csr(std::uint32_t number) const { return core.csr(number).value(); }
  std::uint32_t cause() const { return csr(spinvp::platform::csr::mcause); }
  std::uint32_t epc() const { return csr(spinvp::platform::csr::mepc); }
  std::uint32_t tval() const { return csr(spinvp::platform::csr::mtval); }
};
