#include "network/mapping/weight_packing.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

#include "core/bits.h"
#include "network/mapping/weight_loads.h"
#include "tests/network/mapping/support/graphs.h"

using namespace spinvp;
using namespace spinvp::network;
using namespace spinvp::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// One layer with given weights, without its rest.
Layer layer_of(WeightKind kind, int bits, int kernels, int channels, std::vector<std::int16_t> weights) {
  Layer layer;
  layer.weight_kind = kind;
  layer.weight_bits = bits;
  layer.kernels = kernels;
  layer.input = {1, 1, channels};
  layer.weights = std::move(weights);
  return layer;
}

Bytes pack(const Layer& layer, const WeightBlock& block, std::uint32_t columns) {
  Bytes bytes;
  pack_weights(layer, block, columns, bytes);
  return bytes;
}

Bytes table(const Layer& layer, std::uint32_t first, std::uint32_t kernels) {
  Bytes bytes;
  pack_table(layer, first, kernels, bytes);
  return bytes;
}

}  // namespace

TEST_CASE("weights of kernels' lanes stand in two rows an element, sub-array by sub-array") {
  Layer layer;
  layer.kernels = 70;  // six of them in a second sub-array
  layer.groups = 1;
  layer.input = {1, 1, 3};
  layer.kernel_height = layer.kernel_width = 1;
  layer.weight_kind = WeightKind::Ternary;
  layer.weight_bits = 2;
  layer.weights.assign(210, 0);
  layer.weights[3 * 3 + 0] = 1;    // kernel 3, element 0
  layer.weights[66 * 3 + 1] = -1;  // kernel 66, element 1
  layer.weights[66 * 3 + 2] = 1;   // element 2: of the second part
  std::vector<std::uint8_t> bytes;
  pack_lanes(layer, {0, 70, 0, 3}, {2, 2, 2, 8}, 64, bytes);
  std::vector<std::uint8_t> expected(4 * 2 * 2 * 8);  // sub-arrays, elements, rows, bytes
  expected[0] = 1 << 3;
  expected[32 + 16 + 8] = 1 << 2;  // part 0, its second sub-array, element 1, N
  expected[96] = 1 << 2;           // part 1, its second sub-array, element 2, P
  CHECK(bytes == expected);
}

TEST_CASE("a binary kernel is one plane with a one where the weight is +1") {
  const Layer layer = layer_of(WeightKind::Binary, 1, 2, 10, {1,  -1, -1, 1,  1, 1, -1, -1, 1,  -1,  //
                                                              -1, 1,  -1, -1, 1, 1, 1,  1,  -1, 1});
  CHECK(pack(layer, {0, 2, 0, 10}, 64) == Bytes{0x39, 0x01, 0xF2, 0x02});
}

TEST_CASE("a ternary kernel is a plane of its +1 and a plane of its -1") {
  const Layer layer = layer_of(WeightKind::Ternary, 2, 1, 6, {1, 0, -1, -1, 0, 1});
  CHECK(pack(layer, {0, 1, 0, 6}, 64) == Bytes{0x21, 0x0C});
}

TEST_CASE("a k-bit kernel is k planes of two's complement, low bit first") {
  const Layer three = layer_of(WeightKind::Integer, 3, 1, 4, {-4, 3, -1, 2});
  CHECK(pack(three, {0, 1, 0, 4}, 64) == Bytes{0x06, 0x0E, 0x05});
  const Layer eight = layer_of(WeightKind::Integer, 8, 1, 2, {-128, 127});
  CHECK(pack(eight, {0, 1, 0, 2}, 64) == Bytes{2, 2, 2, 2, 2, 2, 2, 1});
  const Layer one = layer_of(WeightKind::Integer, 1, 1, 3, {-1, 0, -1});
  CHECK(pack(one, {0, 1, 0, 3}, 64) == Bytes{0x05});
}

TEST_CASE("a row holds its bits in the order kernel row, kernel column, channel") {
  Layer layer = layer_of(WeightKind::Binary, 1, 1, 3, std::vector<std::int16_t>(18, -1));
  layer.input = {5, 5, 3};
  layer.kernel_height = 2;
  layer.kernel_width = 3;
  const auto at = [&](int ky, int kx, int channel) { return static_cast<std::size_t>((ky * 3 + kx) * 3 + channel); };
  layer.weights[at(1, 2, 0)] = 1;
  layer.weights[at(0, 1, 2)] = 1;
  const Bytes row = pack(layer, {0, 1, 0, 18}, 64);
  REQUIRE(row.size() == 3);
  for (std::size_t bit = 0; bit < 18; ++bit) {
    CHECK(bits::get(row.data(), bit) == (bit == 15 || bit == 5));
  }
}

TEST_CASE("a kernel longer than a row goes on in the next tile and leaves the last one's end empty") {
  std::vector<std::int16_t> weights(150, 1);
  const Layer layer = layer_of(WeightKind::Binary, 1, 1, 150, weights);
  CHECK(packed_row_bytes(layer, 64) == 8);
  Bytes expected(24, 0);
  std::fill_n(expected.begin(), 18, std::uint8_t{0xFF});
  expected[18] = 0x3F;
  CHECK(pack(layer, {0, 1, 0, 150}, 64) == expected);
}

TEST_CASE("a load packs its kernels and tiles only, kernel by kernel, plane by plane, tile by tile") {
  Layer layer = layer_of(WeightKind::Ternary, 2, 3, 130, std::vector<std::int16_t>(390, 0));
  layer.weights[130 + 64] = 1;        // kernel 1, tile 1, first bit
  layer.weights[2 * 130 + 128] = -1;  // kernel 2, tile 2, first bit
  const Bytes rows = pack(layer, {1, 2, 64, 66}, 64);
  REQUIRE(rows.size() == 2 * 2 * 2 * 8);
  for (std::size_t row = 0; row < 8; ++row) {
    // kernel 1 plus: tiles 1, 2; kernel 1 minus: tiles 1, 2; kernel 2 likewise
    CHECK(rows[row * 8] == (row == 0 || row == 7 ? 1 : 0));
  }
}

TEST_CASE("a short kernel's rows are packed without the columns that it does not use") {
  CHECK(packed_row_bytes(layer_of(WeightKind::Binary, 1, 1, 25, {}), 512) == 4);
  CHECK(packed_row_bytes(layer_of(WeightKind::Binary, 1, 1, 512, {}), 512) == 64);
  CHECK(packed_row_bytes(layer_of(WeightKind::Binary, 1, 1, 513, {}), 512) == 64);
}

TEST_CASE("a threshold table is the direction and the thresholds of each kernel, little-endian") {
  Layer layer;
  layer.threshold_bits = 2;
  layer.thresholds.resize(2);
  layer.thresholds[0].values = {-2, 5, std::numeric_limits<std::int32_t>::max()};
  layer.thresholds[1].direction = ChannelThresholds::Direction::Falling;
  layer.thresholds[1].values = {0x01020304, 0, std::numeric_limits<std::int32_t>::min()};
  const Bytes rising{0, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 5, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x7F};
  const Bytes falling{1, 0, 0, 0, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0x80};
  CHECK(table(layer, 0, 1) == rising);
  CHECK(table(layer, 1, 1) == falling);
}

TEST_CASE("odd weights of several bits are packed as the number of steps above the lowest") {
  const Layer layer = layer_of(WeightKind::Binary, 2, 1, 4, {-3, -1, 1, 3});
  CHECK(pack(layer, {0, 1, 0, 4}, 64) == Bytes{0x0A, 0x0C});
  const Layer wide = layer_of(WeightKind::Binary, 8, 1, 2, {-255, 255});
  CHECK(pack(wide, {0, 1, 0, 2}, 64) == Bytes{2, 2, 2, 2, 2, 2, 2, 2});
}

TEST_CASE("a table with a residual has a multiplier beside the direction and thresholds of 64 bits") {
  Layer layer;
  layer.threshold_bits = 1;
  layer.residual.layer = 0;
  layer.residual.multipliers = {-2};
  layer.thresholds.resize(1);
  layer.thresholds[0].direction = ChannelThresholds::Direction::Falling;
  layer.thresholds[0].values = {std::int64_t{1} << 40};
  CHECK(table_bytes(layer, 3) == 48);
  CHECK(table(layer, 0, 1) == Bytes{1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0});
}

TEST_CASE("a table of an affine step has gains and offsets") {
  Layer layer;
  layer.affine.gains = {3, -1};
  layer.affine.offsets = {0, -2};
  CHECK(table_bytes(layer, 2) == 32);
  CHECK(table(layer, 1, 1) ==
        Bytes{0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF});
}

TEST_CASE("a table of an affine step with a residual has its multipliers between gains and offsets") {
  Layer layer;
  layer.affine.gains = {3};
  layer.affine.offsets = {-2};
  layer.residual.layer = 0;
  layer.residual.multipliers = {-5};
  CHECK(table_bytes(layer, 1) == 16);
  CHECK(table(layer, 0, 1) ==
        Bytes{3, 0, 0, 0, 0xFB, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF});
}

TEST_CASE("signs say for each element which kernels add and which subtract") {
  Bytes bytes;
  const Layer binary = layer_of(WeightKind::Binary, 1, 2, 2, {1, -1, -1, -1});
  pack_signs(binary, {0, 2, 0, 2}, {0, 1}, 1, bytes);
  CHECK(bytes == Bytes{0x01, 0x00});
  bytes.clear();
  const Layer ternary = layer_of(WeightKind::Ternary, 2, 2, 2, {1, 0, -1, 1});
  pack_signs(ternary, {0, 2, 0, 2}, {1, no_kernel, 0}, 3, bytes);
  CHECK(bytes == Bytes{0x04, 0x01, 0x00, 0x01, 0x00, 0x00});
}

TEST_CASE("numbers for multipliers stand kernel by kernel, in one byte or two") {
  Bytes bytes;
  const Layer layer = layer_of(WeightKind::Integer, 8, 2, 3, {1, -1, 2, -128, 127, 0});
  pack_numbers(layer, {0, 2, 1, 2}, 1, bytes);
  CHECK(bytes == Bytes{0xFF, 2, 127, 0});
  bytes.clear();
  pack_numbers(layer_of(WeightKind::Binary, 8, 1, 2, {-255, 255}), {0, 1, 0, 2}, 2, bytes);
  CHECK(bytes == Bytes{0x01, 0xFF, 0xFF, 0x00});
}

TEST_CASE("a packed layer holds every kernel and tile once, in the order in which loads are used") {
  const IntegerGraph graph = GraphBuilder(1, {4, 4, 40}).layer(square(7, 3)).fully_connected(2).graph();
  LayerPlan plan;
  plan.layer = &graph.layers.front();
  plan.engine = Engine::AndAccumulate;
  plan.array.tiles = 6;  // 360 bits in rows of 64
  plan.array.tiles_per_load = 4;
  plan.array.elements_per_load = 256;
  plan.array.loads_per_pass = 2;
  plan.array.kernels_per_pass = 3;
  plan.array.passes = plan.array.passes_per_group = 3;
  const PackedLayer packed = pack_layer(plan, 64);
  REQUIRE(packed.loads().size() == 6);
  std::uint32_t weights = 0;
  for (std::uint32_t i = 0; i < 6; ++i) {
    const PackedLoad& load = packed.loads()[i];
    INFO("load " << i);
    CHECK(load.block.first_kernel == i / 2 * 3);
    CHECK(load.block.kernels == (i / 2 == 2 ? 1 : 3));
    CHECK(load.block.first_element == i % 2 * 256);
    CHECK(load.block.elements == (i % 2 == 0 ? 256 : 104));
    CHECK(load.weights_offset == weights);
    CHECK(load.table_offset == i / 2 * 3 * 16);
    CHECK(load.table_bytes == (i % 2 == 0 ? 0 : load.block.kernels * 16));
    weights += load.block.kernels * 2 * (i % 2 == 0 ? 4 : 2) * 8;
  }
  CHECK(packed.weights.size() == weights);
  CHECK(packed.tables.size() == 7 * 16);
}

TEST_CASE("passes stay within a group") {
  const IntegerGraph graph = GraphBuilder(2, {4, 4, 6}).layer(square(9, 3).in_groups(3)).fully_connected(2).graph();
  LayerPlan plan;
  plan.layer = &graph.layers.front();
  plan.engine = Engine::AndAccumulate;
  plan.array.elements_per_load = 64;
  plan.array.loads_per_pass = 1;
  plan.array.kernels_per_pass = 2;
  plan.array.passes_per_group = 2;
  plan.array.passes = 6;
  const LoadLayout layout = loads_of(plan, 64);
  REQUIRE(layout.loads.size() == 6);
  for (std::uint32_t i = 0; i < 6; ++i) {
    CHECK(layout.loads[i].block.first_kernel == i / 2 * 3 + i % 2 * 2);
    CHECK(layout.loads[i].block.kernels == (i % 2 == 0 ? 2 : 1));
    CHECK(layout.loads[i].block.elements == 18);
  }
}

TEST_CASE("kernels of an adder are read in slices of consecutive kernels") {
  LayerPlan plan;
  plan.array.kernels_per_subarray = 4;
  plan.adder.slice_kernels = 3;
  const AdderShare share = adder_share(plan, 11);  // three sub-arrays of four places
  CHECK(share.subarrays == 3);
  CHECK(share.held == 4);
  CHECK(share.kernels == 12);
  CHECK(share.slices == 2);
  CHECK(adder_order(share, 11) == KernelOrder{0, 1, 2, 9, 3, 4, 5, 10, 6, 7, 8, no_kernel});
  plan.adder.slice_kernels = 4;
  CHECK(adder_share(plan, 11).kernels == 11);
  CHECK(adder_share(plan, 11).slices == 1);
}
