#include "network/data/idx.h"

#include <fmt/format.h>

#include <array>

namespace spinvp::network::data {
namespace {

std::uint32_t read_word(ByteReader& reader) {
  std::array<std::uint8_t, 4> bytes{};
  if (reader.read(bytes.data(), bytes.size()) != bytes.size()) {
    reader.fail("ends within its header; expected an IDX file");
  }
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace

bool starts_as_idx(const std::vector<std::uint8_t>& start) {
  // 8 to 0xE are the types of IDX.
  return start.size() >= 4 && start[0] == 0 && start[1] == 0 && start[2] >= 8 && start[2] <= 0xE && start[3] >= 1 &&
         start[3] <= 4;
}

Dataset read_idx_images(ByteReader& reader) {
  const std::uint32_t magic = read_word(reader);
  if (magic != 0x803 && magic != 0x804) {
    reader.fail(
        fmt::format("starts with {:#010x}{}; expected 0x00000803 (IDX bytes: count, rows, columns) or 0x00000804 (and "
                    "channels)",
                    magic, magic == 0x801 ? ": these are labels" : ""));
  }
  const std::uint32_t count = read_word(reader);
  const std::uint32_t rows = read_word(reader);
  const std::uint32_t columns = read_word(reader);
  const std::uint32_t channels = magic == 0x804 ? read_word(reader) : 1;
  require_moderate(reader.path(), count, rows, columns, channels);
  Dataset dataset;
  dataset.shape = Shape{static_cast<int>(rows), static_cast<int>(columns), static_cast<int>(channels)};
  dataset.count = count;
  dataset.pixels = read_elements(reader, dataset.count * dataset.shape.elements());
  return dataset;
}

std::vector<std::uint32_t> read_idx_labels(ByteReader& reader) {
  const std::uint32_t magic = read_word(reader);
  if (magic != 0x801) {
    reader.fail(fmt::format("starts with {:#010x}{}; expected labels: 0x00000801 (IDX bytes: count), or .npy", magic,
                            magic == 0x803 || magic == 0x804 ? ": these are images" : ""));
  }
  const std::uint32_t count = read_word(reader);
  const std::vector<std::uint8_t> labels = read_elements(reader, count);
  return {labels.begin(), labels.end()};
}

}  // namespace spinvp::network::data
