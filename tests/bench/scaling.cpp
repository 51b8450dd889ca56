// How the host time of a row operation changes with the size of the network, the number of images and the number of
// sub-arrays. Networks are generated, compiled once and run by the shipped command in detail fast; images are random.
// Counted is the processor time that further images take, over the row operations of these images: starting up, loading
// the network and weights that stay are out of it, and printed by themselves.
//     scaling [networks|images|subarrays]     (all three)
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/bench/command_runs.h"

namespace {

using namespace spinvp::bench;

constexpr int repetitions = 3;  // in turns, the best of each counts: the machine may be shared
const std::string chips = std::string(SPINVP_SOURCE_DIR) + "/configs/chips/";

/// A network compiled for a chip, with images to run it on.
struct Case {
  std::string name;
  std::string network;  ///< as `spinvp generate` calls it
  std::string wi;
  std::string chip;                    ///< a file
  std::size_t few;                     ///< images of a short run
  std::size_t many;                    ///< images of a long one
  std::vector<std::string> digital{};  ///< layers that the digital unit runs
};

struct Cost {
  double start = 0;                                                       ///< s, of a run without its images
  double an_image = 0;                                                    ///< s
  double row_operations = 0;                                              ///< of an image
  double nanoseconds() const { return an_image * 1e9 / row_operations; }  ///< a row operation
};

std::size_t side_of(const std::string& network) {
  return network == "svhn" ? 40 : 224;
}

void write_images(const std::string& path, std::size_t side, std::size_t count) {
  std::mt19937 random(1);
  std::vector<std::uint8_t> bytes(count * side * side * 3);
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::uint8_t>(random()); });
  write_idx(path, {count, side, side, 3}, bytes);
}

class Runs {
 public:
  explicit Runs(const Case& of) : case_(of), file_(scratch("scaling_" + of.name)) {
    run_spinvp(fmt::format("generate {} --wi {} -o {}.onnx 2> /dev/null", of.network, of.wi, file_));  // its progress
    std::string mapping;
    for (const std::string& layer : of.digital) {
      mapping += fmt::format(" --layer-mapping {}=digital", layer);
    }
    run_spinvp(fmt::format("compile {0}.onnx --chip {1}{2} -o {0}.pimnet", file_, of.chip, mapping));
    write_images(file_ + ".idx", side_of(of.network), of.many);
  }

  /// Processor seconds of a whole run.
  double run(std::size_t images) {
    const double seconds =
        run_spinvp(fmt::format("run --quiet --network {0}.pimnet --images {0}.idx --count {1} --chip {2} --report "
                               "{0}.json",
                               file_, images, case_.chip));
    const auto report = nlohmann::json::parse(std::ifstream(file_ + ".json"));
    row_operations_ = report["totals"]["row_ops"].get<double>() / static_cast<double>(images);
    return seconds;
  }
  /// Runs so many images once more; the best run counts.
  void repeat(std::size_t images) {
    const double seconds = run(images);
    const auto known = best_.find(images);
    best_[images] = known == best_.end() ? seconds : std::min(known->second, seconds);
  }
  double best(std::size_t images) const { return best_.at(images); }

  Cost cost(std::size_t few, std::size_t many) const {
    Cost cost;
    cost.an_image = (best(many) - best(few)) / static_cast<double>(many - few);
    cost.start = best(few) - cost.an_image * static_cast<double>(few);
    cost.row_operations = row_operations_;
    return cost;
  }
  const Case& of() const { return case_; }

 private:
  const Case case_;
  const std::string file_;
  std::map<std::size_t, double> best_;  // s, by images
  double row_operations_ = 0;           // of an image
};

/// Costs of all cases, measured in turns.
std::vector<Cost> measure(const std::vector<Case>& cases) {
  std::vector<Runs> runs(cases.begin(), cases.end());
  for (int i = 0; i < repetitions; ++i) {
    for (Runs& run : runs) {
      run.repeat(run.of().few);
      run.repeat(run.of().many);
    }
  }
  std::vector<Cost> costs;
  for (const Runs& run : runs) {
    costs.push_back(run.cost(run.of().few, run.of().many));
    const Cost& cost = costs.back();
    fmt::print(
        "  {:<28} {:7.2f} ns a row operation; {:8.2f} ms and {:6.2f} M row operations an image; start {:.2f} s\n",
        run.of().name, cost.nanoseconds(), cost.an_image * 1e3, cost.row_operations / 1e6, cost.start);
  }
  return costs;
}

// With all layers in the sub-arrays most row operations are those of the first layer, whose weights and activations
// have 8 bits; without it and the last one there are those of W:I 1:1 alone, and multiplications of the digital unit
// beside them.
const std::vector<std::string> svhn_ends = {"conv0", "fc"};
const std::vector<std::string> resnet18_ends = {"conv1", "fc"};

void compare_networks() {
  const std::string chip = chips + "imce.yaml";
  const auto compare = [](const std::vector<Case>& cases) {
    const std::vector<Cost> costs = measure(cases);
    fmt::print("  ResNet-18 : SVHN = {:.2f}\n", costs[1].nanoseconds() / costs[0].nanoseconds());
  };
  for (const std::string wi : {"1:1", "1:2"}) {
    const std::string bits = wi.substr(2);
    fmt::print("Networks at W:I {}, chip imce, all layers in the sub-arrays:\n", wi);
    compare({{"svhn_1_" + bits, "svhn", wi, chip, 8, 72}, {"resnet18_1_" + bits, "resnet18", wi, chip, 1, 3}});
  }
  fmt::print("Networks at W:I 1:1, chip imce, first and last layer on the digital unit:\n");
  compare({{"svhn_ends", "svhn", "1:1", chip, 16, 272, svhn_ends},
           {"resnet18_ends", "resnet18", "1:1", chip, 2, 18, resnet18_ends}});
}

void compare_images() {
  fmt::print("Images, SVHN at W:I 1:1, chip imce:\n");
  Runs runs({"svhn_images", "svhn", "1:1", chips + "imce.yaml", 16, 256});
  std::vector<std::size_t> counts;
  for (std::size_t images = 16; images <= 256; images *= 2) {
    counts.push_back(images);
  }
  for (int i = 0; i < repetitions; ++i) {
    for (const std::size_t images : counts) {
      runs.repeat(images);
    }
  }
  double first = 0;
  double last = 0;
  for (std::size_t i = 1; i < counts.size(); ++i) {
    last = runs.cost(counts[i - 1], counts[i]).nanoseconds();
    first = i == 1 ? last : first;
    fmt::print("  images {:3} to {:3}: {:6.2f} ns a row operation\n", counts[i - 1] + 1, counts[i], last);
  }
  fmt::print("  last : first = {:.2f}\n", last / first);
}

/// The chip of 4,096 sub-arrays with another number of banks.
std::string chip_of(std::size_t subarrays) {
  std::ifstream from(chips + "pim_512mb.yaml");
  std::stringstream text;
  for (std::string line; std::getline(from, line);) {
    if (line.rfind("technology: ", 0) == 0) {
      line = "technology: " + std::string(SPINVP_SOURCE_DIR) + "/configs/technologies/sot_mram_45nm.yaml";
    } else if (line.rfind("  banks: ", 0) == 0) {
      line = fmt::format("  banks: {{value: {} banks, provenance: assumed, source: \"a benchmark\"}}", subarrays / 4);
    }
    text << line << '\n';
  }
  const std::string path = scratch(fmt::format("scaling_{}.yaml", subarrays));
  std::ofstream(path) << text.str();
  return path;
}

void compare_subarrays() {
  const auto compare = [](const std::string& network, std::size_t few, std::size_t many,
                          const std::vector<std::string>& digital) {
    std::vector<Case> cases;
    for (const std::size_t subarrays : {32, 64, 256, 1024, 4096}) {
      cases.push_back(
          {fmt::format("{}_{}_subarrays", network, subarrays), network, "1:1", chip_of(subarrays), few, many, digital});
    }
    const std::vector<Cost> costs = measure(cases);
    fmt::print("  4096 : 32 = {:.2f}\n", costs.back().nanoseconds() / costs.front().nanoseconds());
  };
  fmt::print("Sub-arrays, W:I 1:1, chip pim_512mb with fewer banks, SVHN with all layers in the sub-arrays:\n");
  compare("svhn", 8, 72, {});
  fmt::print("ResNet-18 with its first and last layer on the digital unit:\n");
  compare("resnet18", 2, 18, resnet18_ends);
}

}  // namespace

int main(int argc, char* argv[]) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  const std::string what = argc > 1 ? argv[1] : "";
  if (argc > 2 || (argc > 1 && what != "networks" && what != "images" && what != "subarrays")) {
    fmt::print(stderr, "usage: scaling [networks|images|subarrays]\n");
    return 2;
  }
  if (what.empty() || what == "networks") {
    compare_networks();
  }
  if (what.empty() || what == "images") {
    compare_images();
  }
  if (what.empty() || what == "subarrays") {
    compare_subarrays();
  }
  return 0;
}
