#pragma once

#include <cstddef>
#include <cstdint>

#include "platform/cpu/operations.h"

namespace spinvp::platform {

/// One decoded instruction of a trace, ready to execute. A trace is what is executed from one address on as long as no
/// jump is taken; a TraceEnd closes it when its last instruction does not leave it anyway. `count` lets the interpreter
/// count instructions once a trace: whoever leaves it takes the count of its entry.
struct DecodedEntry {
  const void* handler;     ///< a label inside the interpreter; that of a pair's first also executes the second
  std::int32_t immediate;  ///< branches, near jumps and ends: bytes to the target's entry, 0 as long as it is not known
  std::uint8_t rd;         ///< 32, a register nobody reads, stands for x0
  std::uint8_t rs1;
  std::uint8_t rs2;
  std::uint8_t form;  ///< operation and length, see form_of
  std::uint32_t pc;
  std::int16_t offset;  ///< branches, near jumps and ends: bytes from `pc` to the target
  std::uint8_t count;   ///< instructions of the trace up to this one, which is included; a TraceEnd is none
  std::uint8_t length;  ///< instructions of the trace; 0 when nothing of it can be executed one by one
};
static_assert(sizeof(DecodedEntry) == 24);

constexpr std::uint8_t discarded_register = 32;
constexpr std::size_t longest_trace = 32;  ///< in instructions, which keeps what is executed one by one short

constexpr std::uint8_t form_of(Operation operation, bool wide) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(operation) * 2 + (wide ? 1 : 0));
}
constexpr Operation operation_of(const DecodedEntry& entry) {
  return static_cast<Operation>(entry.form / 2);
}
constexpr std::uint32_t length_of(const DecodedEntry& entry) {
  return (entry.form & 1u) != 0 ? 4 : 2;
}

}  // namespace spinvp::platform
