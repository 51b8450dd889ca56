#include "ip/config/chip_file.h"

#include <catch2/catch.hpp>

#include "tests/ip/support/config_files.h"

using namespace spinvp;
using namespace spinvp::test;
using Catch::Matchers::Contains;
using sc_core::SC_PS;
using sc_core::sc_time;

namespace {

std::string refusal(const std::string& from, const std::string& to) {
  const ConfigFiles files;
  ConfigFiles::change(files.chip(), from, to);
  return refusal_of([&] { load_chip_config(files.chip()); });
}

ChipConfig changed(const std::string& from, const std::string& to) {
  const ConfigFiles files;
  ConfigFiles::change(files.chip(), from, to);
  return load_chip_config(files.chip());
}

}  // namespace

TEST_CASE("a chip file becomes a configuration") {
  const ConfigFiles files;
  const ChipConfig config = load_chip_config(files.chip());
  CHECK(config.name == "imce");
  CHECK(config.clock_period == sc_time(2000, SC_PS));
  CHECK(config.subarrays() == 32);
  CHECK(config.rows() == 256);
  CHECK(config.columns() == 512);
  CHECK(config.row_words() == 8);
  CHECK(config.row_bytes() == 64);
  CHECK(config.accumulator.bit_counter == BitCounter::Tree);
  CHECK(config.accumulator.pipeline_stages == 3);
  CHECK(config.accumulator.bit_count.value() == 5120);  // 0.01 pJ x 512 columns
  CHECK(config.accumulator.shift_accumulate.value() == 200);
  CHECK(config.buffer.bytes == 512 * 1024);
  CHECK(config.buffer.port_bytes == 64);
  CHECK(config.buffer.read_byte.value() == 4000);
  CHECK(config.dma.bytes_per_cycle == 16);
  CHECK(config.dma.burst_bytes == 256);
  CHECK(config.digital.lanes == 64);
  CHECK(config.digital.pack_bit.value() == 10);
  CHECK(config.processor.queue_depth == 4);
  CHECK(config.processor.command.value() == 20000);
  CHECK(config.read_cycles() == 1);
  CHECK(config.write_cycles() == 1);
}

TEST_CASE("a clock's period is rounded to a picosecond") {
  CHECK(changed("500 MHz", "333 MHz").clock_period == sc_time(3003, SC_PS));
  CHECK(changed("500 MHz", "0.5 GHz").clock_period == sc_time(2000, SC_PS));
  CHECK(changed("500 MHz", "100 GHz").clock_period == sc_time(10, SC_PS));
}

TEST_CASE("mistakes in a chip file are named with file, line, column and key") {
  CHECK_THAT(refusal("lanes: {value: 64 lanes", "lane: {value: 64 lanes"),
             Contains("chip.yaml:") && Contains("lane") && Contains("'lanes'"));
  CHECK_THAT(refusal("name: imce\n", ""), Contains("chip.yaml") && Contains("name"));
  CHECK_THAT(refusal("500 MHz", "500 ns"), Contains("chip.yaml:8:") && Contains("clock.value") && Contains("MHz"));
  CHECK_THAT(refusal("500 MHz", "0 MHz"), Contains("expected a clock from 1 kHz to 100 GHz"));
  CHECK_THAT(refusal("500 MHz", "101 GHz"), Contains("expected a clock from 1 kHz to 100 GHz"));
  CHECK_THAT(refusal("500 MHz", "nan MHz"), Contains("clock.value"));
  CHECK_THAT(refusal("8 banks", "0 banks"), Contains("organisation.banks") && Contains("from 1 to 4096"));
  CHECK_THAT(refusal("8 banks", "8.5 banks"), Contains("expected a whole number of banks"));
  CHECK_THAT(refusal("8 banks", "8 rows"), Contains("organisation.banks.value"));
  CHECK_THAT(refusal("rows: {value: 256 rows", "rows: {value: 1024 rows"),
             Contains("1024 x 512") && Contains("1024 rows are outside of the listed 256 to 512"));
  CHECK_THAT(refusal("512 columns, provenance: assumed", "500 columns, provenance: assumed"),
             Contains("organisation.columns.value") && Contains("multiple of 64"));
  CHECK_THAT(refusal("bit_counter: tree", "bit_counter: bush"), Contains("expected one of tree, serial, found 'bush'"));
  CHECK_THAT(refusal("512 KiB, provenance: assumed, source: \"holds", "2 GiB, provenance: assumed, source: \"holds"),
             Contains("global_buffer.size"));
  CHECK_THAT(refusal("value: 64 B/cycle", "value: 64 B"), Contains("global_buffer.port_width.value"));
  CHECK_THAT(refusal("{value: 256 B,", "{value: 3 B,"), Contains("dma.burst") && Contains("from 4 to 4096"));
  CHECK_THAT(refusal("4 commands", "0 commands"), Contains("command_processor.queue_depth"));
  CHECK_THAT(refusal("20 pJ", "1e30 pJ"), Contains("command_processor.command_energy") && Contains("at most"));
  CHECK_THAT(refusal("technology: ../technologies/sot_mram_45nm.yaml", "technology: ../technologies/none.yaml"),
             Contains("technologies/none.yaml"));
  CHECK_THAT(refusal("row_gather:\n", "row_gather:\n  lanes: 3\n"), Contains("row_gather") && Contains("lanes"));
  CHECK_THAT(refusal("name: imce\n", "name: \"\"\n"), Contains("name") && Contains("expected a name, found an empty"));
  CHECK_THAT(refusal("name: imce\n", "name: [\n"), Contains("chip.yaml"));
}

TEST_CASE("a missing chip file is named") {
  CHECK_THAT(refusal_of([] { load_chip_config("/nowhere/chip.yaml"); }), Contains("/nowhere/chip.yaml"));
}
