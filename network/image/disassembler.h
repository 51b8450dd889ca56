#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace spinvp::network {

/// A command stream as text, a command a line: byte offset, name, lanes waited for, layer, every field by name. What is
/// no command is shown as a raw word.
std::string disassemble(const std::vector<std::uint32_t>& words);

}  // namespace spinvp::network
