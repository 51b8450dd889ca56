// The JSON report: its parts add up to its totals exactly.
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <set>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using nlohmann::json;

namespace {

json report_of(const std::string& network, const Arguments& further) {
  const TemporaryFolder folder;
  Arguments arguments{"--quiet", "--report", folder.path("report.json")};
  arguments.insert(arguments.end(), further.begin(), further.end());
  const CommandResult result = run_shipped(network, arguments);
  INFO(result.err);
  REQUIRE(result.code == 0);
  return read_json(folder.path("report.json"));
}

/// Whole femtojoules and picoseconds, which the report writes as thousandths.
std::int64_t whole(const json& thousands) {
  const double scaled = thousands.get<double>() * 1e3;
  CHECK(scaled == Approx(std::round(scaled)).epsilon(1e-12));
  return std::llround(scaled);
}

struct Work {
  std::int64_t femtojoules = 0;
  std::int64_t picoseconds = 0;
  std::int64_t cycles = 0;
  std::int64_t row_operations = 0;
  std::int64_t row_reads = 0;
  std::int64_t row_writes = 0;
  std::int64_t additions = 0;
  std::int64_t additions_skipped = 0;
  std::int64_t multiplies = 0;
  std::int64_t dma_bytes = 0;

  Work() = default;
  explicit Work(const json& part)
      : femtojoules(whole(part["energy_pj"])),
        picoseconds(whole(part["time_ns"])),
        cycles(part["cycles"]),
        row_operations(part["row_ops"]),
        row_reads(part["row_reads"]),
        row_writes(part["row_writes"]),
        additions(part["additions"]),
        additions_skipped(part["additions_skipped"]),
        multiplies(part["multiplies"]),
        dma_bytes(part["dma_bytes"]) {}

  Work& operator+=(const Work& other) {
    femtojoules += other.femtojoules;
    picoseconds += other.picoseconds;
    cycles += other.cycles;
    row_operations += other.row_operations;
    row_reads += other.row_reads;
    row_writes += other.row_writes;
    additions += other.additions;
    additions_skipped += other.additions_skipped;
    multiplies += other.multiplies;
    dma_bytes += other.dma_bytes;
    return *this;
  }
};

void check_equal(const Work& sum, const Work& total) {
  CHECK(sum.femtojoules == total.femtojoules);
  CHECK(sum.picoseconds == total.picoseconds);
  CHECK(sum.cycles == total.cycles);
  CHECK(sum.row_operations == total.row_operations);
  CHECK(sum.row_reads == total.row_reads);
  CHECK(sum.row_writes == total.row_writes);
  CHECK(sum.additions == total.additions);
  CHECK(sum.additions_skipped == total.additions_skipped);
  CHECK(sum.multiplies == total.multiplies);
  CHECK(sum.dma_bytes == total.dma_bytes);
}

}  // namespace

TEST_CASE("layers and what is outside them add up to the totals exactly") {
  for (const char* network : {"digits_binary.onnx", "digits_ternary.onnx"}) {
    for (const char* weights : {"stationary", "streamed"}) {
      for (const char* driver : {"firmware", "native"}) {
        CAPTURE(network, weights, driver);
        const json report = report_of(network, {"--weights", weights, "--driver", driver});
        Work sum(report["outside_layers"]);
        for (const json& layer : report["layers"]) {
          sum += Work(layer);
        }
        check_equal(sum, Work(report["totals"]));
      }
    }
  }
}

TEST_CASE("blocks, their events and their leakage add up to the total energy exactly") {
  for (const char* network : {"digits_binary.onnx", "digits_ternary.onnx"}) {
    for (const char* weights : {"stationary", "streamed"}) {
      CAPTURE(network, weights);
      const json report = report_of(network, {"--weights", weights, "--count", "7"});
      std::int64_t total = 0;
      for (const json& block : report["blocks"]) {
        CAPTURE(block["name"].get<std::string>());
        std::int64_t sum = whole(block["leakage_pj"]);
        for (const json& event : block["events"]) {
          CHECK(event["count"].get<std::int64_t>() > 0);
          sum += whole(event["energy_pj"]);
        }
        CHECK(sum == whole(block["energy_pj"]));
        total += sum;
      }
      CHECK(total == whole(report["totals"]["energy_pj"]));
    }
  }
}

TEST_CASE("blocks count the events that the totals count") {
  const json report = report_of("digits_binary.onnx", {"--count", "7"});
  std::int64_t row_writes = 0;
  std::int64_t dma_bytes = 0;
  std::int64_t ands = 0;
  std::set<std::string> names;
  for (const json& block : report["blocks"]) {
    CHECK(names.insert(block["name"]).second);
    const auto count = [&](const char* event) {
      return block["events"].contains(event) ? block["events"][event]["count"].get<std::int64_t>() : 0;
    };
    row_writes += count("row_write");
    dma_bytes += count("dma_read") + count("dma_write");
    ands += count("row_and2");
  }
  CHECK(row_writes == report["totals"]["row_writes"]);
  CHECK(dma_bytes == report["totals"]["dma_bytes"]);
  CHECK(ands == report["totals"]["row_ops"]);
}

TEST_CASE("operations with ideal packing stand beside the real ones") {
  const json report = report_of("digits_ternary.onnx", {"--count", "3", "--mapping", "and"});
  double ideal = 0;
  double real = 0;
  for (const json& layer : report["layers"]) {
    CAPTURE(layer["name"].get<std::string>());
    CHECK(layer["engine"] == "and");
    const json& operations = layer["operations_per_image"];
    CHECK(operations["ideal"].get<double>() ==
          Approx(layer["macs_per_image"].get<double>() * layer["weight_bits"].get<double>() *
                 layer["activation_bits"].get<double>() / 512));
    CHECK(operations["real"].get<double>() == layer["run"]["row_ops"].get<double>() / 3);
    CHECK(operations["real"].get<double>() >= operations["ideal"].get<double>());
    CHECK(operations["loss"].get<double>() ==
          Approx(1 - operations["ideal"].get<double>() / operations["real"].get<double>()));
    ideal += operations["ideal"].get<double>();
    real += operations["real"].get<double>();
  }
  CHECK(report["totals"]["and_row_ops_per_image"]["ideal"].get<double>() == Approx(ideal));
  CHECK(report["totals"]["and_row_ops_per_image"]["real"].get<double>() == Approx(real));
  CHECK(report["totals"]["additions_per_image"].is_null());
}

TEST_CASE("the chip's area is that of its parts") {
  const json report = report_of("digits_binary.onnx", {"--count", "1"});
  double sum = 0;
  for (const json& part : report["area"]["parts"]) {
    CHECK(part["total_um2"].get<double>() == Approx(part["count"].get<double>() * part["each_um2"].get<double>()));
    sum += part["total_um2"].get<double>();
  }
  CHECK(sum > 0);
  CHECK(report["area"]["total_um2"].get<double>() == Approx(sum));
}

TEST_CASE("the report names the files it rests on") {
  const json report = report_of("digits_binary.onnx", {"--count", "1"});
  for (const char* file : {"network", "images", "labels", "chip", "technology", "soc"}) {
    CAPTURE(file);
    CHECK(std::ifstream(report["files"][file].get<std::string>()).good());
  }
  CHECK_THAT(report["files"]["technology"].get<std::string>(), Catch::EndsWith("technologies/sot_mram_45nm.yaml"));
  const json other = report_of("digits_binary.onnx", {"--count", "1", "--chip", config("chips/imce.yaml")});
  CHECK(other["files"]["chip"] == config("chips/imce.yaml"));
  CHECK(report["files"]["network"] == model("digits_binary.onnx"));
  CHECK(report["files"]["images"] == model(shipped_images));
  CHECK(report["files"]["labels"] == model(shipped_labels));
}

TEST_CASE("a chip that ships is found by its name") {
  const json report = report_of("digits_binary.onnx", {"--count", "1", "--chip", "isqed", "--soc", "default"});
  CHECK(report["chip"] == "isqed");
  CHECK_THAT(report["files"]["chip"].get<std::string>(), Catch::EndsWith("configs/chips/isqed.yaml"));
  CHECK_THAT(report["files"]["soc"].get<std::string>(), Catch::EndsWith("configs/socs/default.yaml"));
}

TEST_CASE("the report records the options of the run, defaults included") {
  const json plain = report_of("digits_binary.onnx", {"--count", "1"})["options"];
  CHECK(plain["count"] == 1);
  CHECK(plain["mapping"] == "array");
  CHECK(plain["objective"] == "latency");
  CHECK(plain["layer_mapping"] == json::object());
  CHECK(plain["weights"] == "auto");
  CHECK(std::ifstream(plain["firmware"].get<std::string>()).good());
  CHECK(plain["time_limit_s"] == 100);
  const json given =
      report_of("digits_binary.onnx", {"--count", "1", "--mapping", "auto", "--objective", "edp", "--layer-mapping",
                                       "conv1=digital", "--layer-mapping", "conv2=and", "--weights", "streamed",
                                       "--driver", "native", "--time-limit", "20 ms"})["options"];
  CHECK(given["mapping"] == "auto");
  CHECK(given["objective"] == "edp");
  CHECK(given["layer_mapping"] == json{{"conv1", "digital"}, {"conv2", "and"}});
  CHECK(given["weights"] == "streamed");
  CHECK(given["firmware"].is_null());
  CHECK(given["time_limit_s"] == 0.02);
  CHECK(report_of("digits_binary.onnx", {"--count", "1", "--mapping", "digital"})["options"]["mapping"] == "digital");
}

TEST_CASE("what a network image had decided is no option of the run") {
  const TemporaryFolder folder;
  const std::string image = folder.path("net.pimnet");
  REQUIRE(command({"compile", model("digits_binary.onnx"), "-o", image}).code == 0);
  REQUIRE(command({"run", "--network", image, "--images", model(shipped_images), "--count", "1", "--quiet", "--report",
                   folder.path("report.json")})
              .code == 0);
  const json options = read_json(folder.path("report.json"))["options"];
  for (const char* decided : {"mapping", "objective", "layer_mapping", "weights"}) {
    CHECK(options[decided].is_null());
  }
}

TEST_CASE("both tables write the bits of ternary weights in one way") {
  const TemporaryFolder folder;
  const std::string ternary = " ternary:";
  CHECK_THAT(run_shipped("digits_ternary.onnx", {"--count", "1"}).out, Catch::Contains(ternary));
  const CommandResult compiled = command({"compile", model("digits_ternary.onnx"), "-o", folder.path("net.pimnet")});
  CHECK_THAT(compiled.out, Catch::Contains(ternary));
}

TEST_CASE("a layer is its runs and its loading") {
  const json report = report_of("digits_ternary.onnx", {"--weights", "stationary"});
  for (const json& layer : report["layers"]) {
    CAPTURE(layer["name"].get<std::string>());
    Work sum(layer["run"]);
    sum += Work(layer["load_once"]);
    check_equal(sum, Work(layer));
  }
}

TEST_CASE("cycles are whole periods of the chip's clock in a layer's time") {
  const json report = report_of("digits_binary.onnx", {"--count", "5"});
  constexpr std::int64_t period = 2000;  // ps: the shipped chip's 500 MHz
  for (const json& layer : report["layers"]) {
    for (const char* part : {"run", "load_once"}) {
      const Work work(layer[part]);
      CHECK(work.cycles == work.picoseconds / period);
    }
  }
}

TEST_CASE("an image's time and energy leave out starting up and loading") {
  const json report = report_of("digits_binary.onnx", {"--weights", "stationary", "--count", "10"});
  Work run(report["outside_layers"]["run"]);
  for (const json& layer : report["layers"]) {
    run += Work(layer["run"]);
  }
  CHECK(whole(report["totals"]["energy_per_image_pj"]) == run.femtojoules / 10);
  CHECK(report["totals"]["images_per_second"].get<double>() ==
        Approx(10 / (static_cast<double>(run.picoseconds) * 1e-12)));
  Work outside(report["outside_layers"]["run"]);
  outside += Work(report["outside_layers"]["once"]);
  check_equal(outside, Work(report["outside_layers"]));
}

TEST_CASE("an image takes as long alone as among others, with the terminal as without it") {
  const auto time_of = [](const Arguments& further) {
    const json report = report_of("digits_binary.onnx", further);
    return static_cast<double>(whole(report["outside_layers"]["run"]["time_ns"])) / report["images"].get<double>();
  };
  const double alone = time_of({"--count", "1"});
  for (const char* count : {"2", "10", "100"}) {
    CAPTURE(count);
    CHECK(time_of({"--count", count}) == Approx(alone).epsilon(0.005));
  }
}

TEST_CASE("what the software does between two images stands apart") {
  CHECK(report_of("digits_binary.onnx", {"--count", "1"})["totals"]["between_images_ns"].is_null());
  const json three = report_of("digits_binary.onnx", {"--count", "3"});
  const double between = three["totals"]["between_images_ns"].get<double>();
  CHECK(between > 0);
  CHECK(report_of("digits_binary.onnx", {"--count", "30"})["totals"]["between_images_ns"].get<double>() ==
        Approx(between).epsilon(0.05));
  CHECK_THAT(run_shipped("digits_binary.onnx", {"--count", "3"}).out,
             Catch::Contains("\nBetween two images the software takes "));
  CHECK_THAT(run_shipped("digits_binary.onnx", {"--count", "1"}).out, !Catch::Contains("Between two images"));
}

TEST_CASE("every image costs the same") {
  const json one = report_of("digits_binary.onnx", {"--count", "1"});
  const json nine = report_of("digits_binary.onnx", {"--count", "9"});
  for (std::size_t i = 0; i < one["layers"].size(); ++i) {
    for (const char* count : {"row_ops", "row_reads", "row_writes", "dma_bytes"}) {
      CAPTURE(i, count);
      const auto of = [&](const json& report) { return report["layers"][i]["run"][count].get<std::int64_t>(); };
      CHECK(of(nine) == 9 * of(one));
    }
    CHECK(one["layers"][i]["load_once"] == nine["layers"][i]["load_once"]);
  }
}

TEST_CASE("a sub-array is busy for as long as its row operations take") {
  const TemporaryFolder folder;
  const std::string chip = with(with(read_file(config("chips/imce.yaml")), "value: 500 MHz", "value: 1 GHz"),
                                "../technologies/sot_mram_45nm.yaml", config("technologies/sot_mram_45nm.yaml"));
  const json report = report_of("digits_ternary.onnx", {"--count", "1", "--chip", folder.write("chip.yaml", chip)});
  for (const json& layer : report["layers"]) {
    const double cycles = 2 * layer["row_ops"].get<double>();  // a row read takes 1.29 ns, a period 1 ns
    CHECK(layer["subarrays_busy"].get<double>() == Approx(cycles / 32 / layer["run"]["cycles"].get<double>()));
  }
}

TEST_CASE("a run without labels reports no accuracy, a run without --verify no checks") {
  const TemporaryFolder folder;
  const CommandResult result =
      command({"run", "--network", model("digits_binary.onnx"), "--images", model(shipped_images), "--count", "2",
               "--quiet", "--report", folder.path("report.json")});
  REQUIRE(result.code == 0);
  CHECK(result.out == "2 images, no labels\n");
  const json report = read_json(folder.path("report.json"));
  CHECK(report["accuracy"].is_null());
  CHECK(report["correct"].is_null());
  CHECK(report["verify"]["enabled"] == false);
  CHECK(report["verify"]["layers_checked"] == 0);
}

TEST_CASE("the option --quiet changes what is printed and nothing that is simulated") {
  const TemporaryFolder folder;
  const auto simulate = [&](Arguments extra) {
    Arguments arguments{"run", "--network", model("digits_binary.onnx"), "--images", model(shipped_images), "--count",
                        "2",   "--report",  folder.path("report.json")};
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    REQUIRE(command(arguments).code == 0);
    json report = read_json(folder.path("report.json"));
    report.erase("host");
    return report;
  };
  CHECK(simulate({"--quiet"}) == simulate({}));
}

TEST_CASE("a chip whose name is no UTF-8 costs no report") {
  const TemporaryFolder folder;
  const std::string chip = with(with(read_file(config("chips/imce.yaml")), "name: imce", "name: \"bad \\x80 name\""),
                                "../technologies/sot_mram_45nm.yaml", config("technologies/sot_mram_45nm.yaml"));
  const json report = report_of("digits_binary.onnx", {"--count", "1", "--chip", folder.write("chip.yaml", chip)});
  CHECK(report["images"] == 1);
}
