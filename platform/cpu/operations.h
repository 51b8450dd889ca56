#pragma once

#include <cstdint>

/// Every operation the core knows: RV32IMAC, Zicsr and Zifencei in machine mode. `Csr` stands for the six CSR
/// instructions, `Atomic` for the nine read-modify-writes.
// clang-format off
#define SPINVP_RV32_INSTRUCTIONS(X)                                                                           \
  X(Illegal) X(Lui) X(Auipc) X(Jal) X(Jalr) X(Beq) X(Bne) X(Blt) X(Bge) X(Bltu) X(Bgeu) X(Lb) X(Lh) X(Lw)     \
  X(Lbu) X(Lhu) X(Sb) X(Sh) X(Sw) X(Addi) X(Slti) X(Sltiu) X(Xori) X(Ori) X(Andi) X(Slli) X(Srli) X(Srai)     \
  X(Add) X(Sub) X(Sll) X(Slt) X(Sltu) X(Xor) X(Srl) X(Sra) X(Or) X(And) X(Fence) X(FenceI) X(Ecall) X(Ebreak) \
  X(Mret) X(Wfi) X(Csr) X(Mul) X(Mulh) X(Mulhsu) X(Mulhu) X(Div) X(Divu) X(Rem) X(Remu) X(LoadReserved)       \
  X(StoreConditional) X(Atomic)
// clang-format on

/// What only decoded entries can hold: an address that is not decoded yet, the end of a decoded page, a result that the
/// address of the instruction already fixes, jumps whose target lies in the same page, and a debugger's breakpoint,
/// which stands in the entry's handler alone.
// clang-format off
#define SPINVP_RV32_INTERNAL_OPERATIONS(X)                                                            \
  X(Undecoded) X(PageEnd) X(Constant) X(Move) X(JalNear) X(JumpNear) X(BeqNear) X(BneNear) X(BltNear) \
  X(BgeNear) X(BltuNear) X(BgeuNear) X(Breakpoint)
// clang-format on

/// Pairs of operations that one handler executes, the ones that compiled code is full of: X(first, second).
// clang-format off
#define SPINVP_RV32_FUSED_PAIRS(X)                                                                            \
  X(Addi, Addi) X(Addi, Add) X(Addi, Xor) X(Addi, Andi) X(Addi, Srli) X(Addi, Slli) X(Addi, Move) X(Addi, Lw) \
  X(Addi, Lbu) X(Addi, Sw) X(Addi, Sb) X(Addi, JumpNear) X(Addi, BeqNear) X(Addi, BneNear) X(Addi, BltNear)   \
  X(Addi, BgeNear) X(Addi, BltuNear) X(Addi, BgeuNear)                                                        \
  X(Constant, Addi) X(Constant, Add) X(Constant, Constant) X(Constant, Move) X(Constant, Sw)                  \
  X(Constant, BeqNear) X(Constant, BneNear) X(Constant, BltNear) X(Constant, BgeNear) X(Constant, BltuNear)   \
  X(Constant, BgeuNear)                                                                                       \
  X(Move, Move) X(Move, Constant) X(Move, Addi) X(Move, Lw) X(Move, Lbu) X(Move, BeqNear) X(Move, BneNear)    \
  X(Add, Add) X(Add, Addi) X(Add, Mul) X(Add, Lw) X(Add, Lbu) X(Add, Sw) X(Add, Sb) X(Add, BneNear)           \
  X(Mul, Add) X(Mul, Sw)                                                                                      \
  X(Sub, Add) X(Sub, Addi)                                                                                    \
  X(Slli, Add) X(Slli, Srli) X(Slli, Or)                                                                      \
  X(Srli, Addi) X(Srli, Add) X(Srli, Andi) X(Srli, Or) X(Srli, Xor)                                           \
  X(Andi, Addi) X(Andi, Slli) X(Andi, BeqNear) X(Andi, BneNear)                                               \
  X(Xor, Andi) X(Xor, Xor) X(Xor, Srli) X(Xor, BneNear)                                                       \
  X(And, Add) X(And, BeqNear) X(And, BneNear)                                                                 \
  X(Or, Or)                                                                                                   \
  X(Lw, Lw) X(Lw, Addi) X(Lw, Add) X(Lw, Xor) X(Lw, And) X(Lw, Mul) X(Lw, Constant) X(Lw, Slli) X(Lw, Sw)     \
  X(Lw, BeqNear) X(Lw, BneNear)                                                                               \
  X(Lbu, Lbu) X(Lbu, Addi) X(Lbu, Xor) X(Lbu, Srli) X(Lbu, Slli) X(Lbu, Sb) X(Lbu, BeqNear) X(Lbu, BneNear)   \
  X(Sw, Sw) X(Sw, Addi) X(Sw, Lw) X(Sw, Move) X(Sw, Constant) X(Sw, JumpNear) X(Sw, BneNear)                  \
  X(Sb, Addi) X(Sb, Lbu) X(Sb, BneNear)
// clang-format on

namespace spinvp::platform {

enum class Operation : std::uint8_t {
#define SPINVP_ENUMERATOR(name) name,
  SPINVP_RV32_INSTRUCTIONS(SPINVP_ENUMERATOR) SPINVP_RV32_INTERNAL_OPERATIONS(SPINVP_ENUMERATOR)
#undef SPINVP_ENUMERATOR
};

}  // namespace spinvp::platform
