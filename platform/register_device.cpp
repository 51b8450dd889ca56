#include "platform/register_device.h"

#include <cassert>
#include <cstring>

namespace spinvp::platform {
namespace {

constexpr unsigned register_bytes = 4;

}  // namespace

RegisterDevice::RegisterDevice(sc_core::sc_module_name name) : sc_module(name) {
  socket.register_b_transport(this, &RegisterDevice::b_transport);
  socket.register_transport_dbg(this, &RegisterDevice::transport_dbg);
}

void RegisterDevice::add_register(std::uint64_t offset, Register description) {
  assert(offset % register_bytes == 0);
  const bool added = registers_.emplace(offset, std::move(description)).second;
  assert(added);
  static_cast<void>(added);
}

void RegisterDevice::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  ahead_ = delay;
  payload.set_response_status(access(payload));
  ahead_ = sc_core::SC_ZERO_TIME;
}

tlm::tlm_response_status RegisterDevice::access(tlm::tlm_generic_payload& payload) {
  if (payload.get_byte_enable_ptr() != nullptr) {
    return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  }
  if (payload.get_data_length() != register_bytes || payload.get_streaming_width() < register_bytes ||
      payload.get_address() % register_bytes != 0) {
    return tlm::TLM_BURST_ERROR_RESPONSE;
  }
  const auto found = registers_.find(payload.get_address());
  if (found == registers_.end()) {
    return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
  const Register& target = found->second;
  std::uint32_t value = 0;
  if (payload.is_read() && target.read) {
    value = target.read();
    std::memcpy(payload.get_data_ptr(), &value, register_bytes);
    return tlm::TLM_OK_RESPONSE;
  }
  if (payload.is_write() && target.write) {
    std::memcpy(&value, payload.get_data_ptr(), register_bytes);
    target.write(value);
    return tlm::TLM_OK_RESPONSE;
  }
  return payload.get_command() == tlm::TLM_IGNORE_COMMAND ? tlm::TLM_OK_RESPONSE : tlm::TLM_COMMAND_ERROR_RESPONSE;
}

unsigned RegisterDevice::transport_dbg(tlm::tlm_generic_payload& payload) {
  if (!payload.is_read()) {
    return 0;
  }
  unsigned done = 0;
  while (done < payload.get_data_length()) {
    const std::uint64_t address = payload.get_address() + done;
    const auto found = registers_.find(address - address % register_bytes);
    if (found == registers_.end() || (!found->second.peek && !found->second.read)) {
      break;
    }
    const std::uint32_t value = found->second.peek ? found->second.peek() : found->second.read();
    payload.get_data_ptr()[done] = static_cast<std::uint8_t>(value >> (8 * (address % register_bytes)));
    ++done;
  }
  return done;
}

}  // namespace spinvp::platform
