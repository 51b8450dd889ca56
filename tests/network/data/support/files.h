#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace spinvp::test {

/// A folder that goes when the test ends.
class Folder {
 public:
  Folder();
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path() const { return path_.string(); }
  /// Writes a file, and folders that its name needs; returns its path.
  std::string write(const std::string& name, const std::string& bytes) const;

 private:
  std::filesystem::path path_;
};

std::string compressed(const std::string& bytes);

/// A 32-bit word, the most significant byte first.
std::string word(std::uint32_t value);

/// A .npy file: version, the three entries of its header, data.
std::string npy(const std::string& descr, const std::string& shape, const std::string& data, bool fortran_order = false,
                int version = 1);

/// What a PNG file says; `rows` are packed as the file has them.
struct Png {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  int depth = 8;
  int colour_type = 0;  ///< PNG_COLOR_TYPE_...
  std::vector<std::string> rows;
  std::vector<std::uint8_t> palette = {};       ///< red, green, blue
  std::vector<std::uint8_t> transparency = {};  ///< of the palette's colours
  bool interlaced = false;
  double gamma = 0;  ///< 0: none said
};

std::string png(const Png& image);

}  // namespace spinvp::test
