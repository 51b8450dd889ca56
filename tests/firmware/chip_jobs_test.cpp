// The driver's queue on the real chip: results after turns, cancellations and failures are those of the reference.
#include <catch2/catch.hpp>
#include <random>

#include "firmware/chip_system.h"
#include "ip/interface/pim_interface.h"
#include "network/dataset.h"
#include "network/mapping/mapper.h"
#include "network/onnx/import.h"
#include "network/reference.h"

using namespace spinvp;
using namespace spinvp::test;

namespace {

/// A shipped network that stays on the chip, in memory and attached, and what it must say of the first pictures.
struct Network {
  Network(ChipSystem& system, const std::string& name)
      : graph(network::import_onnx(SPINVP_SOURCE_DIR "/models/" + name + ".onnx")) {
    const ChipConfig& chip = system.device.config();
    network::ChipTarget target;
    target.name = chip.name;
    target.rows = chip.rows();
    target.columns = chip.columns();
    target.subarrays = chip.subarrays();
    target.buffer_bytes = chip.buffer.bytes;
    network::MappingOptions options;
    options.weights = network::WeightPolicy::Stationary;
    const network::NetworkImage image = network::map_network(graph, target, options);
    const std::uint64_t address = system.add(image.bytes());
    const std::uint64_t scratch = system.add(std::vector<std::uint8_t>(image.header().scratch_bytes));
    CHECK(pim_attach(&system.handle, &context, address, image.bytes().size(), scratch, image.header().scratch_bytes) ==
          PIM_OK);
  }
  std::vector<std::int32_t> expected(const std::uint8_t* picture) const {
    return network::run_reference(graph, picture).back().values;
  }

  network::IntegerGraph graph;
  pim_network context{};
};

constexpr std::size_t score_count = 10;

/// Pictures in memory, and a place for the scores of one run.
struct Pictures {
  explicit Pictures(ChipSystem& system)
      : data(network::load_images(SPINVP_SOURCE_DIR "/models/digits-test-images-idx3-ubyte")),
        output(system.add(std::vector<std::uint8_t>(score_count * 4))) {
    for (std::size_t i = 0; i < 8; ++i) {
      const std::uint8_t* pixels = data.image(i);
      inputs.push_back(system.add(std::vector<std::uint8_t>(pixels, pixels + data.shape.elements())));
    }
  }
  pim_job job(Network& network, std::size_t picture) const {
    pim_job job{};
    job.network = &network.context;
    job.input_address = inputs.at(picture);
    job.output_address = output;
    return job;
  }

  network::Dataset data;
  std::vector<std::uint64_t> inputs;
  std::uint64_t output;
};

void check_run(ChipSystem& system, const Pictures& pictures, Network& network, std::size_t picture) {
  pim_job job = pictures.job(network, picture);
  CHECK(pim_submit(&system.handle, &job) == PIM_OK);
  CHECK(pim_wait(&system.handle, &job) == PIM_OK);
  CHECK(system.words(pictures.output, score_count) == network.expected(pictures.data.image(picture)));
}

void open(ChipSystem& system) {
  const pim_hal hal = system.hal();
  CHECK(pim_open(&system.handle, &hal, ChipSystem::chip_base) == PIM_OK);
}

}  // namespace

TEST_CASE("two networks take turns on the chip and both compute what the reference computes") {
  ChipSystem simulated("system", [](ChipSystem& system) {
    open(system);
    Network binary(system, "digits_binary");
    Network ternary(system, "digits_ternary");
    const Pictures pictures(system);
    const std::size_t turns[] = {0, 1, 0, 0, 1, 1, 0, 1};
    for (std::size_t i = 0; i < std::size(turns); ++i) {
      check_run(system, pictures, turns[i] == 0 ? binary : ternary, i);
    }
    CHECK(binary.context.loads == 3);
    CHECK(ternary.context.loads == 3);
  });
  sc_core::sc_start();
}

TEST_CASE("jobs that are cancelled or too late at any time leave a chip that computes right") {
  ChipSystem simulated("system", [](ChipSystem& system) {
    open(system);
    Network ternary(system, "digits_ternary");
    const Pictures pictures(system);
    const std::uint64_t start = system.hal().time(nullptr);
    check_run(system, pictures, ternary, 0);
    const std::uint64_t whole = system.hal().time(nullptr) - start;
    std::mt19937 random(5);
    int ended_early = 0;
    for (std::size_t round = 0; round < 30; ++round) {
      const std::uint64_t time = random() % whole;
      CAPTURE(round, time);
      pim_job job = pictures.job(ternary, round % 8);
      if (round % 2 == 0) {
        job.time_limit = time + 1;
        CHECK(pim_submit(&system.handle, &job) == PIM_OK);
        ended_early += pim_wait(&system.handle, &job) == PIM_E_TIMEOUT ? 1 : 0;
      } else {
        CHECK(pim_submit(&system.handle, &job) == PIM_OK);
        const std::uint64_t until = system.hal().time(nullptr) + time;
        while (pim_poll(&system.handle) && system.hal().time(nullptr) < until) {
          sc_core::wait(100, sc_core::SC_NS);
        }
        ended_early += pim_cancel(&system.handle, &job) == PIM_OK ? 1 : 0;
      }
      check_run(system, pictures, ternary, (round + 3) % 8);
    }
    CHECK(ended_early > 15);
    CHECK(ternary.context.loads > 15);
  });
  sc_core::sc_start();
}

TEST_CASE("an address that memory refuses fails its job alone") {
  ChipSystem simulated("system", [](ChipSystem& system) {
    open(system);
    Network binary(system, "digits_binary");
    const Pictures pictures(system);
    pim_job jobs[] = {pictures.job(binary, 0), pictures.job(binary, 1), pictures.job(binary, 2)};
    jobs[0].input_address = system.memory.size();
    jobs[1].output_address = system.memory.size() - 4;
    for (pim_job& job : jobs) {
      CHECK(pim_submit(&system.handle, &job) == PIM_OK);
    }
    CHECK(pim_wait(&system.handle, &jobs[2]) == PIM_OK);
    CHECK(jobs[0].error.status == PIM_E_CHIP);
    CHECK(jobs[0].error.cause == PIM_ERROR_CAUSE_BUS_READ);
    CHECK(jobs[1].error.status == PIM_E_CHIP);
    CHECK(jobs[1].error.cause == PIM_ERROR_CAUSE_BUS_WRITE);
    CHECK(system.words(pictures.output, score_count) == binary.expected(pictures.data.image(2)));
    CHECK(system.handle.recoveries == 0);
  });
  sc_core::sc_start();
}
