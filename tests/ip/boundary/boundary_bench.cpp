#include "tests/ip/boundary/boundary_bench.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace spinvp::test {

namespace registers = interface::registers;
namespace fields = interface::fields;
using sc_core::SC_NS;
using sc_core::sc_time;

Host::Host(sc_core::sc_module_name name, Style style)
    : sc_module(name),
      style_(style),
      random_(test_seed()),
      approximate_([this](auto& payload, auto& phase,
                          auto& delay) { return (*forward_)->nb_transport_fw(payload, phase, delay); },
                   style == Style::TwoPhases ? ApproximateInitiator::ResponseEnd::Completed
                                             : ApproximateInitiator::ResponseEnd::Call) {}

void Host::before_end_of_elaboration() {
  SC_HAS_PROCESS(Host);
  SC_THREAD(run);
}

void Host::run() {
  if (program_) {
    program_(*this);
    finished = true;
  }
}

tlm::tlm_response_status Host::access(const Access& access, Bytes& data) {
  const PooledPayload payload(approximate_.pool());
  Bytes enables = access.enables;
  payload->set_command(access.command);
  payload->set_address(access.address);
  payload->set_data_ptr(data.data());
  payload->set_data_length(static_cast<unsigned>(data.size()));
  payload->set_streaming_width(access.streaming_width == 0 ? payload->get_data_length() : access.streaming_width);
  if (!enables.empty()) {
    payload->set_byte_enable_ptr(enables.data());
    payload->set_byte_enable_length(static_cast<unsigned>(enables.size()));
  }
  sc_time delay = sc_core::SC_ZERO_TIME;
  if (style_ == Style::FourPhases || style_ == Style::TwoPhases) {
    approximate_.transport(*payload, delay);
  } else {
    delay = sc_time(style_ == Style::Decoupled ? random_.number(0, 20) : 0, SC_NS);
    (*forward_)->b_transport(*payload, delay);
  }
  if (delay > sc_core::SC_ZERO_TIME) {
    wait(delay);
  }
  return payload->get_response_status();
}

std::uint32_t Host::read(std::uint32_t offset) {
  Bytes data(4);
  if (access({tlm::TLM_READ_COMMAND, offset, 0, {}}, data) != tlm::TLM_OK_RESPONSE) {
    throw std::runtime_error("read: the chip refused");
  }
  std::uint32_t value = 0;
  std::memcpy(&value, data.data(), 4);
  return value;
}

void Host::write(std::uint32_t offset, std::uint32_t value) {
  Bytes data(4);
  std::memcpy(data.data(), &value, 4);
  if (access({tlm::TLM_WRITE_COMMAND, offset, 0, {}}, data) != tlm::TLM_OK_RESPONSE) {
    throw std::runtime_error("write: the chip refused");
  }
}

unsigned Host::debug(tlm::tlm_command command, std::uint64_t address, void* data, unsigned length) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(static_cast<unsigned char*>(data));
  payload.set_data_length(length);
  payload.set_streaming_width(length);
  return (*forward_)->transport_dbg(payload);
}

bool Host::direct(tlm::tlm_command command, std::uint64_t address, tlm::tlm_dmi& dmi) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(address);
  return (*forward_)->get_direct_mem_ptr(payload, dmi);
}

void Host::start(std::uint64_t address, std::size_t words, std::uint64_t base) {
  write(registers::stream_address_lo, static_cast<std::uint32_t>(address));
  write(registers::stream_address_hi, static_cast<std::uint32_t>(address >> 32));
  write(registers::stream_bytes, static_cast<std::uint32_t>(words * 4));
  for (std::uint32_t i = 0; i < 4; ++i) {
    write(registers::base_network_lo + i * 8, static_cast<std::uint32_t>(base));
    write(registers::base_network_hi + i * 8, static_cast<std::uint32_t>(base >> 32));
  }
  write(registers::control, fields::control_enable.mask());
  write(registers::doorbell, fields::doorbell_start.mask());
}

std::uint32_t Host::poll() {
  while (true) {
    const std::uint32_t status = read(registers::status);
    if (fields::status_busy.extract(status) == 0) {
      return status;
    }
    wait(100, SC_NS);
  }
}

tlm::tlm_sync_enum Host::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_time& delay) {
  return approximate_.nb_transport_bw(payload, phase, delay);
}

void Host::invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) {
  invalidated.emplace_back(first, last);
}

SystemMemory::SystemMemory(sc_core::sc_module_name name, const Config& config)
    : sc_module(name),
      config_(config),
      approximate_(
          "approximate", [this](auto& payload, auto& delay) { b_transport(payload, delay); },
          [this](auto& payload, auto& phase, auto& delay) {
            return (*backward_)->nb_transport_bw(payload, phase, delay);
          },
          config.approximate) {}

void SystemMemory::put(std::uint64_t offset, const Bytes& bytes) {
  std::copy(bytes.begin(), bytes.end(), data.begin() + static_cast<std::ptrdiff_t>(offset));
}

void SystemMemory::put(std::uint64_t offset, const Words& words) {
  std::memcpy(data.data() + offset, words.data(), words.size() * 4);
}

Bytes SystemMemory::get(std::uint64_t offset, std::size_t bytes) const {
  const auto first = data.begin() + static_cast<std::ptrdiff_t>(offset);
  return {first, first + static_cast<std::ptrdiff_t>(bytes)};
}

void SystemMemory::b_transport(tlm::tlm_generic_payload& payload, sc_time& delay) {
  bursts.push_back(payload.get_data_length());
  delay += config_.latency + config_.byte_latency * static_cast<double>(payload.get_data_length());
  if (config_.waits) {
    wait(std::exchange(delay, sc_core::SC_ZERO_TIME));
  }
  const std::uint64_t address = payload.get_address();
  if (address < base || address - base + payload.get_data_length() > data.size()) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  unsigned char* const at = data.data() + (address - base);
  if (payload.is_read()) {
    std::copy_n(at, payload.get_data_length(), payload.get_data_ptr());
  } else {
    std::copy_n(payload.get_data_ptr(), payload.get_data_length(), at);
  }
  payload.set_dmi_allowed(config_.grants_direct_memory || config_.refuses_direct_memory);
  if (!config_.leaves_response) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  if (config_.rewrites_address) {
    payload.set_address(address - base);
  }
}

tlm::tlm_sync_enum SystemMemory::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                                 sc_time& delay) {
  return approximate_.nb_transport_fw(payload, phase, delay);
}

bool SystemMemory::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t address = payload.get_address();
  dmi.init();
  dmi.set_start_address(config_.grants_direct_memory ? address - (address - base) % config_.direct_page : address);
  dmi.set_end_address(config_.grants_direct_memory
                          ? std::min<std::uint64_t>(dmi.get_start_address() + config_.direct_page, base + data.size()) -
                                1
                          : address);
  if (config_.grants_direct_memory) {
    dmi.set_dmi_ptr(data.data() + (dmi.get_start_address() - base));
    dmi.allow_read_write();
    dmi.set_read_latency(config_.byte_latency);
    dmi.set_write_latency(config_.byte_latency);
  }
  return config_.grants_direct_memory;
}

}  // namespace spinvp::test
