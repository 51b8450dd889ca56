#include "ip/ledger/ledger.h"

namespace spinvp {

const char* to_string(Event event) {
  static constexpr const char* names[event_count] = {
      "row_read",  "row_and2",         "row_or2",    "row_xor2",    "row_and3",         "row_or3",
      "row_maj3",  "row_full_add",     "row_write",  "bit_count",   "shift_accumulate", "nv_store",
      "addition",  "addition_skipped", "adder_step", "buffer_read", "buffer_write",     "dma_read",
      "dma_write", "compare",          "pool",       "pack_bit",    "multiply",         "command"};
  return names[static_cast<std::size_t>(event)];
}

Ledger::BlockId Ledger::add_block(Block block) {
  blocks_.push_back(std::move(block));
  for (auto& activity : counts_) {
    if (!activity.empty()) {
      activity.resize(blocks_.size() * event_count);
    }
  }
  return blocks_.size() - 1;
}

// Software chooses the layer numbers: those that it leaves out take no memory.
void Ledger::open(Activity activity) {
  if (activity.index() >= counts_.size()) {
    counts_.resize(activity.index() + 1);
    busy_picoseconds_.resize(activity.index() + 1);
  }
  counts_[activity.index()].resize(blocks_.size() * event_count);
}

void Ledger::add_busy_time(Activity activity, std::uint64_t picoseconds) {
  counts(activity);  // makes room
  busy_picoseconds_[activity.index()] += picoseconds;
}

std::uint64_t Ledger::events(BlockId block, Event event, Activity activity) const {
  return activity.index() < counts_.size() && !counts_[activity.index()].empty()
             ? counts_[activity.index()][block * event_count + static_cast<std::size_t>(event)]
             : 0;
}

std::uint64_t Ledger::events(Event event, Activity activity) const {
  std::uint64_t total = 0;
  for (BlockId block = 0; block < blocks_.size(); ++block) {
    total += events(block, event, activity);
  }
  return total;
}

std::uint64_t Ledger::events(Event event) const {
  std::uint64_t total = 0;
  for (const auto& activity : counts_) {
    for (std::size_t at = static_cast<std::size_t>(event); at < activity.size(); at += event_count) {
      total += activity[at];
    }
  }
  return total;
}

std::uint64_t Ledger::row_operations(Activity activity) const {
  std::uint64_t total = 0;
  for (const Event event : row_operation_events) {
    total += events(event, activity);
  }
  return total;
}

std::uint64_t Ledger::row_operations() const {
  std::uint64_t total = 0;
  for (const Event event : row_operation_events) {
    total += events(event);
  }
  return total;
}

std::uint64_t Ledger::busy_picoseconds(Activity activity) const {
  return activity.index() < busy_picoseconds_.size() ? busy_picoseconds_[activity.index()] : 0;
}

std::uint64_t Ledger::busy_picoseconds() const {
  std::uint64_t total = 0;
  for (const std::uint64_t time : busy_picoseconds_) {
    total += time;
  }
  return total;
}

Femtojoules Ledger::dynamic_energy(BlockId block, Activity activity) const {
  Femtojoules total;
  for (std::size_t event = 0; event < event_count; ++event) {
    total += blocks_[block].costs[event] * events(block, static_cast<Event>(event), activity);
  }
  return total;
}

Femtojoules Ledger::leakage_energy(BlockId block, std::uint64_t picoseconds) const {
  // 1 W x 1 ps = 1000 fJ
  return Femtojoules(
      static_cast<std::uint64_t>(blocks_[block].leakage_watts * 1000.0 * static_cast<double>(picoseconds)));
}

Femtojoules Ledger::energy(Activity activity) const {
  Femtojoules total;
  for (BlockId block = 0; block < blocks_.size(); ++block) {
    total += dynamic_energy(block, activity);
    total += leakage_energy(block, busy_picoseconds(activity));
  }
  return total;
}

Femtojoules Ledger::idle_energy(std::uint64_t picoseconds) const {
  Femtojoules total;
  for (BlockId block = 0; block < blocks_.size(); ++block) {
    total += leakage_energy(block, picoseconds);
  }
  return total;
}

void Ledger::clear() {
  for (auto& activity : counts_) {
    activity.assign(activity.size(), 0);
  }
  busy_picoseconds_.assign(busy_picoseconds_.size(), 0);
}

}  // namespace spinvp
