#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "platform/soc_config.h"

namespace spinvp::platform {

/// Stores bytes at an address of the target; false when it refuses.
using MemoryWriter = std::function<bool(std::uint64_t address, const std::uint8_t* bytes, std::size_t length)>;

/// Loads an ELF executable for 32-bit RISC-V: every loadable segment at its physical address, its tail zeroed. All of
/// the file is checked before the first byte is written. Returns the entry point.
///
/// InputError, naming the file: it cannot be read, is no such executable (or one for hardware floating point), is
/// truncated, has a segment outside `memory` (the message names the segment's addresses) or an entry point outside its
/// segments.
std::uint32_t load_elf(const std::string& path, const AddressRange& memory, const MemoryWriter& write);

}  // namespace spinvp::platform
