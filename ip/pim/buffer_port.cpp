#include "ip/pim/buffer_port.h"

#include <cstring>

namespace spinvp {

void BufferPort::write(std::uint32_t address, const void* data, std::uint32_t length, Activity activity) {
  if (std::uint8_t* direct = direct_pointer()) {
    bytes_written_ += length;
    std::memcpy(direct + address, data, length);
    return;
  }
  scratch_.resize(length);
  std::memcpy(scratch_.data(), data, length);
  access(tlm::TLM_WRITE_COMMAND, address, scratch_.data(), length, activity);
}

void BufferPort::settle(Activity activity) {
  if (bytes_read_ == 0 && bytes_written_ == 0) {
    return;
  }
  account_->bytes_read = bytes_read_;
  account_->bytes_written = bytes_written_;
  access(tlm::TLM_IGNORE_COMMAND, 0, nullptr, 0, activity);
  bytes_read_ = 0;
  bytes_written_ = 0;
}

void BufferPort::ask() {
  asked_ = true;
  tlm::tlm_dmi dmi;
  payload_.set_address(0);
  if (socket->get_direct_mem_ptr(payload_, dmi) && dmi.get_end_address() + 1 >= buffer_bytes_) {
    direct_ = dmi.get_dmi_ptr();
  }
}

void BufferPort::access(tlm::tlm_command command, std::uint32_t address, std::uint8_t* data, std::uint32_t length,
                        Activity activity) {
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  account_->activity = activity;
  payload_.set_command(command);
  payload_.set_address(address);
  payload_.set_data_ptr(data);
  payload_.set_data_length(length);
  payload_.set_streaming_width(length);
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_dmi_allowed(false);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  socket->b_transport(payload_, delay);
  sc_assert(payload_.is_response_ok());  // ranges were checked before
}

}  // namespace spinvp
