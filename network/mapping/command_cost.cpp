#include "network/mapping/command_cost.h"

#include <algorithm>
#include <cmath>

#include "ip/interface/pim_view.h"
#include "network/mapping/layer_geometry.h"

namespace spinvp::network {
namespace {

/// Mean of the largest of so many standard normal numbers, from the extreme value distribution that it tends to.
double mean_largest(std::uint32_t numbers) {
  if (numbers < 2) {
    return 0;
  }
  constexpr double euler = 0.5772156649;
  constexpr double log_four_pi = 2.5310242469;
  const double logarithm = std::log(static_cast<double>(numbers));
  const double most = std::sqrt(2 * logarithm);
  return most - (std::log(logarithm) + log_four_pi) / (2 * most) + euler / most;
}

/// Positions of the map that pooling windows of one dimension see, all of them together.
double seen(std::uint32_t windows, std::uint32_t size, std::uint32_t stride, std::uint32_t pad, std::uint32_t map) {
  double sum = 0;
  for (std::uint32_t window = 0; window < windows; ++window) {
    const std::uint32_t begin = window * stride;
    sum += std::min(begin + size - pad, map) - (std::max(begin, pad) - pad);
  }
  return sum;
}

/// The formulas of docs/chip.md, a command each.
class Costs {
 public:
  Costs(const ChipTarget& target, double zero_share)
      : target_(target), speed_(target.speed), energy_(target.energy), zero_share_(zero_share) {}

  template <class Copy>
  CommandCost copy(const Copy& command) const {
    const double bytes = static_cast<double>(command.rows) * command.bytes;
    return {{std::max(command.rows * dma_cycles(command.bytes, speed_), port_cycles(bytes)),
             bytes * (energy_.dma_byte + energy_.buffer_byte)}};
  }

  CommandCost of(const interface::LoadRowsCommand& command) const {
    const double rows = static_cast<double>(command.subarrays) * command.rows;
    const double bytes = rows * command.row_bytes;
    return {{std::max(dma_cycles(static_cast<std::uint64_t>(bytes), speed_), rows * speed_.row_write_cycles),
             bytes * energy_.dma_byte + rows * command.replicas * energy_.row_write}};
  }

  CommandCost of(const interface::GatherRowsCommand& command) const {
    const double rows = static_cast<double>(command.pixels) * command.planes * command.tiles;
    // Neighbouring pixels of all channels are read at once.
    const bool runs = command.channels == command.pixel_pitch && command.dilation_x == 1;
    const double reads = command.kernel_height * (runs ? 1.0 : command.kernel_width);
    const double bits = command.channels * (runs ? 1.0 * command.kernel_width : 1.0);
    const double bytes = static_cast<double>(command.pixels) * command.planes * reads * (bits / 8 + 0.5);
    return {{std::max(rows * speed_.row_write_cycles, port_cycles(bytes)),
             rows * command.subarrays * energy_.row_write + bytes * energy_.buffer_byte}};
  }

  CommandCost of(const interface::GatherLanesCommand& command) const {
    const double planes = static_cast<double>(command.elements) * command.planes;
    const double rows = planes * (1 + command.complement) * command.replicas;
    const double run = std::min(command.elements, command.channels);  // channels that are read at once
    const double bytes = command.pixels * planes / run * (run / 8 + 0.9);
    return {{std::max(rows * speed_.row_write_cycles, port_cycles(bytes)),
             rows * command.subarrays * energy_.row_write + bytes * energy_.buffer_byte}};
  }

  CommandCost of(const interface::AndAccCommand& command) const {
    const bool binary = command.weight_kind == interface::WeightKind::Binary;
    const double field = static_cast<double>(command.activation_planes) * command.tiles;
    const double ands = field * command.weight_planes;
    const double corrections = binary ? field : 0;
    const double passes_port = command.accumulate != 0 ? 2 : 1;
    const double held = std::min(command.kernels_per_subarray, command.kernels);
    const double pixels = std::min(command.pixels_per_replica, command.pixels);
    const double interval = speed_.row_operation_cycles;
    const double all_ands = ands * command.kernels * command.pixels;
    const double stores = stores_of((ands * held + corrections) * pixels);  // of a sub-array
    const double working = std::ceil(command.kernels / held) * std::ceil(command.pixels / pixels);
    CommandCost cost;
    cost.cost.cycles = pixels * (corrections * interval + std::max(ands * interval, passes_port) * held) +
                       speed_.pipeline_cycles + stores * speed_.nv_store_cycles;
    cost.cost.picojoules = all_ands * energy_.row_operation + stores * working * energy_.nv_store +
                           corrections * command.pixels * command.subarrays * energy_.row_read +
                           4.0 * command.kernels * command.pixels * passes_port * energy_.buffer_byte;
    cost.row_operations = static_cast<std::uint64_t>(all_ands);
    return cost;
  }

  CommandCost of(const interface::AddAccCommand& command) const {
    const bool ternary = command.weight_kind == interface::WeightKind::Ternary;
    const double held = std::min(command.kernels_per_subarray, command.kernels);
    const double used = ternary ? 1 - zero_share_ : 1;
    const double trials = held * command.elements;
    // Sub-arrays work in lock-step; the one with the most additions counts.
    const double spread = std::sqrt(trials * used * (1 - used)) * mean_largest(command.subarrays);
    const double slowest = std::min(trials, trials * used + spread);
    const double cleared = command.clear != 0 ? static_cast<double>(command.width) : 0;
    const double sign_bytes =
        static_cast<double>(command.elements) * command.subarrays * (std::ceil(held / 8) + 0.5) * (ternary ? 2 : 1);
    CommandCost cost;
    cost.cost.cycles = slowest * command.width * speed_.addition_bit_cycles + held * cleared * speed_.row_write_cycles;
    cost.cost.picojoules =
        command.replicas * (command.kernels * (command.elements * used * command.width * energy_.addition_bit +
                                               cleared * energy_.row_write) +
                            sign_bytes * energy_.buffer_byte);
    return cost;
  }

  CommandCost of(const interface::ReadSumsCommand& command) const {
    const double held = std::min(command.kernels_per_subarray, command.kernels);
    const double pixels = std::min(command.pixels_per_replica, command.pixels);
    CommandCost cost;
    cost.cost.cycles = std::max(held * command.width * speed_.row_read_cycles, port_cycles(held * pixels * 4));
    cost.cost.picojoules = static_cast<double>(command.kernels) * command.replicas * command.width * energy_.row_read +
                           static_cast<double>(command.kernels) * command.pixels *
                               (4 * energy_.buffer_byte + command.width * energy_.pack_bit);
    return cost;
  }

  CommandCost of(const interface::AddLevelsCommand& command) const {
    const LevelBits bits = bits_of_levels(command.planes, command.accumulator_width, target_);
    const double elements = std::min(command.elements_per_part, command.elements);
    const double at_work = static_cast<double>(command.subarrays) * command.parts;
    const double cleared = command.clear != 0 ? static_cast<double>(command.accumulator_width) : 0;
    // Parts work in lock-step; the one with the most bits counts.
    const double spread = std::sqrt(2 * std::log(1.0 * command.parts) * elements * bits.variance);
    const double slowest =
        std::min(elements * bits.cycles + spread, elements * command.accumulator_width * speed_.addition_bit_cycles);
    const double part_bytes = elements * command.planes / 8;
    const double banks = std::ceil(at_work / speed_.subarrays_per_bank);
    const double parts_a_bank = std::max(1.0, command.parts / banks);
    CommandCost cost;
    cost.cost.cycles = std::max(slowest + cleared * speed_.row_write_cycles, port_cycles(parts_a_bank * part_bytes));
    cost.cost.picojoules =
        static_cast<double>(command.subarrays) * command.elements * bits.bits * energy_.addition_bit +
        at_work * cleared * energy_.row_write + banks * parts_a_bank * part_bytes * energy_.buffer_byte;
    return cost;
  }

  CommandCost of(const interface::ReadLanesCommand& command) const {
    const double at_work = static_cast<double>(command.subarrays) * command.parts;
    const double sums = static_cast<double>(command.kernels) * command.parts;
    const double bytes = 4 * (2 * sums - (command.accumulate != 0 ? 0 : command.kernels));
    const double in_bank = std::min<double>(speed_.subarrays_per_bank, at_work);
    CommandCost cost;
    cost.cost.cycles =
        std::max(1.0 * command.accumulator_width * speed_.row_read_cycles, port_cycles(bytes * in_bank / at_work));
    cost.cost.picojoules = at_work * command.accumulator_width * energy_.row_read + bytes * energy_.buffer_byte +
                           sums * command.accumulator_width * energy_.pack_bit;
    return cost;
  }

  CommandCost of(const interface::DigitalCommand& command) const {
    const double in = static_cast<double>(command.width) * command.height * command.channels;
    const double out = static_cast<double>(command.output_width) * command.output_height * command.channels;
    const bool pools = command.pool_kind != interface::PoolKind::None;
    const bool late = command.pool_stage == interface::PoolStage::AfterThresholds;
    const double compares = command.threshold_bits * (pools && late ? in : out);
    const double steps = pools ? seen(command.output_height, command.pool_height, command.pool_stride_y,
                                      command.pool_pad_y, command.height) *
                                     seen(command.output_width, command.pool_width, command.pool_stride_x,
                                          command.pool_pad_x, command.width) *
                                     command.channels
                               : 0;
    const bool planes = command.source == interface::SourceKind::Planes;
    const bool residual = command.residual != interface::ResidualKind::None;
    const double residual_bytes = !residual                                             ? 0
                                  : command.residual == interface::ResidualKind::Planes ? command.residual_planes / 8.0
                                                                                        : 4;
    const double table = command.affine != 0          ? 16
                         : command.threshold_bits > 0 ? (residual ? 8 : 4) * std::pow(2.0, command.threshold_bits)
                                                      : 0;
    const double written = out * (command.threshold_bits > 0 ? command.output_bits / 8.0 : 4);
    const double bytes =
        in * (planes ? command.source_planes / 8.0 : 4) + in * residual_bytes + table * command.channels + written;
    const double multiplies = (residual ? in : 0) + (command.affine != 0 ? out : 0);
    return {{std::max((compares + steps + multiplies + out) / speed_.digital_lanes, port_cycles(bytes)),
             compares * energy_.compare + steps * energy_.pool + multiplies * energy_.multiply +
                 out * command.output_bits * energy_.pack_bit + bytes * energy_.buffer_byte}};
  }

  CommandCost of(const interface::PackCommand& command) const {
    const double values = static_cast<double>(command.width) * command.height * command.channels;
    const double bytes = values * (1 + command.planes / 8.0);
    return {{std::max(values / speed_.digital_lanes, port_cycles(bytes)),
             values * command.planes * energy_.pack_bit + bytes * energy_.buffer_byte}};
  }

  // Pixels or kernels are spread over the multipliers, whichever is faster; the others over 16 running sums of each.
  CommandCost of(const interface::MultiplyCommand& command) const {
    constexpr double sums = 16;
    const double lanes = std::max(speed_.multiplies_per_cycle, 1u);
    const double pixels = command.pixels;
    const double kernels = command.kernels;
    const double elements = command.elements;
    const double across_pixels = std::ceil(pixels / lanes) * kernels;
    const double across_kernels = std::ceil(kernels / lanes) * pixels;
    const bool by_pixels = across_pixels <= across_kernels;
    const double pixel_blocks = std::ceil(pixels / (by_pixels ? lanes : sums));
    const double kernel_blocks = std::ceil(kernels / (by_pixels ? sums : lanes));
    // Pixels of a block share what their windows have in common.
    const double field = elements * std::min(1.0, 1.0 * command.stride_x / command.kernel_width) * command.planes / 8.0;
    const double bytes = pixel_blocks * kernels * elements * command.weight_bytes + kernel_blocks * pixels * field +
                         pixels * kernels * 4 * (command.accumulate != 0 ? 2 : 1);
    return {{std::max(std::min(across_pixels, across_kernels) * elements, port_cycles(bytes)),
             pixels * kernels * elements * energy_.multiply + bytes * energy_.buffer_byte}};
  }

 private:
  double stores_of(double accumulations) const {
    return speed_.nv_store_interval == 0 ? 0 : std::ceil(accumulations / speed_.nv_store_interval);
  }
  double port_cycles(double bytes) const { return bytes / speed_.buffer_bytes_per_cycle; }

  const ChipTarget& target_;
  const ChipSpeed& speed_;
  const ChipEnergy& energy_;
  const double zero_share_;
};

}  // namespace

LevelBits bits_of_levels(std::uint32_t planes, std::uint32_t width, const ChipTarget& target) {
  const double carry_load = target.adder_is_single_cycle ? 0 : target.speed.row_read_cycles;
  LevelBits result;
  double squares = 0;
  double share = 0.5;  // of the levels whose lowest set bit this is
  for (std::uint32_t bit = 0; bit < planes; ++bit, share /= 2) {
    const double cycles = (width - bit) * static_cast<double>(target.speed.addition_bit_cycles) + carry_load;
    result.bits += share * (width - bit);
    result.cycles += share * cycles;
    squares += share * cycles * cycles;
  }
  result.variance = squares - result.cycles * result.cycles;
  return result;
}

double dma_cycles(std::uint64_t bytes, const ChipSpeed& speed) {
  const auto burst = [&](double size) {
    return std::max(std::ceil(size / speed.dma_bytes_per_cycle),
                    (speed.memory_burst_ns + size * speed.memory_byte_ns) / speed.clock_ns);
  };
  const std::uint64_t rest = bytes % speed.dma_burst_bytes;
  return static_cast<double>(bytes / speed.dma_burst_bytes) * burst(speed.dma_burst_bytes) +
         (rest > 0 ? burst(static_cast<double>(rest)) : 0);
}

CommandCost cost_of_command(const std::uint32_t* words, const ChipTarget& target, double zero_share) {
  const Costs costs(target, zero_share);
  switch (interface::CommandHeader::decode(words).opcode) {
    case interface::LoadCommand::opcode:
      return costs.copy(interface::LoadCommand::decode(words));
    case interface::StoreCommand::opcode:
      return costs.copy(interface::StoreCommand::decode(words));
    case interface::LoadRowsCommand::opcode:
      return costs.of(interface::LoadRowsCommand::decode(words));
    case interface::GatherRowsCommand::opcode:
      return costs.of(interface::GatherRowsCommand::decode(words));
    case interface::GatherLanesCommand::opcode:
      return costs.of(interface::GatherLanesCommand::decode(words));
    case interface::AndAccCommand::opcode:
      return costs.of(interface::AndAccCommand::decode(words));
    case interface::AddAccCommand::opcode:
      return costs.of(interface::AddAccCommand::decode(words));
    case interface::ReadSumsCommand::opcode:
      return costs.of(interface::ReadSumsCommand::decode(words));
    case interface::AddLevelsCommand::opcode:
      return costs.of(interface::AddLevelsCommand::decode(words));
    case interface::ReadLanesCommand::opcode:
      return costs.of(interface::ReadLanesCommand::decode(words));
    case interface::DigitalCommand::opcode:
      return costs.of(interface::DigitalCommand::decode(words));
    case interface::PackCommand::opcode:
      return costs.of(interface::PackCommand::decode(words));
    case interface::MultiplyCommand::opcode:
      return costs.of(interface::MultiplyCommand::decode(words));
    default:
      return {};
  }
}

}  // namespace spinvp::network
