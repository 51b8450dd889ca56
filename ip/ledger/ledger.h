#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/units.h"

namespace spinvp {

/// What the chip's blocks count. Each event of a block costs a fixed energy.
enum class Event : std::uint8_t {
  RowRead,          ///< one-row sense
  RowAnd2,          ///< two-row sense: AND
  RowOr2,           ///< two-row sense: OR
  RowXor2,          ///< two-row sense with two sense amplifiers: XOR; the sum of addition scheme A
  RowAnd3,          ///< three-row sense: AND
  RowOr3,           ///< three-row sense: OR
  RowMaj3,          ///< three-row sense: majority; the carry of addition scheme A
  RowFullAdd,       ///< three-row sense with three sense amplifiers: sum and carry of scheme B
  RowWrite,         ///< row driven
  BitCount,         ///< ones of a sensed row counted
  ShiftAccumulate,  ///< a bit-count shifted and added to a partial sum
  NvStore,          ///< a partial sum kept in a non-volatile accumulator
  Addition,         ///< an operand added to or subtracted from the accumulator rows of a sub-array; free, only counted
  AdditionSkipped,  ///< an addition that a zero weight or level saved; free, only counted
  AdderStep,        ///< a row operation that an in-memory adder ordered: its control
  BufferRead,       ///< bytes
  BufferWrite,      ///< bytes
  DmaRead,          ///< bytes from the system
  DmaWrite,         ///< bytes to the system
  Compare,          ///< an accumulator against a threshold
  Pool,             ///< a value into a maximum or a sum
  PackBit,          ///< a bit into or out of a bit-plane
  Multiply,         ///< a multiply-accumulate of the digital unit
  Command,          ///< a command decoded
};
/// Senses of two or three rows at once.
constexpr std::array<Event, 7> row_operation_events = {Event::RowAnd2, Event::RowOr2,  Event::RowXor2,   Event::RowAnd3,
                                                       Event::RowOr3,  Event::RowMaj3, Event::RowFullAdd};
constexpr std::size_t event_count = 24;
const char* to_string(Event event);

/// Whose work an event is: a layer, and whether it is done once for many inputs (loading weights that stay).
struct Activity {
  /// Work for no layer: the host's accesses to the sub-arrays. Commands name layers up to 0x7FFF.
  static constexpr std::uint16_t no_layer = 0xFFFF;

  std::uint16_t layer = 0;
  bool once = false;

  /// Work for no layer comes first, since layers may be many.
  constexpr std::size_t index() const {
    return std::size_t{static_cast<std::uint16_t>(layer + 1)} * 2 + (once ? 1 : 0);
  }
  static constexpr Activity at(std::size_t index) {
    return {static_cast<std::uint16_t>(index / 2 - 1), index % 2 == 1};
  }
};

/// Counts every event by block and activity, and time by activity. Energies are views of the counts: whole femtojoules,
/// so that parts add up to totals exactly.
class Ledger {
 public:
  using BlockId = std::size_t;
  using EventCosts = std::array<Femtojoules, event_count>;

  struct Block {
    std::string name;
    EventCosts costs{};
    double leakage_watts = 0;
  };

  BlockId add_block(Block block);

  void count(BlockId block, Event event, std::uint64_t times, Activity activity) {
    counts(activity)[block * event_count + static_cast<std::size_t>(event)] += times;
  }
  /// Time in which the chip worked for an activity.
  void add_busy_time(Activity activity, std::uint64_t picoseconds);

  const std::vector<Block>& blocks() const { return blocks_; }
  /// Activities seen so far have an index below this.
  std::size_t activities() const { return counts_.size(); }

  std::uint64_t events(BlockId block, Event event, Activity activity) const;
  std::uint64_t events(Event event, Activity activity) const;  ///< of all blocks
  std::uint64_t events(Event event) const;                     ///< of all blocks and activities
  std::uint64_t row_operations(Activity activity) const;       ///< senses of two or three rows, of all blocks
  std::uint64_t row_operations() const;                        ///< of all activities
  std::uint64_t busy_picoseconds(Activity activity) const;
  std::uint64_t busy_picoseconds() const;

  Femtojoules dynamic_energy(BlockId block, Activity activity) const;
  /// leakage power x time, rounded down.
  Femtojoules leakage_energy(BlockId block, std::uint64_t picoseconds) const;
  /// Dynamic energy of all blocks and their leakage during the activity's busy time.
  Femtojoules energy(Activity activity) const;
  /// Leakage of all blocks over a time in which no stream ran.
  Femtojoules idle_energy(std::uint64_t picoseconds) const;

  /// Forgets counts and times; blocks stay.
  void clear();

 private:
  std::uint64_t* counts(Activity activity) {
    if (activity.index() >= counts_.size() || counts_[activity.index()].empty()) {
      open(activity);
    }
    return counts_[activity.index()].data();
  }
  void open(Activity activity);

  std::vector<Block> blocks_;
  std::vector<std::vector<std::uint64_t>> counts_;  // [activity][block x event]; empty until something counts
  std::vector<std::uint64_t> busy_picoseconds_;     // [activity]
};

}  // namespace spinvp
