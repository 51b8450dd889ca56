// Each case brings about one situation, asserts that it really occurred, and holds every layer against the reference.
#include <catch2/catch.hpp>

#include "tests/network/mapping/support/chips.h"
#include "tests/network/mapping/support/graphs.h"
#include "tests/system/support/network_bench.h"

using namespace spinvp;
using namespace spinvp::network;
using namespace spinvp::test;

namespace {

constexpr auto streamed = WeightPolicy::Streamed;
constexpr auto automatic = WeightPolicy::Auto;

}  // namespace

TEST_CASE("a kernel larger than a row takes several rows") {
  NetworkBench bench("bench", chip_of(256, 64, 4, 32768));
  const IntegerGraph graph = GraphBuilder(1, {7, 7, 9}).layer(square(5, 3)).fully_connected(3).graph();
  for (const WeightPolicy policy : {automatic, streamed}) {
    CHECK(bench.difference(graph, policy) == "");
    CHECK(bench.layer(0).array.tiles == 2);
    CHECK(bench.layer(0).array.tile_loads() == 1);
  }
}

TEST_CASE("a kernel larger than the kernel region is summed over several loads") {
  NetworkBench bench("bench", chip_of(32, 64, 3, 32768));
  const IntegerGraph graph = GraphBuilder(2, {6, 6, 45}, 2)
                                 .layer(square(20, 3).weights(WeightKind::Integer, 4))
                                 .fully_connected(3, 2, WeightKind::Integer, 4)
                                 .graph();
  CHECK(bench.difference(graph, streamed) == "");
  CHECK(bench.layer(0).array.tile_loads() > 1);
  CHECK(bench.layer(0).array.tiles % bench.layer(0).array.tiles_per_load != 0);
  CHECK(bench.layer(1).array.tile_loads() > 1);  // scores
}

TEST_CASE("binary kernels are corrected once a tile when they are summed over several loads") {
  NetworkBench bench("bench", chip_of(24, 64, 2, 32768));
  const IntegerGraph graph =
      GraphBuilder(3, {4, 4, 50}, 3).layer(square(6, 3).weights(WeightKind::Binary, 1)).fully_connected(3).graph();
  CHECK(bench.difference(graph, streamed) == "");
  CHECK(bench.layer(0).array.tile_loads() > 1);
}

TEST_CASE("a layer larger than the chip runs in passes") {
  NetworkBench bench("bench", chip_of(32, 64, 2, 32768));
  const IntegerGraph graph = GraphBuilder(4, {6, 6, 3}).layer(square(45, 3)).fully_connected(70).graph();
  CHECK(bench.difference(graph, streamed) == "");
  CHECK(bench.layer(0).array.passes > 1);
  CHECK(45 % bench.layer(0).array.kernels_per_pass != 0);
  CHECK(bench.layer(1).array.passes > 1);
}

TEST_CASE("passes and tile loads go together") {
  NetworkBench bench("bench", chip_of(24, 64, 1, 32768));
  const IntegerGraph graph = GraphBuilder(5, {4, 4, 40}, 2).layer(square(11, 3)).fully_connected(5).graph();
  CHECK(bench.difference(graph, streamed) == "");
  CHECK(bench.layer(0).array.passes > 1);
  CHECK(bench.layer(0).array.tile_loads() > 1);
}

TEST_CASE("replicas stay side by side when the last pass takes fewer sub-arrays") {
  NetworkBench bench("bench", chip_of(64, 64, 32, 16384));
  const IntegerGraph graph = GraphBuilder(6, {10, 5, 5}).layer(square(9, 4, 5)).fully_connected(2).graph();
  CHECK(bench.difference(graph, streamed) == "");
  const ArrayPlan& array = bench.layer(0).array;
  CHECK(array.replicas > 1);
  const std::uint32_t last = 9 - (array.passes - 1) * array.kernels_per_pass;
  CHECK((last + array.kernels_per_subarray - 1) / array.kernels_per_subarray < array.subarrays);
}

TEST_CASE("the last sub-array of a replica may hold fewer kernels") {
  NetworkBench bench("bench", chip_of(64, 128, 6, 32768));
  const IntegerGraph graph = GraphBuilder(7, {6, 6, 3}, 4).layer(square(13, 3)).fully_connected(3).graph();
  CHECK(bench.difference(graph, streamed) == "");
  const ArrayPlan& array = bench.layer(0).array;
  CHECK(array.subarrays > 1);
  CHECK(13 % array.kernels_per_subarray != 0);
}

TEST_CASE("a replica may span banks and the last replicas may have nothing to do") {
  NetworkBench bench("bench", small_chip(64, 64, 5, 3, 32768, Detail::Fast));
  const IntegerGraph graph = GraphBuilder(8, {5, 5, 3}).layer(square(14, 3)).fully_connected(3).graph();
  for (const WeightPolicy policy : {automatic, streamed}) {
    CHECK(bench.difference(graph, policy) == "");
    const ArrayPlan& array = bench.layer(0).array;
    CHECK(array.subarrays * array.replicas > 3);
  }
}

TEST_CASE("feature maps that do not fit the buffer go through scratch memory in bands") {
  NetworkBench bench("bench", chip_of(128, 128, 4, 3700));
  const IntegerGraph graph = GraphBuilder(9, {20, 13, 2})
                                 .layer(square(40, 3, 3).pad(1))
                                 .layer(square(26, 3, 3).pad(1))
                                 .layer(square(3, 3, 1))
                                 .fully_connected(3)
                                 .graph();
  for (const WeightPolicy policy : {automatic, streamed}) {
    CHECK(bench.difference(graph, policy) == "");
    CHECK(bench.plan().scratch_bytes > 0);
    CHECK_FALSE(bench.layer(1).input.in_buffer());
    CHECK_FALSE(bench.layer(2).input.in_buffer());
    CHECK(bench.bands(1) > 1);  // input and output spilled
    CHECK((20 % bench.layer(2).band_rows != 0 || 20 % bench.layer(1).band_rows != 0));
    CHECK(bench.layer(3).input.in_buffer());
  }
}

TEST_CASE("an image that does not fit its slot is packed band by band") {
  NetworkBench bench("bench", chip_of(128, 64, 4, 2048));
  LayerSpec spec = square(2, 5, 1).pad(2);
  spec.stride_y = spec.stride_x = 2;
  const IntegerGraph graph = GraphBuilder(10, {33, 17, 3}).layer(spec).fully_connected(2).graph();
  for (const WeightPolicy policy : {automatic, streamed}) {
    CHECK(bench.difference(graph, policy) == "");
    CHECK_FALSE(bench.layer(0).input.in_buffer());
    CHECK(bench.bands(0) > 1);
  }
}

TEST_CASE("weights are loaded for every band when they do not fit the chip") {
  NetworkBench bench("bench", chip_of(32, 64, 2, 2300));
  const IntegerGraph graph = GraphBuilder(11, {24, 12, 3})
                                 .layer(square(30, 3, 2))
                                 .layer(square(20, 3, 2))
                                 .layer(square(2, 3, 1))
                                 .fully_connected(2)
                                 .graph();
  CHECK(bench.difference(graph, streamed) == "");
  CHECK(bench.bands(1) > 1);
  CHECK(bench.layer(1).array.passes > 1);
}

TEST_CASE("strides, padding on each side and odd sizes move windows as they should") {
  NetworkBench bench("bench", chip_of(128, 192, 3, 32768));
  for (int seed = 12; seed < 20; ++seed) {
    LayerSpec spec = square(7, 1, 3);
    spec.kernel_height = 1 + seed % 4;
    spec.kernel_width = 5 - seed % 3;
    spec.stride_y = 1 + seed % 3;
    spec.stride_x = 1 + (seed + 1) % 3;
    spec.pad_top = seed % 3;
    spec.pad_left = (seed + 1) % 4;
    spec.pad_bottom = (seed + 2) % 3;
    spec.pad_right = seed % 2;
    spec.pad_level = seed % 2 == 0 ? 0 : LayerSpec::any_level;
    const IntegerGraph graph = GraphBuilder(static_cast<std::uint32_t>(seed), {11, 9, 3})
                                   .layer(spec)
                                   .layer(square(5, 2, 2))
                                   .fully_connected(3)
                                   .graph();
    INFO("seed " << seed);
    CHECK(bench.difference(graph, seed % 2 == 0 ? automatic : streamed, 1) == "");
  }
}

TEST_CASE("windows that lie on padding alone give the sum of nothing") {
  NetworkBench bench("bench", chip_of(128, 64, 2, 32768));
  const IntegerGraph graph = GraphBuilder(20, {3, 3, 2})
                                 .layer(square(3, 2).pad(5))
                                 .layer(square(4, 1).pad(2).weights(WeightKind::Binary, 1))
                                 .fully_connected(2)
                                 .graph();
  for (const WeightPolicy policy : {automatic, streamed}) {
    CHECK(bench.difference(graph, policy) == "");
  }
}

TEST_CASE("pooling windows leave the map in strips and bands as well") {
  NetworkBench small("small", chip_of(64, 64, 2, 1500));
  NetworkBench large("large", chip_of(64, 64, 2, 32768));
  const Pooling resnet{PoolKind::Max, PoolStage::BeforeThresholds, 3, 3, 2, 2, 1, 1, 1, 1};
  for (const PoolKind kind : {PoolKind::Max, PoolKind::Monotone, PoolKind::Sum}) {
    for (const PoolStage stage : {PoolStage::BeforeThresholds, PoolStage::AfterThresholds}) {
      if (kind == PoolKind::Monotone && stage == PoolStage::AfterThresholds) {
        continue;
      }
      LayerSpec stem = square(40, 3, 2).pad(1);
      stem.pooling = resnet;
      stem.pooling.kind = kind;
      stem.pooling.stage = stage;
      LayerSpec second = elementwise(2);  // more of its windows begin above the map, and more end below it
      second.pooling = {PoolKind::Max, PoolStage::AfterThresholds, 4, 3, 1, 2, 3, 2, 3, 2};
      const IntegerGraph graph =
          GraphBuilder(28, {40, 9, 2}).layer(stem).layer(second).layer(square(2, 1, 1)).fully_connected(2).graph();
      INFO(static_cast<int>(kind) << " " << static_cast<int>(stage));
      CHECK(large.difference(graph, streamed) == "");
      CHECK(small.difference(graph, streamed) == "");
      CHECK(small.bands(0) > 2);
      CHECK(small.bands(1) > 2);
    }
  }
}

TEST_CASE("windows that lie on padding alone give the sum of its level") {
  NetworkBench bench("bench", chip_of(128, 64, 2, 32768));
  const IntegerGraph graph = GraphBuilder(27, {3, 3, 2}, 5)
                                 .layer(square(3, 2).pad(5).pad_with(21))
                                 .layer(square(4, 1).pad(2).pad_with(3).weights(WeightKind::Binary, 1))
                                 .fully_connected(2)
                                 .graph();
  for (const WeightPolicy policy : {automatic, streamed}) {
    CHECK(bench.difference(graph, policy) == "");
  }
}

TEST_CASE("bands whose input is padding alone run as well") {
  NetworkBench bench("bench", chip_of(64, 64, 2, 1024));
  LayerSpec spec = square(8, 1, 2);
  spec.pad_top = 30;
  spec.pad_bottom = 25;
  spec.pad_level = 200;
  const IntegerGraph graph =
      GraphBuilder(21, {2, 6, 2}).layer(spec).layer(square(2, 1, 1)).layer(square(1, 1, 1)).fully_connected(2).graph();
  CHECK(bench.difference(graph, streamed) == "");
  CHECK(bench.bands(0) > 1);
}

TEST_CASE("a network of 1 x 1 kernels runs") {
  NetworkBench bench("bench", chip_of(64, 64, 3, 32768));
  const IntegerGraph graph =
      GraphBuilder(22, {5, 3, 7}).layer(square(11, 1)).layer(square(13, 1)).layer(square(3, 1)).graph();
  CHECK(bench.difference(graph, automatic) == "");
  CHECK(bench.difference(graph, streamed) == "");
}

TEST_CASE("a network of fully connected layers runs") {
  NetworkBench bench("bench", chip_of(64, 128, 3, 32768));
  const IntegerGraph graph = GraphBuilder(23, {1, 1, 301})
                                 .fully_connected(37)
                                 .fully_connected(29, 3, WeightKind::Binary, 1)
                                 .fully_connected(10)
                                 .graph();
  CHECK(bench.difference(graph, automatic) == "");
  CHECK(bench.difference(graph, streamed) == "");
}

TEST_CASE("a network of one layer runs, with the next image's weights loaded again") {
  NetworkBench bench("bench", chip_of(32, 64, 2, 8192));
  const IntegerGraph graph = GraphBuilder(24, {4, 4, 3}).fully_connected(30).graph();
  CHECK(bench.difference(graph, streamed, 3) == "");
}

TEST_CASE("a chip that has no room for two halves loads weights and rows between computing") {
  NetworkBench bench("bench", chip_of(16, 64, 1, 8192));
  const IntegerGraph graph = GraphBuilder(25, {5, 5, 5})
                                 .layer(square(3, 3).weights(WeightKind::Integer, 7))
                                 .fully_connected(3, 2, WeightKind::Integer, 8)
                                 .graph();
  CHECK(bench.difference(graph, streamed) == "");
  CHECK(bench.plan().kernel_halves == 1);
  CHECK(bench.layer(0).array.image_halves == 1);
}

TEST_CASE("a large chip runs a network of three layers in both details alike") {
  NetworkBench fast("fast", small_chip(256, 512, 8, 4, 1 << 19, Detail::Fast));
  NetworkBench row("row", small_chip(256, 512, 8, 4, 1 << 19, Detail::Row));
  const IntegerGraph graph = GraphBuilder(26, {16, 16, 3})
                                 .layer(square(32, 3).pad(1).pool(PoolKind::Max, PoolStage::AfterThresholds, 2, 2))
                                 .layer(square(48, 3))
                                 .fully_connected(10)
                                 .graph();
  for (const WeightPolicy policy : {automatic, streamed}) {
    CHECK(fast.difference(graph, policy, 1) == "");
    CHECK(row.difference(graph, policy, 1) == "");
    CHECK(fast.time() == row.time());
  }
}
