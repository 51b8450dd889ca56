#include "tests/ip/boundary/transfer.h"

namespace spinvp::test {
namespace {

using sc_core::SC_NS;
using sc_core::sc_time;

ChipConfig chip(Timing timing) {
  ChipConfig config = small_chip(32, 64, 2, 2, 4096, Detail::Fast);
  config.timing = timing;
  return config;
}

SystemMemory::Config memory(double latency_ns) {
  SystemMemory::Config config;
  config.latency = sc_time(latency_ns, SC_NS);
  return config;
}

}  // namespace

TEST_CASE("the DMA brings the same bytes in the same time in every style and at every width") {
  Random random(test_seed());
  const Transfer transfer(random);
  BoundaryBench<32, 32> loose("loose", Style::Blocking, chip(Timing::Loose), memory(41));
  SystemMemory::Config waiting_memory = memory(41);
  waiting_memory.waits = true;
  BoundaryBench<32, 64> waiting("waiting", Style::Blocking, chip(Timing::Loose), waiting_memory);
  ChipConfig quantum = chip(Timing::Loose);
  quantum.dma.quantum = sc_time(100, SC_NS);
  BoundaryBench<32, 128> synchronised("synchronised", Style::Blocking, quantum, memory(41));
  BoundaryBench<32, 256> four("four", Style::FourPhases, chip(Timing::Approximate), memory(41));
  SystemMemory::Config two_phases = memory(41);
  two_phases.approximate = {ApproximateTargetConfig::Process::Method, ApproximateTargetConfig::Phases::Two};
  BoundaryBench<32, 512> two("two", Style::TwoPhases, chip(Timing::Approximate), two_phases);
  ChipConfig direct_chip = chip(Timing::Loose);
  direct_chip.dma.use_direct_memory = true;
  SystemMemory::Config granting;
  granting.byte_latency = sc_time(0.75, SC_NS);
  BoundaryBench<> by_byte("by_byte", Style::Blocking, chip(Timing::Loose), granting);
  granting.grants_direct_memory = true;
  BoundaryBench<> direct("direct", Style::Blocking, direct_chip, granting);

  std::uint32_t status[7] = {};
  run_transfer(loose, transfer, status[0]);
  run_transfer(waiting, transfer, status[1]);
  run_transfer(synchronised, transfer, status[2]);
  run_transfer(four, transfer, status[3]);
  run_transfer(two, transfer, status[4]);
  run_transfer(direct, transfer, status[5]);
  run_transfer(by_byte, transfer, status[6]);
  sc_core::sc_start(sc_time(10, sc_core::SC_MS));

  const std::uint64_t transaction_time = loose.chip.ledger().busy_picoseconds();
  const std::uint64_t byte_time = by_byte.chip.ledger().busy_picoseconds();
  CHECK(byte_time > 0);
  CHECK(transaction_time != byte_time);
  const auto check = [&](const auto& bench, std::uint32_t ended, std::uint64_t time) {
    CAPTURE(bench.name());
    CHECK(ended == done_mask);
    CHECK(transfer.arrived(bench.memory, bench.chip));
    CHECK(bench.complaints() == "");
    CHECK(bench.chip.ledger().busy_picoseconds() == time);
    CHECK(bench.irq_levels.empty());  // nothing was enabled: the host polls
  };
  check(loose, status[0], transaction_time);
  check(waiting, status[1], transaction_time);
  check(synchronised, status[2], transaction_time);
  check(four, status[3], transaction_time);
  check(two, status[4], transaction_time);
  check(direct, status[5], byte_time);  // a pointer's latency counts for each byte
  check(by_byte, status[6], byte_time);
  CHECK(four.dma_checker.rules().traffic().completed == loose.dma_checker.rules().traffic().blocking);
  CHECK(direct.dma_checker.rules().traffic().blocking == 1);  // one burst, whose answer offered direct memory
  CHECK(direct.dma_checker.rules().traffic().direct == 1);
}

TEST_CASE("a direct memory pointer that the system takes back is not used any more") {
  Random random(test_seed());
  const Transfer transfer(random);
  ChipConfig config = chip(Timing::Loose);
  config.dma.use_direct_memory = true;
  SystemMemory::Config granting = memory(5);
  granting.grants_direct_memory = true;
  BoundaryBench<> bench("bench", Style::Blocking, config, granting);
  transfer.prepare(bench.memory);
  std::vector<std::size_t> bursts;
  bench.host.runs([&](Host& host) {
    for (int round = 0; round < 3; ++round) {
      transfer.start(host);
      CHECK(host.poll() == done_mask);
      bursts.push_back(bench.memory.bursts.size());
      if (round == 1) {
        bench.memory.take_back(SystemMemory::base + 0x8000, SystemMemory::base + 0x8000);  // a part is enough
      }
    }
  });
  sc_core::sc_start(sc_time(10, sc_core::SC_MS));
  CHECK(bursts == std::vector<std::size_t>{1, 1, 2});
  CHECK(transfer.arrived(bench.memory, bench.chip));
  CHECK(bench.complaints() == "");
}

TEST_CASE("direct memory is asked for once a page, however its pages and bursts lie, and once where it is refused") {
  Random random(test_seed());
  const Transfer transfer(random);
  ChipConfig config = chip(Timing::Loose);
  config.dma.use_direct_memory = true;
  SystemMemory::Config paged = memory(5);
  paged.grants_direct_memory = true;
  paged.direct_page = 96;  // every other burst passes an end
  BoundaryBench<> pages("pages", Style::Blocking, config, paged);
  SystemMemory::Config refusing = memory(5);
  refusing.refuses_direct_memory = true;
  BoundaryBench<> refused("refused", Style::Blocking, config, refusing);
  const auto rounds = [&](auto& bench, std::vector<std::uint64_t>& asked) {
    transfer.prepare(bench.memory);
    bench.host.runs([&](Host& host) {
      for (int round = 0; round < 3; ++round) {
        transfer.start(host);
        CHECK(host.poll() == done_mask);
        asked.push_back(bench.dma_checker.rules().traffic().direct);
      }
      bench.memory.take_back(0, ~std::uint64_t{0});
      transfer.start(host);
      CHECK(host.poll() == done_mask);
      asked.push_back(bench.dma_checker.rules().traffic().direct);
    });
  };
  std::vector<std::uint64_t> of_pages;
  std::vector<std::uint64_t> of_refused;
  rounds(pages, of_pages);
  rounds(refused, of_refused);
  sc_core::sc_start(sc_time(10, sc_core::SC_MS));
  REQUIRE(of_pages.size() == 4);
  CHECK(of_pages[0] > 10);
  CHECK(of_pages[0] <= 2 * (1000 / 96 + 2) + 2);  // input, output, stream
  CHECK(of_pages[2] <= of_pages[0] + 2);
  CHECK(of_pages[3] == of_pages[2] + of_pages[0]);
  REQUIRE(of_refused.size() == 4);
  CHECK(of_refused[0] > 10);
  CHECK(of_refused[2] == of_refused[0]);
  CHECK(of_refused[3] == 2 * of_refused[0]);
  CHECK(transfer.arrived(pages.memory, pages.chip));
  CHECK(transfer.arrived(refused.memory, refused.chip));
  CHECK(pages.complaints() + refused.complaints() == "");
}

TEST_CASE("bursts are as long as the chip's, up to 4 KiB, and last their own beats at least") {
  Random random(test_seed());
  const Transfer transfer(random, 4000);
  ChipConfig config = chip(Timing::Loose);
  config.dma.burst_bytes = 4096;
  BoundaryBench<> loose("loose", Style::Blocking, config, memory(10));
  config.timing = Timing::Approximate;
  BoundaryBench<> approximate("approximate", Style::Blocking, config, memory(10));
  std::uint32_t status[2] = {};
  run_transfer(loose, transfer, status[0]);
  run_transfer(approximate, transfer, status[1]);
  sc_core::sc_start(sc_time(10, sc_core::SC_MS));
  CHECK(status[0] == done_mask);
  CHECK(status[1] == done_mask);
  const auto stream = static_cast<unsigned>(transfer.words.size() * 4);
  CHECK(loose.memory.bursts == std::vector<unsigned>{stream, 4000, 64, 4000});
  CHECK(approximate.memory.bursts == loose.memory.bursts);
  CHECK(transfer.arrived(approximate.memory, approximate.chip));
  // 8 B a cycle of 2 ns, there and back.
  CHECK(loose.chip.ledger().busy_picoseconds() > 2 * 4000 / 8 * 2000);
  CHECK(approximate.chip.ledger().busy_picoseconds() == loose.chip.ledger().busy_picoseconds());
  CHECK(loose.complaints() + approximate.complaints() == "");
}

}  // namespace spinvp::test
