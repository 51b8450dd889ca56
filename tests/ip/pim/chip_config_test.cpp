#include "ip/pim/chip_config.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "ip/config/chip_file.h"
#include "ip/pim/chip_config_check.h"
#include "tests/ip/support/chip_bench.h"
#include "tests/ip/support/config_files.h"

using namespace spinvp;
using namespace spinvp::test;
using Catch::Matchers::Contains;
using sc_core::SC_PS;
using sc_core::sc_time;

namespace {

ChipConfig by_hand() {
  return with_adder(small_chip(32, 64, 2, 2, 4096, Detail::Fast), AdditionScheme::A, true, true);
}

struct Mistake {
  std::function<void(ChipConfig&)> make;
  std::string member;    // how the message names it
  std::string expected;  // what it asks for
};

void check_refused(const std::vector<Mistake>& mistakes) {
  for (const Mistake& mistake : mistakes) {
    ChipConfig config = by_hand();
    mistake.make(config);
    CHECK_THAT(refusal_of([&] { check_chip_config(config); }),
               Contains("chip 'small': " + mistake.member + " ") && Contains(mistake.expected));
  }
}

}  // namespace

TEST_CASE("latencies take whole clock cycles, at least one") {
  ChipConfig config;
  config.clock_period = sc_time(2000, SC_PS);
  CHECK(config.cycles(0) == 1);
  CHECK(config.cycles(2) == 1);
  CHECK(config.cycles(2.001) == 2);
  CHECK(config.cycles(6) == 3);
  config.clock_period = sc_time(3003, SC_PS);  // an odd period: 333 MHz
  CHECK(config.cycles(3.003) == 1);
  CHECK(config.cycles(3.004) == 2);
  CHECK(config.cycles(30.03) == 10);
}

TEST_CASE("a configuration filled by hand is taken, and so is every one that ships") {
  CHECK(refusal_of([] { check_chip_config(by_hand()); }).empty());
  for (const char* const name : {"imce", "isqed", "parapim_a", "parapim_b", "pim_512mb"}) {
    const ChipConfig config = load_chip_config(std::string(SPINVP_SOURCE_DIR) + "/configs/chips/" + name + ".yaml");
    CHECK(refusal_of([&] { check_chip_config(config); }).empty());
  }
}

TEST_CASE("counts that no chip can have are refused by member") {
  check_refused({
      {[](ChipConfig& c) { c.banks = 0; }, "banks", "is 0, expected 1 to 4096"},
      {[](ChipConfig& c) { c.subarrays_per_bank = 257; }, "subarrays_per_bank", "expected 1 to 256"},
      {[](ChipConfig& c) { c.subarray.rows = 1; }, "subarray.rows", "expected 2 to 4096"},
      {[](ChipConfig& c) { c.subarray.columns = 8192; }, "subarray.columns", "expected 64 to 4096"},
      {[](ChipConfig& c) { c.subarray.columns = 100; }, "subarray.columns", "expected a multiple of 64"},
      {[](ChipConfig& c) { c.accumulator.pipeline_stages = 0; }, "accumulator.pipeline_stages", "1 to 64"},
      {[](ChipConfig& c) { c.accumulator.nv_store_interval = 1 << 21; }, "accumulator.nv_store_interval", "1048576"},
      {[](ChipConfig& c) { c.buffer.bytes = 1023; }, "buffer.bytes", "expected 1024 to 1073741824"},
      {[](ChipConfig& c) { c.buffer.port_bytes = 0; }, "buffer.port_bytes", "expected 1 to 4096"},
      {[](ChipConfig& c) { c.dma.bytes_per_cycle = 0; }, "dma.bytes_per_cycle", "expected 1 to 256"},
      {[](ChipConfig& c) { c.dma.burst_bytes = 3; }, "dma.burst_bytes", "expected 4 to 4096"},
      {[](ChipConfig& c) { c.digital.lanes = 0; }, "digital.lanes", "expected 1 to 65536"},
      {[](ChipConfig& c) { c.digital.multipliers = 0; }, "digital.multipliers", "expected 1 to 65536"},
      {[](ChipConfig& c) { c.processor.queue_depth = 0; }, "processor.queue_depth", "expected 1 to 1024"},
  });
}

TEST_CASE("times and costs that are negative, endless or no numbers are refused by member") {
  check_refused({
      {[](ChipConfig& c) { c.clock_period = sc_core::SC_ZERO_TIME; }, "clock_period", "is 0 ns"},
      {[](ChipConfig& c) { c.clock_period = sc_time(2, sc_core::SC_MS); }, "clock_period", "1 ms (1 kHz)"},
      {[](ChipConfig& c) { c.subarray.read_latency_ns = NAN; }, "subarray.read_latency_ns",
       "is nan, expected 0 to 1000000"},
      {[](ChipConfig& c) { c.subarray.write_latency_ns = -1; }, "subarray.write_latency_ns", "is -1"},
      {[](ChipConfig& c) { c.accumulator.leakage_watts = INFINITY; }, "accumulator.leakage_watts", "is inf"},
      {[](ChipConfig& c) { c.buffer.read_byte = Femtojoules(~std::uint64_t{0}); }, "buffer.read_byte in pJ",
       "expected 0 to 1000000000"},
      {[](ChipConfig& c) { c.adder.lane_gather_area_um2 = 2e9; }, "adder.lane_gather_area_um2",
       "expected 0 to 1000000000"},
      {[](ChipConfig& c) { c.digital.area_um2 = -0.5; }, "digital.area_um2", "is -0.5"},
  });
}

TEST_CASE("a chip without a compute engine and faults of cells that do not exist are refused") {
  const auto with_faults = [](ChipConfig& config, const std::function<void(FaultConfig&)>& change) {
    FaultConfig faults;
    change(faults);
    config.faults = std::make_shared<const FaultConfig>(faults);
  };
  check_refused({
      {[](ChipConfig& c) {
         c.accumulator.present = false;
         c.adder.scheme = AdditionScheme::None;
       },
       "accumulator.present", "expected a compute engine"},
      {[&](ChipConfig& c) { with_faults(c, [](FaultConfig& f) { f.write_error = 1.5; }); }, "faults.write_error",
       "is 1.5, expected 0 to 1"},
      {[&](ChipConfig& c) { with_faults(c, [](FaultConfig& f) { f.sense_errors[2] = -0.1; }); },
       "faults.sense_errors[2]", "is -0.1"},
      {[&](ChipConfig& c) { with_faults(c, [](FaultConfig& f) {
                              f.cells = {{0, 0, 0, true}, {0, 32, 0, true}};
                            }); },
       "faults.cells[1]", "row 32"},
  });
}

TEST_CASE("a chip that cannot be built refuses its configuration, and the next one is built") {
  ChipConfig config = by_hand();
  config.dma.burst_bytes = 0;
  CHECK_THAT(refusal_of([&] { ChipBench("bad", config); }), Contains("dma.burst_bytes"));
  ChipBench good("good", by_hand());
  CHECK(good.read_register(interface::registers::id) != 0);
}
