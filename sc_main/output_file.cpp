#include "sc_main/output_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "core/errors.h"
#include "core/file_errors.h"

namespace spinvp {
namespace {

namespace fs = std::filesystem;

bool same_file(const std::string& a, const std::string& b) {
  std::error_code none;
  return a == b || fs::equivalent(a, b, none);
}

}  // namespace

void require_writable(const std::string& path, const std::vector<std::string>& others) {
  for (const std::string& other : others) {
    if (!other.empty() && same_file(path, other)) {
      throw InputError(fmt::format("{}: is another file of this command; it would be overwritten", path));
    }
  }
  const fs::path folder = fs::path(path).parent_path();
  if (fs::is_directory(path)) {
    throw InputError(fmt::format("{}: cannot write the file: it is a folder", path));
  }
  if (!folder.empty() && !fs::exists(folder)) {
    throw InputError(fmt::format("{}: cannot write the file: there is no folder '{}'", path, folder.string()));
  }
  const std::string place = fs::exists(path) ? path : folder.empty() ? "." : folder.string();
  if (access(place.c_str(), W_OK) != 0) {
    throw cannot_write(path);
  }
}

}  // namespace spinvp
