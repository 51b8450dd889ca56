#pragma once

#include <cstdint>
#include <vector>

namespace spinvp::platform {

/// The code at the reset address: a0 = mhartid, a1 = `boot_info`, jump to `entry`. Independent of where it stands.
std::vector<std::uint8_t> boot_rom_code(std::uint32_t entry, std::uint32_t boot_info);

}  // namespace spinvp::platform
