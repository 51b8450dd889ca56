#include "platform/trace/instruction_trace.h"

#include <fmt/format.h>

#include <cerrno>

#include "core/errors.h"
#include "core/file_errors.h"
#include "platform/trace/disassembler.h"

namespace spinvp::platform {
namespace {

enum class Memory { None, Load, Store, Exchange };

Memory memory_access_of(Operation operation) {
  switch (operation) {
    case Operation::Lb:
    case Operation::Lbu:
    case Operation::Lh:
    case Operation::Lhu:
    case Operation::Lw:
    case Operation::LoadReserved:
      return Memory::Load;
    case Operation::Sb:
    case Operation::Sh:
    case Operation::Sw:
      return Memory::Store;
    case Operation::StoreConditional:
    case Operation::Atomic:
      return Memory::Exchange;
    default:
      return Memory::None;
  }
}

const char* cause_text(std::uint32_t cause) {
  switch (cause) {
    case 1:
      return "fetch fault";
    case 2:
      return "illegal instruction";
    case 3:
      return "breakpoint";
    case 4:
      return "misaligned load";
    case 5:
      return "load fault";
    case 6:
      return "misaligned store";
    case 7:
      return "store fault";
    case 11:
      return "environment call";
    case 0x80000003:
      return "software interrupt";
    case 0x80000007:
      return "timer interrupt";
    case 0x8000000b:
      return "external interrupt";
    default:
      return "trap";
  }
}

std::uint32_t csr_value(const Rv32Core& core, std::uint32_t number) {
  return core.csr(number).value_or(0);
}

}  // namespace

InstructionTrace::InstructionTrace(const std::string& path, SymbolTable symbols, ReadCode read_code)
    : path_(path),
      symbols_(std::move(symbols)),
      read_code_(std::move(read_code)),
      file_(std::fopen(path.c_str(), "w")) {
  if (!file_) {
    throw cannot_write(path);
  }
  write(fmt::format("{:>14}  {:<8} {:<8}  {:<30} {:<28} {}\n", "cycle", "pc", "encoding", "instruction", "effect",
                    "function"));
}

InstructionTrace::~InstructionTrace() = default;

void InstructionTrace::finish() {
  const bool failed = std::ferror(file_.get()) != 0;
  if (std::fclose(file_.release()) != 0 || failed) {
    throw RunError(fmt::format("{}: cannot write all of the trace", path_));
  }
}

/// Errors are looked at in the end: throwing one through the simulation would hide it.
void InstructionTrace::write(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), file_.get());
}

void InstructionTrace::note_sleep(const Rv32Core& core) {
  if (core.cycles() > end_) {
    if (end_ != 0) {
      write(fmt::format("{:>14}  -- slept for {} cycles\n", end_, core.cycles() - end_));
    }
    end_ = core.cycles();
  }
}

void InstructionTrace::interrupt_entered(const Rv32Core& core) {
  note_sleep(core);
  const std::uint32_t origin = csr_value(core, csr::mepc);
  write(fmt::format("{:>14}  -- {}, from {:08x} {}\n", core.cycles(), cause_text(csr_value(core, csr::mcause)), origin,
                    symbols_.text_of(origin)));
}

void InstructionTrace::before_instruction(const Rv32Core& core) {
  note_sleep(core);
  pc_ = core.pc();
  bits_ = read_code_(pc_);
  instruction_ = decode(bits_);
  begin_ = core.cycles();
  instructions_ = core.instructions();
  const Memory memory = memory_access_of(instruction_.operation);
  const bool has_offset = memory == Memory::Load || memory == Memory::Store;
  const std::uint32_t base = core.reg(instruction_.rs1);
  address_ = has_offset && instruction_.operation != Operation::LoadReserved
                 ? base + static_cast<std::uint32_t>(instruction_.immediate)
                 : base;
}

void InstructionTrace::after_instruction(const Rv32Core& core) {
  end_ = core.cycles();
  const bool wide = instruction_.length == 4;
  write(fmt::format("{:>14}  {:08x} {:<8}  {:<30} {:<28} {}\n", begin_, pc_,
                    wide ? fmt::format("{:08x}", bits_) : fmt::format("{:04x}", bits_ & 0xffff),
                    disassemble(bits_, pc_), core.instructions() == instructions_ ? "" : effect(core),
                    symbols_.text_of(pc_)));
  if (core.instructions() == instructions_) {
    write(fmt::format("{:>14}  -- {}, mtval {:08x}\n", end_, cause_text(csr_value(core, csr::mcause)),
                      csr_value(core, csr::mtval)));
  }
}

std::string InstructionTrace::effect(const Rv32Core& core) const {
  std::string text;
  if (writes_register(instruction_.operation) && instruction_.rd != 0) {
    text = fmt::format("{}={:08x}", register_name(instruction_.rd), core.reg(instruction_.rd));
  }
  switch (memory_access_of(instruction_.operation)) {
    case Memory::None:
      break;
    case Memory::Load:
    case Memory::Exchange:
      text += fmt::format("{}[{:08x}]", text.empty() ? "" : " ", address_);
      break;
    case Memory::Store:
      text += fmt::format("[{:08x}]={:x}", address_, core.reg(instruction_.rs2));
      break;
  }
  return text;
}

}  // namespace spinvp::platform
