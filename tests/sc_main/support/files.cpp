#include "sc_main/support/files.h"

#include <boost/iostreams/device/back_inserter.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace spinvp::test {
namespace {

void append_word(std::string& bytes, std::uint32_t word) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(word >> shift);
  }
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  path_ = (std::filesystem::temp_directory_path() / "spinvp_test_XXXXXX").string();
  REQUIRE(mkdtemp(path_.data()) != nullptr);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& file, const std::string& bytes) const {
  std::ofstream stream(path(file), std::ios::binary);
  stream << bytes;
  stream.close();
  REQUIRE(stream.good());
  return path(file);
}

std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  INFO(path);
  REQUIRE(stream.good());
  return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

nlohmann::json read_json(const std::string& path) {
  return nlohmann::json::parse(read_file(path));
}

std::string compressed(const std::string& bytes) {
  std::string result;
  boost::iostreams::filtering_ostream stream;
  stream.push(boost::iostreams::gzip_compressor());
  stream.push(boost::iostreams::back_inserter(result));
  stream << bytes;
  stream.reset();
  return result;
}

std::string idx_images(std::uint32_t count, std::uint32_t rows, std::uint32_t columns, std::uint32_t channels) {
  std::string bytes;
  for (const std::uint32_t word : {std::uint32_t{channels == 1 ? 0x803u : 0x804u}, count, rows, columns}) {
    append_word(bytes, word);
  }
  if (channels > 1) {
    append_word(bytes, channels);
  }
  for (std::uint32_t i = 0; i < count * rows * columns * channels; ++i) {
    bytes += static_cast<char>(i);
  }
  return bytes;
}

std::string idx_labels(const std::vector<std::uint8_t>& labels) {
  std::string bytes;
  append_word(bytes, 0x801);
  append_word(bytes, static_cast<std::uint32_t>(labels.size()));
  bytes.append(labels.begin(), labels.end());
  return bytes;
}

std::string with(const std::string& text, const std::string& from, const std::string& to) {
  INFO("replacing '" << from << "'");
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  REQUIRE(text.find(from, at + 1) == std::string::npos);
  return text.substr(0, at) + to + text.substr(at + from.size());
}

}  // namespace spinvp::test
