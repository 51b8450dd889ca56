#include "ip/pim/host_window.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace spinvp {

HostWindow::HostWindow(sc_core::sc_module_name name, const ChipConfig& config,
                       std::function<SubArray&(std::uint32_t)> subarray)
    : sc_module(name),
      rows_per_subarray_(config.rows()),
      row_bytes_(config.row_bytes()),
      bytes_(std::uint64_t{config.subarrays()} * config.rows() * config.row_bytes()),
      subarray_(std::move(subarray)),
      row_(config.row_words()) {
  host.register_b_transport(this, &HostWindow::transport);
  host.register_transport_dbg(this, &HostWindow::transport_debug);
}

void HostWindow::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  const std::uint32_t length = payload.get_data_length();
  if (length == 0 || payload.get_streaming_width() < length) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  if (!holds(payload.get_address(), length)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    return;
  }
  std::uint64_t address = payload.get_address();
  std::uint8_t* data = payload.get_data_ptr();
  for (std::uint32_t left = length; left > 0;) {
    const auto from = static_cast<std::uint32_t>(address % row_bytes_);
    const std::uint32_t part = std::min(left, row_bytes_ - from);
    access_row(payload.get_command(), address / row_bytes_, from, data, part, delay);
    address += part;
    data += part;
    left -= part;
  }
}

void HostWindow::access_row(tlm::tlm_command command, std::uint64_t row, std::uint32_t from, std::uint8_t* data,
                            std::uint32_t length, sc_core::sc_time& delay) {
  auto* const bytes = reinterpret_cast<std::uint8_t*>(row_.data());
  RowTransaction transaction;
  if (command == tlm::TLM_READ_COMMAND || length < row_bytes_) {
    operate(RowOperation::Read, row, transaction, delay);
    std::memcpy(bytes, transaction.sensed, row_bytes_);
  }
  if (command == tlm::TLM_READ_COMMAND) {
    std::memcpy(data, bytes + from, length);
    return;
  }
  std::memcpy(bytes + from, data, length);
  transaction.data = row_.data();
  operate(RowOperation::Write, row, transaction, delay);
}

void HostWindow::operate(RowOperation operation, std::uint64_t row, RowTransaction& transaction,
                         sc_core::sc_time& delay) {
  transaction.operation = operation;
  transaction.subarray = static_cast<std::uint32_t>(row / rows_per_subarray_);
  transaction.row = static_cast<std::uint32_t>(row % rows_per_subarray_);
  transaction.activity = activity;
  rows->b_transport(transaction, delay);
  sc_assert(transaction.ok);  // the range was checked before
}

unsigned int HostWindow::transport_debug(tlm::tlm_generic_payload& payload) {
  std::uint64_t address = payload.get_address();
  std::uint8_t* data = payload.get_data_ptr();
  const std::uint64_t subarray_bytes = std::uint64_t{rows_per_subarray_} * row_bytes_;
  if (address >= bytes_ || payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    return 0;
  }
  const auto length = static_cast<std::uint32_t>(std::min<std::uint64_t>(payload.get_data_length(), bytes_ - address));
  for (std::uint64_t left = length; left > 0;) {
    const std::uint64_t from = address % subarray_bytes;
    const std::uint64_t part = std::min(left, subarray_bytes - from);
    SubArray& subarray = subarray_(static_cast<std::uint32_t>(address / subarray_bytes));
    [[maybe_unused]] const bool done =
        payload.is_read() ? subarray.debug_read(from, data, part) : subarray.debug_write(from, data, part);
    sc_assert(done);
    address += part;
    data += part;
    left -= part;
  }
  return length;
}

}  // namespace spinvp
