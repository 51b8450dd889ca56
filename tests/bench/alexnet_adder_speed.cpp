// How long the host takes for an image of AlexNet by in-memory addition, W1:A8, in detail fast: processor time of the
// shipped command, what more images take besides. Start-up and loading stand apart. Repeat:
//     build/release/tests/bench/alexnet_adder_speed [CHIP.yaml ...]
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/bench/command_runs.h"

namespace {

using namespace spinvp::bench;

constexpr int repetitions = 3;  // the best one counts: the machine may be shared
constexpr std::size_t few = 1;  // images
constexpr std::size_t many = 9;
constexpr double most_milliseconds = 250;  // the aim, of an image
constexpr std::size_t side = 227;

const std::string network = scratch("alexnet_w1a8.onnx");
const std::string images = scratch("alexnet_w1a8.idx");

void write_images() {
  std::mt19937 random(1);
  std::vector<std::uint8_t> bytes(many * side * side * 3);
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::uint8_t>(random()); });
  write_idx(images, {many, side, side, 3}, bytes);
}

void measure(const std::string& chip) {
  const std::string image = scratch("alexnet_w1a8.pimnet");
  const std::string report_path = scratch("alexnet_adder_speed.json");
  run_spinvp(fmt::format("compile {} --chip {} --mapping adder -o {}", network, chip, image));
  const auto seconds = [&](std::size_t count) {
    return run_spinvp(fmt::format("run --quiet --network {} --images {} --count {} --chip {} --report {}", image,
                                  images, count, chip, report_path));
  };
  double short_run = 1e9;
  double long_run = 1e9;
  for (int i = 0; i < repetitions; ++i) {
    short_run = std::min(short_run, seconds(few));
    long_run = std::min(long_run, seconds(many));
  }
  const auto report = nlohmann::json::parse(std::ifstream(report_path));
  const double an_image = (long_run - short_run) / static_cast<double>(many - few);
  const auto& totals = report.at("totals");
  fmt::print(
      "AlexNet W1:A8 on {}: {:.0f} ms an image (aim: at most {:.0f}, {}), {:.2f} M additions; simulated {:.2f} ms; "
      "start "
      "and loading {:.2f} s\n",
      chip, an_image * 1e3, most_milliseconds, an_image * 1e3 <= most_milliseconds ? "reached" : "not reached",
      totals.at("additions_per_image").at("real").get<double>() * 1e-6,
      1e3 / totals.at("images_per_second").get<double>(), short_run - an_image * few);
}

}  // namespace

int main(int argc, char* argv[]) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  const std::string chips = std::string(SPINVP_SOURCE_DIR) + "/configs/chips/";
  std::vector<std::string> paths(argv + 1, argv + argc);
  if (paths.empty()) {
    paths = {chips + "parapim_b.yaml", chips + "pim_512mb.yaml"};
  }
  run_spinvp("generate alexnet --wi 1:8 -o " + network);
  write_images();
  for (const std::string& path : paths) {
    measure(path);
  }
  return 0;
}
