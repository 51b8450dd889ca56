// Chips, technologies and systems that cannot be used: file, line, column, key, and what was expected.
#include <catch2/catch.hpp>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;

namespace {

/// A copy of the shipped configs that a test may spoil.
struct Configs {
  TemporaryFolder folder;
  std::string chip_text = with(read_file(config("chips/imce.yaml")), "../technologies/sot_mram_45nm.yaml", "cell.yaml");
  std::string cell_text = read_file(config("technologies/sot_mram_45nm.yaml"));
  std::string soc_text = read_file(config("socs/default.yaml"));

  CommandResult run(const Arguments& further = {}) {
    folder.write("cell.yaml", cell_text);
    Arguments arguments{"--quiet",
                        "--count",
                        "1",
                        "--chip",
                        folder.write("chip.yaml", chip_text),
                        "--soc",
                        folder.write("soc.yaml", soc_text)};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return run_shipped("digits_binary.onnx", arguments);
  }
};

}  // namespace

TEST_CASE("copies of the shipped configs run") {
  CHECK(Configs().run().code == 0);
}

TEST_CASE("an unknown key of a chip names the nearest one") {
  Configs configs;
  configs.chip_text = with(configs.chip_text, "global_buffer:", "global_bufer:");
  check_refused(configs.run(), "1: unknown key 'global_bufer'; did you mean 'global_buffer'?");
}

TEST_CASE("an unknown key of a technology names the nearest one") {
  Configs configs;
  configs.cell_text = with(configs.cell_text, "resistance_area:", "resistence_area:");
  check_refused(configs.run(), "cell.junction: unknown key 'resistence_area'; did you mean 'resistance_area'?");
  CHECK_THAT(configs.run().err, Catch::Contains("/cell.yaml:9:5: "));
}

TEST_CASE("an unknown key of a system names the nearest one") {
  Configs configs;
  configs.soc_text = with(configs.soc_text, "  latency: {value: 10 ns", "  latancy: {value: 10 ns");
  check_refused(configs.run(), "/soc.yaml:11:3: bus: unknown key 'latancy'; did you mean 'latency'?");
}

TEST_CASE("a system whose window is too small for the chip's sub-arrays is refused with both sizes") {
  Configs configs;
  const std::string soc = configs.soc_text;
  const std::string shipped = "{base: 0x40000000, size: 256 MiB}";
  configs.soc_text = with(soc, shipped, "{base: 0x40000000, size: 64 MiB}");
  check_refused(configs.run(),
                "/soc.yaml: memory_map.pim: the chip of " + configs.folder.path("chip.yaml") +
                    " needs 0x4080000 bytes of addresses (registers, and the sub-arrays as memory), size is "
                    "0x4000000");
  configs.soc_text = with(soc, shipped, "{base: 0x40000000, size: 0x4080000}");
  CHECK(configs.run().code == 0);
}

TEST_CASE("a wrong unit is refused where it stands") {
  Configs configs;
  configs.chip_text = with(configs.chip_text, "value: 500 MHz", "value: 500 ns");
  check_refused(configs.run(), "clock.value: expected a quantity like '1.5 MHz', found '500 ns'");
}

TEST_CASE("a geometry that the technology has no numbers for is refused") {
  Configs configs;
  configs.chip_text = with(configs.chip_text, "value: 256 rows", "value: 128 rows");
  check_refused(configs.run(), "128 x 512");
}

TEST_CASE("a chip whose technology is missing names the technology") {
  Configs configs;
  configs.chip_text = with(configs.chip_text, "technology: cell.yaml", "technology: salt.yaml");
  check_refused(configs.run(), "technology: there is no file ");
}

TEST_CASE("a chip too small for a kernel names the layer and what it needs") {
  const CommandResult result =
      run_shipped("digits_binary.onnx", {"--quiet", "--mapping", "and", "--chip", test_data("tiny_chip.yaml")});
  check_refused(result, "layer 'conv1'");
  check_refused(result, "row");
}

TEST_CASE("a buffer too small for a feature map is used with scratch memory or refused, never wrong") {
  Configs configs;
  for (const char* size : {"1 KiB", "2 KiB", "4 KiB", "16 KiB"}) {
    CAPTURE(size);
    Configs smaller;
    smaller.chip_text = with(smaller.chip_text, "value: 512 KiB", std::string("value: ") + size);
    const CommandResult result = smaller.run({"--verify"});
    INFO(result.err);
    if (result.code == 0) {
      CHECK_THAT(result.out, Catch::Contains("4 layer outputs checked, 0 differ"));
    } else {
      check_refused(result, "layer '");
    }
  }
}

TEST_CASE("a system whose RAM cannot hold the images says how much is missing") {
  Configs configs;
  configs.soc_text = with(configs.soc_text, "size: 64 MiB", "size: 4100 KiB");
  check_refused(configs.run(), "bytes more RAM than the 4198400 bytes of the SoC");
}

TEST_CASE("overlapping devices are refused") {
  Configs configs;
  configs.soc_text = with(configs.soc_text, "pim: {base: 0x40000000", "pim: {base: 0x10000000");
  check_refused(configs.run(), "/soc.yaml:");
}

TEST_CASE("another chip and another system give the same bits") {
  Configs configs;
  configs.chip_text = with(with(configs.chip_text, "value: 8 banks", "value: 3 banks"), "4 sub-arrays", "1 sub-arrays");
  configs.soc_text = with(with(configs.soc_text, "value: 200 MHz", "value: 50 MHz"), "ram: {base: 0x80000000, size: 64",
                          "ram: {base: 0x80000000, size: 16");
  configs.soc_text = with(configs.soc_text, "pim: {base: 0x40000000", "pim: {base: 0x50000000");
  const CommandResult result = configs.run({"--verify"});
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Catch::Contains("4 layer outputs checked, 0 differ"));
}
