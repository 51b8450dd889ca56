#include "network/mapping/weight_loads.h"

#include <algorithm>

#include "network/mapping/engines/engine_plan.h"

namespace spinvp::network {
namespace {

std::uint64_t load_bytes(const LayerPlan& plan, const WeightBlock& block, std::uint32_t columns) {
  if (!plan.engine) {
    return 0;
  }
  switch (*plan.engine) {
    case Engine::AndAccumulate:
      return std::uint64_t{block.kernels} * weight_planes(*plan.layer) * ceil_divide(block.elements, columns) *
             packed_row_bytes(*plan.layer, columns);
    case Engine::Adder:
      if (plan.adder.lanes == AdderLanes::Kernels) {
        const LaneShare share = lane_share(plan, block, columns);
        return std::uint64_t{share.parts} * share.subarrays * share.rows() * share.row_bytes;
      }
      return std::uint64_t{block.elements} * load_sign_pitch(plan, block);
    case Engine::Digital:
      break;
  }
  return std::uint64_t{block.kernels} * block.elements * plan.weight_bytes;
}

void pack_load(const LayerPlan& plan, const WeightBlock& block, std::uint32_t columns,
               std::vector<std::uint8_t>& weights) {
  if (plan.on(Engine::AndAccumulate)) {
    pack_weights(*plan.layer, block, columns, weights);
  } else if (plan.adds(AdderLanes::Kernels)) {
    const LaneShare share = lane_share(plan, block, columns);
    pack_lanes(*plan.layer, block, {share.subarrays, share.parts, share.elements_per_part, share.row_bytes}, columns,
               weights);
  } else if (plan.on(Engine::Adder)) {
    const AdderShare share = adder_share(plan, block.kernels);
    pack_signs(*plan.layer, block, adder_order(share, block.kernels), load_sign_pitch(plan, block), weights);
  } else if (plan.on(Engine::Digital)) {
    pack_numbers(*plan.layer, block, plan.weight_bytes, weights);
  }
}

}  // namespace

std::uint32_t subarrays_of(const ArrayPlan& plan, const WeightBlock& block) {
  return static_cast<std::uint32_t>(ceil_divide(block.kernels, plan.kernels_per_subarray));
}

std::uint32_t table_slice(const LayerPlan& plan, std::uint32_t kernels) {
  return plan.adds(AdderLanes::Kernels) ? plan.adder.table_kernels : adder_share(plan, kernels).slice_kernels();
}

AdderShare adder_share(const LayerPlan& plan, std::uint32_t kernels) {
  const std::uint32_t most = plan.array.kernels_per_subarray;
  AdderShare share;
  share.subarrays = static_cast<std::uint32_t>(ceil_divide(kernels, most));
  share.held = static_cast<std::uint32_t>(ceil_divide(kernels, share.subarrays));
  if (plan.adder.slice_kernels >= most) {
    share.subarrays = static_cast<std::uint32_t>(ceil_divide(kernels, share.held));
    share.kernels = kernels;
    share.slice = share.held;
    share.slices = 1;
    return share;
  }
  // Every sub-array takes part in every slice, so all have the same number of places.
  share.kernels = share.subarrays * share.held;
  share.slice = std::min(plan.adder.slice_kernels, share.held);
  share.slices = static_cast<std::uint32_t>(ceil_divide(kernels, share.slice_kernels()));
  return share;
}

KernelOrder adder_order(const AdderShare& share, std::uint32_t kernels) {
  KernelOrder order(share.kernels, no_kernel);
  for (std::uint32_t place = 0; place < share.kernels; ++place) {
    const std::uint32_t subarray = place / share.held;
    const std::uint32_t slice = place % share.held / share.slice;
    const std::uint32_t in_slice = std::min(share.slice, share.held - slice * share.slice);
    const std::uint32_t kernel = slice * share.slice_kernels() + subarray * in_slice + place % share.held % share.slice;
    if (kernel < kernels) {
      order[place] = kernel;
    }
  }
  return order;
}

LaneShare lane_share(const LayerPlan& plan, const WeightBlock& block, std::uint32_t columns) {
  LaneShare share;
  share.subarrays = static_cast<std::uint32_t>(ceil_divide(block.kernels, columns));
  share.elements_per_part = static_cast<std::uint32_t>(ceil_divide(block.elements, plan.array.replicas));
  share.parts = static_cast<std::uint32_t>(ceil_divide(block.elements, share.elements_per_part));
  share.row_bytes = share.subarrays > 1 ? columns / 8 : static_cast<std::uint32_t>(ceil_divide(block.kernels, 8));
  return share;
}

std::uint32_t load_sign_pitch(const LayerPlan& plan, const WeightBlock& block) {
  const auto subarrays = static_cast<std::uint32_t>(ceil_divide(block.kernels, plan.array.kernels_per_subarray));
  return sign_pitch(*plan.layer, subarrays * static_cast<std::uint32_t>(ceil_divide(block.kernels, subarrays)));
}

LoadLayout loads_of(const LayerPlan& plan, std::uint32_t columns) {
  const Layer& layer = *plan.layer;
  const ArrayPlan& array = plan.array;
  const std::uint32_t group_kernels = layer.has_weights() ? kernels_per_group(layer) : u32(layer.kernels);
  const auto elements = layer.has_weights() ? static_cast<std::uint32_t>(layer.weights_per_kernel()) : 0;
  // Before a buffer is divided slices of pixels' lanes are not known, nor is their table asked for.
  const bool tables_apart = plan.tables_apart() && (plan.adds(AdderLanes::Kernels) || plan.adder.slice_kernels > 0);
  LoadLayout layout;
  std::uint32_t tables = 0;
  for (std::uint32_t pass = 0; pass < array.passes; ++pass) {
    const std::uint32_t in_group = pass % array.passes_per_group * array.kernels_per_pass;
    WeightBlock block;
    block.first_kernel = pass / array.passes_per_group * group_kernels + in_group;
    block.kernels = std::min(array.kernels_per_pass, group_kernels - in_group);
    for (std::uint32_t part = 0; part < array.loads_per_pass; ++part) {
      block.first_element = part * array.elements_per_load;
      block.elements = std::min(array.elements_per_load, elements - block.first_element);
      PackedLoad load;
      load.block = block;
      load.first_of_pass = part == 0;
      load.last_of_pass = part + 1 == array.loads_per_pass;
      load.weights_offset = static_cast<std::uint32_t>(layout.weights_bytes);
      load.weights_bytes = static_cast<std::uint32_t>(load_bytes(plan, block, columns));
      load.table_offset = tables;
      load.table_bytes = load.last_of_pass && !tables_apart ? table_bytes(layer, block.kernels) : 0;
      layout.weights_bytes += load.weights_bytes;
      layout.largest_load_bytes = std::max(layout.largest_load_bytes, load.weights_bytes);
      tables += load.table_bytes;
      layout.loads.push_back(load);
    }
    const std::uint32_t at_once = tables_apart ? table_slice(plan, block.kernels) : block.kernels;
    for (std::uint32_t done = 0; tables_apart && done < block.kernels; done += at_once) {
      PackedLoad load;
      load.table_alone = true;
      load.kernels_before = done;
      load.block.first_kernel = block.first_kernel + done;
      load.block.kernels = std::min(at_once, block.kernels - done);
      load.table_offset = tables;
      load.table_bytes = table_bytes(layer, load.block.kernels);
      tables += load.table_bytes;
      layout.loads.push_back(load);
    }
  }
  return layout;
}

PackedLayer pack_layer(const LayerPlan& plan, std::uint32_t columns) {
  PackedLayer packed;
  packed.layout = loads_of(plan, columns);
  packed.weights.reserve(packed.layout.weights_bytes);
  for (const PackedLoad& load : packed.loads()) {
    if (!load.table_alone) {
      pack_load(plan, load.block, columns, packed.weights);
    }
    if (load.table_bytes > 0) {
      pack_table(*plan.layer, load.block.first_kernel, load.block.kernels, packed.tables);
    }
  }
  if (plan.adds(AdderLanes::Pixels)) {  // a row of zeros, a row of ones
    packed.weights.insert(packed.weights.end(), columns / 8, 0x00);
    packed.weights.insert(packed.weights.end(), columns / 8, 0xFF);
  }
  return packed;
}

}  // namespace spinvp::network
