#pragma once

#include <string>
#include <vector>

namespace spinvp {

/// Prints what users should know of how a network was read: a line "note: ..." each.
void print_notes(const std::vector<std::string>& notes);

}  // namespace spinvp
