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

/// What only decoded entries can hold: a result that the address of the instruction already fixes, a copy, jumps whose
/// target is in the same page, the end of a trace, a trace that is no longer valid, and a debugger's breakpoint.
#define SPINVP_RV32_INTERNAL_OPERATIONS(X) \
  X(Constant) X(Move) X(JalNear) X(JumpNear) X(TraceEnd) X(Forgotten) X(Breakpoint)

namespace spinvp::platform {

enum class Operation : std::uint8_t {
#define SPINVP_ENUMERATOR(name) name,
  SPINVP_RV32_INSTRUCTIONS(SPINVP_ENUMERATOR) SPINVP_RV32_INTERNAL_OPERATIONS(SPINVP_ENUMERATOR)
#undef SPINVP_ENUMERATOR
};

}  // namespace spinvp::platform
