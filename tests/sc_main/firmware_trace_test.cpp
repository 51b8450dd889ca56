// spinvp run --trace-insn and --profile.
#include <catch2/catch.hpp>
#include <map>
#include <sstream>
#include <string>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using nlohmann::json;

namespace {

CommandResult run_binary_digits(const Arguments& further) {
  Arguments arguments{"--count", "2", "--quiet"};
  arguments.insert(arguments.end(), further.begin(), further.end());
  return run_shipped("digits_binary.onnx", arguments);
}

std::map<std::string, json> by_name(const json& functions) {
  std::map<std::string, json> found;
  for (const json& function : functions) {
    CHECK(found.count(function["name"]) == 0);
    found[function["name"]] = function;
  }
  return found;
}

std::uint64_t sum(const json& functions, const std::string& key) {
  std::uint64_t total = 0;
  for (const json& function : functions) {
    total += function["self"][key].get<std::uint64_t>();
  }
  return total;
}

}  // namespace

TEST_CASE("tracing and profiling change nothing in the run and see every instruction of it") {
  const TemporaryFolder folder;
  REQUIRE(run_binary_digits({"--report", folder.path("plain.json")}).code == 0);
  REQUIRE(run_binary_digits({"--report", folder.path("watched.json"), "--trace-insn", folder.path("trace"), "--profile",
                             folder.path("profile.json")})
              .code == 0);
  const json plain = read_json(folder.path("plain.json"));
  const json watched = read_json(folder.path("watched.json"));
  for (const char* key : {"totals", "layers", "blocks"}) {
    INFO(key);
    CHECK((plain.at(key) == watched.at(key)));
  }
  const std::uint64_t instructions = plain["host"]["instructions"];
  CHECK(watched["host"]["instructions"] == instructions);

  std::istringstream trace(read_file(folder.path("trace")));
  std::string line;
  REQUIRE(std::getline(trace, line));
  CHECK_THAT(line, Contains("cycle  pc       encoding  instruction"));
  REQUIRE(std::getline(trace, line));
  CHECK_THAT(line, Contains("0  00001000 00000297  auipc t0,0x0                   t0=00001000"));
  std::uint64_t lines = 1;
  std::uint64_t traps = 0;
  std::uint64_t last_cycle = 0;
  bool in_order = true;
  bool slept = false;
  while (std::getline(trace, line)) {
    const std::uint64_t cycle = std::stoull(line);
    in_order = in_order && cycle >= last_cycle;
    last_cycle = cycle;
    slept = slept || line.find("-- slept for ") != std::string::npos;
    traps += line.find(" interrupt, from ") != std::string::npos ? 1 : 0;
    lines += line.find("  -- ") == std::string::npos ? 1 : 0;
  }
  CHECK(in_order);
  CHECK(slept);
  CHECK(traps > 4);
  CHECK(lines == instructions);

  const json profile = read_json(folder.path("profile.json"));
  const json& functions = profile["functions"];
  for (const char* key : {"instructions", "cycles", "sleep_cycles", "dynamic_femtojoules", "leakage_femtojoules"}) {
    INFO(key);
    CHECK(sum(functions, key) == profile["total"][key].get<std::uint64_t>());
    CHECK(profile["total"][key].get<std::uint64_t>() > 0);
  }
  CHECK(profile["total"]["instructions"] == instructions);
  double events = 0;
  for (const json& block : plain["blocks"]) {
    events += block["energy_pj"].get<double>() - block["leakage_pj"].get<double>();
  }
  CHECK(profile["total"]["dynamic_femtojoules"].get<double>() == Approx(events * 1000).epsilon(1e-9));

  const auto found = by_name(functions);
  CHECK(found.at("main")["calls"] == 1);
  CHECK(found.at("pim_run")["calls"] == 2);
  CHECK(found.at("(interrupts)")["calls"] == traps);
  CHECK(found.at("trap_entry")["calls"] == traps);
  const std::uint64_t all = profile["total"]["cycles"];
  CHECK(found.at("inference_run")["inclusive"]["cycles"].get<std::uint64_t>() > all / 2);
  CHECK(found.at("pim_run")["inclusive"]["cycles"] < found.at("inference_run")["inclusive"]["cycles"]);
  for (const json& function : functions) {
    INFO(function["name"]);
    CHECK(function["inclusive"]["cycles"] >= function["self"]["cycles"]);
    CHECK(function["inclusive"]["cycles"].get<std::uint64_t>() <= all);
  }
}

TEST_CASE("a profile comes as a table, as CSV, as folded stacks and as a flame graph") {
  const TemporaryFolder folder;
  std::map<std::string, std::string> texts;
  for (const char* name : {"profile.txt", "profile.csv", "profile.folded", "profile.svg"}) {
    REQUIRE(run_binary_digits({"--profile", folder.path(name)}).code == 0);
    texts[name] = read_file(folder.path(name));
  }
  CHECK_THAT(texts["profile.txt"], StartsWith("function ") && Contains("\nmain ") && Contains("\ntotal "));
  CHECK_THAT(texts["profile.csv"], StartsWith("function,calls,instructions,cycles,") && Contains("\nmain,1,"));
  CHECK_THAT(texts["profile.folded"], Contains("_start;inference_run;"));
  CHECK_THAT(texts["profile.svg"], StartsWith("<svg ") && Contains("<title>main: ") && Contains("</svg>\n"));
}

TEST_CASE("a trace shows the trap of firmware that fails, and a profile recursion once") {
  const TemporaryFolder folder;
  CHECK(run_binary_digits({"--firmware", firmware("exception"), "--trace-insn", folder.path("trace")}).code == 1);
  CHECK_THAT(read_file(folder.path("trace")), Contains("-- load fault, mtval 30000000") && Contains(" trap_entry\n"));
  CHECK(run_binary_digits({"--firmware", firmware("overflow"), "--profile", folder.path("profile.json")}).code == 1);
  const json profile = read_json(folder.path("profile.json"));
  const auto found = by_name(profile["functions"]);
  CHECK(found.at("descend")["calls"] > 50);
  CHECK(found.at("descend")["inclusive"]["cycles"] <= found.at("main")["inclusive"]["cycles"]);
  CHECK(found.at("(exceptions)")["calls"] == 1);
}

TEST_CASE("what a run has looked at is written also when it comes to another end") {
  const TemporaryFolder folder;
  const CommandResult result = run_binary_digits(
      {"--time-limit", "1 us", "--profile", folder.path("profile.json"), "--trace-insn", folder.path("trace")});
  CHECK(result.code == 1);
  CHECK(read_json(folder.path("profile.json"))["total"]["cycles"].get<std::uint64_t>() >= 200);
  CHECK_THAT(read_file(folder.path("trace")), Contains(" _start\n"));
}

TEST_CASE("bad --trace-insn and --profile options are refused") {
  const TemporaryFolder folder;
  check_refused(run_binary_digits({"--profile", folder.path("p"), "--driver", "native"}),
                "--profile is for the RISC-V core");
  check_refused(run_binary_digits({"--trace-insn", folder.path("t"), "--jobs", "2"}), "use --jobs 1");
  check_refused(run_binary_digits({"--trace-insn", folder.path("none/t")}), "there is no folder");
  check_refused(run_binary_digits({"--trace-insn", folder.path("same"), "--profile", folder.path("same")}),
                "is another file of this command");
  const CommandResult full = run_binary_digits({"--trace-insn", "/dev/full"});
  CHECK(full.code == 1);
  CHECK_THAT(full.err, Contains("spinvp: /dev/full: cannot write all of the trace"));
}
