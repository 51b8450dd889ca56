#include "ip/pim/dma_engine.h"

#include <algorithm>
#include <cstring>

namespace spinvp {

using interface::ErrorCause;
using interface::LoadCommand;
using interface::LoadRowsCommand;
using interface::StoreCommand;

namespace {

Ledger::Block ledger_block(const ChipConfig& config) {
  Ledger::Block block;
  block.name = "dma_engine";
  block.costs[static_cast<std::size_t>(Event::DmaRead)] = config.dma.byte;
  block.costs[static_cast<std::size_t>(Event::DmaWrite)] = config.dma.byte;
  block.leakage_watts = config.dma.leakage_watts;
  return block;
}

}  // namespace

DmaEngine::DmaEngine(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger)
    : sc_module(name),
      buffer("buffer", config.buffer.bytes),
      rows("rows", config),
      config_(config),
      ledger_(ledger),
      block_(ledger.add_block(ledger_block(config))) {
  commands.register_b_transport(this, &DmaEngine::transport);
  fetches.register_b_transport(this, &DmaEngine::transport_fetch);
}

void DmaEngine::transport(CommandTransaction& transaction, sc_core::sc_time& delay) {
  const auto base_of = [&](interface::Base base) { return transaction.bases[static_cast<std::size_t>(base)]; };
  switch (transaction.header().opcode) {
    case LoadCommand::opcode: {
      const auto command = LoadCommand::decode(transaction.words);
      transaction.error = load(command, base_of(command.base), delay);
      break;
    }
    case StoreCommand::opcode: {
      const auto command = StoreCommand::decode(transaction.words);
      transaction.error = store(command, base_of(command.base), delay);
      break;
    }
    default: {
      const auto command = LoadRowsCommand::decode(transaction.words);
      transaction.error = load_rows(command, base_of(command.base), delay);
      break;
    }
  }
}

void DmaEngine::transport_fetch(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  BufferAccount* account = nullptr;
  payload.get_extension(account);
  const CommandError error =
      move(tlm::TLM_READ_COMMAND, payload.get_address(), payload.get_data_ptr(), payload.get_data_length(),
           account != nullptr ? account->activity : Activity{}, delay);
  payload.set_response_status(error.failed() ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
}

CommandError DmaEngine::load(const LoadCommand& command, std::uint64_t base, sc_core::sc_time& delay) {
  const Activity activity = activity_of(command.header);
  const std::uint64_t total = std::uint64_t{command.rows} * command.bytes;
  staging_.resize(total);
  for (std::uint32_t row = 0; row < command.rows; ++row) {
    const CommandError error =
        move(tlm::TLM_READ_COMMAND, base + command.memory_offset + std::uint64_t{row} * command.memory_stride,
             staging_.data() + std::uint64_t{row} * command.bytes, command.bytes, activity, delay);
    if (error.failed()) {
      return error;
    }
  }
  for (std::uint32_t row = 0; row < command.rows; ++row) {
    buffer.write(command.buffer_address + row * command.buffer_stride,
                 staging_.data() + std::uint64_t{row} * command.bytes, command.bytes, activity);
  }
  buffer.settle(activity);
  delay = std::max(delay, buffer_time(total));
  return {};
}

CommandError DmaEngine::store(const StoreCommand& command, std::uint64_t base, sc_core::sc_time& delay) {
  const Activity activity = activity_of(command.header);
  staging_.resize(command.bytes);
  CommandError error;
  for (std::uint32_t row = 0; row < command.rows && !error.failed(); ++row) {
    const std::uint8_t* bytes =
        buffer.read(command.buffer_address + row * command.buffer_stride, command.bytes, activity);
    std::memcpy(staging_.data(), bytes, command.bytes);
    error = move(tlm::TLM_WRITE_COMMAND, base + command.memory_offset + std::uint64_t{row} * command.memory_stride,
                 staging_.data(), command.bytes, activity, delay);
  }
  buffer.settle(activity);
  delay = std::max(delay, buffer_time(std::uint64_t{command.rows} * command.bytes));
  return error;
}

CommandError DmaEngine::load_rows(const LoadRowsCommand& command, std::uint64_t base, sc_core::sc_time& delay) {
  const Activity activity = activity_of(command.header);
  const std::uint64_t total = std::uint64_t{command.subarrays} * command.rows * command.row_bytes;
  staging_.resize(total);
  const CommandError error =
      move(tlm::TLM_READ_COMMAND, base + command.memory_offset, staging_.data(), total, activity, delay);
  if (error.failed()) {
    return error;
  }
  std::vector<std::uint64_t> words(config_.row_words());
  sc_core::sc_time writing = sc_core::SC_ZERO_TIME;
  for (std::uint32_t subarray = 0; subarray < command.subarrays; ++subarray) {
    for (std::uint32_t row = 0; row < command.rows; ++row) {
      const std::uint64_t offset = (std::uint64_t{subarray} * command.rows + row) * command.row_bytes;
      std::fill(words.begin(), words.end(), 0);
      std::memcpy(words.data(), staging_.data() + offset, command.row_bytes);
      rows.write({command.first_subarray + subarray, command.replicas, command.replica_stride}, command.first_row + row,
                 words.data(), activity, writing);
    }
  }
  rows.settle(activity, writing);
  delay = std::max(delay, writing);
  return {};
}

CommandError DmaEngine::move(tlm::tlm_command direction, std::uint64_t address, std::uint8_t* data,
                             std::uint64_t length, Activity activity, sc_core::sc_time& delay) {
  const bool reads = direction == tlm::TLM_READ_COMMAND;
  tlm::tlm_generic_payload payload;
  for (std::uint64_t done = 0; done < length;) {
    const auto burst = static_cast<unsigned int>(std::min<std::uint64_t>(length - done, config_.dma.burst_bytes));
    payload.set_command(direction);
    payload.set_address(address + done);
    payload.set_data_ptr(data + done);
    payload.set_data_length(burst);
    payload.set_streaming_width(burst);
    payload.set_byte_enable_ptr(nullptr);
    payload.set_dmi_allowed(false);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);

    // The system may take its time by annotation or by waiting.
    const sc_core::sc_time started = sc_core::sc_time_stamp() + delay;
    sc_core::sc_time finished = delay;
    system->b_transport(payload, finished);
    const sc_core::sc_time taken = sc_core::sc_time_stamp() + finished - started;
    const std::uint64_t beats = (burst + config_.dma.bytes_per_cycle - 1) / config_.dma.bytes_per_cycle;
    const sc_core::sc_time own = config_.clock_period * static_cast<double>(beats);
    delay = finished + (own > taken ? own - taken : sc_core::SC_ZERO_TIME);

    if (!payload.is_response_ok()) {
      return {reads ? ErrorCause::BusRead : ErrorCause::BusWrite, static_cast<std::uint32_t>(address + done)};
    }
    ledger_.count(block_, reads ? Event::DmaRead : Event::DmaWrite, burst, activity);
    done += burst;
  }
  return {};
}

sc_core::sc_time DmaEngine::buffer_time(std::uint64_t bytes) const {
  return config_.clock_period *
         static_cast<double>((bytes + config_.buffer.port_bytes - 1) / config_.buffer.port_bytes);
}

}  // namespace spinvp
