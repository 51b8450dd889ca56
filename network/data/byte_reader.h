#pragma once

#include <boost/iostreams/filtering_stream.hpp>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace spinvp::network::data {

/// A file's bytes in order, decompressed when it starts as gzip does. InputError names the file when it cannot be read.
class ByteReader {
 public:
  explicit ByteReader(const std::string& path);

  const std::string& path() const { return path_; }
  /// The next bytes without taking them; fewer than `count` at the end of the file.
  const std::vector<std::uint8_t>& peek(std::size_t count);
  /// Up to `count` bytes; fewer at the end of the file.
  std::size_t read(std::uint8_t* bytes, std::size_t count);
  bool at_end() { return peek(1).empty(); }

  /// Throws InputError "file: reason".
  [[noreturn]] void fail(const std::string& reason) const;

 private:
  std::size_t read_stream(std::uint8_t* bytes, std::size_t count);
  [[noreturn]] void damaged() const { fail("its gzip data is damaged or truncated"); }

  std::string path_;
  std::ifstream file_;
  boost::iostreams::filtering_istream stream_;
  std::vector<std::uint8_t> peeked_;
};

/// All that is left of the file: exactly `count` bytes, or InputError. Memory grows with the bytes that are there, not
/// with the count that a header claims.
std::vector<std::uint8_t> read_elements(ByteReader& reader, std::size_t count);

/// InputError when anything is left of the file behind the `count` bytes of data.
void require_end(ByteReader& reader, std::size_t count);

constexpr std::uint32_t most_a_side = 65535;
constexpr std::uint64_t most_values_an_image = std::uint64_t{1} << 26;

/// InputError unless these are at least one image of a size that memory can hold.
void require_moderate(const std::string& path, std::uint64_t count, std::uint64_t rows, std::uint64_t columns,
                      std::uint64_t channels);

}  // namespace spinvp::network::data
