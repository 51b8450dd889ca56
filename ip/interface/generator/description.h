#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// An interface description as read from its YAML file: registers, commands, enums and memory structures.
namespace spinvp::generator {

struct EnumValue {
  std::string name;
  std::uint32_t value = 0;
  std::string description;
};

struct Enum {
  std::string name;
  std::string description;
  std::vector<EnumValue> values;
};

/// Registers stand below this offset; nothing else does.
inline constexpr std::uint32_t register_page_bytes = 0x1000;

/// A run of bits in a 32-bit word.
struct Field {
  std::string name;
  std::uint32_t word = 0;  ///< commands only
  std::uint32_t high = 31;
  std::uint32_t low = 0;
  bool is_signed = false;
  std::uint32_t minimum = 0;
  std::uint32_t maximum = 0xFFFFFFFF;
  std::string enum_name;
  bool acts = false;  ///< registers only: a written 1 makes the chip act at once; reads 0
  std::string description;

  std::uint32_t width() const { return high - low + 1; }
  std::uint32_t mask() const { return (width() == 32 ? 0xFFFFFFFFu : ((1u << width()) - 1u)) << low; }
};

struct Register {
  std::string name;
  std::uint32_t offset = 0;
  std::string access;  ///< ro rw wo w1c w1s
  std::uint32_t reset = 0;
  bool is_capability = false;  ///< a reset leaves what the build of the chip says, not `reset`
  bool is_constant = false;    ///< never changes while the chip runs: capabilities, and what says so
  std::string holds;           ///< the register that a read of this one changes: the other half of a counter
  std::string sets;            ///< w1s: the register whose bits these are; empty: bits of its own
  std::string enum_name;
  std::string description;
  std::vector<Field> fields;

  std::uint32_t implemented() const;  ///< bits that are not reserved; without fields, all
  std::uint32_t acting() const;       ///< bits of fields that act
  /// Every bit once, from bit 0 up: the fields and between them the reserved bits, whose name is empty. A register
  /// without fields has one, VALUE, of 32 bits.
  std::vector<Field> layout() const;
};

struct Command {
  std::string name;
  std::uint32_t opcode = 0;
  std::uint32_t words = 0;
  std::string lane;  ///< empty: run by the command processor itself
  std::string description;
  std::vector<Field> fields;
};

struct Constant {
  std::string name;
  std::uint32_t value = 0;
  std::string description;
};

struct Member {
  std::string name;
  std::string type;  ///< u16 u32 u64 char
  std::uint32_t count = 1;
  std::string description;

  std::uint32_t size() const;
};

struct Structure {
  std::string name;
  std::string description;
  std::vector<Member> members;

  std::uint32_t size() const;
};

struct Description {
  std::string name;
  std::string prefix;  ///< of C names
  std::string title;
  std::uint32_t version_major = 0;
  std::uint32_t version_minor = 0;
  std::vector<Constant> constants;
  std::vector<Enum> enums;
  std::vector<Register> registers;
  std::vector<Field> header;
  std::vector<Command> commands;
  std::vector<Structure> structures;
};

/// Reads and checks a description: no overlapping fields, no offset twice, every enum named exists, members naturally
/// aligned. InputError names file, line and column.
Description read_description(const std::string& path);

/// The same where files are not on disk: `file` gives the text of a file by its name.
Description read_description(const std::string& name, const std::function<std::string(const std::string&)>& file);

}  // namespace spinvp::generator
