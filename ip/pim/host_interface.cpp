#include "ip/pim/host_interface.h"

#include <algorithm>
#include <cmath>

#include "ip/pim/host_window.h"
#include "ip/pim/picoseconds.h"

namespace spinvp {

namespace registers = interface::registers;
namespace fields = interface::fields;

namespace {

/// What the commands allow and every unit computes with.
constexpr std::uint32_t most_activation_planes = 12;

/// Calls visit(offset, mask, first) for each word of registers that has enabled bytes, pass after pass: `mask` covers
/// these bytes, and the word's first byte would be byte `first` of the data. Stops, and returns false, when visit does
/// or where registers end.
template <class Visit>
bool for_each_word(std::uint64_t address, const ByteLanes& lanes, const Visit& visit) {
  for (unsigned i = 0; i < lanes.length();) {
    const std::uint64_t at = address + i % lanes.width();
    const auto lane = static_cast<unsigned>(at % 4);
    const unsigned count = std::min({4 - lane, lanes.width() - i % lanes.width(), lanes.length() - i});
    std::uint32_t mask = 0;
    for (unsigned byte = 0; byte < count; ++byte) {
      mask |= lanes.enabled(i + byte) ? 0xFFu << (8 * (lane + byte)) : 0;
    }
    const std::uint64_t offset = at - lane;
    if (mask != 0 &&
        (offset >= HostWindow::offset || !visit(static_cast<std::uint32_t>(offset), mask, std::int64_t{i} - lane))) {
      return false;
    }
    i += count;
  }
  return true;
}

}  // namespace

HostInterface::HostInterface(sc_core::sc_module_name name, const ChipConfig& config, const Ledger& ledger)
    : sc_module(name), config_(config), ledger_(ledger) {
  host.register_b_transport(this, &HostInterface::transport);
  host.register_get_direct_mem_ptr(this, &HostInterface::direct_pointer);
  host.register_transport_dbg(this, &HostInterface::transport_debug);
  status.register_b_transport(this, &HostInterface::receive_status);

  registers_.on_write(registers::doorbell, [this](std::uint32_t value) {
    if (fields::doorbell_start.extract(value) != 0) {
      ring_doorbell();
    }
  });
  registers_.on_write(registers::control, [this](std::uint32_t value) { write_control(value); });
  registers_.on_write(registers::irq_status, [this](std::uint32_t) { irq_changed_.notify(sc_core::SC_ZERO_TIME); });
  registers_.on_write(registers::irq_force, [this](std::uint32_t) { irq_changed_.notify(sc_core::SC_ZERO_TIME); });
  registers_.on_write(registers::irq_enable, [this](std::uint32_t) { irq_changed_.notify(sc_core::SC_ZERO_TIME); });

  add_counter(registers::cycles_lo, registers::cycles_hi,
              [this] { return ledger_.busy_picoseconds() / picoseconds(config_.clock_period); });
  add_counter(registers::row_operations_lo, registers::row_operations_hi, [this] { return ledger_.row_operations(); });
  add_counter(registers::row_writes_lo, registers::row_writes_hi, [this] { return ledger_.events(Event::RowWrite); });
  add_counter(registers::dma_bytes_lo, registers::dma_bytes_hi,
              [this] { return ledger_.events(Event::DmaRead) + ledger_.events(Event::DmaWrite); });
  reset_registers();
}

void HostInterface::before_end_of_elaboration() {
  SC_HAS_PROCESS(HostInterface);
  SC_METHOD(reset_pin);
  sensitive << reset.pos();
  dont_initialize();
  SC_METHOD(drive_irq);
  sensitive << irq_changed_;
}

void HostInterface::count_commands_with(std::function<std::uint32_t()> counter) {
  registers_.on_read(registers::commands, counter);
  registers_.on_peek(registers::commands, std::move(counter));
}

void HostInterface::add_counter(std::uint32_t low, std::uint32_t high, std::function<std::uint64_t()> total) {
  const std::size_t index = counters_.size();
  counters_.push_back({std::move(total), 0});
  registers_.on_read(low, [this, index, high] {
    const std::uint64_t value = counters_[index].total() - counters_[index].at_reset;
    registers_.value(high) = static_cast<std::uint32_t>(value >> 32);
    return static_cast<std::uint32_t>(value);
  });
  registers_.on_peek(
      low, [this, index] { return static_cast<std::uint32_t>(counters_[index].total() - counters_[index].at_reset); });
}

void HostInterface::reset_registers() {
  registers_.reset();
  for (Counter& counter : counters_) {
    counter.at_reset = counter.total();
  }
  registers_.value(registers::cap_array) =
      fields::cap_array_rows.insert(config_.rows()) | fields::cap_array_columns.insert(config_.columns());
  registers_.value(registers::cap_banks) =
      fields::cap_banks_banks.insert(config_.banks) | fields::cap_banks_subarrays.insert(config_.subarrays_per_bank);
  registers_.value(registers::cap_buffer) = config_.buffer.bytes;
  registers_.value(registers::cap_engines) =
      fields::cap_engines_and_accumulate.insert(config_.accumulator.present ? 1 : 0) |
      fields::cap_engines_adder_a.insert(config_.adder.scheme == AdditionScheme::A ? 1 : 0) |
      fields::cap_engines_adder_b.insert(config_.adder.scheme == AdditionScheme::B ? 1 : 0) |
      fields::cap_engines_multiply.insert(config_.digital.multipliers > 0 ? 1 : 0) |
      fields::cap_engines_max_planes.insert(most_activation_planes);
  registers_.value(registers::cap_clock) =
      static_cast<std::uint32_t>(std::lround(1.0 / config_.clock_period.to_seconds() / 1e3));
  registers_.value(registers::cap_features) =
      fields::cap_features_subarray_window.insert(1) | fields::cap_features_irq_force.insert(1) |
      fields::cap_features_dma_limits.insert(1) | fields::cap_features_stream_check.insert(1);
  registers_.value(registers::cap_dma) =
      fields::cap_dma_burst.insert(config_.dma.burst_bytes) | fields::cap_dma_width.insert(config_.dma.bytes_per_cycle);
  irq_changed_.notify(sc_core::SC_ZERO_TIME);
}

bool HostInterface::busy() {
  return fields::status_busy.extract(registers_.value(registers::status)) != 0;
}

void HostInterface::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const bool known = payload.is_read() || payload.is_write() || payload.get_command() == tlm::TLM_IGNORE_COMMAND;
  if (!known) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  } else if (payload.get_address() >= HostWindow::offset) {
    transport_window(payload, delay);
  } else {
    transport_registers(payload);
  }
}

void HostInterface::transport_window(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (busy()) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  const std::uint64_t address = payload.get_address();
  payload.set_address(address - HostWindow::offset);
  window->b_transport(payload, delay);
  payload.set_address(address);
}

void HostInterface::transport_registers(tlm::tlm_generic_payload& payload) {
  const ByteLanes lanes(payload);
  const std::uint64_t address = payload.get_address();
  tlm::tlm_response_status response = lanes.check();
  if (response == tlm::TLM_OK_RESPONSE && !all_exist(address, lanes)) {
    response = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
  payload.set_response_status(response);
  if (response != tlm::TLM_OK_RESPONSE || payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    return;
  }
  for_each_word(address, lanes, [&](std::uint32_t offset, std::uint32_t mask, std::int64_t first) {
    access_word(payload, offset, mask, first);
    return true;
  });
}

bool HostInterface::all_exist(std::uint64_t address, const ByteLanes& lanes) const {
  return for_each_word(address, lanes,
                       [this](std::uint32_t offset, std::uint32_t, std::int64_t) { return registers_.exists(offset); });
}

void HostInterface::access_word(tlm::tlm_generic_payload& payload, std::uint32_t offset, std::uint32_t mask,
                                std::int64_t first) {
  std::uint32_t value = 0;
  if (payload.is_read()) {
    registers_.read(offset, value);
  }
  for (unsigned lane = 0; lane < 4; ++lane) {
    if ((mask >> (8 * lane) & 0xFF) == 0) {
      continue;
    }
    std::uint8_t& byte = payload.get_data_ptr()[first + lane];
    if (payload.is_read()) {
      byte = static_cast<std::uint8_t>(value >> (8 * lane));
    } else {
      value |= std::uint32_t{byte} << (8 * lane);
    }
  }
  // While reset is held registers keep their reset values.
  if (payload.is_write() && !reset.read()) {
    registers_.write(offset, value, mask);
  }
}

bool HostInterface::direct_pointer(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t address = payload.get_address();
  dmi.init();
  dmi.set_start_address(address);
  dmi.set_end_address(address);
  if (address < HostWindow::offset || busy()) {
    return false;
  }
  payload.set_address(address - HostWindow::offset);
  const bool granted = window->get_direct_mem_ptr(payload, dmi);
  payload.set_address(address);
  if (granted) {
    dmi.set_start_address(dmi.get_start_address() + HostWindow::offset);
    dmi.set_end_address(dmi.get_end_address() + HostWindow::offset);
    granted_directly_ = true;
  }
  return granted;
}

unsigned int HostInterface::transport_debug(tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  if (address >= HostWindow::offset) {
    payload.set_address(address - HostWindow::offset);
    const unsigned int moved = window->transport_dbg(payload);
    payload.set_address(address);
    return moved;
  }
  unsigned int done = 0;
  if (payload.is_read() && payload.get_data_ptr() != nullptr) {
    std::uint32_t value = 0;
    for (; done < payload.get_data_length() && address + done < HostWindow::offset; ++done) {
      const auto offset = static_cast<std::uint32_t>(address + done);
      if (((offset % 4 == 0 || done == 0) && !registers_.peek(offset & ~3u, value))) {
        break;
      }
      payload.get_data_ptr()[done] = static_cast<std::uint8_t>(value >> (8 * (offset % 4)));
    }
  }
  return done;
}

void HostInterface::ring_doorbell() {
  const bool enabled = fields::control_enable.extract(registers_.value(registers::control)) != 0;
  if (!enabled || busy()) {
    set_status(fields::status_rejected, true);
    return;
  }
  registers_.value(registers::status) = fields::status_busy.insert(1);
  if (granted_directly_) {
    granted_directly_ = false;
    // No further than the window: a bus that adds its base would come around to address 0.
    host->invalidate_direct_mem_ptr(HostWindow::offset, HostWindow::offset + HostWindow::bytes(config_) - 1);
  }
  registers_.value(registers::error_cause) = 0;
  registers_.value(registers::error_detail) = 0;
  registers_.value(registers::error_address_lo) = 0;
  registers_.value(registers::error_address_hi) = 0;
  ControlTransaction start;
  start.stream_address = wide(registers::stream_address_lo);
  start.stream_bytes = registers_.value(registers::stream_bytes);
  for (std::uint32_t base = 0; base < start.bases.size(); ++base) {
    start.bases[base] = wide(registers::base_network_lo + base * 8);
  }
  start.checked = fields::control_check.extract(registers_.value(registers::control)) != 0;
  start.checksum = registers_.value(registers::stream_checksum);
  start.output_bytes = registers_.value(registers::output_bytes);
  start.scratch_bytes = registers_.value(registers::scratch_bytes);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  control->b_transport(start, delay);
}

void HostInterface::write_control(std::uint32_t value) {
  if (fields::control_reset.extract(value) != 0) {
    ControlTransaction abandon;
    abandon.kind = ControlTransaction::Kind::Reset;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    control->b_transport(abandon, delay);
    reset_registers();
  }
}

void HostInterface::reset_pin() {
  write_control(fields::control_reset.insert(1));
}

void HostInterface::receive_status(StatusTransaction& transaction, sc_core::sc_time&) {
  registers_.value(registers::layer) = transaction.layer;
  switch (transaction.kind) {
    case StatusTransaction::Kind::Progress:
      break;
    case StatusTransaction::Kind::Signal:
      registers_.value(registers::signal_value) = transaction.signal_value;
      raise(fields::irq_status_signal);
      break;
    case StatusTransaction::Kind::Done:
      set_status(fields::status_busy, false);
      set_status(fields::status_done, true);
      raise(fields::irq_status_done);
      break;
    case StatusTransaction::Kind::Failed:
      set_status(fields::status_busy, false);
      set_status(fields::status_error, true);
      registers_.value(registers::error_cause) = static_cast<std::uint32_t>(transaction.error.cause);
      registers_.value(registers::error_detail) = transaction.error.detail;
      registers_.value(registers::error_address_lo) = static_cast<std::uint32_t>(transaction.error_address);
      registers_.value(registers::error_address_hi) = static_cast<std::uint32_t>(transaction.error_address >> 32);
      raise(fields::irq_status_error);
      break;
  }
}

void HostInterface::set_status(interface::BitField field, bool value) {
  std::uint32_t& word = registers_.value(registers::status);
  word = (word & ~field.mask()) | field.insert(value ? 1 : 0);
}

void HostInterface::raise(interface::BitField cause) {
  registers_.value(registers::irq_status) |= cause.mask();
  irq_changed_.notify(sc_core::SC_ZERO_TIME);
}

void HostInterface::drive_irq() {
  irq.write((registers_.value(registers::irq_status) & registers_.value(registers::irq_enable)) != 0);
}

}  // namespace spinvp
