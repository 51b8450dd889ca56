#include "platform/trace/disassembler.h"

#include <fmt/format.h>

#include "platform/cpu/csr_names.h"
#include "platform/cpu/decode.h"

namespace spinvp::platform {
namespace {

enum class Shape {
  Plain,
  Upper,
  Jump,
  Indirect,
  Branch,
  Load,
  Store,
  Immediate,
  Shift,
  Register,
  Csr,
  Reserved,
  Exchange
};

struct Form {
  const char* name;
  Shape shape;
};

Form form_of(Operation operation) {
  switch (operation) {
    case Operation::Lui:
      return {"lui", Shape::Upper};
    case Operation::Auipc:
      return {"auipc", Shape::Upper};
    case Operation::Jal:
      return {"jal", Shape::Jump};
    case Operation::Jalr:
      return {"jalr", Shape::Indirect};
    case Operation::Fence:
      return {"fence", Shape::Plain};
    case Operation::FenceI:
      return {"fence.i", Shape::Plain};
    case Operation::Ecall:
      return {"ecall", Shape::Plain};
    case Operation::Ebreak:
      return {"ebreak", Shape::Plain};
    case Operation::Mret:
      return {"mret", Shape::Plain};
    case Operation::Wfi:
      return {"wfi", Shape::Plain};
    case Operation::Csr:
      return {"csr", Shape::Csr};
    case Operation::LoadReserved:
      return {"lr.w", Shape::Reserved};
    case Operation::StoreConditional:
      return {"sc.w", Shape::Exchange};
    case Operation::Atomic:
      return {"amo", Shape::Exchange};
#define SPINVP_FORM(operation, name, shape) \
  case Operation::operation:                \
    return {name, Shape::shape};
      SPINVP_FORM(Beq, "beq", Branch)
      SPINVP_FORM(Bne, "bne", Branch)
      SPINVP_FORM(Blt, "blt", Branch)
      SPINVP_FORM(Bge, "bge", Branch)
      SPINVP_FORM(Bltu, "bltu", Branch)
      SPINVP_FORM(Bgeu, "bgeu", Branch)
      SPINVP_FORM(Lb, "lb", Load)
      SPINVP_FORM(Lh, "lh", Load)
      SPINVP_FORM(Lw, "lw", Load)
      SPINVP_FORM(Lbu, "lbu", Load)
      SPINVP_FORM(Lhu, "lhu", Load)
      SPINVP_FORM(Sb, "sb", Store)
      SPINVP_FORM(Sh, "sh", Store)
      SPINVP_FORM(Sw, "sw", Store)
      SPINVP_FORM(Addi, "addi", Immediate)
      SPINVP_FORM(Slti, "slti", Immediate)
      SPINVP_FORM(Sltiu, "sltiu", Immediate)
      SPINVP_FORM(Xori, "xori", Immediate)
      SPINVP_FORM(Ori, "ori", Immediate)
      SPINVP_FORM(Andi, "andi", Immediate)
      SPINVP_FORM(Slli, "slli", Shift)
      SPINVP_FORM(Srli, "srli", Shift)
      SPINVP_FORM(Srai, "srai", Shift)
      SPINVP_FORM(Add, "add", Register)
      SPINVP_FORM(Sub, "sub", Register)
      SPINVP_FORM(Sll, "sll", Register)
      SPINVP_FORM(Slt, "slt", Register)
      SPINVP_FORM(Sltu, "sltu", Register)
      SPINVP_FORM(Xor, "xor", Register)
      SPINVP_FORM(Srl, "srl", Register)
      SPINVP_FORM(Sra, "sra", Register)
      SPINVP_FORM(Or, "or", Register)
      SPINVP_FORM(And, "and", Register)
      SPINVP_FORM(Mul, "mul", Register)
      SPINVP_FORM(Mulh, "mulh", Register)
      SPINVP_FORM(Mulhsu, "mulhsu", Register)
      SPINVP_FORM(Mulhu, "mulhu", Register)
      SPINVP_FORM(Div, "div", Register)
      SPINVP_FORM(Divu, "divu", Register)
      SPINVP_FORM(Rem, "rem", Register)
      SPINVP_FORM(Remu, "remu", Register)
#undef SPINVP_FORM
    default:
      return {"", Shape::Plain};
  }
}

const char* atomic_name(std::uint32_t funct5) {
  switch (funct5) {
    case 0x00:
      return "amoadd.w";
    case 0x01:
      return "amoswap.w";
    case 0x04:
      return "amoxor.w";
    case 0x08:
      return "amoor.w";
    case 0x0c:
      return "amoand.w";
    case 0x10:
      return "amomin.w";
    case 0x14:
      return "amomax.w";
    case 0x18:
      return "amominu.w";
    default:
      return "amomaxu.w";
  }
}

const char* ordering(std::uint32_t bits) {
  constexpr const char* names[] = {"", ".rl", ".aq", ".aqrl"};
  return names[bits >> 25 & 3u];
}

std::string csr_text(const Instruction& instruction) {
  constexpr const char* names[] = {"", "csrrw", "csrrs", "csrrc", "", "csrrwi", "csrrsi", "csrrci"};
  const std::string csr = csr_name(static_cast<std::uint32_t>(instruction.immediate));
  const bool immediate = (instruction.rs2 & 4u) != 0;
  return fmt::format("{} {},{},{}", names[instruction.rs2 & 7u], register_name(instruction.rd), csr,
                     immediate ? std::to_string(instruction.rs1) : register_name(instruction.rs1));
}

/// "iorw,rw": what a fence orders.
std::string fence_text(std::uint32_t bits) {
  const auto set = [](std::uint32_t mask) {
    std::string text;
    for (int i = 0; i < 4; ++i) {
      if ((mask & 8u >> i) != 0) text += "iorw"[i];
    }
    return text.empty() ? std::string("unknown") : text;
  };
  return bits >> 28 == 8 ? "fence.tso" : fmt::format("fence {},{}", set(bits >> 24 & 0xf), set(bits >> 20 & 0xf));
}

}  // namespace

const char* register_name(unsigned index) {
  constexpr const char* names[] = {"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
                                   "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
                                   "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
  return names[index % 32];
}

std::string disassemble(std::uint32_t bits, std::uint32_t pc) {
  const Instruction instruction = decode(bits);
  if (instruction.operation == Operation::Illegal) {
    return instruction.length == 4 ? fmt::format(".word {:#010x}", bits) : fmt::format(".half {:#06x}", bits & 0xffff);
  }
  const Form form = form_of(instruction.operation);
  const char* const rd = register_name(instruction.rd);
  const char* const rs1 = register_name(instruction.rs1);
  const char* const rs2 = register_name(instruction.rs2);
  const std::int32_t immediate = instruction.immediate;
  const std::uint32_t target = pc + static_cast<std::uint32_t>(immediate);
  switch (form.shape) {
    case Shape::Upper:
      return fmt::format("{} {},{:#x}", form.name, rd, static_cast<std::uint32_t>(immediate) >> 12);
    case Shape::Jump:
      return fmt::format("{} {},{:#x}", form.name, rd, target);
    case Shape::Indirect:
    case Shape::Load:
      return fmt::format("{} {},{}({})", form.name, rd, immediate, rs1);
    case Shape::Branch:
      return fmt::format("{} {},{},{:#x}", form.name, rs1, rs2, target);
    case Shape::Store:
      return fmt::format("{} {},{}({})", form.name, rs2, immediate, rs1);
    case Shape::Shift:
      return fmt::format("{} {},{},{:#x}", form.name, rd, rs1, immediate);
    case Shape::Immediate:
      return fmt::format("{} {},{},{}", form.name, rd, rs1, immediate);
    case Shape::Register:
      return fmt::format("{} {},{},{}", form.name, rd, rs1, rs2);
    case Shape::Csr:
      return csr_text(instruction);
    case Shape::Reserved:
      return fmt::format("{}{} {},({})", form.name, ordering(bits), rd, rs1);
    case Shape::Exchange: {
      const bool atomic = instruction.operation == Operation::Atomic;
      return fmt::format("{}{} {},{},({})", atomic ? atomic_name(static_cast<std::uint32_t>(immediate)) : form.name,
                         ordering(bits), rd, rs2, rs1);
    }
    default:
      return instruction.operation == Operation::Fence ? fence_text(bits) : form.name;
  }
}

}  // namespace spinvp::platform
