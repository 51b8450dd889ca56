#include "platform/gdb/target_description.h"

#include <fmt/format.h>

#include <iterator>

#include "platform/cpu/csr_names.h"

namespace spinvp::platform::gdb {
namespace {

constexpr std::uint32_t csr_numbers = 0x1000;

constexpr const char* abi_names[] = {"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "fp", "s1", "a0",
                                     "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
                                     "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

const char* type_of(unsigned number) {
  constexpr unsigned ra = 1, sp = 2, gp = 3, tp = 4, fp = 8;
  switch (number) {
    case ra:
      return "code_ptr";
    case sp:
    case gp:
    case tp:
    case fp:
      return "data_ptr";
    default:
      return "int";
  }
}

}  // namespace

std::string target_description(const Rv32Core& core) {
  // Without "none" a debugger that was built for Linux steps as on Linux: by breakpoints behind an instruction.
  std::string xml =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target version=\"1.0\">\n"
      "<architecture>riscv:rv32</architecture>\n<osabi>none</osabi>\n<feature name=\"org.gnu.gdb.riscv.cpu\">\n";
  auto out = std::back_inserter(xml);
  for (unsigned i = 0; i < pc_number; ++i) {
    fmt::format_to(out, "<reg name=\"{}\" bitsize=\"32\" type=\"{}\" regnum=\"{}\"/>\n", abi_names[i], type_of(i), i);
  }
  fmt::format_to(out, "<reg name=\"pc\" bitsize=\"32\" type=\"code_ptr\" regnum=\"{}\"/>\n</feature>\n", pc_number);
  xml += "<feature name=\"org.gnu.gdb.riscv.csr\">\n";
  for (std::uint32_t number = 0; number < csr_numbers; ++number) {
    if (core.csr(number)) {
      // Not saved around a call that the debugger makes: counters would run backwards.
      fmt::format_to(out,
                     "<reg name=\"{}\" bitsize=\"32\" type=\"int\" group=\"csr\" save-restore=\"no\" regnum=\"{}\"/>\n",
                     csr_name(number), first_csr_number + number);
    }
  }
  return xml + "</feature>\n</target>\n";
}

std::optional<std::uint32_t> read_register(const Rv32Core& core, std::uint64_t number) {
  if (number < pc_number) return core.reg(static_cast<unsigned>(number));
  if (number == pc_number) return core.pc();
  if (number < first_csr_number || number >= first_csr_number + csr_numbers) return std::nullopt;
  return core.csr(static_cast<std::uint32_t>(number - first_csr_number));
}

bool write_register(Rv32Core& core, std::uint64_t number, std::uint32_t value) {
  if (number < pc_number) {
    core.set_reg(static_cast<unsigned>(number), value);
    return true;
  }
  if (number == pc_number) {
    core.set_pc(value);
    return true;
  }
  if (number < first_csr_number || number >= first_csr_number + csr_numbers) return false;
  return core.set_csr(static_cast<std::uint32_t>(number - first_csr_number), value);
}

}  // namespace spinvp::platform::gdb
