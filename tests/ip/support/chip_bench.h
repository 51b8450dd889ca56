#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "ip/pim/pim_device.h"

namespace spinvp::test {

/// A chip whose costs are all different, so that none can stand in for another: clock 2 ns, row read 1 cycle, row
/// write 2 cycles, DMA 8 B a cycle in bursts of 64 B, buffer ports of 16 B a cycle, 4 digital lanes, 3 multipliers,
/// queues of 2.
ChipConfig small_chip(std::uint32_t rows, std::uint32_t columns, std::uint32_t banks, std::uint32_t subarrays_per_bank,
                      std::uint32_t buffer_bytes, Detail detail);

/// The same chip with in-memory adders beside the accumulators.
ChipConfig with_adder(ChipConfig config, AdditionScheme scheme, bool carry_write_back, bool sum_write_cycle);

/// System memory as the chip's DMA sees it: a window of bytes, a latency by annotation or by waiting, and a hole that
/// refuses.
class BenchMemory : public sc_core::sc_module {
 public:
  struct Config {
    std::uint64_t base = 0x80000000;
    std::uint64_t bytes = 1 << 20;
    sc_core::sc_time latency;  ///< of a transaction
    bool waits = false;        ///< wait() for the latency instead of annotating it
  };
  struct Burst {
    bool write = false;
    std::uint64_t address = 0;  ///< on the bus
    std::uint32_t bytes = 0;
  };

  tlm_utils::simple_target_socket<BenchMemory> socket{"socket"};
  std::vector<std::uint8_t> data;
  std::vector<Burst> bursts;  ///< every transaction seen
  /// Bus addresses [refuse_from, refuse_to) answer with an error.
  std::uint64_t refuse_from = 0;
  std::uint64_t refuse_to = 0;
  bool refuse_writes = false;

  BenchMemory(sc_core::sc_module_name name, const Config& config);
  std::uint64_t base() const { return config_.base; }

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  const Config config_;
};

/// How a stream ended.
struct StreamResult {
  bool done = false;      ///< STATUS.DONE
  bool finished = false;  ///< not BUSY any more: neither hangs nor still runs
  interface::ErrorCause cause = interface::ErrorCause::None;
  std::uint32_t detail = 0;
  std::uint64_t error_address = 0;  ///< offset of the failed command in the stream, in bytes
  sc_core::sc_time duration;        ///< from the doorbell to the interrupt
};

/// One chip, its system memory and a host, ready for use from a test's body: the simulation runs inside run_stream(),
/// start() and run_for(). Several benches live in one simulation; make all of them before using any.
///
///     ChipBench bench("bench", small_chip(32, 64, 2, 2, 4096, Detail::Fast));
///     bench.write_memory(0x100, bytes);
///     CHECK(bench.run_stream(stream.words()).done);
///
/// Memory offsets count from the window's base, which is what all four base registers hold as well.
class ChipBench : public sc_core::sc_module {
 public:
  PimDevice chip;
  BenchMemory memory;
  sc_core::sc_signal<bool> irq{"irq"};
  sc_core::sc_signal<bool> reset{"reset"};
  std::uint64_t stream_offset;                      ///< where run_stream() puts streams: the upper half of the memory
  std::array<std::uint64_t, 4> bases{};             ///< written by start()
  sc_core::sc_time time_limit{1, sc_core::SC_SEC};  ///< run_stream() gives up after it

  ChipBench(sc_core::sc_module_name name, const ChipConfig& config);
  ChipBench(sc_core::sc_module_name name, const ChipConfig& config, const BenchMemory::Config& memory_config);

  // System memory
  void write_memory(std::uint64_t offset, const std::vector<std::uint8_t>& bytes);
  std::vector<std::uint8_t> read_memory(std::uint64_t offset, std::size_t bytes) const;

  // Registers. The short forms throw when the chip answers with an error.
  std::uint32_t read_register(std::uint32_t offset);
  void write_register(std::uint32_t offset, std::uint32_t value);
  std::uint64_t read_wide(std::uint32_t low_offset);  ///< a counter: low word, then high
  tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t offset, void* data, unsigned length);
  tlm::tlm_response_status transport(tlm::tlm_generic_payload& payload);
  unsigned debug_read(std::uint64_t offset, std::uint32_t& value);

  // Streams
  /// Writes the stream into memory and programs registers; the doorbell is not rung.
  void prepare(const std::vector<std::uint32_t>& words);
  /// prepare() and the doorbell.
  void start(const std::vector<std::uint32_t>& words);
  /// Runs the simulation until the stream that was started has ended, or nothing happens any more.
  StreamResult finish();
  StreamResult run_stream(const std::vector<std::uint32_t>& words);
  /// Lets time pass, and everything happen that is due by then.
  void run_for(sc_core::sc_time time);

  // What is inside
  std::vector<std::uint8_t> buffer(std::uint32_t address, std::uint32_t bytes);
  std::vector<std::uint64_t> row(std::uint32_t subarray, std::uint32_t row) const;
  std::vector<std::uint64_t> all_rows() const;

 private:
  void on_irq();
  void elaborate();

  tlm_utils::simple_initiator_socket<ChipBench> host_{"host"};
  sc_core::sc_time started_;
  sc_core::sc_time irq_time_;
};

}  // namespace spinvp::test
