#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <string>
#include <systemc>
#include <vector>

#include "firmware/driver/pim_driver.h"
#include "ip/pim/pim_device.h"
#include "network/image/network_image.h"
#include "network/integer_graph.h"
#include "platform/memory.h"

namespace spinvp::test {

/// The shipped chip with memory at its DMA port and a program at its registers, which takes no time and gets the chip's
/// interrupt whenever it sleeps. Ticks are nanoseconds.
class ChipSystem : public sc_core::sc_module {
 public:
  static constexpr std::uint64_t chip_base = 0x40000000;

  tlm_utils::simple_initiator_socket<ChipSystem> registers{"registers"};
  sc_core::sc_signal<bool> irq{"irq"};

  ChipSystem(sc_core::sc_module_name name, std::function<void(ChipSystem&)> program);

  pim_hal hal();
  std::uint64_t add(const std::vector<std::uint8_t>& bytes);  ///< where they stand in memory from now on
  std::vector<std::int32_t> words(std::uint64_t address, std::size_t count) const;

  PimDevice device;
  platform::Memory memory;
  pim_device handle{};  ///< the interrupt handler's

 private:
  void run();
  std::uint32_t access(tlm::tlm_command command, std::uint64_t address, std::uint32_t value);
  void wait_for_interrupt(std::uint64_t deadline);

  sc_core::sc_signal<bool> reset_{"reset"};
  std::function<void(ChipSystem&)> program_;
  std::uint64_t next_ = 0;
};

}  // namespace spinvp::test
