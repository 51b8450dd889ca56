#include "ip/mram/fault_model.h"

#include <bitset>
#include <catch2/catch.hpp>
#include <vector>

#include "ip/config/fault_reader.h"
#include "tests/ip/support/config_files.h"

using namespace spinvp;
using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

constexpr std::uint32_t rows = 64;
constexpr std::uint32_t columns = 512;
constexpr std::uint32_t words = columns / 64;

std::uint64_t ones(const std::vector<std::uint64_t>& bits) {
  std::uint64_t count = 0;
  for (const std::uint64_t word : bits) {
    count += std::bitset<64>(word).count();
  }
  return count;
}

FaultConfig with_sense_errors(SenseFunction function, double chance) {
  FaultConfig config;
  config.seed = 5;
  config.sense_errors[index_of(function)] = chance;
  return config;
}

std::unique_ptr<FaultModel> model_of(const FaultConfig& config, std::uint32_t subarray = 0) {
  return FaultModel::make(config, subarray, rows, columns);
}

FaultConfig parsed(const std::string& text) {
  return read_faults(Yaml::parse(text, "chip.yaml"),
                     std::string(SPINVP_SOURCE_DIR) + "/configs/technologies/sot_mram_45nm.yaml", 32, 256, 512);
}

std::string quantity(const std::string& value) {
  return "{value: " + value + ", provenance: assumed, source: test}";
}

}  // namespace

TEST_CASE("without faults there is no fault model") {
  CHECK(model_of(FaultConfig{}) == nullptr);
  FaultConfig elsewhere = with_sense_errors(SenseFunction::Read, 0.5);
  elsewhere.first_subarray = 3;
  elsewhere.subarrays = 2;
  CHECK(model_of(elsewhere, 2) == nullptr);
  CHECK(model_of(elsewhere, 3) != nullptr);
  CHECK(model_of(elsewhere, 4) != nullptr);
  CHECK(model_of(elsewhere, 5) == nullptr);
}

TEST_CASE("sense errors strike columns as often as the chance says, in that function alone") {
  for (const double chance : {0.3, 0.01, 0.0005}) {
    CAPTURE(chance);
    const auto model = model_of(with_sense_errors(SenseFunction::And2, chance));
    std::uint64_t wrong = 0;
    constexpr int senses = 4000;
    for (int i = 0; i < senses; ++i) {
      std::vector<std::uint64_t> sensed(words);
      model->sense(SenseFunction::And2, sensed.data());
      wrong += ones(sensed);
      std::vector<std::uint64_t> other(words);
      model->sense(SenseFunction::Or2, other.data());
      REQUIRE(ones(other) == 0);
    }
    CHECK(static_cast<double>(wrong) / (senses * columns) == Approx(chance).epsilon(0.1));
    CHECK(model->counts().sense_errors == std::array<std::uint64_t, 3>{0, wrong, 0});
  }
}

TEST_CASE("a full adder's carries go wrong as often as majorities do") {
  FaultConfig config = with_sense_errors(SenseFunction::FullAdd, 0.04);
  config.sense_errors[index_of(SenseFunction::Maj3)] = 0.01;
  const auto model = model_of(config);
  std::uint64_t sums = 0;
  std::uint64_t carries = 0;
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::uint64_t> sum(words);
    std::vector<std::uint64_t> carry(words);
    model->sense(SenseFunction::FullAdd, sum.data(), carry.data());
    for (std::uint32_t word = 0; word < words; ++word) {
      REQUIRE((carry[word] & ~sum[word]) == 0);
    }
    sums += ones(sum);
    carries += ones(carry);
  }
  CHECK(sums / (2000.0 * columns) == Approx(0.04).epsilon(0.05));
  CHECK(carries / (2000.0 * columns) == Approx(0.01).epsilon(0.1));
}

TEST_CASE("sense errors are counted by the rows that are sensed at once") {
  for (const SenseFunction function : sense_functions) {
    CAPTURE(to_string(function));
    const auto model = model_of(with_sense_errors(function, 0.1));
    std::vector<std::uint64_t> sensed(words);
    model->sense(function, sensed.data());
    std::array<std::uint64_t, 3> expected{};
    expected[rows_of(function) - 1] = ones(sensed);
    CHECK(ones(sensed) > 0);
    CHECK(model->counts().sense_errors == expected);
    FaultCounts twice = model->counts();
    twice += model->counts();
    CHECK(twice.sense_errors[rows_of(function) - 1] == 2 * ones(sensed));
  }
}

TEST_CASE("write errors keep what a bit held") {
  FaultConfig config;
  config.seed = 9;
  config.write_error = 0.02;
  const auto model = model_of(config);
  std::uint64_t kept = 0;
  constexpr int writes = 1000;
  for (int i = 0; i < writes; ++i) {
    std::vector<std::uint64_t> row(words, 0);
    const std::vector<std::uint64_t> data(words, ~std::uint64_t{0});
    model->write(0, data.data(), row.data());
    kept += columns - ones(row);
    std::vector<std::uint64_t> same(data);
    model->write(0, data.data(), same.data());
    REQUIRE(same == data);
  }
  CHECK(kept / (double{writes} * columns) == Approx(0.02).epsilon(0.05));
  CHECK(model->counts().write_errors == kept);
}

TEST_CASE("stuck cells hold their value whatever is written") {
  FaultConfig config;
  config.cells = {{0, 2, 70, true}, {0, 2, 71, false}, {1, 2, 0, true}};
  const auto model = model_of(config);
  REQUIRE(model);
  CHECK(model->counts().stuck_cells == 2);
  std::vector<std::uint64_t> bits(rows * words);
  model->hold_stuck_cells(bits.data());
  CHECK(ones(bits) == 1);
  CHECK(bits[2 * words + 1] == 1u << 6);
  const std::vector<std::uint64_t> zeros(words);
  const std::vector<std::uint64_t> all(words, ~std::uint64_t{0});
  model->write(2, zeros.data(), &bits[2 * words]);
  CHECK(bits[2 * words + 1] == 1u << 6);
  model->write(2, all.data(), &bits[2 * words]);
  CHECK(bits[2 * words + 1] == ~(std::uint64_t{1} << 7));
  model->write(3, zeros.data(), &bits[3 * words]);
  CHECK(ones({&bits[3 * words], &bits[4 * words]}) == 0);
  CHECK(model_of(config, 1)->counts().stuck_cells == 1);
  CHECK(model_of(config, 2) == nullptr);
}

TEST_CASE("a density of stuck cells strikes that share of them, as many at 0 as at 1") {
  FaultConfig config;
  config.seed = 3;
  config.stuck_density = 0.01;
  std::uint64_t stuck = 0;
  std::uint64_t at_one = 0;
  for (std::uint32_t subarray = 0; subarray < 50; ++subarray) {
    const auto model = model_of(config, subarray);
    REQUIRE(model);
    stuck += model->counts().stuck_cells;
    std::vector<std::uint64_t> bits(rows * words);
    model->hold_stuck_cells(bits.data());
    at_one += ones(bits);
  }
  CHECK(stuck / (50.0 * rows * columns) == Approx(0.01).epsilon(0.05));
  CHECK(at_one / static_cast<double>(stuck) == Approx(0.5).margin(0.03));
}

TEST_CASE("a rare density leaves most sub-arrays untouched") {
  FaultConfig config;
  config.seed = 3;
  config.stuck_density = 1e-6;  // 0.03 cells a sub-array
  int touched = 0;
  for (std::uint32_t subarray = 0; subarray < 1000; ++subarray) {
    touched += model_of(config, subarray) != nullptr ? 1 : 0;
  }
  CHECK(touched > 15);
  CHECK(touched < 60);
}

TEST_CASE("cells flip with time as the retention rate says") {
  FaultConfig config;
  config.seed = 4;
  config.retention_rate = 0.5;
  const auto model = model_of(config);
  std::vector<std::uint64_t> bits(rows * words);
  for (int step = 1; step <= 100; ++step) {
    model->age(bits.data(), step * 1e-3);
  }
  const std::uint64_t flips = model->counts().retention_flips;
  CHECK(flips / (double{rows} * columns) == Approx(0.05).epsilon(0.1));
  model->age(bits.data(), 0.05);  // the past
  CHECK(model->counts().retention_flips == flips);
  model->age(bits.data(), 1e6);  // everything is forgotten, at once
  CHECK(ones(bits) / (double{rows} * columns) == Approx(0.5).margin(0.02));
}

TEST_CASE("faults are the same for the same seed, others for another seed or sub-array") {
  const auto spoiled = [](std::uint64_t seed, std::uint32_t subarray) {
    FaultConfig config = with_sense_errors(SenseFunction::Read, 0.1);
    config.seed = seed;
    config.write_error = 0.1;
    const auto model = model_of(config, subarray);
    std::vector<std::uint64_t> sensed(words);
    model->sense(SenseFunction::Read, sensed.data());
    return sensed;
  };
  CHECK(spoiled(1, 0) == spoiled(1, 0));
  CHECK(spoiled(1, 0) != spoiled(2, 0));
  CHECK(spoiled(1, 0) != spoiled(1, 1));
}

TEST_CASE("the faults of a chip file become a configuration") {
  const FaultConfig config = parsed(
      "seed: 7\nsubarrays: {first: 2, count: 3}\nsense: {and2: " + quantity("1e-4 probability") +
      "}\nwrite_error: " + quantity("1e-5 probability") + "\nstuck:\n  density: " + quantity("1e-6 share") +
      "\n  cells:\n    - {subarray: 31, row: 255, column: 511, value: 1}\nretention: " + quantity("0.25 flips/s"));
  CHECK(config.seed == 7);
  CHECK(config.first_subarray == 2);
  CHECK(config.subarrays == 3);
  CHECK(config.sense_errors[index_of(SenseFunction::And2)] == Approx(1e-4));
  CHECK(config.sense_errors[index_of(SenseFunction::Read)] == 0);
  CHECK(config.write_error == Approx(1e-5));
  CHECK(config.stuck_density == Approx(1e-6));
  CHECK(config.retention_rate == Approx(0.25));
  REQUIRE(config.cells.size() == 1);
  CHECK(config.cells[0].column == 511);
  CHECK(config.cells[0].value);
}

TEST_CASE("sense errors of a Monte-Carlo are those that the analysis reports") {
  const FaultConfig config = parsed("seed: 1\nsense: {monte_carlo_runs: 10000}");
  const double read = config.sense_errors[index_of(SenseFunction::Read)];
  const double three = config.sense_errors[index_of(SenseFunction::Or3)];
  CHECK(read > 0);
  CHECK(three > read);
  CHECK(three < 1e-12);
}

TEST_CASE("faults that cannot be are refused") {
  const auto refusal = [](const std::string& text) { return refusal_of([&] { parsed(text); }); };
  CHECK_THAT(refusal("sense: {monte_carlo_runs: 100}"), Contains("the key 'seed' is missing"));
  CHECK_THAT(refusal("seed: 1\nwrite_errors: 3"), Contains("did you mean 'write_error'?"));
  CHECK_THAT(refusal("seed: 1\nwrite_error: " + quantity("2 probability")), Contains("expected at most 1"));
  CHECK_THAT(refusal("seed: 1\nstuck: {cells: [{subarray: 32, row: 0, column: 0, value: 1}]}"),
             Contains("subarray") && Contains("from 0 to 31"));
  CHECK_THAT(refusal("seed: 1\nstuck: {cells: [{subarray: 3, row: 4, column: 5, value: 1}, "
                     "{subarray: 3, row: 4, column: 5, value: 0}]}"),
             Contains("the stuck cell of sub-array 3, row 4, column 5 stands here twice"));
  CHECK(refusal("seed: 1\nstuck: {cells: [{subarray: 3, row: 4, column: 5, value: 1}, "
                "{subarray: 3, row: 5, column: 4, value: 0}]}")
            .empty());
  CHECK_THAT(refusal("seed: 1\nsubarrays: {first: 30, count: 3}"), Contains("from 1 to 2"));
  CHECK_THAT(refusal("seed: 1\nsense: {monte_carlo_runs: 100, read: 1}"), Contains("unknown key 'read'"));
}
