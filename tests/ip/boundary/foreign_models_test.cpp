#include "tests/ip/boundary/transfer.h"

// What docs/foreign-models.md promises of models that are not clean.
namespace spinvp::test {
namespace {

namespace registers = spinvp::interface::registers;
namespace fields = spinvp::interface::fields;
using interface::ErrorCause;
using sc_core::SC_MS;
using sc_core::SC_NS;
using sc_core::sc_time;

ChipConfig chip(Timing timing) {
  ChipConfig config = small_chip(32, 64, 2, 2, 4096, Detail::Fast);
  config.timing = timing;
  return config;
}

}  // namespace

TEST_CASE("a memory that leaves the response status untouched is a bus error unless the chip is told to tolerate it") {
  Random random(test_seed());
  const Transfer transfer(random);
  SystemMemory::Config silent;
  silent.leaves_response = true;
  BoundaryBench<> strict("strict", Style::Blocking, chip(Timing::Loose), silent);
  ChipConfig tolerant_chip = chip(Timing::Loose);
  tolerant_chip.dma.tolerate_incomplete_response = true;
  BoundaryBench<> tolerant("tolerant", Style::Blocking, tolerant_chip, silent);
  tolerant_chip.timing = Timing::Approximate;
  BoundaryBench<> approximate("approximate", Style::Blocking, tolerant_chip, silent);
  std::uint32_t status[3] = {};
  std::uint32_t cause = 0;
  run_transfer(tolerant, transfer, status[1]);
  run_transfer(approximate, transfer, status[2]);
  transfer.prepare(strict.memory);
  strict.host.runs([&](Host& host) {
    transfer.start(host);
    status[0] = host.poll();
    cause = host.read(registers::error_cause);
  });
  sc_core::sc_start(sc_time(10, SC_MS));
  CHECK(status[0] == fields::status_error.mask());
  CHECK(cause == static_cast<std::uint32_t>(ErrorCause::BusRead));
  CHECK(status[1] == done_mask);
  CHECK(transfer.arrived(tolerant.memory, tolerant.chip));
  CHECK(status[2] == done_mask);
  CHECK(transfer.arrived(approximate.memory, approximate.chip));
  CHECK(strict.dma_checker.rules().violations().at(0).rule == "response-missing");
}

TEST_CASE("a tolerant chip still hears of errors") {
  ChipConfig config = chip(Timing::Loose);
  config.dma.tolerate_incomplete_response = true;
  BoundaryBench<> bench("bench", Style::Blocking, config);
  std::uint32_t cause = 0;
  bench.host.runs([&](Host& host) {
    host.start(0x1000, 16, 0);  // no memory there
    CHECK(host.poll() == fields::status_error.mask());
    cause = host.read(registers::error_cause);
  });
  sc_core::sc_start(sc_time(10, SC_MS));
  CHECK(cause == static_cast<std::uint32_t>(ErrorCause::BusRead));
}

TEST_CASE("a bus may rewrite the address of a transaction and not restore it") {
  Random random(test_seed());
  const Transfer transfer(random);
  SystemMemory::Config rewriting;
  rewriting.rewrites_address = true;
  BoundaryBench<> loose("loose", Style::Blocking, chip(Timing::Loose), rewriting);
  BoundaryBench<> approximate("approximate", Style::Blocking, chip(Timing::Approximate), rewriting);
  std::uint32_t status[2] = {};
  run_transfer(loose, transfer, status[0]);
  run_transfer(approximate, transfer, status[1]);
  sc_core::sc_start(sc_time(10, SC_MS));
  CHECK(status[0] == done_mask);
  CHECK(status[1] == done_mask);
  CHECK(transfer.arrived(loose.memory, loose.chip));
  CHECK(transfer.arrived(approximate.memory, approximate.chip));
  CHECK(loose.complaints() + approximate.complaints() == "");
}

TEST_CASE("a bus that never grants direct memory is used by bursts alone") {
  Random random(test_seed());
  const Transfer transfer(random);
  ChipConfig config = chip(Timing::Loose);
  config.dma.use_direct_memory = true;
  BoundaryBench<> bench("bench", Style::Blocking, config);
  std::uint32_t status = 0;
  run_transfer(bench, transfer, status);
  sc_core::sc_start(sc_time(10, SC_MS));
  CHECK(status == done_mask);
  CHECK(transfer.arrived(bench.memory, bench.chip));
  CHECK(bench.dma_checker.rules().traffic().direct == 0);  // nobody hinted at it
  CHECK(bench.memory.bursts.size() > 30);
}

TEST_CASE("beside a memory of one latency whatever the length the DMA counts its own beats") {
  Random random(test_seed());
  const Transfer transfer(random);
  SystemMemory::Config fixed;
  fixed.latency = sc_time(1, SC_NS);
  BoundaryBench<> narrow("narrow", Style::Blocking, chip(Timing::Loose), fixed);
  ChipConfig wide_chip = chip(Timing::Loose);
  wide_chip.dma.bytes_per_cycle = 64;
  BoundaryBench<> wide("wide", Style::Blocking, wide_chip, fixed);
  std::uint32_t status[2] = {};
  run_transfer(narrow, transfer, status[0]);
  run_transfer(wide, transfer, status[1]);
  sc_core::sc_start(sc_time(10, SC_MS));
  CHECK(status[0] == done_mask);
  CHECK(status[1] == done_mask);
  CHECK(narrow.chip.ledger().busy_picoseconds() > 2 * 1000 / 8 * 2000);
  CHECK(wide.chip.ledger().busy_picoseconds() < narrow.chip.ledger().busy_picoseconds());
}

TEST_CASE("a request of a payload without a memory manager is served while its initiator keeps it") {
  Random random(test_seed());
  BoundaryBench<> bench("bench", Style::FourPhases, chip(Timing::Loose));
  std::uint32_t value = 0;
  tlm::tlm_generic_payload payload;
  payload.set_read();
  payload.set_address(registers::id);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(4);
  payload.set_streaming_width(4);
  bench.host.runs([&](Host& host) {
    for (int round = 0; round < 2; ++round) {
      value = 0;
      payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
      tlm::tlm_phase phase = tlm::BEGIN_REQ;
      sc_time delay;
      tlm::tlm_fw_transport_if<>& target = *bench.chip.host.get_base_export().operator->();
      CHECK(target.nb_transport_fw(payload, phase, delay) == tlm::TLM_UPDATED);
      CHECK(phase == tlm::END_REQ);
      sc_core::wait(1, SC_NS);
      CHECK(payload.is_response_ok());
      phase = tlm::END_RESP;
      CHECK(target.nb_transport_fw(payload, phase, delay) == tlm::TLM_COMPLETED);
      sc_core::wait(1, SC_NS);
      CHECK(value == host.read(registers::id));  // the next one, by a manager's payload
    }
  });
  sc_core::sc_start(sc_time(1, SC_MS));
  CHECK(bench.host.finished);
}

TEST_CASE("interrupts reach a system of function calls by an adapter") {
  Random random(test_seed());
  const Transfer transfer(random, 64);
  BoundaryBench<> bench("bench", Style::Blocking, chip(Timing::Loose));
  transfer.prepare(bench.memory);
  bench.host.runs([&](Host& host) {
    host.write(registers::irq_enable, fields::irq_enable_done.mask());
    transfer.start(host);
    CHECK(bench.irq_levels.empty());
    host.poll();
    sc_core::wait(1, SC_NS);
    CHECK(bench.irq_levels == std::vector<bool>{true});
    host.write(registers::irq_status, fields::irq_status_done.mask());
    sc_core::wait(1, SC_NS);
  });
  sc_core::sc_start(sc_time(10, SC_MS));
  CHECK(bench.host.finished);
  CHECK(bench.irq_levels == std::vector<bool>{true, false});
}

TEST_CASE("a host that polls and never takes an interrupt sees every stream end") {
  Random random(test_seed());
  const Transfer transfer(random, 64);
  BoundaryBench<> bench("bench", Style::Decoupled, chip(Timing::Loose));
  transfer.prepare(bench.memory);
  int ended = 0;
  bench.host.runs([&](Host& host) {
    for (int round = 0; round < 20; ++round) {
      transfer.start(host);
      ended += host.poll() == done_mask ? 1 : 0;
      if (round % 2 == 0) {
        host.write(registers::irq_status, ~0u);  // or leaves the cause pending
      }
    }
  });
  sc_core::sc_start(sc_time(10, SC_MS));
  CHECK(ended == 20);
  CHECK(bench.irq_levels.empty());
  CHECK(bench.complaints() == "");
}

}  // namespace spinvp::test
