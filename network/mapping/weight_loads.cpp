#include "network/mapping/weight_loads.h"

#include <algorithm>

namespace spinvp::network {

std::uint32_t subarrays_of(const ArrayPlan& plan, const WeightBlock& block) {
  return (block.kernels + plan.kernels_per_subarray - 1) / plan.kernels_per_subarray;
}

PackedLayer pack_layer(const LayerPlan& plan, std::uint32_t columns) {
  const Layer& layer = *plan.layer;
  const ArrayPlan& array = plan.array;
  const auto kernels = static_cast<std::uint32_t>(layer.kernels);
  PackedLayer packed;
  for (std::uint32_t pass = 0; pass < array.passes; ++pass) {
    const std::uint32_t first_kernel = pass * array.kernels_per_pass;
    const std::uint32_t pass_kernels = std::min(array.kernels_per_pass, kernels - first_kernel);
    const auto thresholds_offset = static_cast<std::uint32_t>(packed.thresholds.size());
    if (layer.threshold_bits > 0) {
      pack_thresholds(layer, first_kernel, pass_kernels, packed.thresholds);
    }
    for (std::uint32_t first_tile = 0; first_tile < array.tiles; first_tile += array.tiles_per_load) {
      PackedLoad load;
      load.block = {first_kernel, pass_kernels, first_tile, std::min(array.tiles_per_load, array.tiles - first_tile)};
      load.weights_offset = static_cast<std::uint32_t>(packed.weights.size());
      load.thresholds_offset = thresholds_offset;
      pack_weights(layer, load.block, columns, packed.weights);
      packed.loads.push_back(load);
    }
  }
  return packed;
}

void add_load(CommandStream& stream, const LayerPlan& plan, const PackedLoad& load, std::uint32_t columns,
              std::uint32_t kernel_row, std::uint32_t threshold_address, std::uint32_t wait) {
  const ArrayPlan& array = plan.array;
  const WeightBlock& block = load.block;
  const std::uint32_t rows_a_kernel = weight_planes(*plan.layer) * block.tiles;
  const std::uint32_t full = block.kernels / array.kernels_per_subarray;
  const std::uint32_t rest = block.kernels % array.kernels_per_subarray;

  interface::LoadRowsCommand rows;
  rows.base = interface::Base::Network;
  rows.memory_offset = load.weights_offset;
  rows.replicas = array.replicas;
  rows.replica_stride = subarrays_of(array, block);
  rows.first_row = kernel_row;
  rows.row_bytes = packed_row_bytes(*plan.layer, columns);
  if (full > 0) {
    rows.first_subarray = 0;
    rows.subarrays = full;
    rows.rows = array.kernels_per_subarray * rows_a_kernel;
    stream.add(rows, wait);
    rows.memory_offset += rows.subarrays * rows.rows * rows.row_bytes;
    wait = 0;
  }
  if (rest > 0) {  // the last sub-array holds fewer kernels
    rows.first_subarray = full;
    rows.subarrays = 1;
    rows.rows = rest * rows_a_kernel;
    stream.add(rows, wait);
  }

  const bool last_tiles = block.first_tile + block.tiles == array.tiles;
  const std::uint32_t table_bytes = threshold_bytes(*plan.layer, block.kernels);
  if (last_tiles && table_bytes > 0) {
    interface::LoadCommand table;
    table.base = interface::Base::Network;
    table.memory_offset = load.thresholds_offset;
    table.buffer_address = threshold_address;
    table.bytes = table_bytes;
    stream.add(table, 0);
  }
}

}  // namespace spinvp::network
