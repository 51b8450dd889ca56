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
      bytes_(bytes(config)),
      grants_directly_(config.host_dmi),
      read_time_(config.clock_period * config.read_cycles()),
      write_time_(config.clock_period * config.write_cycles()),
      subarray_(std::move(subarray)),
      row_(config.row_words()) {
  host.register_b_transport(this, &HostWindow::transport);
  host.register_get_direct_mem_ptr(this, &HostWindow::direct_pointer);
  host.register_transport_dbg(this, &HostWindow::transport_debug);
}

void HostWindow::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const ByteLanes lanes(payload);
  const std::uint64_t base = payload.get_address();
  tlm::tlm_response_status status = lanes.check();
  if (status == tlm::TLM_OK_RESPONSE && !holds(base, lanes.width())) {
    status = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
  payload.set_response_status(status);
  if (status != tlm::TLM_OK_RESPONSE) {
    return;
  }
  payload.set_dmi_allowed(grants_directly_);
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    return;
  }
  for (std::uint32_t first = 0; first < lanes.length();) {
    const std::uint32_t in_pass = first % lanes.width();
    const std::uint64_t address = base + in_pass;
    const auto from = static_cast<std::uint32_t>(address % row_bytes_);
    const std::uint32_t part = std::min({lanes.length() - first, lanes.width() - in_pass, row_bytes_ - from});
    if (lanes.any_enabled(first, part)) {
      access_row(payload, lanes, address / row_bytes_, from, first, part, delay);
    }
    first += part;
  }
}

void HostWindow::access_row(tlm::tlm_generic_payload& payload, const ByteLanes& lanes, std::uint64_t row,
                            std::uint32_t from, std::uint32_t first, std::uint32_t length, sc_core::sc_time& delay) {
  auto* const bytes = reinterpret_cast<std::uint8_t*>(row_.data());
  std::uint8_t* const data = payload.get_data_ptr() + first;
  const bool whole = length == row_bytes_ && lanes.all_enabled(first, length);
  RowTransaction transaction;
  if (payload.is_read() || !whole) {
    operate(RowOperation::Read, row, transaction, delay);
    std::memcpy(bytes, transaction.sensed, row_bytes_);
  }
  if (payload.is_read()) {
    lanes.copy(data, bytes + from, first, length);
    return;
  }
  lanes.copy(bytes + from, data, first, length);
  transaction.data = row_.data();
  operate(RowOperation::Write, row, transaction, delay);
}

bool HostWindow::direct_pointer(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t subarray_bytes = std::uint64_t{rows_per_subarray_} * row_bytes_;
  const std::uint64_t index = payload.get_address() / subarray_bytes;
  if (!grants_directly_ || payload.get_address() >= bytes_ ||
      !subarray_(static_cast<std::uint32_t>(index)).direct_pointer(dmi)) {
    return false;
  }
  dmi.set_start_address(index * subarray_bytes);
  dmi.set_end_address((index + 1) * subarray_bytes - 1);
  dmi.set_read_latency(read_time_ / row_bytes_);
  dmi.set_write_latency(write_time_ / row_bytes_);
  return true;
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
  if (address >= bytes_ || data == nullptr || !(payload.is_read() || payload.is_write())) {
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
