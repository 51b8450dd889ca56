#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace spinvp::test {

/// A folder of its own that goes when the test ends.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string path(const std::string& file) const { return path_ + "/" + file; }
  /// Writes a file; returns its path.
  std::string write(const std::string& file, const std::string& bytes) const;

 private:
  std::string path_;
};

std::string read_file(const std::string& path);
nlohmann::json read_json(const std::string& path);
std::string compressed(const std::string& bytes);

/// An IDX file of bytes; the pixels count upwards.
std::string idx_images(std::uint32_t count, std::uint32_t rows, std::uint32_t columns, std::uint32_t channels = 1);
std::string idx_labels(const std::vector<std::uint8_t>& labels);

/// `text` with its only occurrence of `from` replaced: a test whose text has changed says so.
std::string with(const std::string& text, const std::string& from, const std::string& to);

}  // namespace spinvp::test
