// The driver accepts what the compiler writes.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "firmware/driver_fixture.h"
#include "network/mapping/mapper.h"
#include "network/onnx/import.h"

using namespace spinvp;
using namespace spinvp::test;

TEST_CASE_METHOD(DriverFixture, "the driver loads and runs images of the compiler layer by layer") {
  const std::string model = GENERATE("digits_binary", "digits_ternary");
  const auto policy = GENERATE(network::WeightPolicy::Stationary, network::WeightPolicy::Streamed);
  CAPTURE(model, static_cast<int>(policy));
  const network::IntegerGraph graph = network::import_onnx(SPINVP_SOURCE_DIR "/models/" + model + ".onnx");
  network::ChipTarget target;
  target.name = "mock";
  target.rows = 256;
  target.columns = 512;
  target.subarrays = 32;
  target.buffer_bytes = 65536;
  network::MappingOptions options;
  options.weights = policy;
  const network::NetworkImage compiled = network::map_network(graph, target, options);

  REQUIRE(open() == PIM_OK);
  const std::vector<std::uint8_t>& bytes = compiled.bytes();
  system.load(image_address, bytes);
  REQUIRE(pim_load(&device, image_address, bytes.size(), scratch_address, compiled.header().scratch_bytes) == PIM_OK);
  CHECK(device.network.layer_count == graph.layers.size());
  CHECK(device.network.input_bytes == static_cast<std::uint32_t>(graph.input.elements()));
  CHECK(device.network.output_count == 10);
  CHECK(device.network.weights_stationary == (policy == network::WeightPolicy::Stationary));
  system.chip().doorbells.clear();
  REQUIRE(run() == PIM_OK);
  REQUIRE(system.chip().doorbells.size() == compiled.layer_count());
  for (std::size_t layer = 0; layer < compiled.layer_count(); ++layer) {
    CHECK(system.chip().doorbells[layer].stream_address == image_address + compiled.layer(layer).run_offset);
    CHECK(system.chip().doorbells[layer].stream_bytes == compiled.layer(layer).run_bytes);
  }
}
