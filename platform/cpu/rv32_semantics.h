#pragma once

#include <cstdint>
#include <cstring>

#include "platform/cpu/decoded_memory.h"

// What each operation does: for rv32_interpreter.cpp alone, which has the registers in `x`, the last results
// `at_hand` and `earlier`, TAKE for branches that are taken and the core's windows on memory in scope.

namespace spinvp::platform {

inline std::int32_t as_signed(std::uint32_t value) {
  return static_cast<std::int32_t>(value);
}
inline std::uint32_t as_unsigned(std::int32_t value) {
  return static_cast<std::uint32_t>(value);
}

inline std::uint32_t shift_right_arithmetic(std::uint32_t value, std::uint32_t amount) {
  return as_unsigned(as_signed(value) >> (amount & 31));
}

inline std::uint32_t high_signed(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>((std::int64_t{as_signed(a)} * as_signed(b)) >> 32);
}
inline std::uint32_t high_mixed(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>((std::int64_t{as_signed(a)} * std::int64_t{b}) >> 32);
}
inline std::uint32_t high_unsigned(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>((std::uint64_t{a} * b) >> 32);
}

// Division by zero and overflow give the results that the manual defines; nothing traps.
inline bool overflows(std::uint32_t a, std::uint32_t b) {
  return a == 0x80000000u && b == 0xffffffffu;
}
inline std::uint32_t divide(std::uint32_t a, std::uint32_t b) {
  if (b == 0) return 0xffffffffu;
  return overflows(a, b) ? a : as_unsigned(as_signed(a) / as_signed(b));
}
inline std::uint32_t divide_unsigned(std::uint32_t a, std::uint32_t b) {
  return b == 0 ? 0xffffffffu : a / b;
}
inline std::uint32_t remainder(std::uint32_t a, std::uint32_t b) {
  if (b == 0) return a;
  return overflows(a, b) ? 0 : as_unsigned(as_signed(a) % as_signed(b));
}
inline std::uint32_t remainder_unsigned(std::uint32_t a, std::uint32_t b) {
  return b == 0 ? a : a % b;
}

}  // namespace spinvp::platform

#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

#define RD(e) x[(e)->rd]
#define RS1(e) x[(e)->rs1]
#define RS2(e) x[(e)->rs2]
#define IMMEDIATE(e) as_unsigned((e)->immediate)

// What the operations do, for the instruction at `e` with the operands `a` and `b`. Loads and stores execute
// `otherwise` when the fast path is not for them; nothing has changed then.
#define RESULT(e, value)                  \
  do {                                    \
    const std::uint32_t result = (value); \
    earlier = at_hand;                    \
    RD(e) = at_hand = result;             \
  } while (false)
#define LOAD(e, a, type, otherwise)                                      \
  do {                                                                   \
    const std::uint32_t offset = (a) + IMMEDIATE(e) - load_window_.base; \
    if (UNLIKELY(offset >= load_window_.bound)) otherwise;               \
    type value;                                                          \
    std::memcpy(&value, load_window_.host + offset, sizeof value);       \
    RESULT(e, as_unsigned(static_cast<std::int32_t>(value)));            \
  } while (false)
#define STORE(e, a, b, type, otherwise)                                                     \
  do {                                                                                      \
    const std::uint32_t offset = (a) + IMMEDIATE(e) - store_window_.base;                   \
    if (UNLIKELY(offset >= store_window_.bound)) otherwise;                                 \
    if (UNLIKELY(store_window_.line_marks[offset >> DecodedMemory::line_shift])) otherwise; \
    const type value = static_cast<type>(b);                                                \
    std::memcpy(store_window_.host + offset, &value, sizeof value);                         \
  } while (false)
#define BRANCH(e, condition) \
  do {                       \
    if (condition) TAKE(e);  \
  } while (false)

#define DO_Constant(e, a, b, otherwise) RESULT(e, IMMEDIATE(e))
#define DO_Move(e, a, b, otherwise) RESULT(e, (a))
#define DO_Addi(e, a, b, otherwise) RESULT(e, (a) + IMMEDIATE(e))
#define DO_Slti(e, a, b, otherwise) RESULT(e, as_signed(a) < (e)->immediate ? 1 : 0)
#define DO_Sltiu(e, a, b, otherwise) RESULT(e, (a) < IMMEDIATE(e) ? 1 : 0)
#define DO_Xori(e, a, b, otherwise) RESULT(e, (a) ^ IMMEDIATE(e))
#define DO_Ori(e, a, b, otherwise) RESULT(e, (a) | IMMEDIATE(e))
#define DO_Andi(e, a, b, otherwise) RESULT(e, (a)&IMMEDIATE(e))
#define DO_Slli(e, a, b, otherwise) RESULT(e, (a) << (IMMEDIATE(e) & 31))
#define DO_Srli(e, a, b, otherwise) RESULT(e, (a) >> (IMMEDIATE(e) & 31))
#define DO_Srai(e, a, b, otherwise) RESULT(e, shift_right_arithmetic((a), IMMEDIATE(e)))
#define DO_Add(e, a, b, otherwise) RESULT(e, (a) + (b))
#define DO_Sub(e, a, b, otherwise) RESULT(e, (a) - (b))
#define DO_Sll(e, a, b, otherwise) RESULT(e, (a) << ((b)&31))
#define DO_Slt(e, a, b, otherwise) RESULT(e, as_signed(a) < as_signed(b) ? 1 : 0)
#define DO_Sltu(e, a, b, otherwise) RESULT(e, (a) < (b) ? 1 : 0)
#define DO_Xor(e, a, b, otherwise) RESULT(e, (a) ^ (b))
#define DO_Srl(e, a, b, otherwise) RESULT(e, (a) >> ((b)&31))
#define DO_Sra(e, a, b, otherwise) RESULT(e, shift_right_arithmetic((a), (b)))
#define DO_Or(e, a, b, otherwise) RESULT(e, (a) | (b))
#define DO_And(e, a, b, otherwise) RESULT(e, (a) & (b))
#define DO_Mul(e, a, b, otherwise) RESULT(e, (a) * (b))
#define DO_Mulh(e, a, b, otherwise) RESULT(e, high_signed((a), (b)))
#define DO_Mulhsu(e, a, b, otherwise) RESULT(e, high_mixed((a), (b)))
#define DO_Mulhu(e, a, b, otherwise) RESULT(e, high_unsigned((a), (b)))
#define DO_Div(e, a, b, otherwise) RESULT(e, divide((a), (b)))
#define DO_Divu(e, a, b, otherwise) RESULT(e, divide_unsigned((a), (b)))
#define DO_Rem(e, a, b, otherwise) RESULT(e, remainder((a), (b)))
#define DO_Remu(e, a, b, otherwise) RESULT(e, remainder_unsigned((a), (b)))
#define DO_Lb(e, a, b, otherwise) LOAD(e, a, std::int8_t, otherwise)
#define DO_Lh(e, a, b, otherwise) LOAD(e, a, std::int16_t, otherwise)
#define DO_Lw(e, a, b, otherwise) LOAD(e, a, std::int32_t, otherwise)
#define DO_Lbu(e, a, b, otherwise) LOAD(e, a, std::uint8_t, otherwise)
#define DO_Lhu(e, a, b, otherwise) LOAD(e, a, std::uint16_t, otherwise)
#define DO_Sb(e, a, b, otherwise) STORE(e, a, b, std::uint8_t, otherwise)
#define DO_Sh(e, a, b, otherwise) STORE(e, a, b, std::uint16_t, otherwise)
#define DO_Sw(e, a, b, otherwise) STORE(e, a, b, std::uint32_t, otherwise)
#define DO_Beq(e, a, b, otherwise) BRANCH(e, (a) == (b))
#define DO_Bne(e, a, b, otherwise) BRANCH(e, (a) != (b))
#define DO_Blt(e, a, b, otherwise) BRANCH(e, as_signed(a) < as_signed(b))
#define DO_Bge(e, a, b, otherwise) BRANCH(e, as_signed(a) >= as_signed(b))
#define DO_Bltu(e, a, b, otherwise) BRANCH(e, (a) < (b))
#define DO_Bgeu(e, a, b, otherwise) BRANCH(e, (a) >= (b))
#define DO_JumpNear(e, a, b, otherwise) TAKE(e)
