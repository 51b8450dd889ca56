// Faults around the chip, and what software makes of them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

#include "network/image/network_image.h"
#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

constexpr const char* network_name = "digits_ternary.onnx";

struct Run {
  CommandResult result;
  std::string predictions;  ///< empty when there are none
  nlohmann::json report;    ///< null when there is none

  /// The injected faults that struck.
  std::size_t struck() const {
    const auto& all = report.at("injected");
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const auto& one) { return one.at("strikes") > 0; }));
  }
};

/// A network image as compilers before version 2.2 of the format wrote it: entries of the layer table end before the
/// checksums of streams.
std::string without_stream_checksums(std::string image) {
  using spinvp::interface::ImageHeader;
  using spinvp::interface::ImageLayer;
  constexpr std::size_t entry = offsetof(ImageLayer, load_checksum);
  ImageHeader header;
  std::memcpy(&header, image.data(), sizeof(header));
  for (std::uint32_t i = 0; i < header.layer_count; ++i) {
    std::memmove(&image[header.layers_offset + i * entry], &image[header.layers_offset + i * sizeof(ImageLayer)],
                 entry);
  }
  header.layer_bytes = entry;
  header.version_minor = 1;
  std::memcpy(image.data(), &header, sizeof(header));
  header.crc32 = spinvp::network::image_checksum({image.begin(), image.end()});
  std::memcpy(image.data(), &header, sizeof(header));
  return image;
}

/// Four images of the shipped ternary network.
Run run(const std::string& driver, const Arguments& further) {
  const TemporaryFolder folder;
  Arguments arguments = {"--count",       "4",
                         "--driver",      driver,
                         "--predictions", folder.path("predictions.csv"),
                         "--report",      folder.path("report.json")};
  arguments.insert(arguments.end(), further.begin(), further.end());
  Run run;
  run.result = run_shipped(network_name, arguments);
  if (run.result.code == 0) {
    run.predictions = read_file(folder.path("predictions.csv"));
    run.report = read_json(folder.path("report.json"));
  }
  return run;
}

/// What a fault comes to.
struct Expected {
  std::string fault;
  bool ends_well = true;
  bool recovers = false;  ///< an error is reported first
  std::string says;       ///< on the terminal or on stderr
};

/// Error causes, addresses and times differ between the drivers; what becomes of the run does not.
const std::vector<Expected> expectations = {
    {"bus_error:port=dma,nth=1", true, true, "BUS_READ"},
    {"bus_error:port=dma,nth=70", true, true, "BUS_"},
    {"bus_error:port=dma,access=write,nth=1", true, true, "BUS_WRITE"},
    {"bus_error:port=dma,access=write", false, false, "BUS_WRITE"},
    {"bus_error:port=dma", false, false, "loading the network"},
    {"bus_error:port=cpu,address=0x40000028,nth=9", false, false, "ended with code"},
    {"bus_error:port=cpu", false, false, "spinvp: the software"},
    {"bus_error:port=cpu,access=write", false, false, "spinvp: the software"},
    {"stall:time=2 ms,every=50", true, false, "done, 4 images"},
    {"stall:time=15 s,nth=60", true, false, "done, 4 images"},
    {"stall:time=25 s,nth=60", true, true, "did not finish in time"},
    {"stall:time=forever,nth=60", false, false, "did not finish in time"},
    {"corrupt_command:mask=0x1,nth=1", true, true, "BAD_"},
    {"corrupt_command:mask=0x1,nth=46", true, true, "cause 12 (CHECKSUM)"},
    {"corrupt_command:mask=0xffffffff,every=40,count=1", true, true, "the chip stopped with an error"},
    {"corrupt_command:mask=0x40,every=1", false, false, "the chip stopped with an error"},
    {"lost_interrupt:every=2", true, false, "done, 4 images"},
    {"lost_interrupt:every=1", true, false, "done, 4 images"},
    {"spurious_interrupt:at=100 us,width=3 us", true, false, "done, 4 images"},
    {"stuck_interrupt:level=low", true, false, "done, 4 images"},
    {"stuck_interrupt:level=high", true, false, "done, 4 images"},
};

void check_all(const std::string& driver) {
  const std::string clean = run(driver, {}).predictions;
  REQUIRE(std::count(clean.begin(), clean.end(), '\n') == 5);
  for (const Expected& expected : expectations) {
    const Run injected = run(driver, {"--inject", expected.fault});
    const CommandResult& result = injected.result;
    INFO(expected.fault << "\n" << result.out << result.err);
    CHECK(result.code == (expected.ends_well ? 0 : 1));
    CHECK_THAT(result.out + result.err, Contains(expected.says));
    CHECK_THAT(result.err, Contains("note: injected " + expected.fault + ": struck"));
    if (result.code != 0) {
      CHECK_THAT(result.err, Contains("spinvp: "));
      continue;
    }
    CHECK(injected.predictions == clean);
    CHECK(injected.struck() == 1);
    CHECK((injected.report.at("recoveries") > 0) == expected.recovers);
  }
}

}  // namespace

TEST_CASE("whatever goes wrong around the chip, the native driver gets right results or reports an error") {
  check_all("native");
}

TEST_CASE("whatever goes wrong around the chip, firmware gets right results or reports an error") {
  check_all("firmware");
}

TEST_CASE("firmware says that it does not listen to a line that stays high any more") {
  const Run injected = run("firmware", {"--inject", "stuck_interrupt:level=high"});
  CHECK(injected.result.code == 0);
  CHECK_THAT(injected.result.out, Contains("interrupt: source 0x00000001 stays high and is switched off"));
}

TEST_CASE("faults from a file do what they do on the command line") {
  const TemporaryFolder folder;
  const std::string file = folder.write("faults.yaml", R"(faults:
  - {kind: lost_interrupt, every: 2}
  - {kind: corrupt_command, mask: 0x00010000, nth: 77}
)");
  const Run from_file = run("native", {"--inject-file", file});
  const Run from_words =
      run("native", {"--inject", "lost_interrupt:every=2", "--inject", "corrupt_command:mask=0x00010000,nth=77"});
  INFO(from_file.result.err);
  REQUIRE(from_file.result.code == 0);
  CHECK(from_file.struck() == 2);
  CHECK(from_file.report.at("injected") == from_words.report.at("injected"));
  CHECK(from_file.predictions == from_words.predictions);
  CHECK(from_file.report.at("totals") == from_words.report.at("totals"));
}

TEST_CASE("every file of faults that ships can be named, strikes and ends as its comment says") {
  for (const std::string name : {"refused_read", "slow_bus", "corrupted_commands", "bad_interrupts", "dead_bus"}) {
    const CommandResult result =
        run_shipped("digits_binary.onnx", {"--count", "100", "--driver", "native", "--inject-file", name});
    INFO(name << "\n" << result.err);
    CHECK(result.code == (name == "dead_bus" ? 1 : 0));
    CHECK_THAT(result.err, !Contains("never struck"));
  }
}

TEST_CASE("the report tells what was injected, how often it struck, when and where") {
  const Run injected =
      run("native", {"--inject", "stall:time=1 us,nth=3,every=20", "--inject", "lost_interrupt:nth=999"});
  REQUIRE(injected.result.code == 0);
  const nlohmann::json& stall = injected.report.at("injected").at(0);
  CHECK(stall.at("fault") == "stall:time=1 us,nth=3,every=20");
  CHECK(stall.at("kind") == "stall");
  CHECK(stall.at("strikes") > 1);
  CHECK(stall.at("first").at(0).at("time_ns") > 0);
  CHECK(stall.at("first").at(0).at("access") == "read");
  CHECK(stall.at("first").at(0).at("address") >= 0x80000000);
  CHECK(injected.report.at("injected").at(1).at("strikes") == 0);
  CHECK_THAT(injected.result.err, Contains("note: injected lost_interrupt:nth=999: never struck"));
}

TEST_CASE("without retries the first error ends the run, with more of them later ones do not") {
  const std::string thrice = "bus_error:port=dma,nth=40,every=1,count=3";
  CHECK(run("native", {"--retries", "0", "--inject", thrice}).result.code == 1);
  CHECK(run("native", {"--retries", "1", "--inject", thrice}).result.code == 1);
  const Run patient = run("native", {"--retries", "3", "--inject", thrice});
  CHECK(patient.result.code == 0);
  CHECK(patient.report.at("recoveries") == 3);
}

TEST_CASE("a corrupted command is found also in an image from before there were checksums of streams") {
  const TemporaryFolder folder;
  const std::string path = folder.path("old.pimnet");
  REQUIRE(command({"compile", model(network_name), "-o", path}).code == 0);
  const std::string old = folder.write("older.pimnet", without_stream_checksums(read_file(path)));
  const auto predictions = [&](const Arguments& further) {
    Arguments arguments = {"run",     "--quiet", "--network", old,      "--images",      model(shipped_images),
                           "--count", "4",       "--driver",  "native", "--predictions", folder.path("predictions")};
    arguments.insert(arguments.end(), further.begin(), further.end());
    const CommandResult result = command(arguments);
    INFO(result.err);
    REQUIRE(result.code == 0);
    return read_file(folder.path("predictions"));
  };
  const std::string clean = predictions({});
  for (int word = 100; word < 130; ++word) {
    const std::string fault = "corrupt_command:mask=0x100,nth=" + std::to_string(word);
    INFO(fault);
    CHECK(predictions({"--inject", fault}) == clean);
  }
}

TEST_CASE("faults that cannot be injected are refused with what is wrong") {
  const auto refused = [](const Arguments& further, const std::string& message) {
    check_refused(run_shipped(network_name, further), message);
  };
  refused({"--inject", "bus_eror:port=dma"}, "--inject 'bus_eror:port=dma': kind: expected one of bus_error, stall");
  refused({"--inject", "stall:tme=5 us"}, "--inject 'stall:tme=5 us': unknown key 'tme'; did you mean 'time'?");
  refused({"--inject-file", "nowhere.yaml"}, "nowhere.yaml: cannot open the file");
  const TemporaryFolder folder;
  const std::string file = folder.write("faults.yaml", "faults:\n  - {kind: stall, time: soon}\n");
  refused({"--inject-file", file}, "faults.yaml:2:25: faults[0].time: expected a time like '10 us'");
  refused({"--inject", "lost_interrupt:nth=1", "--jobs", "2"}, "use --jobs 1");
}
