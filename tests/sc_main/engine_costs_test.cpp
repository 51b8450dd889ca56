// Variants of a chip's engines: other cycles and energies, the same results.
#include <catch2/catch.hpp>
#include <utility>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using nlohmann::json;

namespace {

using Changes = std::vector<std::pair<std::string, std::string>>;

struct Run {
  double cycles = 0;  ///< of all layers
  double picojoules = 0;
  json totals;
  json blocks;
  std::string predictions;

  double events(const std::string& event) const {
    double sum = 0;
    for (const json& block : blocks) {
      sum += block["events"].contains(event) ? block["events"][event]["count"].get<double>() : 0;
    }
    return sum;
  }
};

/// Three images of the shipped ternary network on a shipped chip with some lines changed.
Run run(const std::string& chip, const Changes& changes = {}, const Arguments& further = {}) {
  const TemporaryFolder folder;
  std::string text = with(read_file(config("chips/" + chip + ".yaml")), "../technologies/sot_mram_45nm.yaml",
                          config("technologies/sot_mram_45nm.yaml"));
  for (const auto& [from, to] : changes) {
    text = with(text, from, to);
  }
  Arguments arguments{"--quiet",       "--verify",
                      "--count",       "3",
                      "--chip",        folder.write("chip.yaml", text),
                      "--report",      folder.path("report.json"),
                      "--predictions", folder.path("predictions.csv")};
  arguments.insert(arguments.end(), further.begin(), further.end());
  const CommandResult result = run_shipped("digits_ternary.onnx", arguments);
  INFO(result.err);
  REQUIRE(result.code == 0);
  const json report = read_json(folder.path("report.json"));
  Run run;
  for (const json& layer : report["layers"]) {
    run.cycles += layer["run"]["cycles"].get<double>();
    run.picojoules += layer["run"]["energy_pj"].get<double>();
  }
  run.totals = report["totals"];
  run.blocks = report["blocks"];
  run.predictions = read_file(folder.path("predictions.csv"));
  return run;
}

}  // namespace

TEST_CASE("a serial bit counter takes a cycle a column, counts as much as the tree and gives the same results") {
  const Run tree = run("imce");
  const Run serial = run("imce", {{"bit_counter: tree", "bit_counter: serial"}});
  CHECK(serial.predictions == tree.predictions);
  CHECK(serial.totals["row_ops"] == tree.totals["row_ops"]);
  CHECK(serial.cycles > 50 * tree.cycles);
  CHECK(serial.picojoules > tree.picojoules);  // leakage
  CHECK(serial.events("bit_count") == tree.events("bit_count"));
}

TEST_CASE("a non-volatile accumulator stores sums, which costs cycles and energy and changes no result") {
  const Run cmos = run("imce");
  const Run stores = run("isqed");
  const Run stores_often = run("isqed", {{"interval: {value: 64 ", "interval: {value: 1 "}});
  const Run stores_slowly = run("isqed", {{"latency: {value: 1.464 ns", "latency: {value: 14.64 ns"}});
  CHECK(cmos.events("nv_store") == 0);
  CHECK(stores.events("nv_store") > 0);
  CHECK(stores_often.events("nv_store") == stores_often.events("shift_accumulate"));
  for (const Run* one : {&stores, &stores_often, &stores_slowly}) {
    CHECK(one->predictions == cmos.predictions);
    CHECK(one->totals["row_ops"] == cmos.totals["row_ops"]);
    CHECK(one->cycles > cmos.cycles);
    CHECK(one->picojoules > cmos.picojoules);
  }
  CHECK(stores_often.picojoules > stores.picojoules);
  CHECK(stores_often.cycles > stores.cycles);
  CHECK(stores_slowly.cycles > stores.cycles);
  CHECK(stores_slowly.events("nv_store") == stores.events("nv_store"));
}

TEST_CASE("addition schemes and their write-backs cost differently and give the same results") {
  const auto chip = [](const std::string& scheme, bool carry, bool sum) {
    const auto text = [](bool on) { return on ? "true" : "false"; };
    return run("parapim_" + scheme,
               {{"carry_write_back: false", std::string("carry_write_back: ") + text(carry)},
                {"sum_write_cycle: false", std::string("sum_write_cycle: ") + text(sum)}},
               {"--mapping", "adder"});
  };
  const std::string predictions = run("imce").predictions;
  for (const std::string scheme : {"a", "b"}) {
    CAPTURE(scheme);
    const Run plain = chip(scheme, false, false);
    const Run carry = chip(scheme, true, false);
    const Run sum = chip(scheme, false, true);
    const Run both = chip(scheme, true, true);
    for (const Run* one : {&plain, &carry, &sum, &both}) {
      CHECK(one->predictions == predictions);
      CHECK(one->totals["row_ops"] == plain.totals["row_ops"]);
      CHECK(one->totals["additions"] == plain.totals["additions"]);
    }
    CHECK(carry.totals["row_writes"] > plain.totals["row_writes"]);
    CHECK(sum.totals["row_writes"] == plain.totals["row_writes"]);
    CHECK(carry.cycles > plain.cycles);
    CHECK(sum.cycles > plain.cycles);
    CHECK(both.cycles > carry.cycles);
    CHECK(carry.picojoules > plain.picojoules);
  }
  const Run a = chip("a", false, false);
  const Run b = chip("b", false, false);
  CHECK(a.totals["additions"] == b.totals["additions"]);
  CHECK(a.totals["row_ops"] == 2 * b.totals["row_ops"].get<int>());
  CHECK(a.cycles > 1.5 * b.cycles);
  CHECK(a.picojoules != b.picojoules);
}

TEST_CASE("the objectives of --mapping auto each bring the least of what they ask for, and the same results") {
  const auto by = [](const std::string& objective) {
    return run("parapim_b", {}, {"--mapping", "auto", "--objective", objective});
  };
  const Run latency = by("latency");
  const Run energy = by("energy");
  const Run product = by("edp");
  const Run array = run("parapim_b");
  CHECK(latency.predictions == array.predictions);
  CHECK(energy.predictions == array.predictions);
  CHECK(product.predictions == array.predictions);
  CHECK(latency.cycles < energy.cycles);
  CHECK(energy.picojoules < latency.picojoules);
  CHECK(latency.cycles <= array.cycles);
  CHECK(product.cycles * product.picojoules <= latency.cycles * latency.picojoules);
  CHECK(product.cycles * product.picojoules <= energy.cycles * energy.picojoules);
}

TEST_CASE("on a chip of thousands of sub-arrays no objective loses at what it asks for") {
  for (const std::string mapping : {"and", "auto"}) {
    CAPTURE(mapping);
    const auto by = [&](const std::string& objective) {
      return run("pim_512mb", {}, {"--mapping", mapping, "--objective", objective});
    };
    const Run latency = by("latency");
    const Run energy = by("energy");
    const Run product = by("edp");
    constexpr double estimate = 1.05;  // how much closer than an estimate a choice can hardly be
    constexpr double density = 1.25;   // what latency may give up for own sub-arrays
    for (const Run* other : {&latency, &energy, &product}) {
      CHECK(latency.cycles <= density * estimate * other->cycles);
      CHECK(energy.picojoules <= estimate * other->picojoules);
      CHECK(product.cycles * product.picojoules <= estimate * other->cycles * other->picojoules);
    }
  }
}
