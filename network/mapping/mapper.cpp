#include "network/mapping/mapper.h"

#include <algorithm>
#include <cstring>

#include "network/mapping/image_builder.h"
#include "network/mapping/layer_stream.h"
#include "network/mapping/plan.h"
#include "network/mapping/weight_loads.h"

namespace spinvp::network {

using interface::ImageHeader;
using interface::ImageLayer;

namespace {

template <std::size_t N>
void set_text(char (&field)[N], const std::string& text) {
  std::memcpy(field, text.data(), std::min(text.size(), N - 1));
}

constexpr std::uint32_t no_layer = 0xFFFFFFFF;

/// Bits of CAP_ENGINES that the streams need.
std::uint32_t engines_of(const NetworkPlan& plan, const ChipTarget& target) {
  namespace fields = interface::fields;
  std::uint32_t engines = 0;
  for (const LayerPlan& layer : plan.layers) {
    engines |= layer.on(Engine::AndAccumulate) ? fields::cap_engines_and_accumulate.mask()
               : layer.on(Engine::Digital)     ? fields::cap_engines_multiply.mask()
               : !layer.on(Engine::Adder)      ? 0
               : target.adder_is_single_cycle  ? fields::cap_engines_adder_b.mask()
                                               : fields::cap_engines_adder_a.mask();
  }
  return engines;
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
  header.engines = engines_of(plan, target);
  header.input_height = u32(graph.input.height);
  header.input_width = u32(graph.input.width);
  header.input_channels = u32(graph.input.channels);
  header.input_bytes = static_cast<std::uint32_t>(graph.input.elements());
  header.output_count = static_cast<std::uint32_t>(graph.layers.back().output.elements());
  header.scratch_bytes = plan.scratch_bytes;
  header.weights_stationary = streams_weights(plan) == nullptr ? 1 : 0;
  set_text(header.network_name, graph.name);
  set_text(header.chip_name, target.name);
  return header;
}

interface::LayerKind layer_kind_of(LayerKind kind) {
  return kind == LayerKind::Convolution      ? interface::LayerKind::Convolution
         : kind == LayerKind::FullyConnected ? interface::LayerKind::FullyConnected
                                             : interface::LayerKind::Elementwise;
}

interface::Engine engine_of(const LayerPlan& plan) {
  return plan.on(Engine::AndAccumulate) ? interface::Engine::AndAccumulate
         : plan.on(Engine::Adder)       ? interface::Engine::Adder
         : plan.on(Engine::Digital)     ? interface::Engine::DigitalUnit
                                        : interface::Engine::None;
}

std::uint32_t layer_index(int layer) {
  return layer >= 0 ? u32(layer) : no_layer;
}

void describe_layer(const LayerPlan& plan, ImageLayer& entry) {
  const Layer& layer = *plan.layer;
  set_text(entry.name, layer.name);
  entry.kind = static_cast<std::uint32_t>(layer_kind_of(layer.kind));
  if (layer.has_weights()) {
    entry.weight_kind = static_cast<std::uint32_t>(command_weight_kind(layer.weight_kind));
    entry.weight_bits = u32(layer.weight_bits);
    entry.weights_zero = static_cast<std::uint32_t>(zero_weights(layer));
  }
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
  entry.groups = u32(layer.groups);
  entry.input_layer = layer_index(layer.source);
  entry.residual_layer = layer_index(layer.residual.layer);
  entry.constant_offset = layer.residual.constant >= 0 ? plan.residual.address : 0;
  entry.macs_lo = static_cast<std::uint32_t>(layer.macs());
  entry.macs_hi = static_cast<std::uint32_t>(layer.macs() >> 32);
}

void describe_placement(const NetworkPlan& network, const LayerPlan& plan, ImageLayer& entry) {
  const MapPlacement& output = plan.output;
  const interface::Location location = output.home == MapHome::Output   ? interface::Location::Output
                                       : output.home == MapHome::Buffer ? interface::Location::Buffer
                                                                        : interface::Location::Scratch;
  entry.output_location = static_cast<std::uint32_t>(location);
  if (output.home != MapHome::Output) {
    entry.output_address = output.address;
    entry.output_plane_stride = output.plane_stride;
    entry.output_row_pitch = output.row_pitch;
  }
  entry.engine = static_cast<std::uint32_t>(engine_of(plan));
  entry.weights_resident = plan.weights_resident ? 1 : 0;
  entry.first_subarray = plan.first_subarray;
  entry.subarrays_per_replica = plan.array.subarrays;
  entry.replicas = plan.array.replicas;
  entry.kernels_per_subarray = plan.array.kernels_per_subarray;
  entry.tiles = plan.array.tiles;
  entry.passes = plan.array.passes * plan.array.loads_per_pass;
  entry.pixels_per_block = plan.array.pixels_per_block;
  if (plan.on(Engine::Adder)) {
    const bool pixels = plan.adder.lanes == AdderLanes::Pixels;
    entry.accumulator_width = plan.adder.width;
    entry.kernel_row = plan.adder.accumulator_row;
    entry.image_row = pixels ? plan.adder.operand_row : plan.weights_resident ? plan.kernel_row : plan.adder.weight_row;
  } else {
    entry.kernel_row = network.stationary ? plan.kernel_row : 0;
    entry.image_row = plan.image_row;
  }
}

/// Writes constant maps into the image, each once, and tells the layers that add them.
void place_constants(const IntegerGraph& graph, ImageBuilder& builder, NetworkPlan& plan) {
  std::vector<std::uint32_t> offsets;
  for (const ConstantMap& map : graph.constants) {
    offsets.push_back(builder.append(std::vector<std::uint32_t>(map.values.begin(), map.values.end())));
  }
  for (LayerPlan& layer : plan.layers) {
    if (const int constant = layer.layer->residual.constant; constant >= 0) {
      layer.residual.address = offsets[static_cast<std::size_t>(constant)];
    }
  }
}

}  // namespace

NetworkImage map_network(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options) {
  NetworkPlan plan = make_plan(graph, target, options);
  ImageBuilder builder(plan.layers.size());
  std::vector<ImageLayer> entries(plan.layers.size());
  std::vector<PackedLayer> packed;
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    ImageLayer& entry = entries[i];
    PackedLayer layer = pack_layer(plan.layers[i], target.columns);
    entry.weights_bytes = static_cast<std::uint32_t>(layer.weights.size());
    entry.weights_offset = layer.weights_base = builder.append(layer.weights);
    entry.thresholds_bytes = static_cast<std::uint32_t>(layer.tables.size());
    entry.thresholds_offset = layer.tables_base = builder.append(layer.tables);
    layer.weights = {};
    layer.tables = {};
    packed.push_back(std::move(layer));
  }
  place_constants(graph, builder, plan);
  LayerStreams streams(plan, packed, target);
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    ImageLayer& entry = entries[i];
    describe_layer(plan.layers[i], entry);
    describe_placement(plan, plan.layers[i], entry);
    const CommandStream load = streams.load_stream(i);
    if (!load.words().empty()) {
      entry.load_offset = builder.append(load.words());
      entry.load_bytes = static_cast<std::uint32_t>(load.words().size() * 4);
      entry.load_checksum = builder.checksum(entry.load_offset, entry.load_bytes);
    }
    const CommandStream run = streams.run_stream(i);
    entry.run_offset = builder.append(run.words());
    entry.run_bytes = static_cast<std::uint32_t>(run.words().size() * 4);
    entry.run_checksum = builder.checksum(entry.run_offset, entry.run_bytes);
  }
  return NetworkImage::parse(builder.finish(header_of(graph, target, plan), entries), graph.name);
}

}  // namespace spinvp::network
