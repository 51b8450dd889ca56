// What a second process is worth: the same images with --jobs 1 and --jobs 2, host seconds of the simulation, and that
// both report the same. Repeat on a machine with two quiet cores: make bench
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace {

constexpr int repetitions = 5;  // the best one counts: the machine may be shared
using nlohmann::json;

struct Run {
  double seconds = 1e9;
  json report;
};

void repeat(const std::string& network, int jobs, Run& best) {
  const std::string models = std::string(SPINVP_SOURCE_DIR) + "/models/";
  const std::string report = std::string(SPINVP_BINARY_DIR) + "/tests/bench/jobs_speed.json";
  const std::string command = fmt::format(
      "{}/bin/spinvp run --quiet --network {}{} --images {}digits-test-images-idx3-ubyte --detail row --jobs {} "
      "--report {} > /dev/null",
      SPINVP_BINARY_DIR, models, network, models, jobs, report);
  if (std::system(command.c_str()) != 0) {
    fmt::print(stderr, "failed: {}\n", command);
    std::exit(1);
  }
  json parsed = json::parse(std::ifstream(report));
  best.seconds = std::min(best.seconds, parsed["host"]["seconds"].get<double>());
  parsed.erase("host");
  best.report = std::move(parsed);
}

}  // namespace

int main() {
  for (const std::string network : {"digits_ternary.onnx", "digits_binary.onnx"}) {
    Run one;
    Run two;
    for (int i = 0; i < repetitions; ++i) {  // in turns, so that both meet the same machine
      repeat(network, 1, one);
      repeat(network, 2, two);
    }
    if (one.report != two.report) {
      fmt::print(stderr, "{}: two processes do not report what one does\n", network);
      return 1;
    }
    fmt::print("{}, detail row: one process {:.3f} s, two {:.3f} s (ratio {:.2f}); same report\n", network, one.seconds,
               two.seconds, one.seconds / two.seconds);
  }
  return 0;
}
