#include "platform/uart.h"

namespace spinvp::platform {
namespace {

constexpr std::uint32_t rx_empty = 0x80000000;

}  // namespace

Uart::Uart(sc_core::sc_module_name name) : RegisterDevice(name) {
  add_register(0x0, {"txdata", [] { return 0u; },
                     [this](std::uint32_t value) {
                       if (output_) {
                         output_(static_cast<char>(value & 0xff));
                       }
                     }});
  add_register(0x4, {"rxdata",
                     [this] {
                       const std::uint32_t value = next_received();
                       if (value != rx_empty) {
                         received_.pop_front();
                       }
                       return value;
                     },
                     {},
                     [this] { return next_received(); }});
}

std::uint32_t Uart::next_received() const {
  return received_.empty() ? rx_empty : static_cast<std::uint32_t>(static_cast<unsigned char>(received_.front()));
}

}  // namespace spinvp::platform
