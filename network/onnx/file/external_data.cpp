#include "network/onnx/file/external_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/errors.h"

namespace spinvp::network::onnx {
namespace {

namespace fs = std::filesystem;

template <typename... Arguments>
[[noreturn]] void fail(const std::string& where, const char* format, const Arguments&... arguments) {
  throw InputError(fmt::format("{}: {}", where, fmt::format(fmt::runtime(format), arguments...)));
}

/// Where in which file.
struct Reference {
  std::string location;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

std::uint64_t number(const std::string& text, const char* key, const std::string& where) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail(where, "its data has the {} '{}'; expected bytes as a number from 0", key, text);
  }
  return value;
}

Reference reference_of(const ::onnx::TensorProto& proto, std::size_t size, const std::string& where) {
  std::map<std::string, std::string> entries;
  for (const auto& entry : proto.external_data()) {
    entries[entry.key()] = entry.value();
  }
  Reference reference;
  reference.location = entries["location"];
  if (reference.location.empty() || reference.location.find('\0') != std::string::npos) {
    fail(where, "its data stands in another file, which is not named");
  }
  reference.offset = entries.count("offset") != 0 ? number(entries["offset"], "offset", where) : 0;
  reference.length = entries.count("length") != 0 ? number(entries["length"], "length", where) : size;
  if (reference.length != size) {
    fail(where, "needs {} bytes, but its data in '{}' has the length {}", size, reference.location, reference.length);
  }
  return reference;
}

/// The file, links followed, which must stand in the folder or below it.
fs::path find_inside(const Reference& reference, const std::string& folder, const std::string& where) {
  const fs::path location = reference.location;
  if (location.is_absolute()) {
    fail(where, "its data stands in '{}', an absolute path; expected one inside the model's folder",
         reference.location);
  }
  if (std::find(location.begin(), location.end(), fs::path("..")) != location.end()) {
    fail(where, "its data stands in '{}', which leaves the model's folder", reference.location);
  }
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  const fs::path file = fs::canonical(root / location, error);
  if (error) {
    fail(where, "its data stands in '{}', which cannot be found in the model's folder", reference.location);
  }
  const fs::path inside = file.lexically_relative(root);
  if (inside.empty() || *inside.begin() == fs::path("..")) {
    fail(where, "its data stands in '{}', a link that leaves the model's folder", reference.location);
  }
  if (!fs::is_regular_file(file, error)) {
    fail(where, "its data stands in '{}', which is no file", reference.location);
  }
  return file;
}

}  // namespace

std::string read_external_data(const ::onnx::TensorProto& proto, std::size_t size, const std::string& folder,
                               const std::string& where) {
  if (folder.empty()) {
    fail(where, "its data stands in another file; save the model with its weights inside (one .onnx file)");
  }
  const Reference reference = reference_of(proto, size, where);
  const fs::path file = find_inside(reference, folder, where);
  std::error_code error;
  const std::uint64_t there = fs::file_size(file, error);
  if (error || reference.offset > there || size > there - reference.offset) {
    fail(where, "needs {} bytes from offset {} of '{}', which has {}", size, reference.offset, reference.location,
         error ? 0 : there);
  }
  std::ifstream stream(file, std::ios::binary);
  std::string bytes(size, '\0');
  stream.seekg(static_cast<std::streamoff>(reference.offset));
  stream.read(bytes.data(), static_cast<std::streamsize>(size));
  if (!stream) {
    fail(where, "cannot read its data in '{}'", reference.location);
  }
  return bytes;
}

}  // namespace spinvp::network::onnx
