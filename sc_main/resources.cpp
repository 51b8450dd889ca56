#include "sc_main/resources.h"

#include <filesystem>

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

}  // namespace

std::string shipped_file(const std::string& relative_path) {
  if (fs::exists(relative_path)) {
    return relative_path;
  }
  for (fs::path folder = program_folder();; folder = folder.parent_path()) {
    for (const fs::path& candidate : {folder / relative_path, folder / installed_data / relative_path}) {
      if (fs::exists(candidate)) {
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
  if (fs::exists(given)) {
    return given;
  }
  if (given.compare(0, 8, "configs/") == 0) {
    return shipped_file(given);
  }
  const bool is_name = given.find_first_of("/.") == std::string::npos;
  const std::string named = is_name ? shipped_file(shipped) : given;
  return fs::exists(named) ? named : given;
}

std::string shipped_firmware(const std::string& app) {
  const fs::path tree = program_folder().parent_path();
  const fs::path executable = fs::path("firmware") / (app + ".elf");
  const fs::path installed = tree / installed_data / executable;
  return (fs::exists(installed) ? installed : tree / executable).lexically_normal().string();
}

}  // namespace spinvp
