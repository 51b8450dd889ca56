#pragma once

#include <string>

namespace spinvp {

/// A file that ships with SpinVP (configs/..., models/...): as named when it exists from the current folder, else from
/// the root of the source or install tree that the program stands in.
std::string shipped_file(const std::string& relative_path);

/// The firmware built with this program: firmware/<app>.elf beside its folder.
std::string shipped_firmware(const std::string& app);

}  // namespace spinvp
