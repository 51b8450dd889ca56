#include "network/data/cifar10.h"

#include <fmt/format.h>

#include <array>

#include "network/data/formats.h"

namespace spinvp::network::data {
namespace {

constexpr std::size_t plane = 32 * 32;
constexpr std::uint8_t highest_label = 9;

}  // namespace

bool starts_as_cifar10(const std::vector<std::uint8_t>& start) {
  return start.size() >= cifar10_record_bytes && start[0] <= highest_label;
}

Dataset read_cifar10(ByteReader& reader) {
  Dataset dataset;
  dataset.shape = {32, 32, 3};
  std::array<std::uint8_t, cifar10_record_bytes> record{};
  while (!reader.at_end()) {
    const std::size_t got = reader.read(record.data(), record.size());
    if (got != record.size()) {
      reader.fail(
          fmt::format("read as CIFAR-10 ({} bytes a record), it ends {} bytes into record {}: it is truncated, "
                      "or in no format that is read: {}",
                      cifar10_record_bytes, got, dataset.count, image_formats));
    }
    if (record[0] > highest_label) {
      reader.fail(
          fmt::format("read as CIFAR-10 ({} bytes a record), record {} has the label {}, expected 0 to 9: it "
                      "is damaged, or in no format that is read: {}",
                      cifar10_record_bytes, dataset.count, record[0], image_formats));
    }
    dataset.labels.push_back(record[0]);
    for (std::size_t pixel = 0; pixel < plane; ++pixel) {
      for (std::size_t channel = 0; channel < 3; ++channel) {
        dataset.pixels.push_back(record[1 + channel * plane + pixel]);
      }
    }
    ++dataset.count;
  }
  return dataset;
}

}  // namespace spinvp::network::data
