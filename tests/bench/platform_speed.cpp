// How fast the host simulates: the whole platform in both details (images per host second), and one row operation of
// the chip alone in both details. Repeat on a quiet machine: make bench
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <systemc>
#include <vector>

#include "network/mapping/command_stream.h"
#include "tests/ip/support/chip_bench.h"

namespace {

using namespace spinvp;

constexpr int repetitions = 3;  // the best one counts: the machine may be shared

struct PlatformSpeed {
  double images_per_second = 0;
  double row_operations_per_second = 0;
};

/// Runs the shipped command in a process of its own and reads its report.
PlatformSpeed run_platform(const std::string& network, const std::string& detail) {
  const std::string models = std::string(SPINVP_SOURCE_DIR) + "/models/";
  const std::string report = std::string(SPINVP_BINARY_DIR) + "/tests/bench/platform_speed.json";
  const std::string command = fmt::format(
      "{}/bin/spinvp run --quiet --network {}{} --images {}digits-test-images-idx3-ubyte --detail {} --report {} "
      "> /dev/null",
      SPINVP_BINARY_DIR, models, network, models, detail, report);
  PlatformSpeed best;
  for (int i = 0; i < repetitions; ++i) {
    if (std::system(command.c_str()) != 0) {
      fmt::print(stderr, "failed: {}\n", command);
      std::exit(1);
    }
    const auto json = nlohmann::json::parse(std::ifstream(report));
    const double seconds = json["host"]["seconds"].get<double>();
    PlatformSpeed speed;
    speed.images_per_second = json["host"]["images_per_second"].get<double>();
    speed.row_operations_per_second = json["totals"]["row_ops"].get<double>() / seconds;
    best.images_per_second = std::max(best.images_per_second, speed.images_per_second);
    best.row_operations_per_second = std::max(best.row_operations_per_second, speed.row_operations_per_second);
  }
  return best;
}

/// 64 image rows by 128 kernel rows in each of four sub-arrays, many times over.
network::CommandStream and_acc_stream(std::uint32_t commands) {
  network::CommandStream stream(0, false);
  interface::AndAccCommand command;
  command.subarrays = 1;
  command.replicas = 4;
  command.kernel_row = 0;
  command.image_row = 192;
  command.kernels_per_subarray = 128;
  command.kernels = 128;
  command.pixels_per_replica = 64;
  command.pixels = 256;
  command.accumulator_pitch = 512;
  for (std::uint32_t i = 0; i < commands; ++i) {
    stream.add(command, 0);
  }
  stream.add(interface::StopCommand{}, 0);
  return stream;
}

/// Nanoseconds of host time a row operation.
double row_operation_cost(test::ChipBench& bench, std::uint32_t commands) {
  const std::vector<std::uint32_t> words = and_acc_stream(commands).words();
  double best = 1e9;
  for (int i = 0; i < repetitions; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const bool done = bench.run_stream(words).done;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (!done) {
      fmt::print(stderr, "the chip did not run the stream\n");
      std::exit(1);
    }
    best = std::min(best, seconds * 1e9 / (commands * 4.0 * 64 * 128));
  }
  return best;
}

}  // namespace

int sc_main(int, char*[]) {
  test::ChipBench fast("fast", test::small_chip(256, 512, 1, 4, 512 * 1024, Detail::Fast));
  test::ChipBench row("row", test::small_chip(256, 512, 1, 4, 512 * 1024, Detail::Row));
  const double fast_ns = row_operation_cost(fast, 200);
  const double row_ns = row_operation_cost(row, 10);
  fmt::print(
      "one row operation of 512 columns: fast {:.2f} ns, row {:.1f} ns (ratio {:.1f}); row {:.2f} G column-bit "
      "operations/s\n",
      fast_ns, row_ns, row_ns / fast_ns, 512 / row_ns);
  for (const std::string network : {"digits_ternary.onnx", "digits_binary.onnx"}) {
    const PlatformSpeed by_block = run_platform(network, "fast");
    const PlatformSpeed by_row = run_platform(network, "row");
    fmt::print("{}: fast {:.0f} images/s, row {:.0f} images/s (ratio {:.2f}); {:.1f} and {:.1f} M row operations/s\n",
               network, by_block.images_per_second, by_row.images_per_second,
               by_block.images_per_second / by_row.images_per_second, by_block.row_operations_per_second / 1e6,
               by_row.row_operations_per_second / 1e6);
  }
  return 0;
}
