#include "sc_main/verifier.h"

#include <fmt/format.h>

#include <boost/endian/conversion.hpp>

#include "core/bits.h"

namespace spinvp {

using interface::ImageLayer;
using interface::Location;

Verifier::Verifier(const network::IntegerGraph& graph, const network::NetworkImage& image, const network::Dataset& data,
                   PimDevice& device, const Places& places, ReadMemory read_memory)
    : graph_(graph),
      image_(image),
      data_(data),
      device_(device),
      places_(places),
      read_memory_(std::move(read_memory)) {}

void Verifier::stream_finished(Activity activity, sc_core::sc_time) {
  if (activity.once || current_image_ >= data_.count || activity.layer >= graph_.layers.size()) {
    return;
  }
  if (activity.layer == 0) {
    reference_ = network::run_reference(graph_, data_.image(current_image_));
  }
  if (activity.layer < reference_.size()) {
    compare(activity.layer, chip_output(activity.layer), reference_[activity.layer]);
  }
  if (activity.layer + 1u == graph_.layers.size()) {
    ++current_image_;
  }
}

std::vector<std::int32_t> Verifier::chip_output(std::size_t index) {
  const ImageLayer& layer = image_.layer(index);
  const std::size_t height = layer.output_height;
  const std::size_t width = layer.output_width;
  const std::size_t channels = layer.output_channels;
  std::vector<std::int32_t> values(height * width * channels);
  if (static_cast<Location>(std::uint32_t{layer.output_location}) == Location::Output) {
    std::vector<std::uint8_t> bytes(values.size() * 4);
    read_memory_(places_.first_scores + current_image_ * places_.score_stride, bytes.data(), bytes.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = boost::endian::load_little_s32(bytes.data() + i * 4);
    }
    return values;
  }
  const std::vector<std::uint8_t> bits = planes(layer);
  std::size_t next = 0;
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t i = 0; i < width * channels; ++i, ++next) {
      for (std::uint32_t plane = 0; plane < layer.output_bits; ++plane) {
        const std::uint8_t* row =
            bits.data() + std::size_t{plane} * layer.output_plane_stride + y * layer.output_row_pitch;
        values[next] |= static_cast<std::int32_t>(bits::get(row, i)) << plane;
      }
    }
  }
  return values;
}

std::vector<std::uint8_t> Verifier::planes(const ImageLayer& layer) {
  std::vector<std::uint8_t> bytes(std::size_t{layer.output_plane_stride} * layer.output_bits);
  if (static_cast<Location>(std::uint32_t{layer.output_location}) == Location::Scratch) {
    read_memory_(places_.scratch + layer.output_address, bytes.data(), bytes.size());
  } else {
    device_.peek_buffer(layer.output_address, bytes.data(), static_cast<std::uint32_t>(bytes.size()));
  }
  return bytes;
}

void Verifier::compare(std::size_t index, const std::vector<std::int32_t>& chip,
                       const network::LayerOutput& reference) {
  ++layers_checked_;
  if (chip == reference.values) {
    return;
  }
  ++mismatches_;
  if (!first_mismatch_.empty()) {
    return;
  }
  std::size_t at = 0;
  while (at < chip.size() && at < reference.values.size() && chip[at] == reference.values[at]) {
    ++at;
  }
  const auto channels = static_cast<std::size_t>(reference.shape.channels);
  const auto width = static_cast<std::size_t>(reference.shape.width);
  first_mismatch_ = fmt::format(
      "image {}, layer '{}', row {}, column {}, channel {}: the chip has {}, the reference {}", current_image_,
      graph_.layers[index].name, at / channels / width, at / channels % width, at % channels,
      at < chip.size() ? chip[at] : 0, at < reference.values.size() ? reference.values[at] : 0);
}

}  // namespace spinvp
