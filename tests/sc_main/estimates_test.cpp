// What compile reckons before a run, held against what the run's ledger and clock say.
#include <catch2/catch.hpp>
#include <map>
#include <sstream>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using nlohmann::json;

namespace {

constexpr double most_apart = 0.1;

struct Cost {
  double cycles = 0;
  double picojoules = 0;
};

/// Layers of the table that compile prints: "name * engine N cycles, X uJ"; layers without weights have no star.
std::map<std::string, Cost> estimates(const std::string& table) {
  std::map<std::string, Cost> costs;
  std::istringstream lines(table.substr(table.find("\nWhat an image takes on each engine")));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    std::string mark;
    std::string engine;
    words >> name >> mark;
    if (mark == "*") {
      words >> engine;
    } else if (mark != "none") {
      continue;
    }
    Cost cost;
    std::string unit;
    words >> cost.cycles >> unit >> cost.picojoules;
    REQUIRE(words.good());
    words >> unit;
    REQUIRE((unit == "nJ" || unit == "uJ" || unit == "mJ"));
    cost.picojoules *= unit == "nJ" ? 1e3 : unit == "uJ" ? 1e6 : 1e9;
    costs[name] = cost;
  }
  return costs;
}

/// Compiles and runs a network on one image; sums of the layers must agree.
void check_estimate(const std::string& network, const Arguments& options, const Arguments& run_options) {
  const TemporaryFolder folder;
  Arguments compile{"compile", network, "-o", folder.path("net.pimnet")};
  Arguments run{"run", "--network", network, "--count", "1", "--quiet", "--report", folder.path("report.json")};
  compile.insert(compile.end(), options.begin(), options.end());
  run.insert(run.end(), options.begin(), options.end());
  run.insert(run.end(), run_options.begin(), run_options.end());
  std::string given;
  for (const std::string& option : options) {
    given += option + ' ';
  }
  CAPTURE(network, given);
  const CommandResult compiled = command(compile);
  REQUIRE(compiled.code == 0);
  REQUIRE(command(run).code == 0);

  std::map<std::string, Cost> reckoned = estimates(compiled.out);
  Cost estimated;
  Cost simulated;
  const json report = read_json(folder.path("report.json"));
  for (const json& layer : report["layers"]) {
    REQUIRE(reckoned.count(layer["name"]) == 1);
    estimated.cycles += reckoned[layer["name"]].cycles;
    estimated.picojoules += reckoned[layer["name"]].picojoules;
    simulated.cycles += layer["run"]["cycles"].get<double>();
    simulated.picojoules += layer["run"]["energy_pj"].get<double>();
  }
  CHECK(estimated.cycles == Approx(simulated.cycles).epsilon(most_apart));
  CHECK(estimated.picojoules == Approx(simulated.picojoules).epsilon(most_apart));
}

Arguments chip(const std::string& name, Arguments further = {}) {
  further.insert(further.end(), {"--chip", config("chips/" + name + ".yaml")});
  return further;
}

const Arguments digits{"--images", model(shipped_images)};

}  // namespace

TEST_CASE("estimated cycles and energy of shipped networks are within a tenth of the simulated ones on every chip") {
  for (const char* network : {"digits_binary.onnx", "digits_ternary.onnx"}) {
    for (const char* name : {"imce", "isqed", "parapim_a", "parapim_b", "pim_512mb"}) {
      check_estimate(model(network), chip(name), digits);
    }
    check_estimate(model(network), chip("imce", {"--weights", "streamed"}), digits);
    check_estimate(model(network), chip("parapim_b", {"--weights", "streamed"}), digits);
    check_estimate(model(network), chip("pim_512mb", {"--mapping", "adder"}), digits);
    for (const char* objective : {"latency", "energy", "edp"}) {
      check_estimate(model(network), chip("pim_512mb", {"--mapping", "auto", "--objective", objective}), digits);
    }
    check_estimate(model(network), chip("imce", {"--mapping", "digital"}), digits);
  }
}

TEST_CASE("estimated cycles and energy of generated networks are within a tenth of the simulated ones") {
  const TemporaryFolder folder;
  const auto generated = [&](const std::string& network, const std::string& form) {
    const std::string path = folder.path(network + ".onnx");
    REQUIRE(command({"generate", network, "--wi", form, "--quiet", "-o", path}).code == 0);
    return path;
  };
  const Arguments grey{"--images", folder.write("grey", idx_images(1, 28, 28))};
  check_estimate(generated("mlp", "1:1"), chip("imce"), grey);
  check_estimate(generated("lenet5", "1:4"), chip("imce"), grey);
  check_estimate(generated("lenet5", "8:8"), chip("isqed", {"--weights", "streamed"}), grey);
  check_estimate(generated("lenet5", "ternary:4"), chip("parapim_a"), grey);
  const Arguments colour{"--images", folder.write("colour", idx_images(1, 40, 40, 3))};
  check_estimate(generated("svhn", "1:2"), chip("pim_512mb"), colour);
  check_estimate(generated("svhn", "1:1"), chip("imce"), colour);
  check_estimate(generated("svhn", "ternary:4"), chip("parapim_b"), colour);
}

TEST_CASE("estimates follow the system's memory") {
  const TemporaryFolder folder;
  const std::string slow =
      folder.write("soc.yaml", with(with(read_file(config("socs/default.yaml")), "{value: 30 ns", "{value: 600 ns"),
                                    "{value: 2.5 ns", "{value: 25 ns"));
  check_estimate(model("digits_ternary.onnx"), chip("imce", {"--weights", "streamed", "--soc", slow}), digits);
}

TEST_CASE("estimates follow the cell's costs, the clock and the non-volatile accumulator") {
  const TemporaryFolder folder;
  const auto changed = [&](const std::string& name, const std::string& from, const std::string& to) {
    std::string text = with(read_file(config("chips/" + name + ".yaml")), "../technologies/sot_mram_45nm.yaml",
                            config("technologies/sot_mram_45nm.yaml"));
    return Arguments{"--chip", folder.write("chip.yaml", with(text, from, to))};
  };
  const std::string network = model("digits_ternary.onnx");
  check_estimate(network, changed("imce", "value: 500 MHz", "value: 1 GHz"), digits);
  check_estimate(network, changed("imce", "bit_counter: tree", "bit_counter: serial"), digits);
  check_estimate(network, changed("isqed", "energy: {value: 2.336 pJ", "energy: {value: 2336 pJ"), digits);
  check_estimate(network, changed("parapim_b", "carry_write_back: false", "carry_write_back: true"), digits);
  check_estimate(network, changed("parapim_a", "sum_write_cycle: false", "sum_write_cycle: true"), digits);
  check_estimate(network, changed("imce", "sot_mram_45nm.yaml", "stt_mram_45nm.yaml"), digits);
}
