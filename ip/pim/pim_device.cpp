#include "ip/pim/pim_device.h"

#include "ip/pim/chip_config_check.h"

namespace spinvp {

template class BasicPimDevice<>;

PimChip::PimChip(sc_core::sc_module_name name, const ChipConfig& config)
    : sc_module(name),
      dma_port_("dma_port", config),
      config_(checked(config)),
      host_interface_("host_interface", config, ledger_),
      host_window_("host_window", config, [this](std::uint32_t i) -> SubArray& { return banks_.subarray(i); }),
      command_processor_("command_processor", config, ledger_),
      dma_engine_("dma_engine", config, ledger_),
      row_gather_("row_gather", config, ledger_),
      lane_gather_("lane_gather", config),
      digital_unit_("digital_unit", config, ledger_),
      global_buffer_("global_buffer", config, ledger_),
      banks_("banks", config, ledger_) {
  host_port_.inner.bind(host_interface_.host);
  host_interface_.irq.bind(irq);
  host_interface_.window.bind(host_window_.host);
  host_interface_.reset.bind(reset);
  dma_engine_.system.bind(dma_port_.bursts);

  host_interface_.control.bind(command_processor_.control);
  host_interface_.count_commands_with([this] { return command_processor_.commands_completed(); });
  command_processor_.status.bind(host_interface_.status);
  command_processor_.fetch.bind(dma_engine_.fetches);
  command_processor_.dma.bind(dma_engine_.commands);
  command_processor_.gather.bind(row_gather_.commands);
  command_processor_.gather_lanes.bind(lane_gather_.commands);
  command_processor_.digital.bind(digital_unit_.commands);

  dma_engine_.buffer.socket.bind(global_buffer_.ports);
  row_gather_.buffer.socket.bind(global_buffer_.ports);
  lane_gather_.buffer.socket.bind(global_buffer_.ports);
  digital_unit_.buffer.socket.bind(global_buffer_.ports);

  banks_.bind_buffer(global_buffer_);
  command_processor_.banks.bind(banks_.commands);
  host_window_.rows.bind(banks_.rows);
  dma_engine_.rows.socket.bind(banks_.rows);
  row_gather_.rows.socket.bind(banks_.rows);
  lane_gather_.rows.socket.bind(banks_.rows);
}

bool PimChip::peek_buffer(std::uint32_t address, void* data, std::uint32_t length) {
  tlm::tlm_generic_payload payload;
  payload.set_read();
  payload.set_address(address);
  payload.set_data_ptr(static_cast<unsigned char*>(data));
  payload.set_data_length(length);
  return length > 0 && digital_unit_.buffer.socket->transport_dbg(payload) == length;
}

FaultCounts PimChip::fault_counts() const {
  FaultCounts all;
  for (std::uint32_t i = 0; i < config_.subarrays(); ++i) {
    all += banks_.subarray(i).fault_counts();
  }
  return all;
}

const std::uint64_t* PimChip::peek_row(std::uint32_t subarray, std::uint32_t row) const {
  return subarray < config_.subarrays() ? banks_.subarray(subarray).peek(row) : nullptr;
}

}  // namespace spinvp
