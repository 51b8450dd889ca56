#include "sc_main/output_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "core/errors.h"

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
  const std::string place = fs::exists(path) ? path : folder.empty() ? "." : folder.string();
  if (fs::is_directory(path) || access(place.c_str(), W_OK) != 0) {
    throw InputError(fmt::format("{}: cannot write the file", path));
  }
}

}  // namespace spinvp
