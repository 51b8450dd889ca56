#pragma once

#include <cstddef>
#include <cstdint>

#include "platform/cpu/operations.h"

// What handlers the interpreter has. A result goes to its register and stays at hand, the last one and the one before
// it, because reading back what was just stored is what takes the host longest. So a handler says where it finds its
// operands: both in registers, or one of them at hand. And one handler may execute two instructions.

/// Operations that read and write registers and direct memory and do nothing else.
// clang-format off
#define SPINVP_RV32_PLAIN_OPERATIONS(X)                                                                        \
  X(Constant) X(Move) X(Addi) X(Slti) X(Sltiu) X(Xori) X(Ori) X(Andi) X(Slli) X(Srli) X(Srai) X(Add) X(Sub)    \
  X(Sll) X(Slt) X(Sltu) X(Xor) X(Srl) X(Sra) X(Or) X(And) X(Mul) X(Mulh) X(Mulhsu) X(Mulhu) X(Div) X(Divu)     \
  X(Rem) X(Remu) X(Lb) X(Lh) X(Lw) X(Lbu) X(Lhu) X(Sb) X(Sh) X(Sw)
#define SPINVP_RV32_BRANCHES(X) X(Beq) X(Bne) X(Blt) X(Bge) X(Bltu) X(Bgeu)

/// Pairs of operations that one handler executes, the ones that compiled code is full of: X(first, second). Any two of
/// the most frequent operations on registers, and those with what usually stands beside them.
#define SPINVP_RV32_PAIRS_THEN(X, second)                                                         \
  X(Addi, second) X(Add, second) X(Sub, second) X(Slli, second) X(Srli, second) X(Andi, second)   \
  X(Or, second) X(Xor, second)
#define SPINVP_RV32_FUSED_PAIRS(X)                                                                             \
  SPINVP_RV32_PAIRS_THEN(X, Addi) SPINVP_RV32_PAIRS_THEN(X, Add) SPINVP_RV32_PAIRS_THEN(X, Sub)                \
  SPINVP_RV32_PAIRS_THEN(X, Slli) SPINVP_RV32_PAIRS_THEN(X, Srli) SPINVP_RV32_PAIRS_THEN(X, Andi)              \
  SPINVP_RV32_PAIRS_THEN(X, Or) SPINVP_RV32_PAIRS_THEN(X, Xor)                                                 \
  SPINVP_RV32_PAIRS_THEN(X, Beq) SPINVP_RV32_PAIRS_THEN(X, Bne)                                                \
  X(Addi, Move) X(Addi, Lw) X(Addi, Lbu) X(Addi, Lb) X(Addi, JumpNear)                                         \
  X(Constant, Addi) X(Constant, Add) X(Constant, Constant) X(Constant, Move) X(Constant, Beq) X(Constant, Bne) \
  X(Move, Move) X(Move, Constant) X(Move, Addi) X(Move, Lw) X(Move, Lbu) X(Move, Beq) X(Move, Bne)             \
  X(Add, Mul) X(Add, Lw) X(Add, Lbu) X(Add, Lb)                                                                \
  X(Mul, Add) X(Mul, Addi) X(And, Add) X(And, Beq) X(And, Bne)                                                 \
  X(Lw, Lw) X(Lw, Addi) X(Lw, Add) X(Lw, Xor) X(Lw, And) X(Lw, Mul) X(Lw, Constant) X(Lw, Slli)                \
  X(Lw, Beq) X(Lw, Bne)                                                                                        \
  X(Lbu, Lbu) X(Lbu, Addi) X(Lbu, Xor) X(Lbu, Srli) X(Lbu, Slli) X(Lbu, Beq) X(Lbu, Bne)                       \
  X(Lb, Lb) X(Lb, Addi) X(Lb, Mul)                                                                             \
  X(Sw, Addi) X(Sw, Lw) X(Sw, Move) X(Sw, Constant) X(Sw, JumpNear) X(Sw, Bne)                                 \
  X(Sb, Addi) X(Sb, Lbu) X(Sb, Bne)
/// The same, where it matters which operand of the second is at hand.
#define SPINVP_RV32_ORDERED_PAIRS(X)                                                                           \
  X(Addi, Sw) X(Addi, Sb) X(Addi, Blt) X(Addi, Bge) X(Addi, Bltu) X(Addi, Bgeu)                                \
  X(Constant, Sw) X(Constant, Blt) X(Constant, Bge) X(Constant, Bltu) X(Constant, Bgeu)                        \
  X(Add, Sw) X(Add, Sb) X(Mul, Sw) X(Lw, Sw) X(Lbu, Sb) X(Sw, Sw)
// clang-format on
#ifdef __clang_analyzer__  // whose time grows with the square of the labels, all of which look alike to it
#undef SPINVP_RV32_FUSED_PAIRS
#undef SPINVP_RV32_ORDERED_PAIRS
#define SPINVP_RV32_FUSED_PAIRS(X) X(Addi, Add)
#define SPINVP_RV32_ORDERED_PAIRS(X) X(Addi, Sw)
#endif

namespace spinvp::platform {

/// Where a handler finds its operands.
enum class Source : std::uint8_t {
  Registers,
  FirstAtHand,   ///< rs1 is the last result
  SecondAtHand,  ///< rs2 is the last result
  FirstEarlier,  ///< rs1 is the result before the last
};
constexpr std::size_t source_count = 4;

constexpr std::size_t operation_count = 0
#define SPINVP_COUNT(name) +1
    SPINVP_RV32_INSTRUCTIONS(SPINVP_COUNT) SPINVP_RV32_INTERNAL_OPERATIONS(SPINVP_COUNT)
#undef SPINVP_COUNT
    ;

/// The interpreter's table of handlers begins with one for each operation and source ...
constexpr std::size_t single_handler(Operation operation, Source source) {
  return static_cast<std::size_t>(operation) * source_count + static_cast<std::size_t>(source);
}
/// ... and goes on with those for pairs, null for sources that a pair is not made for.
constexpr std::size_t handlers_per_pair = source_count * source_count;
constexpr std::size_t pair_handler(std::size_t pair, Source first, Source second) {
  return operation_count * source_count + pair * handlers_per_pair + static_cast<std::size_t>(first) * source_count +
         static_cast<std::size_t>(second);
}

}  // namespace spinvp::platform
