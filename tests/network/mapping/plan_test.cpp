#include "network/mapping/plan.h"

#include <catch2/catch.hpp>
#include <utility>

#include "core/errors.h"
#include "network/mapping/engines/engine_plan.h"
#include "network/mapping/map_commands.h"
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

void check_passes(const LayerPlan& plan) {
  const Layer& layer = *plan.layer;
  const ArrayPlan& array = plan.array;
  const std::uint32_t kernels = layer.has_weights() ? kernels_per_group(layer) : u32(layer.kernels);
  CHECK(array.kernels_per_pass <= kernels);
  CHECK(array.passes_per_group * array.kernels_per_pass >= kernels);
  CHECK((array.passes_per_group - 1) * array.kernels_per_pass < kernels);
  CHECK(array.passes == array.passes_per_group * (layer.has_weights() ? u32(layer.groups) : 1));
}

std::uint32_t end_subarray(const LayerPlan& plan) {
  return plan.first_subarray + plan.array.subarrays * plan.array.replicas;
}

bool share_subarrays(const LayerPlan& one, const LayerPlan& other) {
  return one.first_subarray < end_subarray(other) && other.first_subarray < end_subarray(one);
}

// Rows of weights that stay in sub-arrays of a layer, whatever layer runs.
void add_own_rows(const NetworkPlan& network, const LayerPlan& running, Regions& rows) {
  for (const LayerPlan& plan : network.layers) {
    if (network.stationary && plan.on(Engine::AndAccumulate) && share_subarrays(plan, running)) {
      rows.add(plan.layer->name, plan.kernel_row,
               plan.array.passes * plan.array.kernels_per_subarray * weight_planes(*plan.layer) * plan.array.tiles);
    } else if (plan.adds(AdderLanes::Kernels) && plan.weights_resident) {
      rows.add(plan.layer->name, plan.kernel_row, plan.array.passes * 2 * plan.adder.elements_per_part);
    }
  }
}

void add_constant_rows(const NetworkPlan& network, Regions& rows) {
  for (const LayerPlan& plan : network.layers) {
    if (plan.adds(AdderLanes::Pixels)) {
      rows.add("constants", plan.adder.constant_row, 3);
      break;
    }
  }
}

void check_and_accumulate(const NetworkPlan& network, const LayerPlan& plan, const ChipTarget& target) {
  const Layer& layer = *plan.layer;
  const ArrayPlan& array = plan.array;
  const std::uint32_t planes = weight_planes(layer);
  const std::uint32_t m = u32(layer.input_bits);
  CHECK(array.tiles == (layer.weights_per_kernel() + target.columns - 1) / target.columns);
  CHECK((array.tiles_per_load >= 1 && array.tiles_per_load <= array.tiles));
  CHECK((array.subarrays >= 1 && array.replicas >= 1));
  CHECK(end_subarray(plan) <= target.subarrays);
  CHECK(array.kernels_per_pass <= array.kernels_per_subarray * array.subarrays);
  CHECK(array.kernels_per_pass > array.kernels_per_subarray * (array.subarrays - 1));
  CHECK(array.pixels_per_block >= 1);
  CHECK(array.pixels_per_block * m * array.tiles_per_load <= array.image_half_rows);
  CHECK((array.image_halves == 1 || array.image_halves == 2));
  Regions rows(target.rows);
  rows.add("image rows", plan.image_row, array.image_halves * array.image_half_rows);
  const std::uint32_t kernel_rows = array.kernels_per_subarray * planes * array.tiles_per_load;
  if (!network.stationary) {
    CHECK(kernel_rows <= network.kernel_half_rows);
    rows.add("kernel rows", 0, network.kernel_halves * network.kernel_half_rows);
    return;
  }
  CHECK(array.tile_loads() == 1);
  add_own_rows(network, plan, rows);
  add_constant_rows(network, rows);
}

void check_adder(const NetworkPlan& network, const LayerPlan& plan, const ChipTarget& target) {
  const AdderPlan& adder = plan.adder;
  const ArrayPlan& array = plan.array;
  CHECK(array.subarrays * array.replicas <= target.subarrays);
  CHECK(array.kernels_per_pass <= array.kernels_per_subarray * array.subarrays);
  CHECK(array.pixels_per_block <= target.columns);
  CHECK(adder.width == accumulator_width(*plan.layer));
  CHECK((adder.slice_kernels >= 1 && adder.slice_kernels <= array.kernels_per_subarray));
  Regions rows(target.rows);
  rows.add("constants", adder.constant_row, 3);
  rows.add("operands", adder.operand_row,
           adder.operand_halves * adder.chunk_elements * 2 * u32(plan.layer->input_bits));
  rows.add("accumulators", adder.accumulator_row, array.kernels_per_subarray * adder.width);
  add_own_rows(network, plan, rows);
}

void check_level_adder(const NetworkPlan& network, const LayerPlan& plan, const ChipTarget& target) {
  const AdderPlan& adder = plan.adder;
  const ArrayPlan& array = plan.array;
  const auto elements = static_cast<std::uint32_t>(plan.layer->weights_per_kernel());
  CHECK(convolved_pixels(*plan.layer) == 1);
  CHECK(array.subarrays * array.replicas <= target.subarrays);
  CHECK(array.kernels_per_pass <= target.columns * array.subarrays);
  CHECK(array.kernels_per_pass > target.columns * (array.subarrays - 1));
  CHECK(array.elements_per_load <= array.replicas * adder.elements_per_part);
  CHECK(array.elements_per_load * array.loads_per_pass >= elements);
  CHECK(array.elements_per_load * (array.loads_per_pass - 1) < elements);
  CHECK(adder.width == accumulator_width(*plan.layer));
  Regions rows(target.rows);
  rows.add("accumulators", adder.accumulator_row, adder.width);
  rows.add("carry", adder.carry_row, 1);
  if (plan.weights_resident) {
    CHECK(network.stationary);
    CHECK(array.loads_per_pass == 1);
  } else {
    CHECK(2 * adder.elements_per_part <= adder.weight_half_rows);
    rows.add("weights", adder.weight_row, adder.weight_halves * adder.weight_half_rows);
  }
  if (network.stationary) {
    add_constant_rows(network, rows);
    add_own_rows(network, plan, rows);
  }
}

/// Bytes that a band of a map takes in its slot: bands of `rows` output rows, the one that takes the most.
std::uint64_t largest_band(const LayerPlan& plan, const MapPlacement& map, int which) {
  if (map.in_buffer()) {
    return 0;
  }
  std::uint64_t most = 0;
  for (std::uint32_t band = 0; band * plan.band_rows < u32(plan.layer->output.height); ++band) {
    const RowRange rows = band_rows(plan, band);
    const HeldMap held = which == 0   ? held_input(plan, rows)
                         : which == 1 ? held_residual(plan, rows)
                                      : held_output(plan, rows);
    most = std::max(most, map.band_bytes(held.range.rows));
  }
  return most;
}

/// What a layer uses of the buffer beside what stays, and the maps that live while it runs.
void check_buffer(const NetworkPlan& network, std::size_t index, const ChipTarget& target) {
  const LayerPlan& plan = network.layers[index];
  Regions buffer(target.buffer_bytes);
  buffer.add("residents", 0, network.resident_bytes);
  buffer.add("table slots", network.table_slots[0], network.table_slot_bytes);
  buffer.add("table slots", network.table_slots[1], network.table_slot_bytes);
  if (plan.buffers_weights() && !plan.weights_resident) {
    const std::uint32_t bytes = loads_of(plan, target.columns).largest_load_bytes;
    buffer.add("weights", plan.weight_slots[0], bytes);
    buffer.add("weights", plan.weight_slots[1], bytes);
  }
  buffer.add("band of the input", plan.input_slot, largest_band(plan, plan.input, 0));
  if (plan.has_residual()) {
    buffer.add("band of the residual", plan.residual_slot, largest_band(plan, plan.residual, 1));
  }
  buffer.add("band of the output", plan.output_slot, largest_band(plan, plan.output, 2));
  buffer.add("accumulators", plan.accumulators[0], plan.accumulator_bytes);
  buffer.add("accumulators", plan.accumulators[1], plan.accumulator_bytes);
  if (plan.input.home == MapHome::Image) {
    CHECK(std::uint64_t{held_input(plan, band_rows(plan, 0)).range.rows} *
              u32(plan.layer->input.width * plan.layer->input.channels) <=
          2 * std::uint64_t{plan.accumulator_bytes});
  }
  for (std::size_t map = 0; map + 1 < network.layers.size(); ++map) {
    bool lives = map == index;
    for (std::size_t reader = index; reader < network.layers.size() && map < index; ++reader) {
      const Layer& layer = *network.layers[reader].layer;
      lives = lives || layer.source == static_cast<int>(map) || layer.residual.layer == static_cast<int>(map);
    }
    if (lives && network.layers[map].output.in_buffer()) {
      buffer.add("output of " + network.layers[map].layer->name, network.layers[map].output.address,
                 network.layers[map].output.bytes());
    }
  }
}

void check_residents(const NetworkPlan& network, const ChipTarget& target) {
  Regions residents(network.resident_bytes);
  for (const LayerPlan& plan : network.layers) {
    if (plan.table_resident) {
      residents.add("table", plan.table_address, table_bytes(*plan.layer, u32(plan.layer->kernels)));
    }
    if (plan.weights_resident && plan.buffers_weights()) {
      residents.add("weights", plan.weights_address, loads_of(plan, target.columns).weights_bytes);
    }
  }
}

void check_strips(const LayerPlan& plan) {
  const Layer& layer = *plan.layer;
  CHECK((plan.strip_rows >= 1 && plan.strip_rows <= plan.band_rows));
  CHECK(plan.band_rows <= u32(layer.output.height));
  if (!layer.has_weights()) {
    return;
  }
  std::uint64_t kernels = plan.array.kernels_per_pass;
  if (plan.on(Engine::Adder) && plan.adder.slice_kernels < plan.array.kernels_per_subarray) {
    kernels = plan.adder.slice_kernels * plan.array.subarrays;
  }
  const std::uint64_t sums = std::uint64_t{accumulator_rows(layer, plan.strip_rows)} * u32(layer.convolved.width);
  CHECK(sums * kernels * 4 <= plan.accumulator_bytes);
}

void check_loads(const LayerPlan& plan, const ChipTarget& target) {
  const std::size_t elements = plan.layer->has_weights() ? plan.layer->weights_per_kernel() : 1;
  std::vector<int> held(static_cast<std::size_t>(plan.layer->kernels) * elements);
  const LoadLayout layout = loads_of(plan, target.columns);
  for (const PackedLoad& load : layout.loads) {
    CHECK(load.block.kernels <= plan.array.kernels_per_pass);
    for (std::uint32_t kernel = 0; kernel < load.block.kernels; ++kernel) {
      const std::size_t first = (load.block.first_kernel + kernel) * elements + load.block.first_element;
      const std::size_t count = plan.layer->has_weights() ? load.block.elements : 1;
      for (std::size_t i = 0; i < count; ++i) {
        ++held[first + i];
      }
    }
  }
  CHECK(held == std::vector<int>(held.size(), 1));
}

void check_plan(const IntegerGraph& graph, const ChipTarget& target, const MappingOptions& options) {
  const NetworkPlan network = make_plan(graph, target, options);
  REQUIRE(network.layers.size() == graph.layers.size());
  check_residents(network, target);
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const LayerPlan& plan = network.layers[i];
    INFO(plan.layer->name);
    check_passes(plan);
    if (plan.on(Engine::AndAccumulate)) {
      check_and_accumulate(network, plan, target);
    } else if (plan.adds(AdderLanes::Kernels)) {
      check_level_adder(network, plan, target);
    } else if (plan.on(Engine::Adder)) {
      check_adder(network, plan, target);
    }
    check_buffer(network, i, target);
    check_strips(plan);
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
      check_plan(random_graph(seed, random.one_in(2) ? 11 : 40), target, on_and_accumulate(policy));
      ++placed;
    } catch (const InputError&) {
      ++refused;
    }
  }
  CHECK(placed > 300);
  CHECK(refused > 20);
}

TEST_CASE("a plan of any branched network on any engine keeps within rows, sub-arrays and buffer") {
  int placed = 0;
  for (std::uint32_t seed = 5001; seed <= 5300; ++seed) {
    Random random(seed);
    const ChipTarget target = target_of(with_engines(random_chip(random)));
    GraphLimits limits;
    limits.signs_only = random.one_in(2);
    limits.largest_side = random.one_in(2) ? 9 : 24;
    MappingOptions options;
    options.weights = random.one_of({WeightPolicy::Auto, WeightPolicy::Streamed, WeightPolicy::Stationary});
    options.objective = random.one_of({Objective::Latency, Objective::Energy, Objective::EnergyDelay});
    if (!random.one_in(4)) {
      options.engine = random.one_of({Engine::AndAccumulate, Engine::Adder, Engine::Digital});
    }
    if (seed % 3 == 0) {
      options.lanes = seed % 2 == 0 ? AdderLanes::Kernels : AdderLanes::Pixels;
    }
    INFO("seed " << seed << ": " << target.subarrays << " sub-arrays of " << target.rows << " x " << target.columns
                 << ", " << target.buffer_bytes << " bytes");
    try {
      check_plan(random_branched_graph(seed, limits), target, options);
      ++placed;
    } catch (const InputError&) {
    }
  }
  CHECK(placed > 120);
}

TEST_CASE("weights stay on the chip when all of them fit and are streamed when they do not") {
  const IntegerGraph graph = GraphBuilder(2, {8, 8, 3}).layer(square(8, 3)).fully_connected(10).graph();
  CHECK(make_plan(graph, target_of(chip_of(256, 512, 4, 65536)), on_and_accumulate(WeightPolicy::Auto)).stationary);
  CHECK_FALSE(make_plan(graph, target_of(chip_of(32, 64, 1, 65536)), on_and_accumulate(WeightPolicy::Auto)).stationary);
  CHECK_FALSE(
      make_plan(graph, target_of(chip_of(256, 512, 4, 65536)), on_and_accumulate(WeightPolicy::Streamed)).stationary);
}

TEST_CASE("kernels are spread over more sub-arrays when the rows of one hold too few") {
  const IntegerGraph graph = GraphBuilder(3, {8, 8, 4}).layer(square(40, 3)).fully_connected(10, 2).graph();
  const NetworkPlan plan =
      make_plan(graph, target_of(chip_of(64, 512, 8, 65536)), on_and_accumulate(WeightPolicy::Streamed));
  CHECK(plan.layers[0].array.subarrays > 1);
  CHECK(plan.layers[0].array.passes == 1);
}

TEST_CASE("sub-arrays that are left over repeat the kernels for other pixels") {
  const IntegerGraph graph = GraphBuilder(4, {16, 16, 3}).layer(square(4, 3)).fully_connected(3).graph();
  const NetworkPlan plan =
      make_plan(graph, target_of(chip_of(256, 512, 8, 65536)), on_and_accumulate(WeightPolicy::Auto));
  CHECK(plan.layers[0].array.replicas > 1);
}

TEST_CASE("a buffer that holds one kernel's sums and half its bytes of maps takes a layer of many kernels") {
  // Tables of thresholds and partial sums are both at their limit here: 8 pixels a row, 16 bytes a table.
  for (const std::uint32_t buffer : {8192u, 16384u, 65536u}) {
    INFO("buffer of " << buffer);
    const IntegerGraph graph =
        GraphBuilder(5, {64, 8, 32}).layer(square(600, 1)).layer(square(4, 1)).fully_connected(2).graph();
    check_plan(graph, target_of(chip_of(256, 512, 32, buffer)), on_and_accumulate(WeightPolicy::Streamed));
  }
}

TEST_CASE(
    "a chip with many sub-arrays gives each layer its own, and more of them only where that shortens the network") {
  const IntegerGraph graph = GraphBuilder(5, {24, 24, 8}).layer(square(32, 3)).layer(square(48, 3)).graph();
  const auto subarrays = [&](std::uint32_t count) {
    const NetworkPlan plan =
        make_plan(graph, target_of(chip_of(256, 512, count, 1u << 20)), on_and_accumulate(WeightPolicy::Auto));
    CHECK(plan.stationary);
    CHECK_FALSE(share_subarrays(plan.layers[0], plan.layers[1]));
    return end_subarray(plan.layers[1]);
  };
  CHECK(subarrays(1024) < 1024);
  CHECK(subarrays(4096) == subarrays(1024));
}

TEST_CASE("a chip with few sub-arrays lets all of them work for every layer") {
  const IntegerGraph graph = GraphBuilder(5, {24, 24, 8}).layer(square(32, 3)).layer(square(48, 3)).graph();
  const NetworkPlan plan =
      make_plan(graph, target_of(chip_of(256, 512, 8, 1u << 20)), on_and_accumulate(WeightPolicy::Auto));
  CHECK(plan.stationary);
  for (const LayerPlan& layer : plan.layers) {
    CHECK(layer.first_subarray == 0);
    CHECK(end_subarray(layer) == 8);
  }
  CHECK(plan.layers[0].kernel_row != plan.layers[1].kernel_row);
}
