// The whole virtual platform (RISC-V core with driver, command streams, DMA, buffer, digital unit, energy and time) in
// detail fast against plain native code on the same layers, images and core: AlexNet's conv2 to fc7, W1:A1 and W1:A2.
//     alexnet_speed [CHIP.yaml]     (pim_512mb, which holds all weights)
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "core/errors.h"
#include "ip/config/chip_file.h"
#include "network/mapping/mapper.h"
#include "sc_main/target_of.h"
#include "tests/bench/alexnet/alexnet_graph.h"
#include "tests/bench/alexnet/native_alexnet.h"

namespace {

using namespace spinvp;

constexpr int repetitions = 5;  // both sides in turn; the best of each counts: the machine may be shared
constexpr std::size_t few = 4;  // images; what more images take besides is what an image takes
constexpr std::size_t many = 68;

std::string scratch(const std::string& name) {
  return std::string(SPINVP_BINARY_DIR) + "/tests/bench/" + name;
}

void write_idx(const std::string& path, const network::Shape& shape, const std::vector<std::uint8_t>& bytes,
               std::size_t count) {
  std::ofstream file(path, std::ios::binary);
  const auto word = [&](std::size_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      file.put(static_cast<char>(value >> shift & 0xFF));
    }
  };
  word(0x0804);
  word(count);
  word(static_cast<std::size_t>(shape.height));
  word(static_cast<std::size_t>(shape.width));
  word(static_cast<std::size_t>(shape.channels));
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// Processor time of this process or of those that it has waited for, in seconds: what else the machine does hardly
/// counts, and neither side uses more than one core.
double processor_seconds(int whose) {
  rusage usage{};
  getrusage(whose, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The shipped command in a process of its own: its processor time.
double run_platform(const std::string& name, const std::string& chip, std::size_t images) {
  const std::string report = scratch(name + ".json");
  const std::string command = fmt::format(
      "SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1 {}/bin/spinvp run --quiet --network {} --images {} --count {} --chip {} "
      "--report {} --predictions {} > /dev/null",
      SPINVP_BINARY_DIR, scratch(name + ".pimnet"), scratch(name + ".idx"), images, chip, report,
      scratch(name + ".csv"));
  const double before = processor_seconds(RUSAGE_CHILDREN);
  if (std::system(command.c_str()) != 0) {
    fmt::print(stderr, "failed: {}\n", command);
    std::exit(1);
  }
  return processor_seconds(RUSAGE_CHILDREN) - before;
}

/// The scores of image 0 as the platform read them back.
std::vector<std::int32_t> first_scores(const std::string& name) {
  std::ifstream file(scratch(name + ".csv"));
  std::string line;
  std::getline(file, line);
  std::getline(file, line);
  std::vector<std::int32_t> scores;
  std::stringstream cells(line);
  for (std::string cell; std::getline(cells, cell, ',');) {
    scores.push_back(cell.empty() ? 0 : std::stoi(cell));
  }
  scores.erase(scores.begin(), scores.begin() + 3);  // index, label, predicted
  return scores;
}

void compare_speeds(int activation_bits, const std::string& chip_path) {
  const network::IntegerGraph graph = bench::alexnet_graph(activation_bits);
  const std::vector<std::uint8_t> images = bench::random_images(graph, many);
  const ChipConfig chip = load_chip_config(chip_path);
  network::map_network(graph, target_of(chip)).write(scratch(graph.name + ".pimnet"));
  write_idx(scratch(graph.name + ".idx"), graph.input, images, many);

  bench::NativeAlexnet native(graph);
  double native_seconds = 1e9;  // an image
  double short_run = 1e9;
  double long_run = 1e9;
  for (int i = 0; i < repetitions; ++i) {
    const double before = processor_seconds(RUSAGE_SELF);
    for (std::size_t image = 0; image < many; ++image) {
      native.run(images.data() + image * graph.input.elements());
    }
    native_seconds = std::min(native_seconds, (processor_seconds(RUSAGE_SELF) - before) / many);
    short_run = std::min(short_run, run_platform(graph.name, chip_path, few));
    long_run = std::min(long_run, run_platform(graph.name, chip_path, many));
  }
  const auto report = nlohmann::json::parse(std::ifstream(scratch(graph.name + ".json")));
  if (first_scores(graph.name) != native.run(images.data())) {
    fmt::print(stderr, "W1:A{}: the platform's scores are not those of the native code\n", activation_bits);
    std::exit(1);
  }
  std::uint64_t macs = 0;
  for (const network::Layer& layer : graph.layers) {
    macs += layer.macs();
  }
  const double bit_macs = static_cast<double>(macs) * activation_bits;
  const double platform_seconds = (long_run - short_run) / static_cast<double>(many - few);
  const double row_operations = report["totals"]["row_ops"].get<double>() / many;
  fmt::print(
      "AlexNet W1:A{}, {:.3f} G bit-MAC an image, weights {}, scores equal\n"
      "  native ({}): {:.2f} ms an image, {:.0f} images/s, {:.0f} G bit-MAC/s\n"
      "  platform: {:.2f} ms an image, {:.0f} images/s, {:.0f} G bit-MAC/s, {:.2f} M row operations of {:.2f} ns\n"
      "  platform : native throughput = {:.2f}\n",
      activation_bits, bit_macs / 1e9, report["weights"].get<std::string>(), bench::NativeAlexnet::instructions(),
      native_seconds * 1e3, 1 / native_seconds, bit_macs / native_seconds / 1e9, platform_seconds * 1e3,
      1 / platform_seconds, bit_macs / platform_seconds / 1e9, row_operations / 1e6,
      platform_seconds * 1e9 / row_operations, native_seconds / platform_seconds);
}

}  // namespace

int sc_main(int argc, char* argv[]) {
  const std::string chip = argc > 1 ? argv[1] : std::string(SPINVP_SOURCE_DIR) + "/configs/chips/pim_512mb.yaml";
  try {
    for (const int activation_bits : {1, 2}) {
      compare_speeds(activation_bits, chip);
    }
  } catch (const InputError& error) {
    fmt::print(stderr, "alexnet_speed: {}\n", error.what());
    return 2;
  }
  return 0;
}
