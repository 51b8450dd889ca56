#include "platform/cpu/csr_names.h"

#include <fmt/format.h>

#include <map>

#include "platform/cpu/csr.h"

namespace spinvp::platform {
namespace {

const std::map<std::uint32_t, const char*>& csr_names() {
  static const std::map<std::uint32_t, const char*> names = {
      {csr::mstatus, "mstatus"},
      {csr::misa, "misa"},
      {csr::mie, "mie"},
      {csr::mtvec, "mtvec"},
      {csr::mstatush, "mstatush"},
      {csr::mcountinhibit, "mcountinhibit"},
      {csr::mscratch, "mscratch"},
      {csr::mepc, "mepc"},
      {csr::mcause, "mcause"},
      {csr::mtval, "mtval"},
      {csr::mip, "mip"},
      {csr::mcycle, "mcycle"},
      {csr::minstret, "minstret"},
      {csr::mcycleh, "mcycleh"},
      {csr::minstreth, "minstreth"},
      {csr::cycle, "cycle"},
      {csr::instret, "instret"},
      {csr::cycleh, "cycleh"},
      {csr::instreth, "instreth"},
      {csr::mvendorid, "mvendorid"},
      {csr::marchid, "marchid"},
      {csr::mimpid, "mimpid"},
      {csr::mhartid, "mhartid"},
      {csr::mconfigptr, "mconfigptr"},
  };
  return names;
}

}  // namespace

std::string csr_name(std::uint32_t number) {
  constexpr std::uint32_t group_mask = ~0x1fu, index_mask = 0x1fu;
  const auto& names = csr_names();
  if (const auto found = names.find(number); found != names.end()) {
    return found->second;
  }
  switch (number & group_mask) {
    case 0x320:
      return fmt::format("mhpmevent{}", number & index_mask);
    case 0xb00:
      return fmt::format("mhpmcounter{}", number & index_mask);
    case 0xb80:
      return fmt::format("mhpmcounter{}h", number & index_mask);
    default:
      return fmt::format("csr{}", number);
  }
}

}  // namespace spinvp::platform
