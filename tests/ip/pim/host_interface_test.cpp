#include <catch2/catch.hpp>

#include "tests/ip/support/streams.h"

using namespace spinvp;
using namespace spinvp::test;
namespace view = spinvp::interface;
namespace registers = spinvp::interface::registers;
namespace fields = spinvp::interface::fields;

namespace {

// What a register reads after a reset: its reset value, or what the build of the chip says.
std::uint32_t reset_value(const view::RegisterInfo& info) {
  switch (info.offset) {
    case registers::cap_array:
      return 32 | 64 << 16;
    case registers::cap_banks:
      return 2 | 3 << 16;
    case registers::cap_buffer:
      return 4096;
    case registers::cap_engines:
      return 1 | 1 << 3 | 12 << 8;
    case registers::cap_clock:
      return 500000;
    case registers::cap_features:
      return 15;
    case registers::cap_dma:
      return 64 | 8 << 16;
    default:
      return info.reset;
  }
}

struct Host {
  ChipBench bench{"bench", small_chip(32, 64, 2, 3, 4096, Detail::Fast)};

  std::uint32_t read(std::uint32_t offset) { return bench.read_register(offset); }
  void write(std::uint32_t offset, std::uint32_t value) { bench.write_register(offset, value); }
  void check_reset_values() {
    for (const view::RegisterInfo& info : view::register_table) {
      CAPTURE(info.name);
      CHECK(read(info.offset) == reset_value(info));
    }
  }
  bool irq() {
    bench.run_for(sc_core::SC_ZERO_TIME);
    bench.run_for(sc_core::SC_ZERO_TIME);
    return bench.irq.read();
  }
};

Words signal_stream(std::uint32_t value) {
  view::SignalCommand signal;
  signal.value = value;
  return stream_of(signal);
}

}  // namespace

TEST_CASE("every register starts at its reset value") {
  Host host;
  host.check_reset_values();
}

TEST_CASE("MAX_PLANES is what the commands allow an activation") {
  Host host;
  const std::uint32_t planes = fields::cap_engines_max_planes.extract(host.read(registers::cap_engines));
  int found = 0;
  for (const view::CommandInfo& command : view::command_table) {
    for (std::size_t i = 0; i < command.field_count; ++i) {
      const std::string name = command.fields[i].name;
      const bool of_activation =
          name == "activation_planes" || (name == "planes" && command.opcode != view::PackCommand::opcode);
      if (of_activation) {
        CAPTURE(command.name, name);
        CHECK(command.fields[i].maximum == planes);
        ++found;
      }
    }
  }
  CHECK(found >= 6);
}

TEST_CASE("only registers that exist are accessed") {
  Host host;
  std::uint64_t data = 0;
  for (const auto command : {tlm::TLM_READ_COMMAND, tlm::TLM_WRITE_COMMAND, tlm::TLM_IGNORE_COMMAND}) {
    CHECK(host.bench.access(command, registers::control, &data, 0) == tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(host.bench.access(command, registers::stream_bytes, &data, 4) == tlm::TLM_OK_RESPONSE);
    for (const std::uint64_t hole :
         {0xF00ull, 0xFFCull, 0xFFFFFFFCull, 0x100000000ull, 0x100000020ull, 0xFFFFFFFFFFFFFFFCull}) {
      CHECK(host.bench.access(command, hole, &data, 4) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
      CHECK(host.bench.access(command, hole, &data, 1) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
  }
  host.check_reset_values();
}

TEST_CASE("a doorbell is rejected while the chip is not enabled") {
  Host host;
  host.bench.prepare(signal_stream(7));
  host.write(registers::control, 0);
  host.write(registers::doorbell, 1);
  CHECK(host.read(registers::status) == fields::status_rejected.mask());
  host.bench.run_for(sc_core::sc_time(1, sc_core::SC_US));
  CHECK(host.read(registers::signal_value) == 0);
  host.write(registers::control, 1);
  host.write(registers::doorbell, 1);
  CHECK(host.read(registers::status) == fields::status_busy.mask());  // REJECTED is gone
  CHECK(host.bench.finish().done);
  CHECK(host.read(registers::signal_value) == 7);
}

TEST_CASE("a doorbell is rejected while a stream runs, which goes on undisturbed") {
  Host host;
  host.bench.start(signal_stream(7));
  host.write(registers::stream_bytes, 0);  // would end at once with STREAM_END
  host.write(registers::doorbell, 1);
  CHECK(host.read(registers::status) == (fields::status_busy.mask() | fields::status_rejected.mask()));
  CHECK(host.bench.finish().done);
  CHECK(host.read(registers::status) == (fields::status_done.mask() | fields::status_rejected.mask()));
  CHECK(host.read(registers::signal_value) == 7);
  host.bench.run_for(sc_core::sc_time(1, sc_core::SC_US));
  CHECK(host.read(registers::commands) == 2);
}

TEST_CASE("switching ENABLE off lets the stream that runs finish") {
  Host host;
  host.bench.start(signal_stream(7));
  host.write(registers::control, 0);
  CHECK(host.bench.finish().done);
}

TEST_CASE("the interrupt line follows status and enable, and a written 1 clears a cause") {
  Host host;
  host.bench.prepare(signal_stream(1));
  host.write(registers::irq_enable, 0);
  host.write(registers::doorbell, 1);
  CHECK(host.bench.finish().done);
  const std::uint32_t causes = fields::irq_status_done.mask() | fields::irq_status_signal.mask();
  CHECK(host.read(registers::irq_status) == causes);
  CHECK_FALSE(host.irq());
  host.write(registers::irq_enable, fields::irq_enable_error.mask());
  CHECK_FALSE(host.irq());
  host.write(registers::irq_enable, fields::irq_enable_signal.mask());
  CHECK(host.irq());
  host.write(registers::irq_status, fields::irq_status_done.mask());
  CHECK(host.read(registers::irq_status) == fields::irq_status_signal.mask());
  CHECK(host.irq());
  host.write(registers::irq_status, 0);
  CHECK(host.irq());
  host.write(registers::irq_status, fields::irq_status_signal.mask());
  CHECK_FALSE(host.irq());
}

TEST_CASE("counters say what streams did") {
  Host host;
  view::LoadCommand load;
  load.bytes = 100;
  view::LoadRowsCommand rows;
  rows.row_bytes = 8;
  rows.rows = 3;
  rows.replicas = 2;
  rows.replica_stride = 1;
  view::AndAccCommand and_acc;
  and_acc.kernels_per_subarray = 2;
  and_acc.kernels = 2;
  and_acc.image_row = 2;
  and_acc.accumulator_pitch = 8;
  const StreamResult result = host.bench.run_stream(stream_of(load, rows, and_acc));
  REQUIRE(result.done);
  CHECK(host.bench.read_wide(registers::row_writes_lo) == 6);
  CHECK(host.bench.read_wide(registers::row_operations_lo) == 2);
  CHECK(host.bench.read_wide(registers::dma_bytes_lo) >= 100 + 24 + 29 * 4);
  CHECK(host.bench.read_wide(registers::cycles_lo) * 2000 == result.duration / sc_core::sc_time(1, sc_core::SC_PS));
  CHECK(host.read(registers::commands) == 4);
}

TEST_CASE("reading a counter's low word holds its high word") {
  ChipConfig config = small_chip(32, 64, 1, 1, 4096, Detail::Fast);
  config.clock_period = sc_core::sc_time(10, sc_core::SC_PS);
  BenchMemory::Config slow;
  slow.latency = sc_core::sc_time(30, sc_core::SC_MS);  // 3e9 cycles a burst
  ChipBench bench("bench", config, slow);
  REQUIRE(bench.run_stream(stream_of()).done);  // one burst
  const std::uint32_t first = bench.read_register(registers::cycles_lo);
  CHECK(bench.read_register(registers::cycles_hi) == 0);
  REQUIRE(bench.run_stream(stream_of()).done);
  CHECK(bench.read_register(registers::cycles_hi) == 0);  // still as held
  const std::uint64_t second = bench.read_wide(registers::cycles_lo);
  CHECK(second == std::uint64_t{first} * 2);
  CHECK(second > 0xFFFFFFFF);
}

TEST_CASE("debug reads see registers and counters and change nothing") {
  Host host;
  std::uint32_t value = 1;
  REQUIRE(host.bench.debug_read(registers::id, value) == 4);
  CHECK(value == 0x4E495053);
  REQUIRE(host.bench.run_stream(signal_stream(1)).done);
  REQUIRE(host.bench.debug_read(registers::commands, value) == 4);
  CHECK(value == 2);
  REQUIRE(host.bench.debug_read(registers::dma_bytes_lo, value) == 4);
  CHECK(value == host.read(registers::dma_bytes_lo));
  REQUIRE(host.bench.debug_read(registers::cycles_lo, value) == 4);
  CHECK(value > 0);
  CHECK(host.bench.debug_read(0xF00, value) == 0);
  CHECK(host.bench.debug_read(0x100000000ull, value) == 0);
  CHECK(host.read(registers::irq_status) != 0);
}

TEST_CASE("LAYER and SIGNAL_VALUE follow the stream") {
  Host host;
  network::CommandStream stream(5, false);
  view::SignalCommand signal;
  signal.value = 0xCAFE;
  stream.add(signal, 0);
  stream.set_layer(9);
  stream.add(view::FenceCommand{}, 0);
  stream.add(view::StopCommand{}, 0);
  CHECK(host.bench.run_stream(stream.words()).done);
  CHECK(host.read(registers::layer) == 9);
  CHECK(host.read(registers::signal_value) == 0xCAFE);
}
