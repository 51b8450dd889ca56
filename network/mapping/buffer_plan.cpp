#include "network/mapping/buffer_plan.h"

#include <algorithm>

#include "network/mapping/engines/engine_plan.h"

namespace spinvp::network {
namespace {

constexpr std::uint32_t overlapping_parts = 2;  // work is cut into so many parts where units can then overlap

std::uint64_t slot_bytes(const MapPlacement& map, std::uint32_t rows) {
  return map.in_buffer() ? 0 : align_map(map.band_bytes(rows));
}

/// Bytes of the slots that a band of `rows` output rows needs.
struct BandSlots {
  std::uint64_t input = 0;
  std::uint64_t residual = 0;
  std::uint64_t output = 0;
  std::uint64_t image = 0;  ///< the image's bytes, which stand in the accumulator areas until they are packed

  std::uint64_t bytes() const { return input + residual + output; }
};

BandSlots band_slots(const LayerPlan& plan, std::uint32_t rows) {
  const Layer& layer = *plan.layer;
  const std::uint32_t height = u32(layer.output.height);
  // The most input rows of any band; the last one may be shorter.
  const std::uint32_t reach = accumulator_rows(layer, rows);
  const std::uint32_t window =
      layer.has_weights() ? (reach - 1) * u32(layer.stride_y) + u32((layer.kernel_height - 1) * layer.dilation_y) + 1
                          : reach;
  const std::uint32_t inputs =
      rows == height ? input_rows(layer, {0, height}).rows : std::min(window, u32(layer.input.height));
  BandSlots slots;
  slots.input = slot_bytes(plan.input, inputs);
  slots.residual = plan.has_residual() ? slot_bytes(plan.residual, reach) : 0;
  slots.output = slot_bytes(plan.output, rows);
  if (plan.input.home == MapHome::Image) {
    slots.image = std::uint64_t{inputs} * u32(layer.input.width) * u32(layer.input.channels);
  }
  return slots;
}

/// Bytes of the sums of the least that is computed at once.
std::uint64_t least_sums(const LayerPlan& plan) {
  const Layer& layer = *plan.layer;
  if (!layer.has_weights()) {
    return 0;
  }
  const std::uint64_t pixels = std::uint64_t{accumulator_rows(layer, 1)} * u32(layer.convolved.width);
  const bool slices = plan.on(Engine::Adder) && plan.adder.slice_kernels < plan.array.kernels_per_subarray;
  return align_map(pixels * 4 * (slices ? plan.array.subarrays : plan.array.kernels_per_pass));
}

/// The most output rows whose slots take at most `most` bytes and leave room for the sums; 0 if there are none.
std::uint32_t most_band_rows(const LayerPlan& plan, std::uint64_t room, std::uint64_t most) {
  for (std::uint32_t rows = u32(plan.layer->output.height); rows >= 1; --rows) {
    const BandSlots slots = band_slots(plan, rows);
    const std::uint64_t sums = 2 * align_map(std::max(least_sums(plan), (slots.image + 1) / 2));
    if (slots.bytes() <= most && slots.bytes() + sums <= room) {
      return rows;
    }
  }
  return 0;
}

/// Kernels of a sub-array whose tables come at once.
std::uint32_t slice_of_table(const LayerPlan& plan) {
  return plan.tables_apart() ? plan.adder.table_kernels / plan.array.subarrays : plan.array.kernels_per_subarray;
}

/// The most output rows whose sums fit; then a few strips, so that thresholding one overlaps with computing the next,
/// and a few blocks a strip, so that gathering one overlaps with computing the one before.
void choose_strip(LayerPlan& plan, std::uint32_t columns) {
  const Layer& layer = *plan.layer;
  ArrayPlan& array = plan.array;
  const std::uint32_t width = u32(layer.convolved.width);
  plan.strip_rows = plan.band_rows;
  if (!layer.has_weights()) {
    return;
  }
  if (plan.adds(AdderLanes::Pixels)) {
    const AdderStrip strip = adder_strip(layer, array, columns, plan.accumulator_bytes, plan.band_rows);
    plan.strip_rows = strip.rows;
    plan.adder.slice_kernels = std::min(strip.slice_kernels, slice_of_table(plan));
    const std::uint32_t pixels = accumulator_rows(layer, strip.rows) * width;
    array.pixels_per_block = std::min(columns, static_cast<std::uint32_t>(ceil_divide(pixels, array.replicas)));
    return;
  }
  const std::uint64_t row_bytes = std::uint64_t{width} * array.kernels_per_pass * 4;
  while (plan.strip_rows > 1 && accumulator_rows(layer, plan.strip_rows) * row_bytes > plan.accumulator_bytes) {
    --plan.strip_rows;
  }
  const std::uint32_t replicas = std::max(array.replicas, 1u);
  const bool windows_overlap =
      layer.pooling.kind != PoolKind::None && layer.pooling.stride_y < layer.pooling.kernel_height;
  const std::uint32_t pixels = accumulator_rows(layer, plan.band_rows) * width;
  const std::uint32_t strips = std::min(pixels / (2 * replicas), overlapping_parts);
  if (plan.on(Engine::AndAccumulate) && !windows_overlap && strips > 1) {
    plan.strip_rows = std::min(plan.strip_rows, (plan.band_rows + strips - 1) / strips);
  }
  if (plan.on(Engine::AndAccumulate)) {
    const std::uint32_t strip_pixels = accumulator_rows(layer, plan.strip_rows) * width;
    const auto share = static_cast<std::uint32_t>(ceil_divide(strip_pixels, replicas));
    array.pixels_per_block = std::min(array.pixels_per_block, (share + overlapping_parts - 1) / overlapping_parts);
  }
}

}  // namespace

std::uint32_t accumulator_share(const Workspace& workspace) {
  return static_cast<std::uint32_t>(std::uint64_t{workspace.bytes()} * 3 / 16);
}

std::uint32_t weight_slot_share(const Workspace& workspace) {
  return workspace.bytes() / 8;
}

std::optional<std::string> divide_workspace(LayerPlan& plan, const Workspace& workspace,
                                            std::uint32_t weight_slot_bytes, std::uint32_t columns) {
  std::uint64_t at = align_map(workspace.begin);
  for (std::uint32_t& slot : plan.weight_slots) {
    slot = static_cast<std::uint32_t>(at);
    at += align_map(weight_slot_bytes);
  }
  if (at > workspace.end) {
    return "weights";
  }
  const std::uint64_t room = (workspace.end - at) / 16 * 16;
  if (2 * least_sums(plan) > room) {
    return "a row of partial sums";
  }
  plan.band_rows = most_band_rows(plan, room, room * 5 / 8);
  if (plan.band_rows == 0) {
    plan.band_rows = most_band_rows(plan, room, room);
  }
  if (plan.band_rows == 0) {
    return "a row of the feature maps";
  }
  const BandSlots slots = band_slots(plan, plan.band_rows);
  plan.input_slot = static_cast<std::uint32_t>(at);
  plan.residual_slot = static_cast<std::uint32_t>(at + slots.input);
  plan.output_slot = static_cast<std::uint32_t>(plan.residual_slot + slots.residual);
  at += slots.bytes();
  plan.accumulator_bytes = static_cast<std::uint32_t>((room - slots.bytes()) / 16 * 8);
  plan.accumulators = {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at) + plan.accumulator_bytes};
  choose_strip(plan, columns);
  return plan.strip_rows > 0 ? std::nullopt : std::optional<std::string>("a row of partial sums");
}

}  // namespace spinvp::network
