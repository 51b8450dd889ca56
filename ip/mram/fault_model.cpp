#include "ip/mram/fault_model.h"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <limits>

namespace spinvp {
namespace {

// Each sub-array's streams of random numbers.
enum Stream : std::uint64_t { StuckStream, SenseStream, WriteStream, RetentionStream, Streams };

NoiseSource noise_of(const FaultConfig& config, std::uint32_t subarray, Stream stream) {
  return {config.seed, std::uint64_t{subarray} * Streams + stream};
}

}  // namespace

FaultCounts& FaultCounts::operator+=(const FaultCounts& other) {
  for (std::size_t i = 0; i < sense_errors.size(); ++i) {
    sense_errors[i] += other.sense_errors[i];
  }
  write_errors += other.write_errors;
  retention_flips += other.retention_flips;
  stuck_cells += other.stuck_cells;
  return *this;
}

std::unique_ptr<FaultModel> FaultModel::make(const FaultConfig& config, std::uint32_t subarray, std::uint32_t rows,
                                             std::uint32_t columns) {
  std::unique_ptr<FaultModel> model(new FaultModel(config, subarray, rows, columns));
  const bool senses_wrongly = std::any_of(model->sense_trials_.begin(), model->sense_trials_.end(),
                                          [](const Trials& trials) { return trials.chance > 0; });
  const bool faulty = senses_wrongly || model->write_trials_.chance > 0 || model->flips_per_second_ > 0;
  return faulty || !model->stuck_.empty() ? std::move(model) : nullptr;
}

FaultModel::FaultModel(const FaultConfig& config, std::uint32_t subarray, std::uint32_t rows, std::uint32_t columns)
    : rows_(rows),
      columns_(columns),
      sense_noise_(noise_of(config, subarray, SenseStream)),
      write_noise_(noise_of(config, subarray, WriteStream)),
      retention_noise_(noise_of(config, subarray, RetentionStream)) {
  const std::uint64_t cells = std::uint64_t{rows} * columns;
  if (subarray >= config.first_subarray && subarray - config.first_subarray < config.subarrays) {
    for (std::size_t i = 0; i < sense_trials_.size(); ++i) {
      sense_trials_[i] = {config.sense_errors[i], sense_noise_.failures_before(config.sense_errors[i])};
    }
    const double full_add = config.sense_errors[index_of(SenseFunction::FullAdd)];
    if (full_add > 0) {
      majority_share_ = std::min(1.0, config.sense_errors[index_of(SenseFunction::Maj3)] / full_add);
    }
    write_trials_ = {config.write_error, write_noise_.failures_before(config.write_error)};
    flips_per_second_ = config.retention_rate * static_cast<double>(cells);
    NoiseSource stuck_noise = noise_of(config, subarray, StuckStream);
    for (std::uint64_t cell = stuck_noise.failures_before(config.stuck_density); cell < cells;) {
      stick(static_cast<std::uint32_t>(cell / columns), static_cast<std::uint32_t>(cell % columns),
            (stuck_noise.word() & 1) != 0);
      const std::uint64_t skipped = stuck_noise.failures_before(config.stuck_density);
      cell = skipped < cells ? cell + skipped + 1 : cells;
    }
  }
  for (const FaultConfig::StuckCell& cell : config.cells) {
    if (cell.subarray == subarray) {
      stick(cell.row, cell.column, cell.value);
    }
  }
  next_flip_ = wait_for_flip();
}

void FaultModel::stick(std::uint32_t row, std::uint32_t column, bool value) {
  StuckWord& word = stuck_[(std::uint64_t{row} * columns_ + column) / 64];
  const std::uint64_t bit = std::uint64_t{1} << (column % 64);
  counts_.stuck_cells += ((word.ones | word.zeros) & bit) == 0 ? 1 : 0;
  (value ? word.ones : word.zeros) |= bit;
  (value ? word.zeros : word.ones) &= ~bit;
}

void FaultModel::hold_row(std::uint32_t row, std::uint64_t* row_words) const {
  const std::uint64_t first = std::uint64_t{row} * columns_ / 64;
  const std::uint64_t end = first + columns_ / 64;
  for (auto at = stuck_.lower_bound(first); at != stuck_.end() && at->first < end; ++at) {
    std::uint64_t& word = row_words[at->first - first];
    word = (word | at->second.ones) & ~at->second.zeros;
  }
}

void FaultModel::hold_stuck_cells(std::uint64_t* bits) const {
  for (const auto& [index, stuck] : stuck_) {
    bits[index] = (bits[index] | stuck.ones) & ~stuck.zeros;
  }
}

double FaultModel::wait_for_flip() {
  return flips_per_second_ > 0 ? -std::log(retention_noise_.uniform()) / flips_per_second_
                               : std::numeric_limits<double>::infinity();
}

void FaultModel::age(std::uint64_t* bits, double seconds) {
  if (next_flip_ > seconds) {
    return;
  }
  const std::uint64_t words = std::uint64_t{rows_} * columns_ / 64;
  const double cells = static_cast<double>(words) * 64;
  // After many flips of every cell nothing is left of what it held.
  if ((seconds - next_flip_) * flips_per_second_ > 8 * cells) {
    counts_.retention_flips += static_cast<std::uint64_t>((seconds - next_flip_) * flips_per_second_);
    std::generate_n(bits, words, [this] { return retention_noise_.word(); });
    next_flip_ = seconds + wait_for_flip();
  }
  while (next_flip_ <= seconds) {
    const std::uint64_t cell = retention_noise_.word() % (words * 64);
    bits[cell / 64] ^= std::uint64_t{1} << (cell % 64);
    ++counts_.retention_flips;
    next_flip_ += wait_for_flip();
  }
  hold_stuck_cells(bits);
}

template <class Strike>
void FaultModel::try_columns(Trials& trials, NoiseSource& noise, std::uint32_t columns, const Strike& strike) {
  std::uint64_t from = 0;
  while (trials.failures_ahead < columns - from) {
    const std::uint64_t column = from + trials.failures_ahead;
    strike(static_cast<std::uint32_t>(column / 64), std::uint64_t{1} << (column % 64));
    from = column + 1;
    trials.failures_ahead = noise.failures_before(trials.chance);
  }
  trials.failures_ahead -= trials.chance > 0 ? columns - from : 0;
}

void FaultModel::write(std::uint32_t row, const std::uint64_t* data, std::uint64_t* row_words) {
  std::vector<std::uint64_t> kept(columns_ / 64);
  try_columns(write_trials_, write_noise_, columns_, [&](std::uint32_t word, std::uint64_t bit) { kept[word] |= bit; });
  for (std::size_t word = 0; word < kept.size(); ++word) {
    counts_.write_errors += std::bitset<64>((row_words[word] ^ data[word]) & kept[word]).count();
    row_words[word] = (row_words[word] & kept[word]) | (data[word] & ~kept[word]);
  }
  hold_row(row, row_words);
}

void FaultModel::sense(SenseFunction function, std::uint64_t* sensed, std::uint64_t* carries) {
  std::uint64_t& errors = counts_.sense_errors[rows_of(function) - 1];
  try_columns(sense_trials_[index_of(function)], sense_noise_, columns_, [&](std::uint32_t word, std::uint64_t bit) {
    sensed[word] ^= bit;
    ++errors;
    if (carries != nullptr && sense_noise_.uniform() <= majority_share_) {
      carries[word] ^= bit;
    }
  });
}

}  // namespace spinvp
