#pragma once

#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "ip/pim/irq_callback.h"
#include "ip/pim/pim_device.h"
#include "ip/tlm/approximate_initiator.h"
#include "ip/tlm/approximate_target.h"
#include "tests/ip/support/streams.h"
#include "tests/support/protocol_checker.h"

namespace spinvp::test {

/// How a host speaks.
enum class Style {
  Blocking,
  Decoupled,   ///< blocking, ahead of simulated time by a random delay
  FourPhases,  ///< non-blocking
  TwoPhases,   ///< non-blocking, responses completed at once
};

/// Attributes of a transaction beside the data.
struct Access {
  tlm::tlm_command command = tlm::TLM_READ_COMMAND;
  std::uint64_t address = 0;
  unsigned streaming_width = 0;  ///< 0: as long as the data
  Bytes enables;                 ///< none: all bytes
};

/// A host whose program is a test's function, run in a thread.
class Host : public sc_core::sc_module, public tlm::tlm_bw_transport_if<> {
 public:
  using Program = std::function<void(Host&)>;

  std::vector<std::pair<std::uint64_t, std::uint64_t>> invalidated;
  bool finished = false;  ///< the program has come to its end

  Host(sc_core::sc_module_name name, Style style);
  void connect(sc_core::sc_port_b<tlm::tlm_fw_transport_if<>>& forward) { forward_ = &forward; }
  void runs(Program program) { program_ = std::move(program); }

  tlm::tlm_response_status access(const Access& access, Bytes& data);
  std::uint32_t read(std::uint32_t offset);
  void write(std::uint32_t offset, std::uint32_t value);
  unsigned debug(tlm::tlm_command command, std::uint64_t address, void* data, unsigned length);
  bool direct(tlm::tlm_command command, std::uint64_t address, tlm::tlm_dmi& dmi);

  /// Programs the registers and rings the doorbell; the stream is at `address` already, and so are all bases.
  void start(std::uint64_t address, std::size_t words, std::uint64_t base);
  /// Polls STATUS, without interrupts, until the stream has ended; what STATUS reads then.
  std::uint32_t poll();

  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override;

 private:
  void before_end_of_elaboration() override;
  void run();

  const Style style_;
  Random random_;
  Program program_;
  sc_core::sc_port_b<tlm::tlm_fw_transport_if<>>* forward_ = nullptr;
  ApproximateInitiator approximate_;
};

/// System memory, and how it may be built by somebody else.
class SystemMemory : public sc_core::sc_module, public tlm::tlm_fw_transport_if<> {
 public:
  struct Config {
    sc_core::sc_time latency;  ///< of a transaction, however long
    ApproximateTargetConfig approximate;
    bool waits = false;             ///< instead of annotating its time
    bool leaves_response = false;   ///< at TLM_INCOMPLETE_RESPONSE
    bool rewrites_address = false;  ///< as a bus does that does not restore it
    bool grants_direct_memory = false;
    bool refuses_direct_memory = false;   ///< though its responses offer it
    std::uint64_t direct_page = 1 << 16;  ///< grants are pages of so many bytes
    sc_core::sc_time byte_latency;        ///< of each byte, by transaction or pointer, beside the latency
  };
  static constexpr std::uint64_t base = 0x80000000;

  Bytes data = Bytes(1 << 16);
  std::vector<unsigned> bursts;  ///< lengths of the transactions, in order

  SystemMemory(sc_core::sc_module_name name, const Config& config);
  void connect(sc_core::sc_port_b<tlm::tlm_bw_transport_if<>>& backward) { backward_ = &backward; }
  void put(std::uint64_t offset, const Bytes& bytes);
  void put(std::uint64_t offset, const Words& words);
  Bytes get(std::uint64_t offset, std::size_t bytes) const;
  void take_back(std::uint64_t first, std::uint64_t last) { (*backward_)->invalidate_direct_mem_ptr(first, last); }

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
  unsigned transport_dbg(tlm::tlm_generic_payload&) override { return 0; }

 private:
  const Config config_;
  sc_core::sc_port_b<tlm::tlm_bw_transport_if<>>* backward_ = nullptr;
  ApproximateTarget approximate_;
};

/// A chip between a host and a memory, with a protocol checker at either socket.
template <unsigned HostBits = 32, unsigned DmaBits = 32>
class BoundaryBench : public sc_core::sc_module {
 public:
  Host host;
  BasicPimDevice<HostBits, DmaBits> chip;
  SystemMemory memory;
  ProtocolChecker<HostBits> host_checker{"host_checker"};
  ProtocolChecker<DmaBits> dma_checker;
  std::vector<bool> irq_levels;  ///< as the interrupt changed
  IrqCallback irq{"irq", [this](bool level) { irq_levels.push_back(level); }};
  sc_core::sc_signal<bool> reset{"reset"};

  BoundaryBench(sc_core::sc_module_name name, Style style, const ChipConfig& chip_config,
                const SystemMemory::Config& memory_config = {})
      : sc_module(name),
        host("host", style),
        chip("chip", chip_config),
        memory("memory", memory_config),
        dma_checker("dma_checker", LinkEnds{false, memory_config.rewrites_address}) {
    host_socket_.bind(host);
    host.connect(host_socket_.get_base_port());
    host_socket_.bind(host_checker.target);
    host_checker.initiator.bind(chip.host);
    chip.dma.bind(dma_checker.target);
    memory_socket_.bind(memory);
    dma_checker.initiator.bind(memory_socket_);
    memory.connect(memory_socket_.get_base_port());
    chip.irq.bind(irq.irq);
    chip.reset.bind(reset);
  }
  /// What was wrong at either socket.
  std::string complaints() const { return host_checker.complaints() + dma_checker.complaints(); }

 private:
  tlm::tlm_initiator_socket<HostBits> host_socket_{"host_socket"};
  tlm::tlm_target_socket<DmaBits> memory_socket_{"memory_socket"};
};

}  // namespace spinvp::test
