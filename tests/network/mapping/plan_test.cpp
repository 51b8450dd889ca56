#include "network/mapping/plan.h"

#include <catch2/catch.hpp>
#include <utility>

#include "core/errors.h"
#include "network/mapping/weight_loads.h"
#include "tests/network/mapping/support/chips.h"
#include "tests/network/mapping/support/graphs.h"

using namespace spinvp;
using namespace spinvp::network;
using namespace spinvp::test;

namespace {

/// Regions of the buffer or of rows; says which two overlap or which leaves the space.
class Regions {
 public:
  explicit Regions(std::uint64_t size) : size_(size) {}
  void add(const std::string& name, std::uint64_t first, std::uint64_t length) {
    if (length == 0) {
      return;
    }
    INFO(name << " [" << first << ", " << first + length << ") of " << size_);
    CHECK(first + length <= size_);
    for (const Region& other : regions_) {
      INFO("and " << other.name << " [" << other.first << ", " << other.first + other.length << ")");
      CHECK((first >= other.first + other.length || other.first >= first + length));
    }
    regions_.push_back({name, first, length});
  }

 private:
  struct Region {
    std::string name;
    std::uint64_t first, length;
  };
  const std::uint64_t size_;
  std::vector<Region> regions_;
};

void check_array(const NetworkPlan& network, const LayerPlan& plan, const ChipTarget& target) {
  const Layer& layer = *plan.layer;
  const ArrayPlan& array = plan.array;
  const auto kernels = static_cast<std::uint32_t>(layer.kernels);
  const std::uint32_t planes = weight_planes(layer);
  const auto m = static_cast<std::uint32_t>(layer.input_bits);
  CHECK(array.tiles == (layer.weights_per_kernel() + target.columns - 1) / target.columns);
  CHECK((array.tiles_per_load >= 1 && array.tiles_per_load <= array.tiles));
  CHECK((array.subarrays >= 1 && array.replicas >= 1));
  CHECK(array.subarrays * array.replicas <= target.subarrays);
  CHECK(array.kernels_per_pass <= array.kernels_per_subarray * array.subarrays);
  CHECK(array.kernels_per_pass > array.kernels_per_subarray * (array.subarrays - 1));
  CHECK(array.passes * array.kernels_per_pass >= kernels);
  CHECK((array.passes - 1) * array.kernels_per_pass < kernels);
  CHECK(array.pixels_per_block >= 1);
  CHECK(array.pixels_per_block * m * array.tiles_per_load <= array.image_half_rows);
  CHECK((array.image_halves == 1 || array.image_halves == 2));
  CHECK(plan.image_row + array.image_halves * array.image_half_rows <= target.rows);
  const std::uint32_t kernel_rows = array.kernels_per_subarray * planes * array.tiles_per_load;
  if (network.stationary) {
    CHECK((array.passes == 1 && array.tile_loads() == 1));
  } else {
    CHECK(kernel_rows <= network.kernel_half_rows);
    CHECK(network.kernel_halves * network.kernel_half_rows <= plan.image_row);
  }
}

void check_rows(const NetworkPlan& network, const ChipTarget& target) {
  for (const LayerPlan& plan : network.layers) {
    Regions rows(target.rows);
    rows.add("image rows", plan.image_row, plan.array.image_halves * plan.array.image_half_rows);
    if (!network.stationary) {
      rows.add("kernel rows", 0, network.kernel_halves * network.kernel_half_rows);
      continue;
    }
    for (const LayerPlan& other : network.layers) {
      rows.add(other.layer->name, other.kernel_row,
               other.array.kernels_per_subarray * weight_planes(*other.layer) * other.array.tiles);
    }
  }
}

void check_buffer(const NetworkPlan& network, const ChipTarget& target) {
  Regions buffer(target.buffer_bytes);
  for (std::size_t i = 0; i < 2; ++i) {
    buffer.add("map slot", network.map_slots[i], network.map_slot_bytes[i]);
    buffer.add("accumulators", network.accumulators[i], network.accumulator_bytes);
  }
  std::uint32_t largest_table = 0;
  for (const LayerPlan& plan : network.layers) {
    const Layer& layer = *plan.layer;
    if (network.stationary) {
      buffer.add("thresholds of " + layer.name, plan.threshold_address,
                 threshold_bytes(layer, static_cast<std::uint32_t>(layer.kernels)));
    }
    largest_table = std::max(largest_table, threshold_bytes(layer, plan.array.kernels_per_pass));
  }
  if (!network.stationary) {
    buffer.add("threshold slot", network.threshold_slots[0], largest_table);
    buffer.add("threshold slot", network.threshold_slots[1], largest_table);
  }
}

void check_maps(const NetworkPlan& network) {
  Regions scratch(network.scratch_bytes);
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const LayerPlan& plan = network.layers[i];
    const Layer& layer = *plan.layer;
    INFO(layer.name);
    CHECK(plan.input.row_pitch * 8 >= static_cast<std::uint32_t>(layer.input.width * layer.input.channels));
    CHECK(plan.input.plane_stride == plan.input.row_pitch * static_cast<std::uint32_t>(layer.input.height));
    if (plan.input.in_buffer) {
      CHECK(plan.input.address == network.map_slots[i % 2]);
      CHECK(plan.input.bytes() <= network.map_slot_bytes[i % 2]);
    } else if (i > 0) {
      scratch.add(layer.name, plan.input.address, plan.input.bytes());
    }
    if (i > 0) {
      CHECK(network.layers[i - 1].output.address == plan.input.address);
      CHECK(network.layers[i - 1].output.in_buffer == plan.input.in_buffer);
    }
    const bool scores = layer.threshold_bits == 0;
    const std::uint64_t kernels = scores ? static_cast<std::uint32_t>(layer.kernels) : plan.array.kernels_per_pass;
    const std::uint64_t sums =
        std::uint64_t{accumulator_rows(layer, plan.strip_rows)} * static_cast<std::uint32_t>(layer.convolved.width);
    CHECK((plan.strip_rows >= 1 && plan.strip_rows <= plan.band_rows));
    CHECK(plan.band_rows <= static_cast<std::uint32_t>(layer.output.height));
    CHECK(sums * kernels * 4 <= network.accumulator_bytes);
    if (scores) {
      CHECK(plan.strip_rows == static_cast<std::uint32_t>(layer.output.height));
    }
    if (!scores && !plan.output.in_buffer) {
      CHECK(plan.band_rows * plan.output.row_pitch * static_cast<std::uint32_t>(layer.output_bits) <=
            network.map_slot_bytes[(i + 1) % 2]);
    }
  }
}

void check_loads(const LayerPlan& plan, const ChipTarget& target) {
  const PackedLayer packed = pack_layer(plan, target.columns);
  std::vector<int> held(static_cast<std::size_t>(plan.layer->kernels) * plan.array.tiles);
  for (const PackedLoad& load : packed.loads) {
    CHECK(load.block.kernels <= plan.array.kernels_per_pass);
    CHECK(load.block.tiles <= plan.array.tiles_per_load);
    for (std::uint32_t kernel = 0; kernel < load.block.kernels; ++kernel) {
      for (std::uint32_t tile = 0; tile < load.block.tiles; ++tile) {
        ++held[(load.block.first_kernel + kernel) * plan.array.tiles + load.block.first_tile + tile];
      }
    }
  }
  CHECK(held == std::vector<int>(held.size(), 1));
}

void check_plan(const IntegerGraph& graph, const ChipTarget& target, WeightPolicy policy) {
  const NetworkPlan network = make_plan(graph, target, {policy});
  REQUIRE(network.layers.size() == graph.layers.size());
  check_rows(network, target);
  check_buffer(network, target);
  check_maps(network);
  for (const LayerPlan& plan : network.layers) {
    INFO(plan.layer->name);
    check_array(network, plan, target);
    check_loads(plan, target);
  }
}

}  // namespace

TEST_CASE("a plan of any network on any chip keeps within rows, sub-arrays and buffer, and leaves nothing out") {
  int placed = 0;
  int refused = 0;
  for (std::uint32_t seed = 1; seed <= 600; ++seed) {
    Random random(seed);
    const ChipTarget target = target_of(random_chip(random));
    const WeightPolicy policy = random.one_of({WeightPolicy::Auto, WeightPolicy::Streamed, WeightPolicy::Stationary});
    INFO("seed " << seed << ": " << target.subarrays << " sub-arrays of " << target.rows << " x " << target.columns
                 << ", " << target.buffer_bytes << " bytes");
    try {
      check_plan(random_graph(seed, random.one_in(2) ? 11 : 40), target, policy);
      ++placed;
    } catch (const InputError&) {
      ++refused;
    }
  }
  CHECK(placed > 300);
  CHECK(refused > 20);
}

TEST_CASE("weights stay on the chip when all of them fit and are streamed when they do not") {
  const IntegerGraph graph = GraphBuilder(2, {8, 8, 3}).layer(square(8, 3)).fully_connected(10).graph();
  CHECK(make_plan(graph, target_of(chip_of(256, 512, 4, 65536)), {}).stationary);
  CHECK_FALSE(make_plan(graph, target_of(chip_of(32, 64, 1, 65536)), {}).stationary);
  CHECK_FALSE(make_plan(graph, target_of(chip_of(256, 512, 4, 65536)), {WeightPolicy::Streamed}).stationary);
}

TEST_CASE("kernels are spread over more sub-arrays when the rows of one hold too few") {
  const IntegerGraph graph = GraphBuilder(3, {8, 8, 4}).layer(square(40, 3)).fully_connected(10, 2).graph();
  const NetworkPlan plan = make_plan(graph, target_of(chip_of(64, 512, 8, 65536)), {WeightPolicy::Streamed});
  CHECK(plan.layers[0].array.subarrays > 1);
  CHECK(plan.layers[0].array.passes == 1);
}

TEST_CASE("sub-arrays that are left over repeat the kernels for other pixels") {
  const IntegerGraph graph = GraphBuilder(4, {16, 16, 3}).layer(square(4, 3)).fully_connected(3).graph();
  const NetworkPlan plan = make_plan(graph, target_of(chip_of(256, 512, 8, 65536)), {});
  CHECK(plan.layers[0].array.replicas > 1);
}

TEST_CASE("a buffer that holds one kernel's sums and half its bytes of maps takes a layer of many kernels") {
  // Tables of thresholds and partial sums are both at their limit here: 8 pixels a row, 16 bytes a table.
  for (const std::uint32_t buffer : {8192u, 16384u, 65536u}) {
    INFO("buffer of " << buffer);
    const IntegerGraph graph =
        GraphBuilder(5, {64, 8, 32}).layer(square(600, 1)).layer(square(4, 1)).fully_connected(2).graph();
    check_plan(graph, target_of(chip_of(256, 512, 32, buffer)), WeightPolicy::Streamed);
  }
}
