#pragma once

#include <cstdint>
#include <cstring>

#include "platform/cpu/decoded_memory.h"

// What each operation does: for rv32_interpreter.cpp alone, which has the registers in `x`, the decoded `page` and the
// core's windows on memory in scope.

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
inline std::uint32_t remainder(std::uint32_t a, std::uint32_t b) {
  if (b == 0) return a;
  return overflows(a, b) ? 0 : as_unsigned(as_signed(a) % as_signed(b));
}

}  // namespace spinvp::platform

#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

// What the operations do, for the instruction at `e`. Loads and stores execute `otherwise` when the fast path is not
// for them; nothing has changed then.
#define RD(e) x[(e)->rd]
#define RS1(e) x[(e)->rs1]
#define RS2(e) x[(e)->rs2]
#define IMMEDIATE(e) as_unsigned((e)->immediate)

#define LOAD(e, type, otherwise)                                            \
  do {                                                                      \
    const std::uint32_t offset = RS1(e) + IMMEDIATE(e) - load_window_.base; \
    if (UNLIKELY(offset >= load_window_.bound)) otherwise;                  \
    type value;                                                             \
    std::memcpy(&value, load_window_.host + offset, sizeof value);          \
    RD(e) = as_unsigned(static_cast<std::int32_t>(value));                  \
  } while (false)
#define STORE(e, type, otherwise)                                                           \
  do {                                                                                      \
    const std::uint32_t offset = RS1(e) + IMMEDIATE(e) - store_window_.base;                \
    if (UNLIKELY(offset >= store_window_.bound)) otherwise;                                 \
    if (UNLIKELY(store_window_.line_marks[offset >> DecodedMemory::line_shift])) otherwise; \
    const type value = static_cast<type>(RS2(e));                                           \
    std::memcpy(store_window_.host + offset, &value, sizeof value);                         \
  } while (false)

#define DO_Constant(e, otherwise) RD(e) = IMMEDIATE(e)
#define DO_Lui(e, otherwise) RD(e) = IMMEDIATE(e)
#define DO_Auipc(e, otherwise) RD(e) = page->pc_of(e) + IMMEDIATE(e)
#define DO_Move(e, otherwise) RD(e) = RS1(e)
#define DO_Addi(e, otherwise) RD(e) = RS1(e) + IMMEDIATE(e)
#define DO_Slti(e, otherwise) RD(e) = as_signed(RS1(e)) < (e)->immediate ? 1 : 0
#define DO_Sltiu(e, otherwise) RD(e) = RS1(e) < IMMEDIATE(e) ? 1 : 0
#define DO_Xori(e, otherwise) RD(e) = RS1(e) ^ IMMEDIATE(e)
#define DO_Ori(e, otherwise) RD(e) = RS1(e) | IMMEDIATE(e)
#define DO_Andi(e, otherwise) RD(e) = RS1(e) & IMMEDIATE(e)
#define DO_Slli(e, otherwise) RD(e) = RS1(e) << (IMMEDIATE(e) & 31)
#define DO_Srli(e, otherwise) RD(e) = RS1(e) >> (IMMEDIATE(e) & 31)
#define DO_Srai(e, otherwise) RD(e) = shift_right_arithmetic(RS1(e), IMMEDIATE(e))
#define DO_Add(e, otherwise) RD(e) = RS1(e) + RS2(e)
#define DO_Sub(e, otherwise) RD(e) = RS1(e) - RS2(e)
#define DO_Sll(e, otherwise) RD(e) = RS1(e) << (RS2(e) & 31)
#define DO_Slt(e, otherwise) RD(e) = as_signed(RS1(e)) < as_signed(RS2(e)) ? 1 : 0
#define DO_Sltu(e, otherwise) RD(e) = RS1(e) < RS2(e) ? 1 : 0
#define DO_Xor(e, otherwise) RD(e) = RS1(e) ^ RS2(e)
#define DO_Srl(e, otherwise) RD(e) = RS1(e) >> (RS2(e) & 31)
#define DO_Sra(e, otherwise) RD(e) = shift_right_arithmetic(RS1(e), RS2(e))
#define DO_Or(e, otherwise) RD(e) = RS1(e) | RS2(e)
#define DO_And(e, otherwise) RD(e) = RS1(e) & RS2(e)
#define DO_Mul(e, otherwise) RD(e) = RS1(e) * RS2(e)
#define DO_Mulh(e, otherwise) RD(e) = high_signed(RS1(e), RS2(e))
#define DO_Mulhsu(e, otherwise) RD(e) = high_mixed(RS1(e), RS2(e))
#define DO_Mulhu(e, otherwise) RD(e) = high_unsigned(RS1(e), RS2(e))
#define DO_Div(e, otherwise) RD(e) = divide(RS1(e), RS2(e))
#define DO_Divu(e, otherwise) RD(e) = RS2(e) == 0 ? 0xffffffffu : RS1(e) / RS2(e)
#define DO_Rem(e, otherwise) RD(e) = remainder(RS1(e), RS2(e))
#define DO_Remu(e, otherwise) RD(e) = RS2(e) == 0 ? RS1(e) : RS1(e) % RS2(e)
#define DO_Lb(e, otherwise) LOAD(e, std::int8_t, otherwise)
#define DO_Lh(e, otherwise) LOAD(e, std::int16_t, otherwise)
#define DO_Lw(e, otherwise) LOAD(e, std::int32_t, otherwise)
#define DO_Lbu(e, otherwise) LOAD(e, std::uint8_t, otherwise)
#define DO_Lhu(e, otherwise) LOAD(e, std::uint16_t, otherwise)
#define DO_Sb(e, otherwise) STORE(e, std::uint8_t, otherwise)
#define DO_Sh(e, otherwise) STORE(e, std::uint16_t, otherwise)
#define DO_Sw(e, otherwise) STORE(e, std::uint32_t, otherwise)

#define IF_Beq(e) (RS1(e) == RS2(e))
#define IF_Bne(e) (RS1(e) != RS2(e))
#define IF_Blt(e) (as_signed(RS1(e)) < as_signed(RS2(e)))
#define IF_Bge(e) (as_signed(RS1(e)) >= as_signed(RS2(e)))
#define IF_Bltu(e) (RS1(e) < RS2(e))
#define IF_Bgeu(e) (RS1(e) >= RS2(e))
