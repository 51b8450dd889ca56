#include <catch2/catch.hpp>

#include "ip/config/chip_file.h"
#include "ip/pim/chip_config_check.h"
#include "tests/ip/support/config_files.h"
#include "tests/ip/support/streams.h"

// Each case has its own process, and so its own time resolution.
using namespace spinvp;
using namespace spinvp::test;
using Catch::Matchers::Contains;
using sc_core::sc_time;
namespace view = spinvp::interface;
namespace registers = spinvp::interface::registers;

namespace {

constexpr std::uint64_t period_ps = 2000;

// Runs a stream and holds its cycles against the time that it took.
std::uint64_t cycles_of_a_stream() {
  ChipBench bench("bench", small_chip(32, 64, 2, 2, 4096, Detail::Fast));
  view::LoadCommand load;
  load.bytes = 1024;
  const StreamResult result = bench.run_stream(stream_of(load));
  CHECK(result.done);
  const std::uint64_t cycles = bench.read_wide(registers::cycles_lo);
  CHECK(bench.chip.ledger().busy_picoseconds() == cycles * period_ps);
  CHECK(result.duration == bench.chip.config().clock_period * static_cast<double>(cycles));
  return cycles;
}

constexpr std::uint64_t expected_cycles = 135;

}  // namespace

TEST_CASE("a chip counts its cycles in steps of a picosecond") {
  CHECK(cycles_of_a_stream() == expected_cycles);
}

TEST_CASE("a chip counts the same cycles where the time resolution is 10 ps") {
  sc_core::sc_set_time_resolution(10, sc_core::SC_PS);
  CHECK(cycles_of_a_stream() == expected_cycles);
}

TEST_CASE("a chip counts the same cycles where the time resolution is 1 ns") {
  sc_core::sc_set_time_resolution(1, sc_core::SC_NS);
  CHECK(cycles_of_a_stream() == expected_cycles);
}

TEST_CASE("a chip counts the same cycles where the time resolution is 1 fs") {
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  CHECK(cycles_of_a_stream() == expected_cycles);
  ChipConfig odd = small_chip(32, 64, 2, 2, 4096, Detail::Fast);
  odd.clock_period = sc_time(1999.5, sc_core::SC_PS);
  CHECK_THAT(refusal_of([&] { check_chip_config(odd); }),
             Contains("clock_period is 1999.5 ps, expected whole picoseconds"));
}

TEST_CASE("a clock whose period the time resolution would round is refused by file and line") {
  sc_core::sc_set_time_resolution(1, sc_core::SC_NS);
  const ConfigFiles files;
  CHECK(load_chip_config(files.chip()).clock_period == sc_time(2, sc_core::SC_NS));
  ConfigFiles::change(files.chip(), "500 MHz", "400 MHz");
  CHECK_THAT(refusal_of([&] { load_chip_config(files.chip()); }),
             Contains("chip.yaml:") && Contains("a multiple of SystemC's time resolution, 1 ns; it is 2500 ps"));
}
