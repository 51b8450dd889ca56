#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <systemc>
#include <tlm>
#include <utility>

#include "firmware/driver/pim_driver.h"

/// Runs the chip's C driver as a native thread: a program calls pim_open(), pim_load(), pim_run() with hal(), and what
/// the driver asks of its system becomes transactions on the bus and waiting in simulated time.
template <unsigned Bits>
class DriverHost : public sc_core::sc_module {
 public:
  using Program = std::function<void(DriverHost&)>;

  tlm_utils::simple_initiator_socket<DriverHost, Bits> bus{"bus"};
  sc_core::sc_in<bool> irq{"irq"};
  pim_device device{};

  DriverHost(sc_core::sc_module_name name, Program program) : sc_module(name), program_(std::move(program)) {
    SC_HAS_PROCESS(DriverHost);
    SC_THREAD(run);
  }

  pim_hal hal() {
    pim_hal hal{};
    hal.context = this;
    hal.read32 = [](void* self, std::uint64_t address) { return of(self).access(tlm::TLM_READ_COMMAND, address, 0); };
    hal.write32 = [](void* self, std::uint64_t address, std::uint32_t value) {
      of(self).access(tlm::TLM_WRITE_COMMAND, address, value);
    };
    hal.barrier = [](void*) {};  // every access is done when it returns
    hal.wait_for_interrupt = [](void* self, std::uint64_t deadline) { of(self).wait_for_interrupt(deadline); };
    hal.time = [](void*) { return now(); };
    return hal;
  }

 private:
  static DriverHost& of(void* self) { return *static_cast<DriverHost*>(self); }

  /// The driver's ticks are nanoseconds.
  static std::uint64_t now() { return static_cast<std::uint64_t>(sc_core::sc_time_stamp().to_seconds() * 1e9); }

  void run() { program_(*this); }

  void wait_for_interrupt(std::uint64_t deadline) {
    if (!irq.read()) {
      if (deadline == PIM_NO_DEADLINE) {
        wait(irq.posedge_event());
      } else if (deadline > now()) {
        wait(sc_core::sc_time(static_cast<double>(deadline - now()), sc_core::SC_NS), irq.posedge_event());
      }
    }
    if (irq.read()) {
      pim_irq(&device);  // what an interrupt handler does
    }
  }

  std::uint32_t access(tlm::tlm_command command, std::uint64_t address, std::uint32_t value) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    bus->b_transport(payload, delay);
    wait(delay);
    if (payload.is_response_error()) {
      SC_REPORT_ERROR("driver host", payload.get_response_string().c_str());
    }
    return value;
  }

  Program program_;
};
