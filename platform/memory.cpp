#include "platform/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/errors.h"

namespace spinvp::platform {

Memory::Memory(sc_core::sc_module_name name, const MemoryConfig& config) : sc_module(name), config_(config) {
  if (config_.size == 0 || config_.beat_bytes == 0) {
    throw InputError(fmt::format("memory '{}': size and bytes of a beat must not be 0", this->name()));
  }
  bytes_.reset(static_cast<std::uint8_t*>(std::calloc(config_.size, 1)));
  if (!bytes_) {
    throw InputError(fmt::format("memory '{}': the host cannot give {} bytes", this->name(), config_.size));
  }
  socket.register_b_transport(this, &Memory::b_transport);
  socket.register_get_direct_mem_ptr(this, &Memory::get_direct_mem_ptr);
  socket.register_transport_dbg(this, &Memory::transport_dbg);
}

void Memory::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const tlm::tlm_response_status status = check(payload);
  if (status == tlm::TLM_OK_RESPONSE) {
    std::uint8_t* at = bytes_.get() + payload.get_address();
    if (payload.is_read()) {
      std::memcpy(payload.get_data_ptr(), at, payload.get_data_length());
    } else if (payload.is_write()) {
      std::memcpy(at, payload.get_data_ptr(), payload.get_data_length());
    }
    delay += latency(payload.get_data_length());
    payload.set_dmi_allowed(true);
  }
  payload.set_response_status(status);
}

bool Memory::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  dmi.set_start_address(0);
  dmi.set_end_address(config_.size - 1);
  if (config_.read_only && payload.is_write()) {
    return false;
  }
  dmi.set_dmi_ptr(bytes_.get());
  dmi.set_granted_access(config_.read_only ? tlm::tlm_dmi::DMI_ACCESS_READ : tlm::tlm_dmi::DMI_ACCESS_READ_WRITE);
  dmi.set_read_latency(latency(1));
  dmi.set_write_latency(latency(1));
  return true;
}

unsigned Memory::transport_dbg(tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  if (address >= config_.size || (config_.read_only && payload.is_write())) {
    return 0;
  }
  const auto length = static_cast<unsigned>(std::min<std::uint64_t>(payload.get_data_length(), config_.size - address));
  if (payload.is_read()) {
    std::memcpy(payload.get_data_ptr(), bytes_.get() + address, length);
  } else if (payload.is_write()) {
    std::memcpy(bytes_.get() + address, payload.get_data_ptr(), length);
  }
  return length;
}

tlm::tlm_response_status Memory::check(const tlm::tlm_generic_payload& payload) const {
  const std::uint64_t address = payload.get_address();
  const std::uint64_t length = payload.get_data_length();
  if (address >= config_.size || length > config_.size - address) {
    return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
  if (payload.get_byte_enable_ptr() != nullptr) {
    return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  }
  if (length == 0 || payload.get_streaming_width() < length) {
    return tlm::TLM_BURST_ERROR_RESPONSE;
  }
  if (payload.is_write() && config_.read_only) {
    return tlm::TLM_COMMAND_ERROR_RESPONSE;
  }
  return tlm::TLM_OK_RESPONSE;
}

sc_core::sc_time Memory::latency(std::uint64_t length) const {
  const std::uint64_t beats = (length + config_.beat_bytes - 1) / config_.beat_bytes;
  return config_.access_latency + config_.beat_latency * static_cast<double>(beats);
}

}  // namespace spinvp::platform
