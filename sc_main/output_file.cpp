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
  if (a == b || fs::equivalent(a, b, none)) {
    return true;
  }
  // Two names of a file that does not exist yet.
  std::error_code error_a;
  std::error_code error_b;
  const fs::path whole_a = fs::weakly_canonical(fs::absolute(a, error_a), error_a);
  const fs::path whole_b = fs::weakly_canonical(fs::absolute(b, error_b), error_b);
  return !error_a && !error_b && whole_a == whole_b;
}

}  // namespace

void require_writable(const std::string& path, const std::vector<std::string>& others) {
  for (const std::string& other : others) {
    if (!other.empty() && same_file(path, other)) {
      throw InputError(fmt::format("{}: is another file of this command; it would be overwritten", path));
    }
  }
  std::error_code error;
  const fs::file_status file = fs::status(path, error);
  if (fs::is_directory(file)) {
    throw InputError(fmt::format("{}: cannot write the file: it is a folder", path));
  }
  if (!fs::status_known(file)) {
    throw InputError(fmt::format("{}: cannot write the file{}", path, system_reason(error.value())));
  }
  if (fs::exists(file)) {
    if (access(path.c_str(), W_OK) != 0) {
      throw cannot_write(path);
    }
    return;
  }
  const fs::path folder = fs::path(path).parent_path();
  if (!folder.empty() && !fs::is_directory(folder, error)) {
    throw InputError(fmt::format("{}: cannot write the file: there is no folder '{}'", path, folder.string()));
  }
  if (access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) != 0) {
    throw cannot_write(path);
  }
}

}  // namespace spinvp
