#include "network/mapping/mapper.h"

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <cstring>

#include "core/errors.h"
#include "network/mapping/layer_stream.h"
#include "network/mapping/plan.h"
#include "network/mapping/weight_loads.h"

namespace spinvp::network {

using interface::ImageHeader;
using interface::ImageLayer;

namespace {

constexpr std::size_t section_alignment = 64;
constexpr std::uint64_t largest_image = 0xFFFFFFC0;  // offsets have 32 bits

/// Lays sections one behind the other.
class ImageBuilder {
 public:
  explicit ImageBuilder(std::size_t layers) { reserve(sizeof(ImageHeader) + layers * sizeof(ImageLayer)); }

  std::uint32_t append(const std::vector<std::uint8_t>& bytes) {
    const std::size_t at = bytes_.size();
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    pad();
    return static_cast<std::uint32_t>(at);
  }
  std::uint32_t append(const std::vector<std::uint32_t>& words) {
    std::vector<std::uint8_t> bytes(words.size() * 4);
    for (std::size_t i = 0; i < words.size(); ++i) {
      boost::endian::store_little_u32(bytes.data() + i * 4, words[i]);
    }
    return append(bytes);
  }

  std::vector<std::uint8_t> finish(ImageHeader header, const std::vector<ImageLayer>& layers) {
    if (bytes_.size() > largest_image) {
      throw InputError("the network image would exceed 4 GiB");
    }
    header.total_bytes = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data() + sizeof(ImageHeader), layers.data(), layers.size() * sizeof(ImageLayer));
    std::memcpy(bytes_.data(), &header, sizeof(header));
    header.crc32 = image_checksum(bytes_);
    std::memcpy(bytes_.data(), &header, sizeof(header));
    return std::move(bytes_);
  }

 private:
  void reserve(std::size_t bytes) {
    bytes_.resize(bytes);
    pad();
  }
  void pad() { bytes_.resize((bytes_.size() + section_alignment - 1) / section_alignment * section_alignment); }

  std::vector<std::uint8_t> bytes_;
};

template <std::size_t N>
void set_text(char (&field)[N], const std::string& text) {
  std::memcpy(field, text.data(), std::min(text.size(), N - 1));
}

std::uint32_t u32(int value) {
  return static_cast<std::uint32_t>(value);
}

ImageHeader header_of(const IntegerGraph& graph, const ChipTarget& target, const NetworkPlan& plan) {
  ImageHeader header;
  header.magic = interface::image_magic;
  header.version_major = interface::image_version_major;
  header.version_minor = interface::image_version_minor;
  header.header_bytes = sizeof(ImageHeader);
  header.layer_count = static_cast<std::uint32_t>(graph.layers.size());
  header.layer_bytes = sizeof(ImageLayer);
  header.layers_offset = sizeof(ImageHeader);
  header.rows = target.rows;
  header.columns = target.columns;
  header.subarrays = target.subarrays;
  header.buffer_bytes = target.buffer_bytes;
  header.engines = interface::fields::cap_engines_and_accumulate.mask();
  header.input_height = u32(graph.input.height);
  header.input_width = u32(graph.input.width);
  header.input_channels = u32(graph.input.channels);
  header.input_bytes = static_cast<std::uint32_t>(graph.input.elements());
  header.output_count = static_cast<std::uint32_t>(graph.layers.back().output.elements());
  header.scratch_bytes = plan.scratch_bytes;
  header.weights_stationary = plan.stationary ? 1 : 0;
  set_text(header.network_name, graph.name);
  set_text(header.chip_name, target.name);
  return header;
}

interface::WeightKind weight_kind_of(WeightKind kind) {
  return kind == WeightKind::Binary    ? interface::WeightKind::Binary
         : kind == WeightKind::Ternary ? interface::WeightKind::Ternary
                                       : interface::WeightKind::TwosComplement;
}

void describe_layer(const LayerPlan& plan, ImageLayer& entry) {
  const Layer& layer = *plan.layer;
  set_text(entry.name, layer.name);
  entry.kind = static_cast<std::uint32_t>(layer.kind == LayerKind::Convolution ? interface::LayerKind::Convolution
                                                                               : interface::LayerKind::FullyConnected);
  entry.weight_kind = static_cast<std::uint32_t>(weight_kind_of(layer.weight_kind));
  entry.weight_bits = u32(layer.weight_bits);
  entry.input_bits = u32(layer.input_bits);
  entry.input_height = u32(layer.input.height);
  entry.input_width = u32(layer.input.width);
  entry.input_channels = u32(layer.input.channels);
  entry.output_height = u32(layer.output.height);
  entry.output_width = u32(layer.output.width);
  entry.output_channels = u32(layer.output.channels);
  entry.output_bits = u32(layer.output_bits);
  entry.kernel_height = u32(layer.kernel_height);
  entry.kernel_width = u32(layer.kernel_width);
  entry.macs_lo = static_cast<std::uint32_t>(layer.macs());
  entry.macs_hi = static_cast<std::uint32_t>(layer.macs() >> 32);
}

void describe_placement(const NetworkPlan& network, const LayerPlan& plan, ImageLayer& entry) {
  const bool scores = plan.layer->threshold_bits == 0;
  const interface::Location location = scores                  ? interface::Location::Output
                                       : plan.output.in_buffer ? interface::Location::Buffer
                                                               : interface::Location::Scratch;
  entry.output_location = static_cast<std::uint32_t>(location);
  if (!scores) {
    entry.output_address = plan.output.address;
    entry.output_plane_stride = plan.output.plane_stride;
    entry.output_row_pitch = plan.output.row_pitch;
  }
  entry.subarrays_per_replica = plan.array.subarrays;
  entry.replicas = plan.array.replicas;
  entry.kernels_per_subarray = plan.array.kernels_per_subarray;
  entry.tiles = plan.array.tiles;
  entry.passes = plan.array.passes * plan.array.tile_loads();
  entry.kernel_row = network.stationary ? plan.kernel_row : 0;
  entry.image_row = plan.image_row;
  entry.pixels_per_block = plan.array.pixels_per_block;
}

}  // namespace

NetworkImage map_network(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options) {
  const NetworkPlan plan = make_plan(graph, target, options);
  ImageBuilder builder(plan.layers.size());
  std::vector<ImageLayer> entries(plan.layers.size());
  std::vector<PackedLayer> packed;
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    ImageLayer& entry = entries[i];
    PackedLayer layer = pack_layer(plan.layers[i], target.columns);
    entry.weights_offset = builder.append(layer.weights);
    entry.weights_bytes = static_cast<std::uint32_t>(layer.weights.size());
    entry.thresholds_offset = builder.append(layer.thresholds);
    entry.thresholds_bytes = static_cast<std::uint32_t>(layer.thresholds.size());
    for (PackedLoad& load : layer.loads) {
      load.weights_offset += entry.weights_offset;
      load.thresholds_offset += entry.thresholds_offset;
    }
    packed.push_back(std::move(layer));
  }
  LayerStreams streams(plan, packed, target);
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    ImageLayer& entry = entries[i];
    describe_layer(plan.layers[i], entry);
    describe_placement(plan, plan.layers[i], entry);
    if (plan.stationary) {
      const CommandStream load = streams.load_stream(i);
      entry.load_offset = builder.append(load.words());
      entry.load_bytes = static_cast<std::uint32_t>(load.words().size() * 4);
    }
    const CommandStream run = streams.run_stream(i);
    entry.run_offset = builder.append(run.words());
    entry.run_bytes = static_cast<std::uint32_t>(run.words().size() * 4);
  }
  return NetworkImage::parse(builder.finish(header_of(graph, target, plan), entries), graph.name);
}

}  // namespace spinvp::network
