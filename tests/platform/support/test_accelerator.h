#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <cstring>
#include <systemc>
#include <tlm>

namespace spinvp::platform {

/// Stands for the chip. Writing an address to register 0 makes it, a microsecond later, write the instruction
/// "li a0, 10 * run" there by DMA and raise its line; writing register 4 lowers the line. Not a device of 32-bit
/// registers on purpose: sockets only.
class TestAccelerator : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<TestAccelerator> host{"host"};
  tlm_utils::simple_initiator_socket<TestAccelerator> dma{"dma"};
  sc_core::sc_out<bool> irq{"irq"};
  sc_core::sc_in<bool> reset{"reset"};

  bool write_pointer_granted = false;

  explicit TestAccelerator(sc_core::sc_module_name name) : sc_module(name) {
    host.register_b_transport(this, &TestAccelerator::b_transport);
    SC_HAS_PROCESS(TestAccelerator);
    SC_THREAD(run);
    SC_METHOD(drive_line);
    sensitive << line_changed_;
  }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    std::uint32_t value = 0;
    std::memcpy(&value, payload.get_data_ptr(), sizeof value);
    if (payload.get_address() == 0) {
      destination_ = value;
      rung_.notify(sc_core::sc_time(1, sc_core::SC_US));
    } else {
      line_ = false;
      line_changed_.notify(sc_core::SC_ZERO_TIME);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  void run() {
    for (std::uint32_t count = 1;; ++count) {
      wait(rung_);
      std::uint32_t instruction = 0x513u | (10 * count) << 20;
      tlm::tlm_generic_payload payload;
      payload.set_command(tlm::TLM_WRITE_COMMAND);
      payload.set_address(destination_);
      payload.set_data_ptr(reinterpret_cast<unsigned char*>(&instruction));
      payload.set_data_length(sizeof instruction);
      payload.set_streaming_width(sizeof instruction);
      sc_core::sc_time delay;
      dma->b_transport(payload, delay);
      wait(delay);
      tlm::tlm_dmi direct;
      write_pointer_granted = dma->get_direct_mem_ptr(payload, direct);
      line_ = true;
      line_changed_.notify(sc_core::SC_ZERO_TIME);
    }
  }

  void drive_line() { irq.write(line_); }

  std::uint32_t destination_ = 0;
  bool line_ = false;
  sc_core::sc_event rung_;
  sc_core::sc_event line_changed_;
};

}  // namespace spinvp::platform
