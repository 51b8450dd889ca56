#include "sc_main/resources.h"

#include <filesystem>

#include "core/yaml.h"

namespace spinvp {
namespace {

namespace fs = std::filesystem;

// Where an installed SpinVP keeps what ships with it (cmake/Install.cmake), seen from the folder that holds bin.
constexpr const char* installed_data = "share/spinvp";

fs::path program_folder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::current_path() : program.parent_path();
}

// What cannot be looked at is not there: whoever opens it says why.
bool is_there(const fs::path& path) {
  std::error_code none;
  return fs::exists(path, none);
}

}  // namespace

std::string shipped_file(const std::string& relative_path) {
  if (is_there(relative_path)) {
    return relative_path;
  }
  for (fs::path folder = program_folder();; folder = folder.parent_path()) {
    for (const fs::path& candidate : {folder / relative_path, folder / installed_data / relative_path}) {
      if (is_there(candidate)) {
        return candidate.string();
      }
    }
    if (folder == folder.parent_path()) {
      return relative_path;  // whoever opens it says that it is missing
    }
  }
}

std::string description_file(const std::string& given, const std::string& folder, const std::string& usual) {
  const std::string shipped = folder + "/" + (given.empty() ? usual : given) + ".yaml";
  if (given.empty()) {
    return shipped_file(shipped);
  }
  if (is_there(given)) {
    return given;
  }
  if (given.compare(0, 8, "configs/") == 0) {
    return shipped_file(given);
  }
  const bool is_name = given.find_first_of("/.") == std::string::npos;
  const std::string named = is_name ? shipped_file(shipped) : given;
  return is_there(named) ? named : given;
}

std::string technology_file(const std::string& chip_file) {
  std::error_code none;
  if (!fs::is_regular_file(chip_file, none)) {
    return {};  // a pipe can be read once
  }
  const Yaml chip = Yaml::load(chip_file);
  if (!chip.has("technology")) {
    return {};
  }
  return (fs::path(chip_file).parent_path() / chip["technology"].text()).lexically_normal().string();
}

std::string shipped_firmware(const std::string& app) {
  const fs::path tree = program_folder().parent_path();
  const fs::path executable = fs::path("firmware") / (app + ".elf");
  const fs::path installed = tree / installed_data / executable;
  return (is_there(installed) ? installed : tree / executable).lexically_normal().string();
}

}  // namespace spinvp
