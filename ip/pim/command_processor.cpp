#include "ip/pim/command_processor.h"

#include <algorithm>
#include <cstring>

#include "ip/pim/command_check.h"
#include "ip/pim/command_share.h"
#include "ip/pim/picoseconds.h"

namespace spinvp {

using interface::CommandHeader;
using interface::ErrorCause;
using interface::Lane;

namespace {

constexpr std::uint32_t all_lanes = 0xF;

Ledger::Block ledger_block(const ChipConfig& config) {
  Ledger::Block block;
  block.name = "command_processor";
  block.costs[static_cast<std::size_t>(Event::Command)] = config.processor.command;
  block.leakage_watts = config.processor.leakage_watts;
  return block;
}

// Lets `time` pass, less when a reset makes `abandoned` true.
template <class Abandoned>
void pass(sc_core::sc_time time, const sc_core::sc_event& reset, const Abandoned& abandoned) {
  const sc_core::sc_time end = sc_core::sc_time_stamp() + time;
  while (sc_core::sc_time_stamp() < end && !abandoned()) {
    sc_core::wait(end - sc_core::sc_time_stamp(), reset);
  }
}

/// The first offset from its base that a STORE does not write.
std::uint64_t end_of_store(const interface::StoreCommand& store) {
  return std::uint64_t{store.memory_offset} + std::uint64_t{store.rows - 1} * store.memory_stride + store.bytes;
}

/// How much of the memory at a base a checked stream may write.
std::uint64_t storable_bytes(const ControlTransaction& stream, interface::Base base) {
  return base == interface::Base::Output    ? stream.output_bytes
         : base == interface::Base::Scratch ? stream.scratch_bytes
                                            : 0;
}

}  // namespace

CommandProcessor::CommandProcessor(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger)
    : sc_module(name), config_(config), ledger_(ledger), block_(ledger.add_block(ledger_block(config))) {
  control.register_b_transport(this, &CommandProcessor::receive_control);
}

void CommandProcessor::before_end_of_elaboration() {
  SC_HAS_PROCESS(CommandProcessor);
  SC_THREAD(fetch_thread);
  for (std::size_t lane = 0; lane < lane_count; ++lane) {
    sc_core::sc_spawn([this, lane] { lane_thread(lane); }, sc_core::sc_gen_unique_name("lane"));
  }
}

void CommandProcessor::receive_control(ControlTransaction& transaction, sc_core::sc_time&) {
  if (transaction.kind == ControlTransaction::Kind::Start) {
    stream_ = transaction;
    start_pending_ = true;
    started_.notify(sc_core::SC_ZERO_TIME);
    return;
  }
  ++epoch_;
  start_pending_ = false;
  commands_completed_ = 0;
  activity_ = {};
  for (auto& lane : lanes_) {
    lane.queue.clear();
    lane.abandoned = true;
  }
  reset_.notify(sc_core::SC_ZERO_TIME);
}

void CommandProcessor::fetch_thread() {
  while (true) {
    while (!start_pending_) {
      wait(started_);
    }
    wait_for_abandoned_work();
    if (!start_pending_) {
      continue;  // another reset came
    }
    start_pending_ = false;
    run_epoch_ = epoch_;
    error_ = {};
    fetched_.clear();
    fetched_offset_ = 0;
    checksum_ = {};
    const sc_core::sc_time begin = sc_core::sc_time_stamp();
    for (StreamObserver* observer : observers_) {
      observer->stream_started();
    }
    run_stream();
    if (abandoned()) {
      continue;
    }
    wait_for_lanes(all_lanes);
    if (abandoned()) {
      continue;
    }
    const sc_core::sc_time duration = sc_core::sc_time_stamp() - begin;
    ledger_.add_busy_time(activity_, picoseconds(duration));
    if (error_.failed()) {
      report(StatusTransaction::Kind::Failed);
      continue;
    }
    for (StreamObserver* observer : observers_) {
      observer->stream_finished(activity_, duration);
    }
    report(StatusTransaction::Kind::Done);
  }
}

void CommandProcessor::run_stream() {
  if (stream_.stream_address % 4 != 0 || stream_.stream_bytes % 4 != 0) {
    fail({ErrorCause::Misaligned, 0}, stream_.stream_address);
    return;
  }
  for (std::uint32_t offset = 0;;) {
    Issued command;
    const bool fetched = fetch_command(offset, command);
    if (abandoned() || !fetched) {
      return;
    }
    CommandError wrong = check_command(command.words.data(), config_);
    if (!wrong.failed() && stream_.checked) {
      wrong = check_stream(command);
    }
    if (wrong.failed()) {
      fail(wrong, command.address);
      return;
    }
    const auto header = CommandHeader::decode(command.words.data());
    const Activity activity = activity_of(header);
    ledger_.count(block_, Event::Command, 1, activity);
    const bool another_layer = activity.index() != activity_.index();
    activity_ = activity;
    if (another_layer) {
      report(StatusTransaction::Kind::Progress);
    }
    pass(config_.clock_period, reset_, [this] { return abandoned(); });
    if (!abandoned()) {
      wait_for_lanes(header.wait);
    }
    if (abandoned() || error_.failed()) {
      return;
    }
    const interface::CommandInfo* info = find_command(header.opcode);
    if (info->lane >= 0) {
      issue(static_cast<std::size_t>(info->lane), command);
    } else {
      ++commands_completed_;
      if (header.opcode == interface::StopCommand::opcode) {
        return;
      }
      if (header.opcode == interface::SignalCommand::opcode) {
        report(StatusTransaction::Kind::Signal, interface::SignalCommand::decode(command.words.data()).value);
      }
    }
    if (abandoned() || error_.failed()) {
      return;
    }
    offset += header.length * 4;
  }
}

bool CommandProcessor::fetch_command(std::uint32_t offset, Issued& command) {
  command.address = stream_.stream_address + offset;
  const auto available = [&](std::uint32_t bytes) {
    return offset + bytes <= fetched_offset_ + fetched_.size() || (refill(offset) && fetched_.size() >= bytes);
  };
  if (stream_.stream_bytes - offset < 8) {
    fail({offset == stream_.stream_bytes ? ErrorCause::StreamEnd : ErrorCause::BadLength, 0}, command.address);
    return false;
  }
  if (!available(8)) {
    return false;
  }
  std::memcpy(command.words.data(), fetched_.data() + (offset - fetched_offset_), 8);
  const std::uint32_t bytes = CommandHeader::decode(command.words.data()).length * 4;
  if (bytes < 8 || bytes > max_words * 4 || bytes > stream_.stream_bytes - offset) {
    const bool known = find_command(CommandHeader::decode(command.words.data()).opcode) != nullptr;
    fail({known ? ErrorCause::BadLength : ErrorCause::BadOpcode, known ? bytes / 4 : command.words[0] & 0xFF},
         command.address);
    return false;
  }
  if (!available(bytes)) {
    return false;
  }
  std::memcpy(command.words.data(), fetched_.data() + (offset - fetched_offset_), bytes);
  return true;
}

// Reads a burst of the stream from `offset` on.
bool CommandProcessor::refill(std::uint32_t offset) {
  const std::uint32_t burst = std::max<std::uint32_t>(config_.dma.burst_bytes, max_words * 4);
  const std::uint32_t bytes = std::min(burst, stream_.stream_bytes - offset);
  fetched_.resize(bytes);
  fetched_offset_ = offset;

  tlm::tlm_generic_payload payload;
  BufferAccount account;  // says who pays
  account.activity = activity_;
  if (offset > 0) {  // before that nobody knows: the activity is still the last stream's
    payload.set_extension(&account);
  }
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_address(stream_.stream_address + offset);
  payload.set_data_ptr(fetched_.data());
  payload.set_data_length(bytes);
  payload.set_streaming_width(bytes);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  fetch->b_transport(payload, delay);
  payload.clear_extension(&account);
  pass(delay, reset_, [this] { return abandoned(); });
  if (abandoned()) {
    return false;
  }
  if (!payload.is_response_ok()) {
    fail({ErrorCause::BusRead, static_cast<std::uint32_t>(payload.get_address())}, stream_.stream_address + offset);
    return false;
  }
  return true;
}

CommandError CommandProcessor::check_stream(const Issued& command) {
  const auto header = CommandHeader::decode(command.words.data());
  checksum_.add(command.words.data(), std::size_t{header.length} * 4);
  if (header.opcode == interface::StopCommand::opcode && checksum_.value() != stream_.checksum) {
    return {ErrorCause::Checksum, checksum_.value()};
  }
  if (header.opcode == interface::StoreCommand::opcode) {
    const std::uint64_t end = end_of_store(interface::StoreCommand::decode(command.words.data()));
    if (end > storable_bytes(stream_, interface::StoreCommand::decode(command.words.data()).base)) {
      return {ErrorCause::StoreRange, static_cast<std::uint32_t>(end)};
    }
  }
  return {};
}

void CommandProcessor::issue(std::size_t lane, const Issued& command) {
  while (lanes_[lane].queue.size() > config_.processor.queue_depth) {
    wait(lane_progress_ | reset_);
    if (abandoned() || error_.failed()) {
      return;
    }
  }
  lanes_[lane].queue.push_back(command);
  lanes_[lane].issued.notify(sc_core::SC_ZERO_TIME);
}

bool CommandProcessor::lanes_busy(std::uint32_t mask) const {
  for (std::size_t lane = 0; lane < lane_count; ++lane) {
    if ((mask >> lane & 1u) != 0 && !lanes_[lane].queue.empty()) {
      return true;
    }
  }
  return false;
}

void CommandProcessor::wait_for_lanes(std::uint32_t mask) {
  while (lanes_busy(mask) && !abandoned()) {
    wait(lane_progress_ | reset_);
  }
}

// What the system has not answered yet when a reset comes ends before the next stream begins.
void CommandProcessor::wait_for_abandoned_work() {
  for (const LaneQueue& lane : lanes_) {
    while (lane.executing) {
      wait(lane_progress_);
    }
  }
}

void CommandProcessor::lane_thread(std::size_t index) {
  auto& lane = lanes_[index];
  while (true) {
    while (lane.queue.empty()) {
      wait(lane.issued);
    }
    lane.executing = true;
    lane.abandoned = false;
    const bool completed = execute(index, Issued(lane.queue.front()));
    lane.executing = false;
    if (!lane.abandoned) {  // a reset has emptied the queue
      lane.queue.pop_front();
    }
    commands_completed_ += completed ? 1 : 0;
    lane_progress_.notify(sc_core::SC_ZERO_TIME);
  }
}

bool CommandProcessor::execute(std::size_t index, const Issued& command) {
  if (error_.failed()) {
    return false;  // issued behind the command that failed
  }
  CommandTransaction transaction;
  transaction.words = command.words.data();
  const std::array<std::uint64_t, 4> bases = stream_.bases;
  transaction.bases = bases.data();
  transaction.abandoned = &lanes_[index].abandoned;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  switch (static_cast<Lane>(index)) {
    case Lane::Dma:
      dma->b_transport(transaction, delay);
      break;
    case Lane::Gather:
      (transaction.header().opcode == interface::GatherLanesCommand::opcode ? gather_lanes : gather)
          ->b_transport(transaction, delay);
      break;
    case Lane::Digital:
      digital->b_transport(transaction, delay);
      break;
    case Lane::Compute:
      banks->b_transport(transaction, delay);
      break;
  }
  pass(delay, reset_, [&] { return transaction.is_abandoned(); });
  if (transaction.is_abandoned()) {
    return false;
  }
  if (transaction.error.failed()) {
    fail(transaction.error, command.address);
  }
  return !transaction.error.failed();
}

void CommandProcessor::fail(CommandError error, std::uint64_t address) {
  if (!error_.failed()) {
    error_ = error;
    error_address_ = address;
  }
}

void CommandProcessor::report(StatusTransaction::Kind kind, std::uint32_t signal_value) {
  StatusTransaction transaction;
  transaction.kind = kind;
  transaction.layer = activity_.layer;
  transaction.signal_value = signal_value;
  transaction.error = error_;
  transaction.error_address = error_address_;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  status->b_transport(transaction, delay);
}

}  // namespace spinvp
