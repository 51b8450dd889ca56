// How fast the host simulates in-memory addition: one addition of all, some or one of the 512 lanes, one gathered row,
// one sum read out, and a fully connected layer with its weights in rows, in detail fast. Repeat on a quiet machine:
// tests/bench/adder_speed in the build folder
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <systemc>
#include <vector>

#include "tests/ip/support/streams.h"

namespace {

using namespace spinvp;
using namespace spinvp::test;

constexpr int repetitions = 5;  // the best one counts: the machine may be shared
constexpr std::uint32_t subarrays = 32;

/// How the 256 rows of a sub-array are shared out: 8-bit operands with their inverses, accumulators, constants.
struct Placement {
  const char* name;
  std::uint32_t lanes;
  std::uint32_t width;
  std::uint32_t elements;
  std::uint32_t kernels;
};

double best_seconds(ChipBench& bench, const Words& words) {
  double best = 1e9;
  for (int i = 0; i < repetitions; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const bool done = bench.run_stream(words).done;
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    if (!done) {
      fmt::print(stderr, "the chip did not run the stream\n");
      std::exit(1);
    }
  }
  return best;
}

template <class Command>
double seconds_of(ChipBench& bench, const Command& command, std::uint32_t times) {
  network::CommandStream stream(0, false);
  for (std::uint32_t i = 0; i < times; ++i) {
    stream.add(command, network::lanes::all);
  }
  stream.add(interface::StopCommand{}, 0);
  return best_seconds(bench, stream.words()) / times;
}

void measure(ChipBench& bench, const Placement& placement) {
  interface::GatherLanesCommand gather;  // a pixel of 8 planes and as many channels as there are elements
  gather.pixel_pitch = placement.elements;
  gather.channels = placement.elements;
  gather.width = placement.lanes;
  gather.row_pitch = (placement.lanes * placement.elements + 7) / 8;
  gather.planes = 8;
  gather.plane_stride = gather.row_pitch;
  gather.output_width = placement.lanes;
  gather.pixels_per_replica = placement.lanes;
  gather.pixels = placement.lanes;
  gather.subarrays = subarrays;
  gather.first_row = 3;
  gather.elements = placement.elements;
  gather.complement = 1;
  interface::AddAccCommand add;
  add.subarrays = subarrays;
  add.elements = placement.elements;
  add.operand_row = 3;
  add.accumulator_row = 3 + placement.elements * 16;
  add.width = placement.width;
  add.activation_planes = 8;
  add.weight_kind = interface::WeightKind::Binary;
  add.kernels_per_subarray = placement.kernels;
  add.kernels = placement.kernels * subarrays;
  add.sign_address = 64 * 1024;
  add.sign_pitch = (add.kernels + 7) / 8;
  interface::ReadSumsCommand read;
  read.subarrays = subarrays;
  read.accumulator_row = add.accumulator_row;
  read.width = placement.width;
  read.kernels_per_subarray = placement.kernels;
  read.kernels = add.kernels;
  read.pixels_per_replica = placement.lanes;
  read.pixels = placement.lanes;
  read.accumulator_address = 128 * 1024;
  read.accumulator_pitch = add.kernels * 4;

  const double gathering = seconds_of(bench, gather, 200);
  const double adding = seconds_of(bench, add, 200);
  const double reading = seconds_of(bench, read, 20);
  const double additions = static_cast<double>(placement.elements) * add.kernels;
  fmt::print(
      "{:<24} {:3} lanes of 512, {:2} bits, {} x {} additions a sub-array: {:6.2f} ns an addition ({:.3f} ns a lane), "
      "{:5.2f} ns a row gathered into {} sub-arrays, {:5.2f} ns a sum read out\n",
      placement.name, placement.lanes, placement.width, placement.elements, placement.kernels, adding * 1e9 / additions,
      adding * 1e9 / additions / placement.lanes, gathering * 1e9 / (placement.elements * 16.0), subarrays,
      reading * 1e9 / (static_cast<double>(add.kernels) * placement.lanes));
}

// AlexNet's fc6 with its weights in rows: 4,096 kernels in the lanes of eight sub-arrays, 9,216 elements of 8 bits in
// four parts, as often 116 elements a part as it takes. Loading weights is not measured.
void measure_levels(ChipBench& bench) {
  interface::AddLevelsCommand add;
  add.channels = 256;
  add.pixel_pitch = 256;
  add.row_pitch = 6 * 32;
  add.width = 6;
  add.height = 6;
  add.kernel_width = 6;
  add.kernel_height = 6;
  add.planes = 8;
  add.plane_stride = add.row_pitch * add.height;
  add.subarrays = 8;
  add.parts = subarrays / add.subarrays;
  add.accumulator_width = 23;
  add.carry_row = 23;
  add.weight_row = 24;
  add.elements_per_part = 116;
  interface::ReadLanesCommand read;
  read.subarrays = add.subarrays;
  read.parts = add.parts;
  read.accumulator_width = add.accumulator_width;
  read.kernels = 4096;
  read.accumulator_address = 128 * 1024;
  network::CommandStream stream(0, false);
  constexpr std::uint32_t elements = 9216;
  for (add.first_element = 0; add.first_element < elements; add.first_element += add.elements) {
    add.clear = add.first_element == 0 ? 1 : 0;
    add.elements = std::min(elements - add.first_element, add.elements_per_part * add.parts);
    stream.add(add, network::lanes::all);
  }
  stream.add(read, network::lanes::all);
  stream.add(interface::StopCommand{}, 0);
  const double seconds = best_seconds(bench, stream.words());
  fmt::print("fc6, weights in rows: 4,096 kernels x {} elements in {:.2f} ms of the host, {:.3f} ms simulated\n",
             elements, seconds * 1e3, bench.run_stream(stream.words()).duration.to_seconds() * 1e3);
}

}  // namespace

int sc_main(int, char*[]) {
  const ChipConfig small = small_chip(256, 512, 8, 4, 1 << 20, Detail::Fast);
  std::vector<std::unique_ptr<ChipBench>> benches;
  benches.push_back(std::make_unique<ChipBench>("latch", with_adder(small, AdditionScheme::A, false, false)));
  benches.push_back(std::make_unique<ChipBench>("carry_row", with_adder(small, AdditionScheme::B, true, true)));
  Random random(1);
  for (auto& bench : benches) {
    Bytes constants(128, 0);
    std::fill(constants.begin() + 64, constants.end(), std::uint8_t{0xFF});
    put_buffer(*bench, 0, random.bytes(128 * 1024));
    for (std::uint32_t subarray = 0; subarray < subarrays; ++subarray) {
      put_rows(*bench, subarray, 0, constants);
    }
    fmt::print("carry in {}\n", bench->chip.config().adder.carry_write_back ? "a row" : "the latch");
    for (const Placement& placement : {Placement{"every lane", 512, 17, 8, 7},
                                       {"a 27 x 27 map in two", 365, 19, 8, 6},
                                       {"a 13 x 13 map", 169, 20, 8, 6},
                                       {"fully connected", 1, 23, 8, 5},
                                       {"fully connected, narrow", 1, 15, 8, 8}}) {
      measure(*bench, placement);
    }
    for (std::uint32_t subarray = 0; subarray < subarrays; ++subarray) {
      put_rows(*bench, subarray, 0, random.bytes(256 * 64));
    }
    measure_levels(*bench);
  }
  return 0;
}
