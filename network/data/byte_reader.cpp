#include "network/data/byte_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/iostreams/filter/gzip.hpp>
#include <filesystem>

#include "core/errors.h"
#include "core/file_errors.h"

namespace spinvp::network::data {

ByteReader::ByteReader(const std::string& path) : path_(path) {
  if (std::filesystem::is_directory(path)) {
    fail("is a folder; expected a file");
  }
  file_.open(path, std::ios::binary);
  if (!file_) {
    throw cannot_open(path);
  }
  const bool compressed = file_.get() == 0x1f && file_.get() == 0x8b;
  file_.clear();
  file_.seekg(0);
  if (compressed) {
    stream_.push(boost::iostreams::gzip_decompressor());
  }
  stream_.push(file_);
}

const std::vector<std::uint8_t>& ByteReader::peek(std::size_t count) {
  if (peeked_.size() < count) {
    const std::size_t had = peeked_.size();
    peeked_.resize(count);
    peeked_.resize(had + read_stream(peeked_.data() + had, count - had));
  }
  return peeked_;
}

std::size_t ByteReader::read(std::uint8_t* bytes, std::size_t count) {
  const std::size_t known = std::min(count, peeked_.size());
  const auto end = peeked_.begin() + static_cast<std::ptrdiff_t>(known);
  std::copy(peeked_.begin(), end, bytes);
  peeked_.erase(peeked_.begin(), end);
  return known == count ? count : known + read_stream(bytes + known, count - known);
}

std::size_t ByteReader::read_stream(std::uint8_t* bytes, std::size_t count) {
  try {
    stream_.read(reinterpret_cast<char*>(bytes), static_cast<std::streamsize>(count));
  } catch (const std::exception&) {
    damaged();
  }
  if (stream_.bad()) {
    damaged();
  }
  return static_cast<std::size_t>(stream_.gcount());
}

void ByteReader::fail(const std::string& reason) const {
  throw InputError(fmt::format("{}: {}", path_, reason));
}

std::vector<std::uint8_t> read_elements(ByteReader& reader, std::size_t count) {
  constexpr std::size_t block = std::size_t{1} << 20;
  std::vector<std::uint8_t> elements;
  while (elements.size() < count) {
    const std::size_t start = elements.size();
    const std::size_t wanted = std::min(block, count - start);
    elements.resize(start + wanted);
    const std::size_t got = reader.read(elements.data() + start, wanted);
    if (got != wanted) {
      reader.fail(
          fmt::format("is truncated: its header announces {} bytes of data, but it holds {}", count, start + got));
    }
  }
  require_end(reader, count);
  return elements;
}

void require_end(ByteReader& reader, std::size_t count) {
  if (!reader.at_end()) {
    reader.fail(fmt::format("holds more than the {} bytes of data that its header announces", count));
  }
}

void require_moderate(const std::string& path, std::uint64_t count, std::uint64_t rows, std::uint64_t columns,
                      std::uint64_t channels) {
  const bool sides = rows <= most_a_side && columns <= most_a_side && channels <= most_values_an_image;
  const bool some = count > 0 && rows > 0 && columns > 0 && channels > 0;
  // No overflow: the sides are checked first.
  if (!some || !sides || rows * columns > most_values_an_image || rows * columns * channels > most_values_an_image ||
      count > (std::uint64_t{1} << 32)) {
    throw InputError(
        fmt::format("{}: announces {} images of {} x {} x {}; expected at least one image of moderate size", path,
                    count, rows, columns, channels));
  }
}

}  // namespace spinvp::network::data
