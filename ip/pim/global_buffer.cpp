#include "ip/pim/global_buffer.h"

#include <cstring>

namespace spinvp {
namespace {

Ledger::Block ledger_block(const ChipConfig& config) {
  Ledger::Block block;
  block.name = "global_buffer";
  block.costs[static_cast<std::size_t>(Event::BufferRead)] = config.buffer.read_byte;
  block.costs[static_cast<std::size_t>(Event::BufferWrite)] = config.buffer.write_byte;
  block.leakage_watts = config.buffer.leakage_watts;
  return block;
}

}  // namespace

GlobalBuffer::GlobalBuffer(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger)
    : sc_module(name),
      detail_(config.detail),
      ledger_(ledger),
      block_(ledger.add_block(ledger_block(config))),
      bytes_(config.buffer.bytes) {
  ports.register_b_transport(this, &GlobalBuffer::transport);
  ports.register_transport_dbg(this, &GlobalBuffer::transport_debug);
  ports.register_get_direct_mem_ptr(this, &GlobalBuffer::direct_pointer);
}

void GlobalBuffer::transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  BufferAccount* account = nullptr;
  payload.get_extension(account);
  const Activity activity = account != nullptr ? account->activity : Activity{};
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    if (account != nullptr) {
      ledger_.count(block_, Event::BufferRead, account->bytes_read, activity);
      ledger_.count(block_, Event::BufferWrite, account->bytes_written, activity);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return;
  }
  const unsigned int length = transport_debug(0, payload);
  if (length == 0) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  ledger_.count(block_, payload.is_read() ? Event::BufferRead : Event::BufferWrite, length, activity);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned int GlobalBuffer::transport_debug(int, tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  const unsigned int length = payload.get_data_length();
  if (address > bytes_.size() || length > bytes_.size() - address) {
    return 0;
  }
  if (payload.is_read()) {
    std::memcpy(payload.get_data_ptr(), bytes_.data() + address, length);
  } else if (payload.is_write()) {
    std::memcpy(bytes_.data() + address, payload.get_data_ptr(), length);
  }
  return length;
}

bool GlobalBuffer::direct_pointer(int, tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) {
  if (detail_ != Detail::Fast) {
    return false;
  }
  dmi.set_dmi_ptr(bytes_.data());
  dmi.set_start_address(0);
  dmi.set_end_address(bytes_.size() - 1);
  dmi.allow_read_write();
  return true;
}

}  // namespace spinvp
