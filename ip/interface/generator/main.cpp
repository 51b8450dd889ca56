// interface_generator [--c-header FILE] [--cpp-view FILE] [--markdown FILE] DESCRIPTION.yaml...
// A file that would stay as it is keeps its time, so that nothing is compiled again for it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/errors.h"
#include "ip/interface/generator/views.h"

namespace {

bool holds(const std::string& path, const std::string& text) {
  std::ifstream stream(path);
  std::ostringstream found;
  found << stream.rdbuf();
  return stream && found.str() == text;
}

void write(const std::string& path, const std::string& text) {
  if (holds(path, text)) {
    return;
  }
  const auto folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) {
    std::filesystem::create_directories(folder);
  }
  std::ofstream stream(path);
  stream << text;
  if (!stream) {
    throw spinvp::InputError(fmt::format("{}: cannot write the file", path));
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Makes the C header, the C++ view and the reference page from interface descriptions");
  std::vector<std::string> inputs;
  std::string c_header_path;
  std::string cpp_view_path;
  std::string markdown_path;
  app.add_option("descriptions", inputs, "interface descriptions (YAML)")->required();
  app.add_option("--c-header", c_header_path, "C header to write");
  app.add_option("--cpp-view", cpp_view_path, "C++ view to write");
  app.add_option("--markdown", markdown_path, "reference page to write");
  CLI11_PARSE(app, argc, argv);
  try {
    std::vector<spinvp::generator::Description> descriptions;
    for (const std::string& input : inputs) {
      descriptions.push_back(spinvp::generator::read_description(input));
    }
    if (!c_header_path.empty()) {
      write(c_header_path, spinvp::generator::c_header(descriptions, c_header_path));
    }
    if (!cpp_view_path.empty()) {
      write(cpp_view_path, spinvp::generator::cpp_view(descriptions));
    }
    if (!markdown_path.empty()) {
      write(markdown_path, spinvp::generator::markdown(descriptions));
    }
  } catch (const spinvp::InputError& error) {
    fmt::print(stderr, "interface_generator: {}\n", error.what());
    return 2;
  }
  return 0;
}
