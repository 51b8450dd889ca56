#include "network/mapping/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/errors.h"
#include "network/mapping/array_plan.h"

namespace spinvp::network {
namespace {

constexpr std::uint32_t alignment = 8;
constexpr int most_window_side = 255;           // of a kernel, a stride or a pooling window in a command
constexpr int most_padded_side = 32767;         // of a map with its padding, where commands count with a sign
constexpr std::uint32_t overlapping_parts = 2;  // work is cut into so many parts where units can then overlap

std::uint32_t align(std::uint64_t bytes) {
  return static_cast<std::uint32_t>((bytes + alignment - 1) / alignment * alignment);
}

std::uint32_t u32(int value) {
  return static_cast<std::uint32_t>(value);
}

MapPlacement placement_of(const Shape& shape, int bits) {
  MapPlacement map;
  map.shape = shape;
  map.bits = bits;
  map.row_pitch = align((std::uint64_t{u32(shape.width)} * u32(shape.channels) + 7) / 8);
  map.plane_stride = map.row_pitch * u32(shape.height);
  return map;
}

/// Places one network; keeps what all its steps need.
class Planner {
 public:
  Planner(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options)
      : graph_(graph), target_(target), options_(options) {
    for (const Layer& layer : graph.layers) {
      LayerPlan plan;
      plan.layer = &layer;
      plan.input = placement_of(layer.input, layer.input_bits);
      plan.output = placement_of(layer.output, layer.output_bits);
      plan_.layers.push_back(plan);
    }
  }

  NetworkPlan make() {
    for (const Layer& layer : graph_.layers) {
      check_window(layer);
    }
    if (options_.weights != WeightPolicy::Streamed) {
      const std::string shortage = place_stationary();
      if (shortage.empty()) {
        return plan_;
      }
      if (options_.weights == WeightPolicy::Stationary) {
        throw InputError(
            fmt::format("network '{}': its weights do not fit chip '{}' all at once: {} ({} sub-arrays of {} x {}, {} "
                        "bytes of buffer); use streamed weights or a larger chip",
                        graph_.name, target_.name, shortage, target_.subarrays, target_.rows, target_.columns,
                        target_.buffer_bytes));
      }
    }
    place_streamed();
    return plan_;
  }

 private:
  /// A layer for which the buffer is too small, and what for.
  struct Shortage {
    const Layer& layer;
    const char* what;
    std::string text() const { return fmt::format("the global buffer is too small for {}", what); }
  };

  [[noreturn]] void fail(const Layer& layer, const std::string& reason) const {
    throw InputError(
        fmt::format("network '{}', layer '{}': {} (chip '{}': {} sub-arrays of {} rows x {} columns, {} "
                    "bytes of buffer)",
                    graph_.name, layer.name, reason, target_.name, target_.subarrays, target_.rows, target_.columns,
                    target_.buffer_bytes));
  }

  // Commands describe windows with eight bits a side.
  void check_window(const Layer& layer) const {
    const auto check = [&](const char* what, int height, int width, int most) {
      if (height > most || width > most) {
        fail(layer,
             fmt::format("its {} of {} x {} is larger than commands can say, which is {}", what, height, width, most));
      }
    };
    check("kernel", layer.kernel_height, layer.kernel_width, most_window_side);
    check("stride", layer.stride_y, layer.stride_x, most_window_side);
    check("pooling window", layer.pooling.kernel_height, layer.pooling.kernel_width, most_window_side);
    check("pooling stride", layer.pooling.stride_y, layer.pooling.stride_x, most_window_side);
    check("padding", layer.pad_top, layer.pad_left, most_padded_side);
    check("padded height", layer.pad_top + layer.input.height + layer.pad_bottom, 1, most_padded_side);
  }

  // Every layer in rows of its own. Kernels are spread over more sub-arrays until all layers fit. Says what is missing.
  std::string place_stationary() {
    std::uint32_t table_bytes = 0;
    for (const LayerPlan& plan : plan_.layers) {
      table_bytes += align(threshold_bytes(*plan.layer, u32(plan.layer->kernels)));
    }
    if (table_bytes > target_.buffer_bytes / 4) {
      return fmt::format("the thresholds take {} bytes, more than a quarter of the buffer", table_bytes);
    }
    for (std::uint32_t limit = target_.rows; limit >= 1; limit /= 2) {
      if (place_stationary_rows(limit)) {
        plan_.stationary = true;
        std::uint32_t address = 0;
        for (LayerPlan& plan : plan_.layers) {
          plan.threshold_address = address;
          address += align(threshold_bytes(*plan.layer, u32(plan.layer->kernels)));
        }
        const std::optional<Shortage> shortage = place_buffer(address);
        return shortage ? fmt::format("layer '{}': {}", shortage->layer.name, shortage->text()) : "";
      }
    }
    return "there are too few rows";
  }

  bool place_stationary_rows(std::uint32_t limit) {
    std::uint32_t next_row = 0;
    std::uint32_t largest_field = 0;
    for (LayerPlan& plan : plan_.layers) {
      ArrayBudget budget = budget_of(limit, target_.rows);
      budget.one_pass = true;
      if (!plan_array(*plan.layer, budget, plan.array)) {
        return false;
      }
      plan.kernel_row = next_row;
      next_row += plan.array.kernels_per_subarray * weight_planes(*plan.layer) * plan.array.tiles;
      largest_field = std::max(largest_field, u32(plan.layer->input_bits) * plan.array.tiles);
    }
    if (next_row + 2 * largest_field > target_.rows) {
      return false;
    }
    for (LayerPlan& plan : plan_.layers) {
      plan.image_row = next_row;
      set_image_rows(plan, target_.rows - next_row);
    }
    return true;
  }

  void set_image_rows(LayerPlan& plan, std::uint32_t image_rows) const {
    ArrayPlan& array = plan.array;
    const std::uint32_t field_rows = u32(plan.layer->input_bits) * array.tiles_per_load;
    array.image_halves = image_rows >= 2 * field_rows ? 2 : 1;
    array.image_half_rows = image_rows / array.image_halves;
    array.pixels_per_block = std::min(array.image_half_rows / field_rows, 0xFFFFu / array.replicas);
  }

  ArrayBudget budget_of(std::uint32_t kernel_rows, std::uint32_t image_rows) const {
    ArrayBudget budget;
    budget.columns = target_.columns;
    budget.speed = target_.speed;
    budget.subarrays = target_.subarrays;
    budget.kernel_rows = kernel_rows;
    budget.image_rows = image_rows;
    return budget;
  }

  // All layers share the kernel region; weights are loaded for every image.
  void place_streamed() {
    std::uint32_t most_m = 0;
    std::uint32_t most_n = 0;
    for (const LayerPlan& plan : plan_.layers) {
      const std::uint32_t m = u32(plan.layer->input_bits);
      const std::uint32_t n = weight_planes(*plan.layer);
      if (m + n > target_.rows) {
        fail(*plan.layer, fmt::format("one kernel row and one image row of each plane need {} rows of a sub-array, "
                                      "the chip is too small",
                                      m + n));
      }
      most_m = std::max(most_m, m);
      most_n = std::max(most_n, n);
    }
    if (most_m + most_n > target_.rows) {
      fail(graph_.layers.front(), fmt::format("layers of {} activation planes and of {} weight planes share {} rows of "
                                              "a sub-array, the chip is too small",
                                              most_m, most_n, target_.rows));
    }
    const std::uint32_t image_rows = std::min(std::max(target_.rows / 4, most_m), target_.rows - most_n);
    const std::uint32_t kernel_rows = target_.rows - image_rows;
    plan_.stationary = false;
    plan_.kernel_halves = kernel_rows / 2 >= most_n ? 2 : 1;
    plan_.kernel_half_rows = kernel_rows / plan_.kernel_halves;

    const std::uint32_t slot = target_.buffer_bytes / 16;
    size_map_slots(2 * align(slot));
    const std::uint32_t accumulator_bytes = std::min(target_.buffer_bytes / 8, plan_.accumulator_bytes);
    std::uint32_t largest_table = 0;
    for (LayerPlan& plan : plan_.layers) {
      const Layer& layer = *plan.layer;
      ArrayBudget budget = budget_of(plan_.kernel_half_rows, image_rows);
      const std::uint32_t table = threshold_bytes(layer, 1);
      budget.kernels_per_pass = table == 0 ? 0xFFFF : std::min(slot / table, 0xFFFFu);
      limit_by_accumulators(layer, accumulator_bytes, budget);
      if (!plan_array(layer, budget, plan.array)) {
        fail(layer, "the global buffer is too small for the thresholds or the partial sums of one kernel");
      }
      plan.image_row = kernel_rows;
      largest_table = std::max(largest_table, threshold_bytes(layer, plan.array.kernels_per_pass));
    }
    plan_.threshold_slots = {0, align(largest_table)};
    if (const std::optional<Shortage> shortage = place_buffer(2 * align(largest_table))) {
      fail(shortage->layer, shortage->text());
    }
  }

  // A strip of partial sums holds at least one pooled row.
  static void limit_by_accumulators(const Layer& layer, std::uint32_t accumulator_bytes, ArrayBudget& budget) {
    const std::uint64_t row_bytes = std::uint64_t{accumulator_rows(layer, 1)} * u32(layer.convolved.width) * 4;
    const std::uint64_t kernels = accumulator_bytes / row_bytes;
    const bool scores = layer.threshold_bits == 0;  // all kernels' sums stand side by side
    if (!scores) {
      budget.kernels_per_pass = static_cast<std::uint32_t>(std::min<std::uint64_t>(budget.kernels_per_pass, kernels));
    }
  }

  // Feature maps in two slots behind what is used, partial sums behind them.
  void size_map_slots(std::uint32_t used) {
    used = std::min(used, target_.buffer_bytes);
    const std::uint32_t cap = (target_.buffer_bytes - used) * std::uint64_t{3} / 8 / alignment * alignment;
    std::array<std::uint32_t, 2> wanted{};
    for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
      wanted[i % 2] = std::max(wanted[i % 2], plan_.layers[i].input.bytes());
    }
    for (std::size_t slot = 0; slot < 2; ++slot) {
      plan_.map_slot_bytes[slot] = std::min(cap, wanted[slot]);
      plan_.map_slots[slot] = used;
      used += plan_.map_slot_bytes[slot];
    }
    plan_.accumulator_bytes = (target_.buffer_bytes - used) / 2 / alignment * alignment;
    plan_.accumulators = {used, used + plan_.accumulator_bytes};
  }

  // What does not fit its slot goes to scratch memory.
  std::optional<Shortage> place_buffer(std::uint32_t used) {
    size_map_slots(used);
    place_maps();
    for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
      LayerPlan& plan = plan_.layers[i];
      const bool scores = plan.layer->threshold_bits == 0;
      if (!fits_accumulators(plan)) {
        return Shortage{*plan.layer, scores ? "the partial sums of all scores" : "a row of partial sums"};
      }
      if (!choose_band(i)) {
        return Shortage{*plan.layer, scores ? "the whole input, which scores need" : "a row of the feature maps"};
      }
      choose_strip(plan);
    }
    return {};
  }

  void place_maps() {
    plan_.scratch_bytes = 0;
    for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
      MapPlacement& map = plan_.layers[i].input;
      map.in_buffer = map.bytes() <= plan_.map_slot_bytes[i % 2];
      map.address = map.in_buffer ? plan_.map_slots[i % 2] : plan_.scratch_bytes;
      if (!map.in_buffer && i > 0) {  // the input image is packed on the chip, band by band
        plan_.scratch_bytes += map.bytes();
      }
      if (i > 0) {
        plan_.layers[i - 1].output = map;
      }
    }
  }

  bool fits_accumulators(const LayerPlan& plan) const {
    const Layer& layer = *plan.layer;
    const bool scores = layer.threshold_bits == 0;
    const std::uint64_t kernels = scores ? u32(layer.kernels) : plan.array.kernels_per_pass;
    const std::uint32_t rows = accumulator_rows(layer, scores ? u32(layer.output.height) : 1);
    return std::uint64_t{rows} * u32(layer.convolved.width) * kernels * 4 <= plan_.accumulator_bytes;
  }

  // The most output rows whose input and output fit their slots.
  bool choose_band(std::size_t index) {
    LayerPlan& plan = plan_.layers[index];
    const Layer& layer = *plan.layer;
    for (std::uint32_t rows = u32(layer.output.height); rows >= 1; --rows) {
      const bool whole = rows == u32(layer.output.height);
      const std::uint32_t input_rows =
          std::min(u32(layer.input.height),
                   (accumulator_rows(layer, rows) - 1) * u32(layer.stride_y) + u32(layer.kernel_height));
      bool fits = true;
      if (!plan.input.in_buffer || !whole) {
        fits = fits && std::uint64_t{input_rows} * plan.input.row_pitch * u32(plan.input.bits) <=
                           plan_.map_slot_bytes[index % 2];
      }
      if (index == 0) {
        fits = fits && std::uint64_t{input_rows} * u32(layer.input.width) * u32(layer.input.channels) <=
                           2 * std::uint64_t{plan_.accumulator_bytes};
      }
      if (layer.threshold_bits > 0 && !plan.output.in_buffer) {
        fits = fits && std::uint64_t{rows} * plan.output.row_pitch * u32(plan.output.bits) <=
                           plan_.map_slot_bytes[(index + 1) % 2];
      }
      if (fits) {
        plan.band_rows = rows;
        return true;
      }
      if (layer.threshold_bits == 0) {
        return false;  // scores are computed at once
      }
    }
    return false;
  }

  // The most output rows whose partial sums fit; then a few strips, so that thresholding one overlaps with computing
  // the next, and a few blocks a strip, so that gathering one overlaps with computing the one before.
  void choose_strip(LayerPlan& plan) const {
    const Layer& layer = *plan.layer;
    ArrayPlan& array = plan.array;
    const std::uint32_t width = u32(layer.convolved.width);
    plan.strip_rows = plan.band_rows;
    if (layer.threshold_bits > 0) {
      const std::uint64_t row_bytes = std::uint64_t{width} * array.kernels_per_pass * 4;
      while (plan.strip_rows > 1 && accumulator_rows(layer, plan.strip_rows) * row_bytes > plan_.accumulator_bytes) {
        --plan.strip_rows;
      }
      const bool windows_overlap =
          layer.pooling.kind != PoolKind::None && layer.pooling.stride_y < layer.pooling.kernel_height;
      const std::uint32_t pixels = accumulator_rows(layer, plan.band_rows) * width;
      const std::uint32_t strips = std::min(pixels / (2 * array.replicas), overlapping_parts);
      if (!windows_overlap && strips > 1) {
        plan.strip_rows = std::min(plan.strip_rows, (plan.band_rows + strips - 1) / strips);
      }
    }
    const std::uint32_t strip_pixels = accumulator_rows(layer, plan.strip_rows) * width;
    const std::uint32_t share = (strip_pixels + array.replicas - 1) / array.replicas;
    array.pixels_per_block = std::min(array.pixels_per_block, (share + overlapping_parts - 1) / overlapping_parts);
  }

  const IntegerGraph& graph_;
  const ChipTarget& target_;
  const MappingOptions& options_;
  NetworkPlan plan_;
};

}  // namespace

std::uint32_t weight_planes(const Layer& layer) {
  return u32(layer.weight_bits);
}

std::uint32_t threshold_bytes(const Layer& layer, std::uint32_t kernels) {
  return layer.threshold_bits == 0 ? 0 : kernels * (4u << layer.threshold_bits);
}

std::uint32_t accumulator_rows(const Layer& layer, std::uint32_t output_rows) {
  const bool pools = layer.pooling.kind != PoolKind::None;
  return pools ? (output_rows - 1) * u32(layer.pooling.stride_y) + u32(layer.pooling.kernel_height) : output_rows;
}

NetworkPlan make_plan(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options) {
  validate(graph);
  return Planner(graph, target, options).make();
}

}  // namespace spinvp::network
