#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "ip/mram/fault_config.h"
#include "ip/mram/noise.h"

namespace spinvp {

/// How often faults struck.
struct FaultCounts {
  std::array<std::uint64_t, 3> sense_errors{};  ///< wrong answers of a column to a sense of one, two and three rows
  std::uint64_t write_errors = 0;               ///< bits that kept another value than was written
  std::uint64_t retention_flips = 0;
  std::uint64_t stuck_cells = 0;

  FaultCounts& operator+=(const FaultCounts& other);
};

/// The faults of one sub-array. It has random numbers of its own for each kind of fault, drawn in the order of the
/// sub-array's operations: no other sub-array and no other kind changes them.
class FaultModel {
 public:
  /// Null when nothing can go wrong in this sub-array.
  static std::unique_ptr<FaultModel> make(const FaultConfig& config, std::uint32_t subarray, std::uint32_t rows,
                                          std::uint32_t columns);

  /// Brings what all rows hold in line with the stuck cells.
  void hold_stuck_cells(std::uint64_t* bits) const;
  /// Lets retention errors happen up to this time since the start, in seconds. Time that runs backwards changes
  /// nothing.
  void age(std::uint64_t* bits, double seconds);
  /// Drives a row, whose words are `row_words`, with `data`.
  void write(std::uint32_t row, const std::uint64_t* data, std::uint64_t* row_words);
  /// Spoils what was sensed of all columns; for a full adder also the carries. A misjudged majority turns sum and
  /// carry, any other error of a full adder the sum alone.
  void sense(SenseFunction function, std::uint64_t* sensed, std::uint64_t* carries = nullptr);

  const FaultCounts& counts() const { return counts_; }

 private:
  struct StuckWord {
    std::uint64_t ones = 0;
    std::uint64_t zeros = 0;
  };
  /// Trials of one chance, from one success to the next.
  struct Trials {
    double chance = 0;
    std::uint64_t failures_ahead = 0;
  };

  FaultModel(const FaultConfig& config, std::uint32_t subarray, std::uint32_t rows, std::uint32_t columns);
  void stick(std::uint32_t row, std::uint32_t column, bool value);
  void hold_row(std::uint32_t row, std::uint64_t* row_words) const;
  double wait_for_flip();
  template <class Strike>
  static void try_columns(Trials& trials, NoiseSource& noise, std::uint32_t columns, const Strike& strike);

  std::uint32_t rows_;
  std::uint32_t columns_;
  NoiseSource sense_noise_;
  NoiseSource write_noise_;
  NoiseSource retention_noise_;
  std::array<Trials, sense_functions.size()> sense_trials_{};
  Trials write_trials_;
  double majority_share_ = 0;  // of a full adder's errors
  double flips_per_second_ = 0;
  double next_flip_ = 0;                      // seconds
  std::map<std::uint64_t, StuckWord> stuck_;  // by word of the sub-array
  FaultCounts counts_;
};

}  // namespace spinvp
