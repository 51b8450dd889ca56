// What a second process is worth: the same images with --jobs 1 and --jobs 2, host seconds of the simulation, and that
// both report the same. Beside them the processor seconds of all processes, which other load on the machine hardly
// changes: their ratio says what two quiet cores would give. Repeat on a machine with two quiet cores:
// build/release/tests/bench/jobs_speed
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace {

constexpr int repetitions = 5;  // the best one counts: the machine may be shared
constexpr int copies = 10;      // of the shipped images
using nlohmann::json;

struct Run {
  double seconds = 1e9;
  double processor_seconds = 1e9;
  json report;
};

const std::string models = std::string(SPINVP_SOURCE_DIR) + "/models/";
const std::string images = std::string(SPINVP_BINARY_DIR) + "/tests/bench/jobs_speed_images";

/// The shipped images, many times over, as an IDX file.
void write_images() {
  std::ifstream from(models + "digits-test-images-idx3-ubyte", std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(from), {}};
  constexpr std::size_t header = 16;  // magic, count, rows, columns
  const auto byte = [&](int at) { return static_cast<unsigned char>(bytes.at(static_cast<std::size_t>(at))); };
  const unsigned count = (byte(4) << 24 | byte(5) << 16 | byte(6) << 8 | byte(7)) * copies;
  const std::string pixels = bytes.substr(header);
  for (int at = 4, shift = 24; shift >= 0; ++at, shift -= 8) {
    bytes[static_cast<std::size_t>(at)] = static_cast<char>(count >> shift);
  }
  std::ofstream to(images, std::ios::binary);
  to << bytes;
  for (int i = 1; i < copies; ++i) {
    to << pixels;
  }
}

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void repeat(const std::string& network, int jobs, Run& best) {
  const std::string report = std::string(SPINVP_BINARY_DIR) + "/tests/bench/jobs_speed.json";
  const std::string command = fmt::format(
      "{}/bin/spinvp run --quiet --network {}{} --images {} --mapping and --detail row --jobs {} --report {} > "
      "/dev/null",
      SPINVP_BINARY_DIR, models, network, images, jobs, report);
  const double before = processor_seconds();
  if (std::system(command.c_str()) != 0) {
    fmt::print(stderr, "failed: {}\n", command);
    std::exit(1);
  }
  best.processor_seconds = std::min(best.processor_seconds, processor_seconds() - before);
  json parsed = json::parse(std::ifstream(report));
  best.seconds = std::min(best.seconds, parsed["host"]["seconds"].get<double>());
  parsed.erase("host");
  best.report = std::move(parsed);
}

}  // namespace

int main() {
  write_images();
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
    fmt::print(
        "{}, {} images, detail row: one process {:.2f} s, two {:.2f} s (ratio {:.2f}); processor time {:.2f} s and "
        "{:.2f} s (ratio on quiet cores {:.2f}); same report\n",
        network, one.report["images"].get<int>(), one.seconds, two.seconds, one.seconds / two.seconds,
        one.processor_seconds, two.processor_seconds, 2 * one.processor_seconds / two.processor_seconds);
  }
  return 0;
}
