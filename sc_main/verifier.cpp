#include "sc_main/verifier.h"

#include <fmt/format.h>

#include "network/image/layer_output.h"

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
  const bool checked = current_image_ >= first_checked_;
  if (checked && activity.layer == 0) {
    reference_ = network::run_reference(graph_, data_.image(current_image_));
  }
  if (checked && activity.layer < reference_.size()) {
    compare(activity.layer, chip_output(activity.layer), reference_[activity.layer]);
  }
  if (activity.layer + 1u == graph_.layers.size()) {
    ++current_image_;
  }
}

std::vector<std::int32_t> Verifier::chip_output(std::size_t index) {
  const ImageLayer& layer = image_.layer(index);
  std::vector<std::uint8_t> bytes(network::output_bytes(layer));
  switch (static_cast<Location>(std::uint32_t{layer.output_location})) {
    case Location::Output:
      read_memory_(places_.first_scores + current_image_ * places_.score_stride, bytes.data(), bytes.size());
      break;
    case Location::Scratch:
      read_memory_(places_.scratch + layer.output_address, bytes.data(), bytes.size());
      break;
    case Location::Buffer:
      device_.peek_buffer(layer.output_address, bytes.data(), static_cast<std::uint32_t>(bytes.size()));
      break;
  }
  return network::unpack_output(layer, bytes);
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
