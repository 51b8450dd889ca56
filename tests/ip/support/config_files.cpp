#include "tests/ip/support/config_files.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "core/errors.h"

namespace spinvp::test {

namespace fs = std::filesystem;

ConfigFiles::ConfigFiles() : folder_((fs::temp_directory_path() / ("chip_files" + std::to_string(getpid()))).string()) {
  const fs::path configs = fs::path(SPINVP_SOURCE_DIR) / "configs";
  fs::create_directories(folder_ + "/chips");
  fs::create_directories(folder_ + "/technologies");
  fs::copy_file(configs / "chips/imce.yaml", chip(), fs::copy_options::overwrite_existing);
  fs::copy_file(configs / "technologies/sot_mram_45nm.yaml", technology(), fs::copy_options::overwrite_existing);
}

ConfigFiles::~ConfigFiles() {
  fs::remove_all(folder_);
}

void ConfigFiles::change(const std::string& path, const std::string& from, const std::string& to) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  std::string changed = text.str();
  const std::size_t at = changed.find(from);
  if (at == std::string::npos || changed.find(from, at + 1) != std::string::npos) {
    throw std::logic_error("'" + from + "' does not stand once in " + path);
  }
  changed.replace(at, from.size(), to);
  std::ofstream(path) << changed;
}

std::string shipped_technology(const std::string& name) {
  return std::string(SPINVP_SOURCE_DIR) + "/configs/technologies/" + name + ".yaml";
}

std::string refusal_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace spinvp::test
