#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/tlm_quantumkeeper.h>

#include <cstdint>
#include <functional>
#include <systemc>
#include <tlm>

#include "firmware/apps/inference/inference.h"

namespace spinvp::platform {

struct NativeHostConfig {
  std::uint64_t boot_info_address = 0;     ///< where the platform leaves struct boot_info before the simulation starts
  std::function<void(const char*)> print;  ///< gets whole lines
  std::function<void(int)> done;           ///< gets the application's return code, or bus_error_code
};

/// The second implementation of the SoC's processor: runs the inference application and the driver, compiled for the
/// host, against the simulated bus. Its own computing takes no simulated time, only its accesses do; it synchronises
/// around every access that is not direct memory access.
///
/// `external_irq` is what a core's external interrupt would be: the interrupt controller's output, or the chip's own
/// line in a system without a controller (boot_info.plic_base 0). When it rises the host does what an interrupt handler
/// would: claim, pim_irq(), complete.
///
/// A line that stays high although nobody interrupts is not listened to any more, with a line of text; the clock still
/// wakes the driver.
///
/// An access that the bus refuses ends the program, as a trap would: a line with the address, then bus_error_code.
class NativeHost : public sc_core::sc_module {
 public:
  static constexpr int bus_error_code = 255;

  tlm_utils::simple_initiator_socket<NativeHost> bus{"bus"};
  sc_core::sc_in<bool> external_irq{"external_irq"};

  NativeHost(sc_core::sc_module_name name, NativeHostConfig config);

 private:
  void run();
  void read_boot_info();
  void enable_interrupt();
  void serve_interrupt();

  // What the driver's HAL is made of.
  std::uint32_t read32(std::uint64_t address);
  void write32(std::uint64_t address, std::uint32_t value);
  void barrier();
  void wait_for_interrupt(std::uint64_t deadline);
  void wait_for_line(std::uint64_t deadline);
  std::uint64_t time() const;
  pim_hal hal();

  void transport(tlm::tlm_command command, std::uint64_t address, std::uint32_t& value);
  std::uint8_t* direct_pointer(std::uint64_t address, bool allowed) const;  ///< null: transport
  void invalidate(sc_dt::uint64 start, sc_dt::uint64 end);

  NativeHostConfig config_;
  inference app_{};
  sc_core::sc_time tick_;
  tlm_utils::tlm_quantumkeeper quantum_;
  tlm::tlm_dmi dmi_;
  bool has_dmi_ = false;
  int strangers_ = 0;     // interrupts in a row that were not the chip's
  bool is_deaf_ = false;  // to a line that is stuck
};

}  // namespace spinvp::platform
