#include "ip/pim/and_accumulator.h"

#include <algorithm>
#include <cstring>

#include "core/bit_products.h"
#include "core/bits.h"
#include "ip/pim/command_share.h"

namespace spinvp {

using interface::AndAccCommand;
using interface::WeightKind;

namespace {

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
  TransportedRows(tlm_utils::simple_initiator_socket<AndAccumulator, 32, RowProtocol>& socket, std::uint32_t row_words,
                  Activity activity)
      : socket_(socket), row_words_(row_words) {
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
  std::uint32_t count(std::uint32_t first_row, std::uint32_t rows) {
    transaction_.operation = RowOperation::Read;
    std::uint32_t ones = 0;
    for (std::uint32_t row = 0; row < rows; ++row) {
      transaction_.row = first_row + row;
      ones += sense();
    }
    return ones;
  }

 private:
  std::uint32_t sense() {
    sc_core::sc_time sensing = sc_core::SC_ZERO_TIME;  // hidden by the pipeline's interval
    socket_->b_transport(transaction_, sensing);
    sc_assert(transaction_.ok);
    return bits::count_ones(transaction_.sensed, row_words_);
  }

  tlm_utils::simple_initiator_socket<AndAccumulator, 32, RowProtocol>& socket_;
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
  std::uint32_t count(std::uint32_t first_row, std::uint32_t rows) const {
    return bits::count_ones(row(first_row), std::size_t{rows} * row_words_);
  }

 private:
  const std::uint64_t* row(std::uint32_t index) const { return bits_ + std::size_t{index} * row_words_; }

  const std::uint64_t* bits_;
  const std::uint32_t row_words_;
};

}  // namespace

AndAccumulator::AndAccumulator(sc_core::sc_module_name name, const ChipConfig& config, std::uint32_t subarray,
                               Ledger& ledger, Ledger::BlockId block)
    : sc_module(name),
      buffer("buffer", config.buffer.bytes),
      config_(config),
      subarray_(subarray),
      ledger_(ledger),
      block_(block) {
  commands.register_b_transport(this, &AndAccumulator::transport);
}

const std::uint64_t* AndAccumulator::direct_rows() {
  if (!asked_) {
    asked_ = true;
    RowTransaction transaction;
    tlm::tlm_dmi dmi;
    if (rows->get_direct_mem_ptr(transaction, dmi)) {
      direct_ = reinterpret_cast<const std::uint64_t*>(dmi.get_dmi_ptr());
    }
  }
  return direct_;
}

void AndAccumulator::transport(CommandTransaction& transaction, sc_core::sc_time& delay) {
  const AndAccCommand command = AndAccCommand::decode(transaction.words);
  const Share pixels = pixels_of(command, subarray_);
  const Share kernels = kernels_of(command, subarray_);
  if (pixels.count == 0 || kernels.count == 0) {
    return;
  }
  const Activity activity = activity_of(command.header);
  if (const std::uint64_t* bits = direct_rows()) {
    DirectRows direct(bits, config_.row_words());
    accumulate(command, direct);
  } else {
    TransportedRows transported(rows, config_.row_words(), activity);
    accumulate(command, transported);
  }
  buffer.settle(activity);
  account(command, pixels.count, kernels.count, delay);
}

template <class Rows>
void AndAccumulator::accumulate(const AndAccCommand& command, Rows& senses) {
  const Share pixels = pixels_of(command, subarray_);
  const Share kernels = kernels_of(command, subarray_);
  const Activity activity = activity_of(command.header);
  const std::uint32_t planes = command.activation_planes;
  const std::uint32_t kernel_planes = kernels.count * command.weight_planes;
  const std::uint32_t bytes = kernels.count * 4;
  counts_.resize(std::size_t{pixels.count} * planes * kernel_planes);
  senses.count_products({command.image_row, pixels.count * planes, command.kernel_row, kernel_planes, command.tiles},
                        counts_.data());

  const std::uint32_t* counts = counts_.data();
  std::uint32_t image_row = command.image_row;
  for (std::uint32_t pixel = 0; pixel < pixels.count; ++pixel) {
    std::uint32_t ones = 0;
    for (std::uint32_t m = 0; m < planes; ++m, image_row += command.tiles) {
      if (command.weight_kind == WeightKind::Binary) {
        ones += senses.count(image_row, command.tiles) << m;
      }
    }
    sums_.assign(kernels.count, 0u - ones * ((1u << command.weight_planes) - 1));
    for (std::uint32_t m = 0; m < planes; ++m, counts += kernel_planes) {
      add_counts(command, counts, m);
    }
    const std::uint32_t address =
        command.accumulator_address + (pixels.first + pixel) * command.accumulator_pitch + kernels.first * 4;
    if (command.accumulate != 0) {
      const std::uint8_t* held = buffer.read(address, bytes, activity);
      for (std::uint32_t kernel = 0; kernel < kernels.count; ++kernel) {
        std::uint32_t before = 0;
        std::memcpy(&before, held + kernel * 4, 4);
        sums_[kernel] += before;
      }
    }
    buffer.write(address, sums_.data(), bytes, activity);
  }
}

// Adds the counts of activation plane m: [kernel][weight plane].
void AndAccumulator::add_counts(const AndAccCommand& command, const std::uint32_t* counts, std::uint32_t m) {
  const std::uint32_t planes = command.weight_planes;
  if (planes == 1) {
    bits::add_multiple(counts, sums_.size(), plane_factor(command.weight_kind, 0, 1) << m, sums_.data());
    return;
  }
  for (std::uint32_t n = 0; n < planes; ++n) {
    const std::uint32_t factor = plane_factor(command.weight_kind, n, planes) << m;
    for (std::size_t kernel = 0; kernel < sums_.size(); ++kernel) {
      sums_[kernel] += factor * counts[kernel * planes + n];
    }
  }
}

void AndAccumulator::account(const AndAccCommand& command, std::uint32_t pixels, std::uint32_t kernels,
                             sc_core::sc_time& delay) {
  const Activity activity = activity_of(command.header);
  const std::uint64_t ands_a_sum = std::uint64_t{command.activation_planes} * command.weight_planes * command.tiles;
  const std::uint64_t ands = ands_a_sum * pixels * kernels;
  const bool corrects = command.weight_kind == WeightKind::Binary;
  const std::uint64_t reads_a_pixel = corrects ? std::uint64_t{command.activation_planes} * command.tiles : 0;
  const std::uint64_t reads = reads_a_pixel * pixels;

  if (direct_ != nullptr) {
    sc_core::sc_time sensing = sc_core::SC_ZERO_TIME;
    RowTransaction transaction;
    transaction.activity = activity;
    transaction.operation = RowOperation::And2;
    transaction.accounted = ands;
    rows->b_transport(transaction, sensing);
    if (reads > 0) {
      transaction.operation = RowOperation::Read;
      transaction.accounted = reads;
      rows->b_transport(transaction, sensing);
    }
  }
  ledger_.count(block_, Event::BitCount, ands + reads, activity);
  ledger_.count(block_, Event::ShiftAccumulate, ands + reads, activity);

  // A non-volatile accumulator keeps its partial sum every so many accumulations, and waits while it does.
  const std::uint32_t store_interval = config_.accumulator.nv_store_interval;
  const std::uint64_t stores = store_interval == 0 ? 0 : (ands + reads + store_interval - 1) / store_interval;
  ledger_.count(block_, Event::NvStore, stores, activity);

  const std::uint64_t interval = config_.row_operation_cycles();
  const std::uint64_t leaving = command.accumulate != 0 ? 2 : 1;
  const std::uint64_t cycles_a_pixel = reads_a_pixel * interval + std::max(ands_a_sum * interval, leaving) * kernels;
  const std::uint64_t cycles = cycles_a_pixel * pixels + config_.accumulator.pipeline_stages +
                               stores * config_.cycles(config_.accumulator.nv_store_latency_ns);
  delay += config_.clock_period * static_cast<double>(cycles);
}

}  // namespace spinvp
