#include <memory>

#include "core/errors.h"
#include "tests/ip/boundary/transfer.h"

// A chip's life: made and destroyed before the simulation, beside others, and reset at any instant.
namespace spinvp::test {
namespace {

namespace view = spinvp::interface;
namespace registers = spinvp::interface::registers;
namespace fields = spinvp::interface::fields;
using sc_core::SC_MS;
using sc_core::SC_NS;
using sc_core::sc_time;

ChipConfig chip(Timing timing, std::uint32_t rows = 32) {
  ChipConfig config = small_chip(rows, 64, 2, 2, 4096, Detail::Fast);
  config.timing = timing;
  return config;
}

SystemMemory::Config slow_memory(bool waits) {
  SystemMemory::Config config;
  config.latency = sc_time(23, SC_NS);
  config.waits = waits;
  return config;
}

std::vector<std::uint32_t> all_registers(Host& host) {
  std::vector<std::uint32_t> values;
  for (const view::RegisterInfo& info : view::register_table) {
    values.push_back(host.read(info.offset));
  }
  return values;
}

// A transfer that is reset at a random instant, then another one that must arrive, again and again.
template <class Bench>
void reset_again_and_again(Bench& bench, std::uint32_t seed, int& good) {
  bench.host.runs([&bench, seed, &good](Host& host) {
    Random random(seed);
    const std::vector<std::uint32_t> as_new = all_registers(host);
    for (int round = 0; round < 60; ++round) {
      const Transfer cut(random);
      cut.prepare(bench.memory);
      cut.start(host);
      sc_core::wait(sc_time(random.number(0, 6000), SC_NS));
      if (random.chance(2)) {
        host.write(registers::control, fields::control_reset.mask());
      } else {
        bench.reset.write(true);
        sc_core::wait(sc_time(random.number(0, 30), SC_NS));
        bench.reset.write(false);
        sc_core::wait(1, SC_NS);
      }
      const bool defined = all_registers(host) == as_new;
      const Transfer next(random);
      next.prepare(bench.memory);
      next.start(host);
      good += defined && host.poll() == done_mask && next.arrived(bench.memory, bench.chip) ? 1 : 0;
    }
  });
}

}  // namespace

TEST_CASE("chips are made and destroyed before the simulation, and others run, without a report") {
  Random random(test_seed());
  const Transfer transfer(random);
  for (int round = 0; round < 5; ++round) {
    const auto gone = std::make_unique<BoundaryBench<64, 128>>("bench", Style::Blocking, chip(Timing::Approximate));
    const PimDevice unbound("unbound", chip(Timing::Loose));
    CHECK_THROWS_AS(PimDevice("refused", ChipConfig{}), InputError);
  }
  auto first = std::make_unique<BoundaryBench<64, 128>>("bench", Style::Blocking, chip(Timing::Approximate));
  BoundaryBench<> second("second", Style::FourPhases, chip(Timing::Loose, 64), slow_memory(true));
  std::uint32_t status[2] = {};
  run_transfer(*first, transfer, status[0]);
  run_transfer(second, transfer, status[1]);
  sc_core::sc_start(sc_time(10, SC_MS));
  CHECK(status[0] == done_mask);
  CHECK(status[1] == done_mask);
  CHECK(transfer.arrived(first->memory, first->chip));
  CHECK(transfer.arrived(second.memory, second.chip));
  CHECK(first->chip.config().rows() == 32);
  CHECK(second.chip.config().rows() == 64);
  CHECK(first->chip.ledger().busy_picoseconds() != second.chip.ledger().busy_picoseconds());
  CHECK(sc_core::sc_report_handler::get_count(sc_core::SC_INFO) == 0);
  CHECK(sc_core::sc_report_handler::get_count(sc_core::SC_WARNING) == 0);
}

TEST_CASE("a reset at any instant leaves a chip that works, whatever the style of its system") {
  CAPTURE(test_seed());
  BoundaryBench<> loose("loose", Style::Blocking, chip(Timing::Loose), slow_memory(false));
  BoundaryBench<> waiting("waiting", Style::FourPhases, chip(Timing::Loose), slow_memory(true));
  ChipConfig quantum = chip(Timing::Loose);
  quantum.dma.quantum = sc_time(77, SC_NS);
  BoundaryBench<> synchronised("synchronised", Style::Decoupled, quantum, slow_memory(false));
  BoundaryBench<> approximate("approximate", Style::TwoPhases, chip(Timing::Approximate), slow_memory(false));
  ChipConfig rows = chip(Timing::Approximate);
  rows.detail = Detail::Row;
  BoundaryBench<> row("row", Style::Blocking, rows, slow_memory(true));
  int good[5] = {};
  reset_again_and_again(loose, test_seed(), good[0]);
  reset_again_and_again(waiting, test_seed() + 1, good[1]);
  reset_again_and_again(synchronised, test_seed() + 2, good[2]);
  reset_again_and_again(approximate, test_seed() + 3, good[3]);
  reset_again_and_again(row, test_seed() + 4, good[4]);
  sc_core::sc_start(sc_time(100, SC_MS));
  for (const int count : good) {
    CHECK(count == 60);
  }
  CHECK(loose.complaints() + waiting.complaints() + synchronised.complaints() + approximate.complaints() +
            row.complaints() ==
        "");
}

}  // namespace spinvp::test
