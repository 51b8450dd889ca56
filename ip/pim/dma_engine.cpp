#include "ip/pim/dma_engine.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

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

std::uint64_t base_of(const CommandTransaction& transaction, interface::Base base) {
  return transaction.bases[static_cast<std::size_t>(base)];
}

/// Time since its making, whether the system took it by annotation or by waiting.
class Stopwatch {
 public:
  explicit Stopwatch(sc_core::sc_time delay) : begin_(sc_core::sc_time_stamp() + delay) {}

  sc_core::sc_time elapsed(sc_core::sc_time delay) const { return sc_core::sc_time_stamp() + delay - begin_; }
  /// Adds to `delay` what is missing to `least`.
  void stretch_to(sc_core::sc_time least, sc_core::sc_time& delay) const {
    if (elapsed(delay) < least) {
      delay += least - elapsed(delay);
    }
  }

 private:
  const sc_core::sc_time begin_;
};

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
  switch (transaction.header().opcode) {
    case LoadCommand::opcode:
      transaction.error = load(transaction, delay);
      break;
    case StoreCommand::opcode:
      transaction.error = store(transaction, delay);
      break;
    default:
      transaction.error = load_rows(transaction, delay);
      break;
  }
}

// A stream's first fetch comes without account: whose work the stream is stands in its first command. After an error
// the payload's address is that of the burst that failed.
void DmaEngine::transport_fetch(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  BufferAccount* account = nullptr;
  payload.get_extension(account);
  Client client;
  std::uint64_t uncounted = 0;
  if (account != nullptr) {
    client.activity = account->activity;
  } else {
    client.uncounted = &uncounted;
  }
  const CommandError error = move(tlm::TLM_READ_COMMAND, payload.get_address(), payload.get_data_ptr(),
                                  payload.get_data_length(), client, delay);
  if (uncounted > 0) {
    std::array<std::uint32_t, 2> header{};
    std::memcpy(header.data(), payload.get_data_ptr(), std::min<std::uint64_t>(uncounted, sizeof(header)));
    ledger_.count(block_, Event::DmaRead, uncounted, activity_of(interface::CommandHeader::decode(header.data())));
  }
  if (error.failed()) {
    const std::uint64_t start = payload.get_address();
    payload.set_address(start + (error.detail - static_cast<std::uint32_t>(start)));
  }
  payload.set_response_status(error.failed() ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
}

CommandError DmaEngine::load(const CommandTransaction& transaction, sc_core::sc_time& delay) {
  const auto command = LoadCommand::decode(transaction.words);
  const Client client{activity_of(command.header), &transaction, nullptr};
  const Stopwatch elapsed(delay);
  const std::uint64_t start = base_of(transaction, command.base) + command.memory_offset;
  const std::uint64_t total = std::uint64_t{command.rows} * command.bytes;
  std::uint8_t* const staged = stage(total);
  for (std::uint32_t row = 0; row < command.rows; ++row) {
    const CommandError error = move(tlm::TLM_READ_COMMAND, start + std::uint64_t{row} * command.memory_stride,
                                    staged + std::uint64_t{row} * command.bytes, command.bytes, client, delay);
    if (error.failed()) {
      return error;
    }
  }
  for (std::uint32_t row = 0; row < command.rows; ++row) {
    buffer.write(command.buffer_address + row * command.buffer_stride, staged + std::uint64_t{row} * command.bytes,
                 command.bytes, client.activity);
  }
  buffer.settle(client.activity);
  elapsed.stretch_to(buffer_time(total), delay);
  return {};
}

CommandError DmaEngine::store(const CommandTransaction& transaction, sc_core::sc_time& delay) {
  const auto command = StoreCommand::decode(transaction.words);
  const Client client{activity_of(command.header), &transaction, nullptr};
  const Stopwatch elapsed(delay);
  const std::uint64_t start = base_of(transaction, command.base) + command.memory_offset;
  std::uint8_t* const staged = stage(command.bytes);
  CommandError error;
  for (std::uint32_t row = 0; row < command.rows && !error.failed(); ++row) {
    const std::uint8_t* bytes =
        buffer.read(command.buffer_address + row * command.buffer_stride, command.bytes, client.activity);
    std::memcpy(staged, bytes, command.bytes);
    error = move(tlm::TLM_WRITE_COMMAND, start + std::uint64_t{row} * command.memory_stride, staged, command.bytes,
                 client, delay);
  }
  buffer.settle(client.activity);
  elapsed.stretch_to(buffer_time(std::uint64_t{command.rows} * command.bytes), delay);
  return error;
}

CommandError DmaEngine::load_rows(const CommandTransaction& transaction, sc_core::sc_time& delay) {
  const auto command = LoadRowsCommand::decode(transaction.words);
  const Client client{activity_of(command.header), &transaction, nullptr};
  const Stopwatch elapsed(delay);
  const std::uint64_t total = std::uint64_t{command.subarrays} * command.rows * command.row_bytes;
  std::uint8_t* const staged = stage(total);
  const CommandError error = move(tlm::TLM_READ_COMMAND, base_of(transaction, command.base) + command.memory_offset,
                                  staged, total, client, delay);
  if (error.failed()) {
    return error;
  }
  const std::uint64_t* words = staged_rows(command);
  sc_core::sc_time writing = sc_core::SC_ZERO_TIME;
  for (std::uint32_t subarray = 0; subarray < command.subarrays; ++subarray) {
    rows.write({command.first_subarray + subarray, command.replicas, command.replica_stride}, command.first_row,
               command.rows, words, client.activity, writing);
    words += std::size_t{command.rows} * config_.row_words();
  }
  rows.settle(client.activity, writing);
  elapsed.stretch_to(writing, delay);
  return {};
}

std::uint8_t* DmaEngine::stage(std::uint64_t bytes) {
  if (staging_.size() * sizeof(std::uint64_t) < bytes) {
    staging_.resize((bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t));
  }
  return reinterpret_cast<std::uint8_t*>(staging_.data());
}

// What LOAD_ROWS has read, as whole rows: zeros behind row_bytes.
const std::uint64_t* DmaEngine::staged_rows(const LoadRowsCommand& command) {
  if (command.row_bytes == config_.row_bytes()) {
    return staging_.data();
  }
  const std::size_t count = std::size_t{command.subarrays} * command.rows;
  widened_.assign(count * config_.row_words(), 0);
  const auto* narrow = reinterpret_cast<const std::uint8_t*>(staging_.data());
  for (std::size_t row = 0; row < count; ++row, narrow += command.row_bytes) {
    std::memcpy(widened_.data() + row * config_.row_words(), narrow, command.row_bytes);
  }
  return widened_.data();
}

CommandError DmaEngine::move(tlm::tlm_command direction, std::uint64_t address, std::uint8_t* data,
                             std::uint64_t length, const Client& client, sc_core::sc_time& delay) {
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

    const Stopwatch elapsed(delay);
    system->b_transport(payload, delay);
    const std::uint64_t beats = (burst + config_.dma.bytes_per_cycle - 1) / config_.dma.bytes_per_cycle;
    elapsed.stretch_to(config_.clock_period * static_cast<double>(beats), delay);

    if (config_.dma.quantum > sc_core::SC_ZERO_TIME && delay >= config_.dma.quantum) {
      wait(std::exchange(delay, sc_core::SC_ZERO_TIME));
    }
    if (!payload.is_response_ok() || (client.command != nullptr && client.command->is_abandoned())) {
      return {reads ? ErrorCause::BusRead : ErrorCause::BusWrite, static_cast<std::uint32_t>(address + done)};
    }
    if (client.uncounted != nullptr) {
      *client.uncounted += burst;
    } else {
      ledger_.count(block_, reads ? Event::DmaRead : Event::DmaWrite, burst, client.activity);
    }
    done += burst;
  }
  return {};
}

sc_core::sc_time DmaEngine::buffer_time(std::uint64_t bytes) const {
  return config_.clock_period *
         static_cast<double>((bytes + config_.buffer.port_bytes - 1) / config_.buffer.port_bytes);
}

}  // namespace spinvp
