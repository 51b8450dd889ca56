#include "platform/cpu/decode.h"

namespace spinvp::platform {
namespace {

constexpr std::uint32_t field(std::uint32_t bits, int low, int count) {
  return (bits >> low) & ((1u << count) - 1);
}

constexpr std::int32_t sign_extend(std::uint32_t value, int bits) {
  return static_cast<std::int32_t>(value << (32 - bits)) >> (32 - bits);
}

std::int32_t immediate_i(std::uint32_t bits) {
  return static_cast<std::int32_t>(bits) >> 20;
}

std::int32_t immediate_s(std::uint32_t bits) {
  return sign_extend(field(bits, 25, 7) << 5 | field(bits, 7, 5), 12);
}

std::int32_t immediate_b(std::uint32_t bits) {
  return sign_extend(
      field(bits, 31, 1) << 12 | field(bits, 7, 1) << 11 | field(bits, 25, 6) << 5 | field(bits, 8, 4) << 1, 13);
}

std::int32_t immediate_u(std::uint32_t bits) {
  return static_cast<std::int32_t>(bits & 0xfffff000u);
}

std::int32_t immediate_j(std::uint32_t bits) {
  return sign_extend(
      field(bits, 31, 1) << 20 | field(bits, 12, 8) << 12 | field(bits, 20, 1) << 11 | field(bits, 21, 10) << 1, 21);
}

Operation branch(std::uint32_t funct3) {
  constexpr Operation by_funct3[8] = {Operation::Beq, Operation::Bne, Operation::Illegal, Operation::Illegal,
                                      Operation::Blt, Operation::Bge, Operation::Bltu,    Operation::Bgeu};
  return by_funct3[funct3];
}

Operation load(std::uint32_t funct3) {
  constexpr Operation by_funct3[8] = {Operation::Lb,  Operation::Lh,  Operation::Lw,      Operation::Illegal,
                                      Operation::Lbu, Operation::Lhu, Operation::Illegal, Operation::Illegal};
  return by_funct3[funct3];
}

Operation store(std::uint32_t funct3) {
  constexpr Operation by_funct3[3] = {Operation::Sb, Operation::Sh, Operation::Sw};
  return funct3 < 3 ? by_funct3[funct3] : Operation::Illegal;
}

Operation immediate_arithmetic(std::uint32_t funct3, std::uint32_t funct7) {
  constexpr Operation by_funct3[8] = {Operation::Addi, Operation::Slli, Operation::Slti, Operation::Sltiu,
                                      Operation::Xori, Operation::Srli, Operation::Ori,  Operation::Andi};
  const bool shift = funct3 == 1 || funct3 == 5;
  if (!shift || funct7 == 0) return by_funct3[funct3];
  return funct3 == 5 && funct7 == 0x20 ? Operation::Srai : Operation::Illegal;
}

Operation register_arithmetic(std::uint32_t funct3, std::uint32_t funct7) {
  constexpr Operation base[8] = {Operation::Add, Operation::Sll, Operation::Slt, Operation::Sltu,
                                 Operation::Xor, Operation::Srl, Operation::Or,  Operation::And};
  constexpr Operation multiply[8] = {Operation::Mul, Operation::Mulh, Operation::Mulhsu, Operation::Mulhu,
                                     Operation::Div, Operation::Divu, Operation::Rem,    Operation::Remu};
  if (funct7 == 0) return base[funct3];
  if (funct7 == 1) return multiply[funct3];
  if (funct7 == 0x20 && funct3 == 0) return Operation::Sub;
  if (funct7 == 0x20 && funct3 == 5) return Operation::Sra;
  return Operation::Illegal;
}

Operation atomic(std::uint32_t funct5, std::uint32_t rs2) {
  switch (funct5) {
    case 0x02:
      return rs2 == 0 ? Operation::LoadReserved : Operation::Illegal;
    case 0x03:
      return Operation::StoreConditional;
    case 0x00:  // add
    case 0x01:  // swap
    case 0x04:  // xor
    case 0x08:  // or
    case 0x0c:  // and
    case 0x10:  // min
    case 0x14:  // max
    case 0x18:  // minu
    case 0x1c:  // maxu
      return Operation::Atomic;
    default:
      return Operation::Illegal;
  }
}

Operation system_without_csr(std::uint32_t bits) {
  switch (bits) {
    case 0x00000073:
      return Operation::Ecall;
    case 0x00100073:
      return Operation::Ebreak;
    case 0x30200073:
      return Operation::Mret;
    case 0x10500073:
      return Operation::Wfi;
    default:
      return Operation::Illegal;
  }
}

Instruction decode_wide(std::uint32_t bits) {
  Instruction result;
  result.rd = static_cast<std::uint8_t>(field(bits, 7, 5));
  result.rs1 = static_cast<std::uint8_t>(field(bits, 15, 5));
  result.rs2 = static_cast<std::uint8_t>(field(bits, 20, 5));
  const std::uint32_t funct3 = field(bits, 12, 3);
  const std::uint32_t funct7 = field(bits, 25, 7);
  const auto set = [&result](Operation operation, std::int32_t immediate) {
    result.operation = operation;
    result.immediate = immediate;
  };
  switch (field(bits, 0, 7)) {
    case 0x37:
      set(Operation::Lui, immediate_u(bits));
      break;
    case 0x17:
      set(Operation::Auipc, immediate_u(bits));
      break;
    case 0x6f:
      set(Operation::Jal, immediate_j(bits));
      break;
    case 0x67:
      set(funct3 == 0 ? Operation::Jalr : Operation::Illegal, immediate_i(bits));
      break;
    case 0x63:
      set(branch(funct3), immediate_b(bits));
      break;
    case 0x03:
      set(load(funct3), immediate_i(bits));
      break;
    case 0x23:
      set(store(funct3), immediate_s(bits));
      break;
    case 0x13:
      set(immediate_arithmetic(funct3, funct7), funct3 == 1 || funct3 == 5 ? result.rs2 : immediate_i(bits));
      break;
    case 0x33:
      set(register_arithmetic(funct3, funct7), 0);
      break;
    case 0x0f:  // the other fields of fences are reserved for hints and ignored, as the manual asks
      set(funct3 == 0 ? Operation::Fence : funct3 == 1 ? Operation::FenceI : Operation::Illegal, 0);
      break;
    case 0x2f:
      set(funct3 == 2 ? atomic(field(bits, 27, 5), result.rs2) : Operation::Illegal,
          static_cast<std::int32_t>(field(bits, 27, 5)));
      break;
    case 0x73:
      if (funct3 == 0) {
        set(system_without_csr(bits), 0);
      } else if (funct3 != 4) {
        set(Operation::Csr, static_cast<std::int32_t>(field(bits, 20, 12)));
        result.rs2 = static_cast<std::uint8_t>(funct3);
      }
      break;
    default:
      break;
  }
  return result;
}

}  // namespace

bool writes_register(Operation operation) {
  switch (operation) {
    case Operation::Illegal:
    case Operation::Beq:
    case Operation::Bne:
    case Operation::Blt:
    case Operation::Bge:
    case Operation::Bltu:
    case Operation::Bgeu:
    case Operation::Sb:
    case Operation::Sh:
    case Operation::Sw:
    case Operation::Fence:
    case Operation::FenceI:
    case Operation::Ecall:
    case Operation::Ebreak:
    case Operation::Mret:
    case Operation::Wfi:
      return false;
    default:
      return true;
  }
}

Instruction decode(std::uint32_t bits) {
  const bool wide = is_wide(static_cast<std::uint16_t>(bits));
  const std::uint32_t encoding = wide ? bits : bits & 0xffffu;
  Instruction result = decode_wide(wide ? bits : expand_compressed(static_cast<std::uint16_t>(bits)));
  result.length = wide ? 4 : 2;
  if (result.operation == Operation::Illegal) result.immediate = static_cast<std::int32_t>(encoding);
  return result;
}

}  // namespace spinvp::platform
