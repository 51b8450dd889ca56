#pragma once

#include <cstddef>
#include <cstdint>

/// What the generated view of the interface is made of.
namespace spinvp::interface {

/// Bits high..low of a 32-bit word.
struct BitField {
  std::uint32_t high;
  std::uint32_t low;

  constexpr std::uint32_t mask() const {
    const std::uint32_t width = high - low + 1;
    return (width == 32 ? 0xFFFFFFFFu : ((1u << width) - 1u)) << low;
  }
  constexpr std::uint32_t extract(std::uint32_t word) const { return (word & mask()) >> low; }
  constexpr std::int32_t extract_signed(std::uint32_t word) const {
    const std::uint32_t value = extract(word);
    const std::uint32_t sign = 1u << (high - low);
    return static_cast<std::int32_t>((value ^ sign) - sign);
  }
  constexpr std::uint32_t insert(std::uint32_t value) const { return (value << low) & mask(); }
};

/// What software may do: read, write, clear or set with a written 1.
enum class Access { Ro, Rw, Wo, W1c, W1s };

struct RegisterInfo {
  const char* name;
  std::uint32_t offset;  ///< bytes
  Access access;
  std::uint32_t reset;
  bool is_capability;         ///< what the chip's configuration says, in place of `reset`
  std::uint32_t implemented;  ///< bits that are not reserved; reserved ones read 0 and ignore writes
  std::uint32_t acts;         ///< bits whose written 1 makes the chip act at once; they read 0
  std::uint32_t storage;  ///< offset of the register that holds the bits: its own, but for a W1S that sets another's
  const char* description;
};

struct EnumValueInfo {
  const char* name;
  std::uint32_t value;
  const char* description;
};

struct CommandFieldInfo {
  const char* name;
  std::uint32_t word;
  BitField bits;
  bool is_signed;
  std::uint32_t minimum;
  std::uint32_t maximum;
  const EnumValueInfo* values;  ///< null unless the field is an enum
  std::size_t value_count;
};

struct CommandInfo {
  const char* name;
  std::uint32_t opcode;
  std::uint32_t words;
  int lane;  ///< interface::Lane, or -1 when the command processor runs it itself
  const CommandFieldInfo* fields;
  std::size_t field_count;
};

}  // namespace spinvp::interface
