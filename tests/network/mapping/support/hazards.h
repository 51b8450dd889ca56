#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace spinvp::test {

/// The commands of a stream, each as its words.
std::vector<std::vector<std::uint32_t>> commands_of(const std::vector<std::uint32_t>& stream);

/// Looks for two commands of which one writes what the other reads or writes (bytes of the buffer, rows of sub-arrays)
/// although nothing orders them: they run on different lanes, and no command between the first one's issue and the
/// second one's waits for the first one's lane. Whether that shows up in a run depends on the chip's speeds; here it
/// always does. Says which commands; empty when there is none.
std::string first_hazard(const std::vector<std::uint32_t>& stream);

}  // namespace spinvp::test
