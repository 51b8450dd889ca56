#pragma once

#include <string>

namespace spinvp {

/// A file that ships with SpinVP (configs/..., models/...): as named when it exists from the current folder, else from
/// the root of the source or install tree that the program stands in.
std::string shipped_file(const std::string& relative_path);

/// The description that an option names: a path; or, of one that ships, its path from the root of SpinVP or its name in
/// `folder` ("configs/chips" and "imce"). Without one, that of the name `usual`.
std::string description_file(const std::string& given, const std::string& folder, const std::string& usual);

/// The technology that a chip description names, as load_chip_config() finds it; empty where it names none,
/// and where the description is no regular file.
std::string technology_file(const std::string& chip_file);

/// The firmware built with this program: firmware/<app>.elf beside its folder, or in share/spinvp where it is
/// installed.
std::string shipped_firmware(const std::string& app);

}  // namespace spinvp
