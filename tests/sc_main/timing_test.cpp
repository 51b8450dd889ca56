// Loosely and approximately timed runs of the whole system: the same results, and times that contention explains.
#include <catch2/catch.hpp>
#include <cmath>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

struct Outcome {
  std::string out;
  std::string predictions;
  json report;

  /// Simulated, without what lies between images.
  double time_ns() const { return report["totals"]["time_ns"]; }
  const json& bus(const char* when, const char* who) const { return report["timing"]["bus"][when][who]; }
  double waiting_ns() const {
    double sum = 0;
    for (const char* when : {"run", "once"}) {
      for (const char* who : {"host", "chip"}) {
        sum += bus(when, who)["waiting_ns"].get<double>();
      }
    }
    return sum;
  }
  std::uint64_t delayed() const { return host_count("delayed"); }
  std::uint64_t host_count(const char* what) const {
    return bus("run", "host")[what].get<std::uint64_t>() + bus("once", "host")[what].get<std::uint64_t>();
  }
  std::uint64_t instructions() const { return report["host"]["instructions"]; }
};

Outcome run(const char* timing, const Arguments& further) {
  const TemporaryFolder folder;
  Arguments arguments{
      "--timing", timing, "--report", folder.path("report.json"), "--predictions", folder.path("predictions.csv"),
      "--verify"};
  arguments.insert(arguments.end(), further.begin(), further.end());
  const CommandResult result = run_shipped("digits_ternary.onnx", arguments);
  INFO(result.err);
  REQUIRE(result.code == 0);
  return {result.out, read_file(folder.path("predictions.csv")), read_json(folder.path("report.json"))};
}

/// The default system with data of the host on the bus.
std::string data_on_bus(const TemporaryFolder& folder) {
  return folder.write("soc.yaml", with(read_file(config("socs/default.yaml")), "data_path: direct", "data_path: bus"));
}

void check_same_results(const Outcome& one, const Outcome& other) {
  CHECK(one.predictions == other.predictions);
  CHECK(one.report["verify"] == other.report["verify"]);
  for (const char* key : {"row_ops", "row_reads", "row_writes", "additions", "multiplies", "dma_bytes"}) {
    CHECK(one.report["totals"][key] == other.report["totals"][key]);
  }
}

}  // namespace

TEST_CASE("a run in which nobody waits takes the same time in both styles, whoever runs the driver") {
  const char* const driver = "firmware";
  const Outcome loose = run("lt", {"--count", "5", "--driver", driver});
  const Outcome approximate = run("at", {"--count", "5", "--driver", driver});
  check_same_results(loose, approximate);
  CHECK(loose.report["timing"]["style"] == "lt");
  CHECK(approximate.report["timing"]["style"] == "at");
  CHECK(approximate.waiting_ns() == 0);
  CHECK(approximate.time_ns() == loose.time_ns());
  CHECK(approximate.bus("run", "chip")["transactions"] == loose.bus("run", "chip")["transactions"]);
  CHECK_THAT(approximate.out, Contains("Approximately timed: the host waited 0.000 us in 0 of "));
  CHECK_THAT(loose.out, !Contains("pproximately timed"));

  const Outcome native_loose = run("lt", {"--count", "5", "--driver", "native"});
  const Outcome native_approximate = run("at", {"--count", "5", "--driver", "native"});
  check_same_results(native_loose, native_approximate);
  CHECK(native_approximate.time_ns() - native_loose.time_ns() <= native_approximate.waiting_ns());
}

TEST_CASE("a run in which host and chip meet at the RAM takes longer, but no longer than they waited") {
  const TemporaryFolder folder;
  const Arguments options{"--count", "5", "--soc", data_on_bus(folder)};
  const Outcome loose = run("lt", options);
  const Outcome approximate = run("at", options);
  check_same_results(loose, approximate);
  CHECK(approximate.report["timing"]["data_path"] == "bus");
  CHECK(loose.waiting_ns() == 0);
  CHECK(approximate.waiting_ns() > 0);
  CHECK(approximate.time_ns() > loose.time_ns());
  // The core waits in whole cycles of 5 ns.
  CHECK(approximate.time_ns() - loose.time_ns() <=
        approximate.waiting_ns() + 5.0 * static_cast<double>(approximate.delayed()));
}

TEST_CASE("with streamed weights a driver with a fixed order takes longer by no more than was waited") {
  const Arguments options{"--count", "5", "--weights", "streamed", "--driver", "native"};
  const Outcome loose = run("lt", options);
  const Outcome approximate = run("at", options);
  check_same_results(loose, approximate);
  CHECK(approximate.waiting_ns() > 0);
  CHECK(approximate.time_ns() > loose.time_ns());
  CHECK(approximate.time_ns() - loose.time_ns() <= approximate.waiting_ns());
  CHECK(approximate.host_count("transactions") == loose.host_count("transactions"));
  // Commands wait for the weights, so the chip's cycles grow as well.
  CHECK(approximate.report["totals"]["cycles"] > loose.report["totals"]["cycles"]);
}

TEST_CASE("with streamed weights the driver may take other interrupts, whose cost explains the difference") {
  const TemporaryFolder folder;
  for (const std::string& soc : {config("socs/default.yaml"), data_on_bus(folder)}) {
    INFO(soc);
    const Arguments options{"--count", "5", "--weights", "streamed", "--soc", soc};
    const Outcome loose = run("lt", options);
    const Outcome approximate = run("at", options);
    check_same_results(loose, approximate);
    CHECK(approximate.waiting_ns() > 0);
    // In nanoseconds: a cycle an instruction, and 10 + 30 + 2.5, in whole cycles, for a word of the RAM.
    const auto cost = [](const Outcome& outcome) {
      return 5.0 * static_cast<double>(outcome.instructions()) +
             45.0 * static_cast<double>(outcome.host_count("transactions"));
    };
    const double waited = approximate.waiting_ns() + 5.0 * static_cast<double>(approximate.delayed());
    CHECK(std::abs(approximate.time_ns() - loose.time_ns()) <= waited + std::abs(cost(approximate) - cost(loose)));
    if (approximate.instructions() == loose.instructions()) {
      CHECK(approximate.time_ns() >= loose.time_ns());
    }
  }
}

TEST_CASE("approximately timed, several processes report what one does") {
  const TemporaryFolder folder;
  const Arguments options{"--count", "7", "--soc", data_on_bus(folder), "--jobs"};
  Arguments one = options;
  one.push_back("1");
  Arguments three = options;
  three.push_back("3");
  Outcome alone = run("at", one);
  Outcome shared = run("at", three);
  alone.report.erase("host");
  shared.report.erase("host");
  CHECK(alone.report.dump() == shared.report.dump());
}

TEST_CASE("a timing style that does not exist is refused") {
  const CommandResult result = run_shipped("digits_ternary.onnx", {"--timing", "xt"});
  CHECK(result.code == 2);
  CHECK_THAT(result.err, Contains("--timing") && Contains("lt"));
}
