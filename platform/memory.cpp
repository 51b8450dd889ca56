#include "platform/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/errors.h"

namespace spinvp::platform {
namespace {

/// What direct memory is used for: a byte of it takes its share of a word's transaction.
constexpr unsigned word_bytes = 4;

}  // namespace

Memory::Memory(sc_core::sc_module_name name, const MemoryConfig& config) : sc_module(name), config_(config) {
  if (config_.size == 0 || config_.beat_bytes == 0) {
    throw InputError(fmt::format("memory '{}': size and bytes of a beat must not be 0", this->name()));
  }
  bytes_.reset(static_cast<std::uint8_t*>(std::calloc(config_.size, 1)));
  if (!bytes_) {
    throw InputError(fmt::format("memory '{}': the host cannot give {} bytes", this->name(), config_.size));
  }
  socket.register_b_transport(this, &Memory::b_transport);
  socket.register_nb_transport_fw(this, &Memory::nb_transport_fw);
  socket.register_get_direct_mem_ptr(this, &Memory::get_direct_mem_ptr);
  socket.register_transport_dbg(this, &Memory::transport_dbg);
}

void Memory::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  delay += serve(payload);
}

// The response is known as the request comes, so it is told with its time: no process, no event.
tlm::tlm_sync_enum Memory::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                           sc_core::sc_time& delay) {
  if (phase == tlm::END_RESP && responding_ == &payload) {
    end_response(delay);
    return tlm::TLM_COMPLETED;
  }
  if (phase != tlm::BEGIN_REQ) {
    return tlm::TLM_ACCEPTED;
  }
  if (responding_ != nullptr) {
    waiting_.push_back({&payload, sc_core::sc_time_stamp() + delay});
    return tlm::TLM_ACCEPTED;
  }
  responding_ = &payload;
  delay += serve(payload);
  phase = tlm::BEGIN_RESP;
  return tlm::TLM_UPDATED;
}

void Memory::end_response(const sc_core::sc_time& delay) {
  responding_ = nullptr;
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  sc_core::sc_time free_at = now + delay;
  while (responding_ == nullptr && !waiting_.empty()) {
    const Request next = waiting_.front();
    waiting_.pop_front();
    responding_ = next.payload;
    sc_core::sc_time answer_delay = std::max(free_at, next.begin) - now + serve(*next.payload);
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    if (socket->nb_transport_bw(*next.payload, phase, answer_delay) != tlm::TLM_ACCEPTED) {
      responding_ = nullptr;
      free_at = now + answer_delay;
    }
  }
}

sc_core::sc_time Memory::serve(tlm::tlm_generic_payload& payload) {
  const tlm::tlm_response_status status = check(payload);
  payload.set_response_status(status);
  if (status != tlm::TLM_OK_RESPONSE) {
    return sc_core::SC_ZERO_TIME;
  }
  copy(payload);
  payload.set_dmi_allowed(true);
  return latency(payload.get_data_length());
}

void Memory::copy(tlm::tlm_generic_payload& payload) {
  std::uint8_t* const memory = bytes_.get() + payload.get_address();
  std::uint8_t* const data = payload.get_data_ptr();
  const unsigned length = payload.get_data_length();
  const unsigned width = payload.get_streaming_width();
  const std::uint8_t* const enables = payload.get_byte_enable_ptr();
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    return;
  }
  if (enables == nullptr && width >= length) {
    payload.is_read() ? std::memcpy(data, memory, length) : std::memcpy(memory, data, length);
    return;
  }
  for (unsigned i = 0; i < length; ++i) {
    if (enables == nullptr || enables[i % payload.get_byte_enable_length()] != TLM_BYTE_DISABLED) {
      (payload.is_read() ? data[i] : memory[i % width]) = payload.is_read() ? memory[i % width] : data[i];
    }
  }
}

bool Memory::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  dmi.set_start_address(0);
  dmi.set_end_address(config_.size - 1);
  if (config_.read_only && payload.is_write()) {
    return false;
  }
  dmi.set_dmi_ptr(bytes_.get());
  dmi.set_granted_access(config_.read_only ? tlm::tlm_dmi::DMI_ACCESS_READ : tlm::tlm_dmi::DMI_ACCESS_READ_WRITE);
  const sc_core::sc_time byte_latency = latency(word_bytes) / word_bytes;
  dmi.set_read_latency(byte_latency);
  dmi.set_write_latency(byte_latency);
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
  const std::uint64_t touched = std::min<std::uint64_t>(length, payload.get_streaming_width());
  if (address >= config_.size || touched > config_.size - address) {
    return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
  if (payload.get_byte_enable_ptr() != nullptr && payload.get_byte_enable_length() == 0) {
    return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  }
  if (touched == 0) {
    return tlm::TLM_BURST_ERROR_RESPONSE;
  }
  if (payload.get_data_ptr() == nullptr && payload.get_command() != tlm::TLM_IGNORE_COMMAND) {
    return tlm::TLM_GENERIC_ERROR_RESPONSE;
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
