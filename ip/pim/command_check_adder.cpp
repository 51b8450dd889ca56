#include "ip/pim/command_check_adder.h"

#include "core/bits.h"
#include "ip/pim/check_parts.h"

namespace spinvp {

using interface::ErrorCause;
using interface::WeightKind;
using namespace checks;

namespace {

CommandError check_present(std::uint32_t opcode, const ChipConfig& config) {
  return config.adder.scheme != AdditionScheme::None ? none : bad(ErrorCause::Unsupported, opcode);
}

template <class Command>
CommandError check_replicas(const Command& command, const ChipConfig& config) {
  return check_subarrays(config, command.first_subarray + std::uint64_t{command.subarrays} * command.replicas);
}

// Only the last sub-array holds fewer kernels than the others.
template <class Command>
bool kernels_fit(const Command& command) {
  const std::uint64_t capacity = std::uint64_t{command.kernels_per_subarray} * command.subarrays;
  return command.kernels <= capacity && command.kernels > capacity - command.kernels_per_subarray;
}

template <class Command>
bool pixels_fit(const Command& command, const ChipConfig& config) {
  return command.pixels_per_replica <= config.columns() &&
         command.pixels <= std::uint64_t{command.pixels_per_replica} * command.replicas;
}

struct RowRange {
  std::uint64_t first, end;

  bool overlaps(const RowRange& other) const { return first < other.end && other.first < end; }
};

}  // namespace

CommandError check_gather_lanes(const interface::GatherLanesCommand& command, const ChipConfig& config) {
  const std::uint64_t field = std::uint64_t{command.kernel_height} * command.kernel_width * command.channels;
  const std::uint64_t rows = std::uint64_t{command.elements} * command.planes * (1 + command.complement);
  const std::uint64_t bits_a_pixel = std::uint64_t{command.first_channel} + command.channels;
  return first_of({
      check_present(interface::GatherLanesCommand::opcode, config),
      require(pixels_fit(command, config), 12),
      require(std::uint64_t{command.first_element} + command.elements <= field, 16),
      check_replicas(command, config),
      check_rows(config, command.first_row + rows),
      check_pad_level(command.pad_level, command.planes, 7),
      check_planes(config,
                   {command.map_address, command.planes, command.plane_stride, command.height, command.row_pitch,
                    command.width, command.pixel_pitch, bits_a_pixel},
                   6, 4),
  });
}

CommandError check_add_acc(const interface::AddAccCommand& command, const ChipConfig& config) {
  const bool subtracts = command.weight_kind != WeightKind::Unsigned;
  const std::uint64_t rows_an_element = std::uint64_t{command.activation_planes} * (subtracts ? 2 : 1);
  const RowRange operands{command.operand_row, command.operand_row + command.elements * rows_an_element};
  const RowRange accumulators{command.accumulator_row,
                              command.accumulator_row + std::uint64_t{command.kernels_per_subarray} * command.width};
  const RowRange constants{command.constant_row, std::uint64_t{command.constant_row} + 3};
  const std::uint64_t sign_bytes =
      bits::bytes_for(command.kernels) * (command.weight_kind == WeightKind::Ternary ? 2 : 1);
  return first_of({
      check_present(interface::AddAccCommand::opcode, config),
      require(command.weight_kind != WeightKind::TwosComplement, 5),
      require(command.activation_planes <= command.width, 5),
      require(kernels_fit(command), 6),
      check_replicas(command, config),
      check_rows(config, operands.end),
      check_rows(config, accumulators.end),
      check_rows(config, constants.end),
      require(!operands.overlaps(accumulators), 4),
      require(!constants.overlaps(operands) && !constants.overlaps(accumulators), 5),
      check_buffer_runs(config, command.sign_address, command.elements, command.sign_pitch, sign_bytes),
  });
}

CommandError check_read_sums(const interface::ReadSumsCommand& command, const ChipConfig& config) {
  const std::uint64_t rows = std::uint64_t{command.kernels_per_subarray} * command.width;
  const std::uint64_t bytes_a_pixel = std::uint64_t{command.kernels} * 4;
  return first_of({
      check_present(interface::ReadSumsCommand::opcode, config),
      require(kernels_fit(command), 5),
      require(pixels_fit(command, config), 6),
      check_replicas(command, config),
      check_rows(config, command.accumulator_row + rows),
      aligned(command.accumulator_address, 7),
      aligned(command.accumulator_pitch, 8),
      require(command.accumulator_pitch >= bytes_a_pixel, 8),
      check_buffer_runs(config, command.accumulator_address, command.pixels, command.accumulator_pitch, bytes_a_pixel),
  });
}

CommandError check_add_levels(const interface::AddLevelsCommand& command, const ChipConfig& config) {
  const std::uint64_t field = std::uint64_t{command.kernel_height} * command.kernel_width * command.channels;
  const std::uint64_t bits_a_pixel = std::uint64_t{command.first_channel} + command.channels;
  const RowRange weights{command.weight_row, command.weight_row + std::uint64_t{command.elements_per_part} * 2};
  const RowRange accumulators{command.accumulator_row,
                              std::uint64_t{command.accumulator_row} + command.accumulator_width};
  const RowRange carry{command.carry_row, std::uint64_t{command.carry_row} + 1};
  return first_of({
      check_present(interface::AddLevelsCommand::opcode, config),
      require(command.planes <= command.accumulator_width, 17),
      require(command.elements <= std::uint64_t{command.elements_per_part} * command.parts, 16),
      require(std::uint64_t{command.first_element} + command.elements <= field, 16),
      check_subarrays(config, command.first_subarray + std::uint64_t{command.subarrays} * command.parts),
      check_rows(config, weights.end),
      check_rows(config, accumulators.end),
      check_rows(config, carry.end),
      require(!weights.overlaps(accumulators), 14),
      require(!carry.overlaps(weights) && !carry.overlaps(accumulators), 14),
      check_pad_level(command.pad_level, command.planes, 7),
      check_planes(config,
                   {command.map_address, command.planes, command.plane_stride, command.height, command.row_pitch,
                    command.width, command.pixel_pitch, bits_a_pixel},
                   6, 4),
  });
}

CommandError check_read_lanes(const interface::ReadLanesCommand& command, const ChipConfig& config) {
  const std::uint64_t capacity = std::uint64_t{command.subarrays} * config.columns();
  return first_of({
      check_present(interface::ReadLanesCommand::opcode, config),
      require(command.kernels <= capacity && command.kernels > capacity - config.columns(), 5),
      check_subarrays(config, command.first_subarray + std::uint64_t{command.subarrays} * command.parts),
      check_rows(config, std::uint64_t{command.accumulator_row} + command.accumulator_width),
      aligned(command.accumulator_address, 6),
      check_buffer(config, command.accumulator_address, std::uint64_t{command.kernels} * 4),
  });
}

}  // namespace spinvp
