#include "ip/pim/and_accumulator.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "core/bit_products.h"
#include "core/bits.h"

namespace spinvp {

using interface::AndAccCommand;
using interface::WeightKind;

namespace {

constexpr std::uint32_t ahead = 2;  // sub-arrays from the one computing to the one whose rows the host fetches
constexpr std::size_t cache_line_words = 8;

// Factor of weight plane n, without the activation plane's 2^m.
// Sums wrap modulo 2^32, as the hardware's do.
std::uint32_t plane_factor(WeightKind kind, std::uint32_t plane, std::uint32_t planes) {
  switch (kind) {
    case WeightKind::Ternary:
      return plane == 0 ? 1u : ~0u;
    case WeightKind::Binary:
      return 2u << plane;
    case WeightKind::TwosComplement:
      return plane + 1 == planes ? 0u - (1u << plane) : 1u << plane;
    case WeightKind::Unsigned:
      break;
  }
  return 1u << plane;
}

/// Planes that are ANDed with each other, every image plane with every kernel plane. A plane is `tiles` rows; planes
/// stand one behind the other.
struct Operands {
  std::uint32_t image_row = 0;
  std::uint32_t image_planes = 0;  ///< of all pixels
  std::uint32_t kernel_row = 0;
  std::uint32_t kernel_planes = 0;  ///< of all kernels
  std::uint32_t tiles = 0;
};

/// Senses through transactions: detail `row`. count_products() fills counts[image plane][kernel plane]; count() counts
/// the ones of some rows.
class TransportedRows {
 public:
  TransportedRows(RowPort& rows, std::uint32_t subarray, std::uint32_t row_words, Activity activity)
      : rows_(rows), row_words_(row_words) {
    transaction_.subarray = subarray;
    transaction_.activity = activity;
  }
  void count_products(const Operands& operands, std::uint32_t* counts) {
    transaction_.operation = RowOperation::And2;
    for (std::uint32_t image = 0; image < operands.image_planes; ++image) {
      for (std::uint32_t kernel = 0; kernel < operands.kernel_planes; ++kernel) {
        std::uint32_t ones = 0;
        for (std::uint32_t tile = 0; tile < operands.tiles; ++tile) {
          transaction_.row = operands.kernel_row + kernel * operands.tiles + tile;
          transaction_.second_row = operands.image_row + image * operands.tiles + tile;
          ones += sense();
        }
        *counts++ = ones;
      }
    }
  }
  void count_ones(const Operands& operands, std::uint32_t* ones) {
    transaction_.operation = RowOperation::Read;
    transaction_.row = operands.image_row;
    for (std::uint32_t image = 0; image < operands.image_planes; ++image) {
      ones[image] = 0;
      for (std::uint32_t tile = 0; tile < operands.tiles; ++tile, ++transaction_.row) {
        ones[image] += sense();
      }
    }
  }

 private:
  std::uint32_t sense() {
    sc_core::sc_time sensing = sc_core::SC_ZERO_TIME;  // hidden by the pipeline's interval
    rows_.operate(transaction_, sensing);
    return bits::count_ones(transaction_.sensed, row_words_);
  }

  RowPort& rows_;
  const std::uint32_t row_words_;
  RowTransaction transaction_;
};

/// Computes on the sub-array's own words: detail `fast`.
class DirectRows {
 public:
  DirectRows(const std::uint64_t* bits, std::uint32_t row_words) : bits_(bits), row_words_(row_words) {}
  void count_products(const Operands& operands, std::uint32_t* counts) const {
    bits::count_ones_of_products(row(operands.image_row), operands.image_planes, row(operands.kernel_row),
                                 operands.kernel_planes, std::size_t{operands.tiles} * row_words_, counts);
  }
  void count_ones(const Operands& operands, std::uint32_t* ones) const {
    bits::count_ones_of_runs(row(operands.image_row), operands.image_planes, std::size_t{operands.tiles} * row_words_,
                             ones);
  }

 private:
  const std::uint64_t* row(std::uint32_t index) const { return bits_ + std::size_t{index} * row_words_; }

  const std::uint64_t* bits_;
  const std::uint32_t row_words_;
};

/// What the counts of one pixel add up to for each kernel.
class Sums {
 public:
  explicit Sums(const AndAccCommand& command)
      : activation_planes_(command.activation_planes),
        weight_planes_(command.weight_planes),
        correction_((1u << command.weight_planes) - 1) {
    for (std::uint32_t n = 0; n < weight_planes_; ++n) {
      factors_[n] = plane_factor(command.weight_kind, n, weight_planes_);
    }
  }

  /// counts: [activation plane][kernel][weight plane]; ones: of each activation plane, null without a correction.
  void add_up(const std::uint32_t* counts, const std::uint32_t* ones, std::uint32_t kernels,
              std::uint32_t* sums) const {
    std::uint32_t all_ones = 0;
    for (std::uint32_t m = 0; ones != nullptr && m < activation_planes_; ++m) {
      all_ones += ones[m] << m;
    }
    const std::uint32_t start = 0u - all_ones * correction_;
    if (activation_planes_ == 1 && weight_planes_ == 1) {
      for (std::uint32_t kernel = 0; kernel < kernels; ++kernel) {
        sums[kernel] = start + factors_[0] * counts[kernel];
      }
      return;
    }
    std::fill_n(sums, kernels, start);
    for (std::uint32_t m = 0; m < activation_planes_; ++m) {
      for (std::uint32_t kernel = 0; kernel < kernels; ++kernel, counts += weight_planes_) {
        std::uint32_t sum = 0;
        for (std::uint32_t n = 0; n < weight_planes_; ++n) {
          sum += factors_[n] * counts[n];
        }
        sums[kernel] += sum << m;
      }
    }
  }

 private:
  static constexpr std::size_t most_planes = 16;  // as the field is wide
  const std::uint32_t activation_planes_;
  const std::uint32_t weight_planes_;
  const std::uint32_t correction_;
  std::array<std::uint32_t, most_planes> factors_{};
};

// Counts of some pixels and sums of one. On the stack, where they stay in the cache.
class Scratch {
 public:
  static constexpr std::size_t words = 4096;

  std::uint32_t* words_for(std::size_t count) {
    if (count <= words) {
      return few_.data();
    }
    many_.resize(count);
    return many_.data();
  }

 private:
  std::array<std::uint32_t, words> few_;
  std::vector<std::uint32_t> many_;
};

}  // namespace

AndAccumulator::AndAccumulator(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger,
                               BankBlocks blocks)
    : sc_module(name),
      rows("rows", config),
      buffer("buffer", config.buffer.bytes),
      subarrays_per_bank_(config.subarrays_per_bank),
      row_words_(config.row_words()),
      interval_(config.row_operation_cycles()),
      pipeline_stages_(config.accumulator.pipeline_stages),
      nv_store_interval_(config.accumulator.nv_store_interval),
      nv_store_cycles_(config.cycles(config.accumulator.nv_store_latency_ns)),
      clock_period_(config.clock_period),
      ledger_(ledger),
      blocks_(std::move(blocks)) {
  commands.register_b_transport(this, &AndAccumulator::transport);
}

void AndAccumulator::transport(CommandTransaction& transaction, sc_core::sc_time& delay) {
  const AndAccCommand command = AndAccCommand::decode(transaction.words);
  const Activity activity = activity_of(command.header);
  const SubarrayRange range = subarrays_of(command);
  std::uint64_t cycles = 0;
  for_banks(range, subarrays_per_bank_, [&](std::uint32_t bank, SubarrayRange subarrays) {
    Work work;
    for (std::uint32_t subarray = subarrays.first; subarray < subarrays.end; ++subarray) {
      const Part part{subarray, pixels_of(command, subarray), kernels_of(command, subarray)};
      if (part.pixels.count == 0 || part.kernels.count == 0) {
        continue;
      }
      const std::uint64_t* const bits = rows.direct(subarray);
      if (bits != nullptr) {
        if (subarray + ahead < range.end) {
          fetch_early(command, subarray + ahead);
        }
        DirectRows direct(bits, row_words_);
        accumulate(command, part, direct);
      } else {
        TransportedRows transported(rows, subarray, row_words_, activity);
        accumulate(command, part, transported);
      }
      add_work(command, part, bits != nullptr, work);
    }
    account(work, blocks_[bank], activity);
    cycles = std::max(cycles, work.cycles);
  });
  buffer.settle(activity);
  delay += clock_period_ * static_cast<double>(cycles);
}

// On a chip of thousands of sub-arrays the host's caches do not hold the rows, and a part is soon computed.
void AndAccumulator::fetch_early(const AndAccCommand& command, std::uint32_t subarray) {
  const std::uint64_t* const bits = rows.direct(subarray);
  if (bits == nullptr) {
    return;
  }
  const auto fetch = [&](std::uint32_t first_row, std::uint32_t items, std::uint32_t planes) {
    const std::size_t words = std::size_t{items} * planes * command.tiles * row_words_;
    const std::uint64_t* const first = bits + std::size_t{first_row} * row_words_;
    for (std::size_t word = 0; word < words; word += cache_line_words) {
      __builtin_prefetch(first + word);
    }
  };
  fetch(command.image_row, command.pixels_per_replica, command.activation_planes);
  fetch(command.kernel_row, command.kernels_per_subarray, command.weight_planes);
}

template <class Rows>
void AndAccumulator::accumulate(const AndAccCommand& command, const Part& part, Rows& senses) {
  const Activity activity = activity_of(command.header);
  const std::uint32_t planes = command.activation_planes;
  const std::uint32_t kernels = part.kernels.count;
  const std::uint32_t kernel_planes = kernels * command.weight_planes;
  const std::size_t counts_a_pixel = std::size_t{planes} * (kernel_planes + 1);  // the last one: of ones
  const std::size_t room = Scratch::words > kernels ? Scratch::words - kernels : 0;
  const auto at_once =
      std::min(part.pixels.count, static_cast<std::uint32_t>(std::max<std::size_t>(1, room / counts_a_pixel)));
  const bool corrects = command.weight_kind == WeightKind::Binary;
  const Sums adder(command);
  Scratch scratch;
  std::uint32_t* const sums = scratch.words_for(kernels + at_once * counts_a_pixel);
  std::uint32_t* const ones = sums + kernels;
  std::uint32_t* const counts = ones + std::size_t{at_once} * planes;
  for (std::uint32_t first = 0; first < part.pixels.count; first += at_once) {
    const std::uint32_t pixels = std::min(at_once, part.pixels.count - first);
    const std::uint32_t image_row = command.image_row + first * planes * command.tiles;
    const Operands operands{image_row, pixels * planes, command.kernel_row, kernel_planes, command.tiles};
    senses.count_products(operands, counts);
    if (corrects) {
      senses.count_ones(operands, ones);
    }
    for (std::uint32_t pixel = 0; pixel < pixels; ++pixel) {
      adder.add_up(counts + std::size_t{pixel} * planes * kernel_planes,
                   corrects ? ones + std::size_t{pixel} * planes : nullptr, kernels, sums);
      const std::uint32_t address = command.accumulator_address +
                                    (part.pixels.first + first + pixel) * command.accumulator_pitch +
                                    part.kernels.first * 4;
      if (command.accumulate != 0) {
        const std::uint8_t* held = buffer.read(address, kernels * 4, activity);
        for (std::uint32_t kernel = 0; kernel < kernels; ++kernel) {
          std::uint32_t before = 0;
          std::memcpy(&before, held + kernel * 4, 4);
          sums[kernel] += before;
        }
      }
      buffer.write(address, sums, kernels * 4, activity);
    }
  }
}

void AndAccumulator::add_work(const AndAccCommand& command, const Part& part, bool direct, Work& work) const {
  const std::uint64_t pixels = part.pixels.count;
  const std::uint64_t kernels = part.kernels.count;
  const std::uint64_t ands_a_sum = std::uint64_t{command.activation_planes} * command.weight_planes * command.tiles;
  const std::uint64_t ands = ands_a_sum * pixels * kernels;
  const bool corrects = command.weight_kind == WeightKind::Binary;
  const std::uint64_t reads_a_pixel = corrects ? std::uint64_t{command.activation_planes} * command.tiles : 0;
  const std::uint64_t reads = reads_a_pixel * pixels;
  // A non-volatile accumulator keeps its partial sum every so many accumulations, and waits while it does.
  const std::uint64_t stores =
      nv_store_interval_ == 0 ? 0 : (ands + reads + nv_store_interval_ - 1) / nv_store_interval_;
  const std::uint64_t leaving = command.accumulate != 0 ? 2 : 1;
  const std::uint64_t cycles_a_pixel = reads_a_pixel * interval_ + std::max(ands_a_sum * interval_, leaving) * kernels;
  const std::uint64_t cycles = cycles_a_pixel * pixels + pipeline_stages_ + stores * nv_store_cycles_;
  work.ands += ands;
  work.reads += reads;
  work.stores += stores;
  work.cycles = std::max(work.cycles, cycles);
  if (direct) {
    work.direct_ands += ands;
    work.direct_reads += reads;
    work.direct_subarray = part.subarray;
  }
}

// What went through direct pointers is told to one of the sub-arrays: all of a bank have the same costs and one
// account.
void AndAccumulator::account(const Work& work, Ledger::BlockId block, Activity activity) {
  if (work.ands == 0) {
    return;
  }
  sc_core::sc_time sensing = sc_core::SC_ZERO_TIME;  // hidden by the pipeline's interval
  RowTransaction transaction;
  transaction.subarray = work.direct_subarray;
  transaction.activity = activity;
  if (work.direct_ands > 0) {
    transaction.operation = RowOperation::And2;
    transaction.accounted = work.direct_ands;
    rows.operate(transaction, sensing);
  }
  if (work.direct_reads > 0) {
    transaction.operation = RowOperation::Read;
    transaction.accounted = work.direct_reads;
    rows.operate(transaction, sensing);
  }
  ledger_.count(block, Event::BitCount, work.ands + work.reads, activity);
  ledger_.count(block, Event::ShiftAccumulate, work.ands + work.reads, activity);
  ledger_.count(block, Event::NvStore, work.stores, activity);
}

}  // namespace spinvp
