#pragma once

#include <string>
#include <vector>

namespace spinvp {

/// InputError when a file cannot be written there, or when that would overwrite one of `others`: so that one learns it
/// before a long run, not behind it. Empty names in `others` are no files.
void require_writable(const std::string& path, const std::vector<std::string>& others);

}  // namespace spinvp
