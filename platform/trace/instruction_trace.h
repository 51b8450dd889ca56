#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "platform/cpu/cpu_observer.h"
#include "platform/cpu/decode.h"
#include "platform/elf_symbols.h"

namespace spinvp::platform {

/// The two halfwords at an address, without side effects; what is not there reads as zero.
using ReadCode = std::function<std::uint32_t(std::uint32_t address)>;

/// Writes a line for every instruction that a hart executes:
///
///          cycle  pc       encoding  instruction              effect                     function
///            445  800119d4 1141      addi sp,sp,-16           sp=8000ff80                main
///
/// "cycle" is the hart's own, when the instruction begins. The effect names the register that was written and its new
/// value, and the address of memory that was accessed: [80015088]. Interrupts, traps and sleep have lines of their own,
/// which begin with "--".
class InstructionTrace : public CpuObserver {
 public:
  /// Begins the file. InputError when it cannot be written.
  InstructionTrace(const std::string& path, SymbolTable symbols, ReadCode read_code);
  ~InstructionTrace() override;

  void interrupt_entered(const Rv32Core& core) override;
  void before_instruction(const Rv32Core& core) override;
  void after_instruction(const Rv32Core& core) override;

  /// Completes the file; RunError when it could not be written, on a full disk for instance.
  void finish();

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  void note_sleep(const Rv32Core& core);
  void write(const std::string& line);
  std::string effect(const Rv32Core& core) const;

  std::string path_;
  SymbolTable symbols_;
  ReadCode read_code_;
  std::unique_ptr<std::FILE, CloseFile> file_;

  // The instruction that comes next or has just been executed
  std::uint32_t pc_ = 0;
  std::uint32_t bits_ = 0;
  Instruction instruction_;
  std::uint32_t address_ = 0;  // that it accesses
  std::uint64_t begin_ = 0;    // cycle
  std::uint64_t instructions_ = 0;
  std::uint64_t end_ = 0;  // cycle
};

}  // namespace spinvp::platform
