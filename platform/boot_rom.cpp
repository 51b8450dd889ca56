#include "platform/boot_rom.h"

namespace spinvp::platform {

std::vector<std::uint8_t> boot_rom_code(std::uint32_t entry, std::uint32_t boot_info) {
  const std::uint32_t words[] = {
      0x00000297,  // auipc t0, 0
      0xf1402573,  // csrr  a0, mhartid
      0x0142a583,  // lw    a1, 20(t0)
      0x0182a303,  // lw    t1, 24(t0)
      0x00030067,  // jr    t1
      boot_info,  entry,
  };
  std::vector<std::uint8_t> bytes;
  for (const std::uint32_t word : words) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      bytes.push_back(static_cast<std::uint8_t>(word >> shift));
    }
  }
  return bytes;
}

}  // namespace spinvp::platform
