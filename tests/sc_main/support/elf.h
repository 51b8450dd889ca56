#pragma once

#include <elf.h>

#include <cstdint>
#include <string>
#include <vector>

namespace spinvp::test {

/// An executable of one segment that runs `code` at `address`.
std::string elf(std::uint32_t address, const std::vector<std::uint32_t>& code, std::uint16_t machine = EM_RISCV);

constexpr std::uint32_t ram = 0x80000000;
constexpr std::uint32_t wait_for_interrupt = 0x10500073;
constexpr std::uint32_t jump_back = 0xffdff06f;       // j -4
constexpr std::uint32_t jump_to_itself = 0x0000006f;  // j 0

}  // namespace spinvp::test
