// What a second process is worth: the same images with --jobs 1 and --jobs 2, and that both report the same. Beside the
// host seconds of a whole run and of its start (two images alone) stands what the machine has to give: how much more
// two runs do at once that have nothing to do with each other. Cores that share their parts, or other load, give less
// than two; no way to split work gives more. Repeat on a machine with two quiet cores:
// build/release/tests/bench/jobs_speed
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/command_runs.h"

namespace {

using namespace spinvp::bench;
using nlohmann::json;

constexpr int repetitions = 3;      // the best one counts: the machine may be shared
constexpr std::size_t copies = 30;  // of the shipped images: several seconds
constexpr std::size_t few = 2;      // images: one a process

const std::string models = std::string(SPINVP_SOURCE_DIR) + "/models/";
const std::string images = scratch("jobs_speed_images");

/// The shipped images, many times over; returns how many.
std::size_t write_images() {
  std::ifstream from(models + "digits-test-images-idx3-ubyte", std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(from), {}};
  const auto word = [&](std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(file.at(i))); };
    return byte(at) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3);
  };
  constexpr std::size_t header = 16;  // magic, count, height, width
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < copies; ++i) {
    bytes.insert(bytes.end(), file.begin() + header, file.end());
  }
  const std::size_t count = word(4) * copies;
  write_idx(images, {count, word(8), word(12)}, bytes);
  return count;
}

struct Run {
  double seconds = 1e9;  ///< of the simulation
  double processor_seconds = 1e9;
  json report;
};

std::string arguments(const std::string& network, std::size_t count, int jobs, const std::string& report) {
  return fmt::format(
      "run --quiet --network {}{} --images {} --count {} --mapping and --detail row --jobs {} --report {}", models,
      network, images, count, jobs, report);
}

double seconds_of(const json& report) {
  return report.at("host").at("seconds").get<double>();
}

void repeat(const std::string& network, std::size_t count, int jobs, Run& best) {
  const std::string report = scratch("jobs_speed.json");
  best.processor_seconds = std::min(best.processor_seconds, run_spinvp(arguments(network, count, jobs, report)));
  best.report = json::parse(std::ifstream(report));
  best.seconds = std::min(best.seconds, seconds_of(best.report));
  best.report.erase("host");
}

/// Host seconds of two runs at once, each of all images in one process: of the slower.
double two_at_once(const std::string& network, std::size_t count) {
  const std::vector<std::string> reports{scratch("jobs_speed_a.json"), scratch("jobs_speed_b.json")};
  std::vector<std::thread> threads;
  for (const std::string& report : reports) {
    threads.emplace_back([&] { run_spinvp(arguments(network, count, 1, report)); });
  }
  std::for_each(threads.begin(), threads.end(), [](std::thread& thread) { thread.join(); });
  double slower = 0;
  for (const std::string& report : reports) {
    slower = std::max(slower, seconds_of(json::parse(std::ifstream(report))));
  }
  return slower;
}

}  // namespace

int main() {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  const std::size_t count = write_images();
  for (const std::string network : {"digits_ternary.onnx", "digits_binary.onnx"}) {
    Run one;
    Run two;
    Run start_of_one;
    Run start_of_two;
    double both = 1e9;
    for (int i = 0; i < repetitions; ++i) {  // in turns, so that all meet the same machine
      repeat(network, count, 1, one);
      repeat(network, count, 2, two);
      both = std::min(both, two_at_once(network, count));
      repeat(network, few, 1, start_of_one);
      repeat(network, few, 2, start_of_two);
    }
    if (one.report != two.report) {
      fmt::print(stderr, "{}: two processes do not report what one does\n", network);
      return 1;
    }
    fmt::print(
        "{}, {} images, detail row, same report:\n"
        "  one process {:.2f} s, two {:.2f} s: ratio {:.2f}; two separate runs at once {:.2f} s each: the machine "
        "gives "
        "{:.2f}\n"
        "  of it start and two images {:.0f} ms and {:.0f} ms; ratio without them {:.2f}\n"
        "  processor time {:.2f} s and {:.2f} s\n",
        network, count, one.seconds, two.seconds, one.seconds / two.seconds, both, 2 * one.seconds / both,
        start_of_one.seconds * 1e3, start_of_two.seconds * 1e3,
        (one.seconds - start_of_one.seconds) / (two.seconds - start_of_two.seconds), one.processor_seconds,
        two.processor_seconds);
  }
  return 0;
}
