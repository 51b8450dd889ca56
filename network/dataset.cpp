#include "network/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <filesystem>
#include <fstream>

#include "core/errors.h"

namespace spinvp::network {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw InputError(fmt::format("{}: {}", path, reason));
}

/// A file's bytes in order, decompressed when it starts as gzip does.
class ByteReader {
 public:
  explicit ByteReader(const std::string& path) : path_(path) {
    if (std::filesystem::is_directory(path)) {
      fail(path, "is a folder; expected an IDX file");
    }
    file_.open(path, std::ios::binary);
    if (!file_) {
      fail(path, "cannot open the file");
    }
    const bool compressed = file_.get() == 0x1f && file_.get() == 0x8b;
    file_.clear();
    file_.seekg(0);
    if (compressed) {
      stream_.push(boost::iostreams::gzip_decompressor());
    }
    stream_.push(file_);
  }

  /// Up to `count` bytes; fewer at the end of the file.
  std::size_t read(std::uint8_t* bytes, std::size_t count) {
    try {
      stream_.read(reinterpret_cast<char*>(bytes), static_cast<std::streamsize>(count));
    } catch (const std::exception& error) {
      damaged();
    }
    if (stream_.bad()) {
      damaged();
    }
    return static_cast<std::size_t>(stream_.gcount());
  }

 private:
  [[noreturn]] void damaged() const { fail(path_, "its gzip data is damaged or truncated"); }

  std::string path_;
  std::ifstream file_;
  boost::iostreams::filtering_istream stream_;
};

std::uint32_t read_word(ByteReader& reader, const std::string& path) {
  std::array<std::uint8_t, 4> bytes{};
  if (reader.read(bytes.data(), bytes.size()) != bytes.size()) {
    fail(path, "ends within its header; expected an IDX file");
  }
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

/// Everything behind the header: exactly `count` bytes. Memory grows with the bytes that are there, not with the count
/// that the header claims.
std::vector<std::uint8_t> read_elements(ByteReader& reader, const std::string& path, std::size_t count) {
  constexpr std::size_t block = std::size_t{1} << 20;
  std::vector<std::uint8_t> elements;
  while (elements.size() < count) {
    const std::size_t start = elements.size();
    const std::size_t wanted = std::min(block, count - start);
    elements.resize(start + wanted);
    const std::size_t got = reader.read(elements.data() + start, wanted);
    if (got != wanted) {
      fail(path,
           fmt::format("is truncated: its header announces {} bytes of data, but it holds {}", count, start + got));
    }
  }
  std::uint8_t extra = 0;
  if (reader.read(&extra, 1) != 0) {
    fail(path, fmt::format("holds more than the {} bytes of data that its header announces", count));
  }
  return elements;
}

}  // namespace

Dataset load_images(const std::string& path) {
  ByteReader reader(path);
  const std::uint32_t magic = read_word(reader, path);
  if (magic != 0x803 && magic != 0x804) {
    fail(path, fmt::format("starts with {:#010x}; expected 0x00000803 (IDX bytes: count, rows, columns) or 0x00000804 "
                           "(and channels)",
                           magic));
  }
  const std::uint32_t count = read_word(reader, path);
  const std::uint32_t rows = read_word(reader, path);
  const std::uint32_t columns = read_word(reader, path);
  const std::uint32_t channels = magic == 0x804 ? read_word(reader, path) : 1;
  constexpr std::uint32_t most_a_side = 65535;
  const std::uint64_t pixels = std::uint64_t{rows} * columns * std::min(channels, most_a_side);
  if (count == 0 || rows == 0 || columns == 0 || channels == 0 || rows > most_a_side || columns > most_a_side ||
      channels > most_a_side || pixels > (std::uint64_t{1} << 26)) {
    fail(path, fmt::format("announces {} images of {} x {} x {}; expected at least one image of moderate size", count,
                           rows, columns, channels));
  }
  Dataset dataset;
  dataset.images_file = path;
  dataset.shape = Shape{static_cast<int>(rows), static_cast<int>(columns), static_cast<int>(channels)};
  dataset.count = count;
  dataset.pixels = read_elements(reader, path, dataset.count * dataset.shape.elements());
  return dataset;
}

std::vector<std::uint8_t> load_labels(const std::string& path) {
  ByteReader reader(path);
  const std::uint32_t magic = read_word(reader, path);
  if (magic != 0x801) {
    fail(path, fmt::format("starts with {:#010x}; expected 0x00000801 (IDX bytes: count)", magic));
  }
  const std::uint32_t count = read_word(reader, path);
  return read_elements(reader, path, count);
}

Dataset load_dataset(const std::string& images_path, const std::string& labels_path) {
  Dataset dataset = load_images(images_path);
  dataset.labels_file = labels_path;
  dataset.labels = load_labels(labels_path);
  if (dataset.labels.size() != dataset.count) {
    fail(labels_path,
         fmt::format("holds {} labels, but {} holds {} images", dataset.labels.size(), images_path, dataset.count));
  }
  return dataset;
}

void require_match(const Dataset& dataset, const IntegerGraph& graph) {
  if (!(dataset.shape == graph.input)) {
    fail(dataset.images_file,
         fmt::format("holds images of {} x {} x {}, but the network '{}' reads {} x {} x {} (rows, columns, channels)",
                     dataset.shape.height, dataset.shape.width, dataset.shape.channels, graph.name, graph.input.height,
                     graph.input.width, graph.input.channels));
  }
  const std::size_t scores = graph.layers.empty() ? 0 : graph.layers.back().output.elements();
  for (std::size_t index = 0; index < dataset.labels.size(); ++index) {
    if (dataset.labels[index] >= scores) {
      fail(dataset.labels_file, fmt::format("label {} is {}, but the network '{}' has {} scores, 0 to {}", index,
                                            dataset.labels[index], graph.name, scores, scores == 0 ? 0 : scores - 1));
    }
  }
}

}  // namespace spinvp::network
