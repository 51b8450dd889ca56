#include "ip/pim/command_check_digital.h"

#include "ip/pim/check_parts.h"

namespace spinvp {

using interface::DigitalCommand;
using interface::ErrorCause;
using interface::MultiplyCommand;
using interface::PoolKind;
using interface::PoolStage;
using interface::ResidualKind;
using interface::SourceKind;
using namespace checks;

namespace {

// Which steps go together.
CommandError check_steps(const DigitalCommand& command) {
  const bool levels = command.threshold_bits > 0;
  const bool pools = command.pool_kind != PoolKind::None;
  const bool pools_late = pools && command.pool_stage == PoolStage::AfterThresholds;
  return first_of({
      require(levels == (command.output_bits > 0), 5),
      require(levels || !pools_late, 7),
      require(command.pool_kind != PoolKind::Monotone || (levels && !pools_late), 7),
      require(pools || (command.pool_height == 1 && command.pool_width == 1), 7),
      require(pools || (command.pool_stride_y == 1 && command.pool_stride_x == 1), 8),
      require(command.pool_pad_y < command.pool_height && command.pool_pad_x < command.pool_width, 8),
      require(command.residual == ResidualKind::None || levels || command.affine != 0, 14),
      require(command.residual == ResidualKind::None || !pools || pools_late, 7),
      require(command.affine == 0 || !levels, 14),
      require(command.affine != 0 || command.affine_shift == 0, 18),
      require(levels || command.fraction_bits == 0, 18),
  });
}

std::uint64_t table_bytes(const DigitalCommand& command) {
  if (command.affine != 0) {
    return std::uint64_t{command.channels} * 16;
  }
  const std::uint64_t entry_bytes = command.residual == ResidualKind::None ? 4 : 8;
  return command.threshold_bits == 0 ? 0 : command.channels * (entry_bytes << command.threshold_bits);
}

CommandError check_source(const DigitalCommand& command, const ChipConfig& config) {
  if (command.source == SourceKind::Planes) {
    return first_of({
        require(command.accumulator_pitch == 0, 3),
        require(command.source_planes > 0, 18),
        check_planes(config,
                     {command.accumulator_address, command.source_planes, command.source_plane_stride, command.height,
                      command.source_row_pitch, command.width, command.source_pixel_pitch,
                      std::uint64_t{command.source_first_channel} + command.channels},
                     17, 16),
    });
  }
  return first_of({
      require(command.source_plane_stride == 0, 15),
      require(command.source_row_pitch == 0, 16),
      require(command.source_pixel_pitch == 0, 17),
      require(command.source_planes == 0, 18),
      require(command.source_first_channel == 0, 19),
      aligned(command.accumulator_address, 2),
      aligned(command.accumulator_pitch, 3),
      require(command.accumulator_pitch >= std::uint64_t{command.channels} * 4, 3),
      check_buffer_runs(config, command.accumulator_address, std::uint64_t{command.width} * command.height,
                        command.accumulator_pitch, std::uint64_t{command.channels} * 4),
  });
}

CommandError check_residual(const DigitalCommand& command, const ChipConfig& config) {
  const std::uint64_t channels_a_pixel = std::uint64_t{command.residual_first_channel} + command.channels;
  switch (command.residual) {
    case ResidualKind::None:
      return first_of({
          require(command.residual_planes == 0 && command.fraction_bits == 0, 18),
          require(command.residual_first_channel == 0, 19),
          require(command.residual_address == 0, 20),
          require(command.residual_plane_stride == 0, 21),
          require(command.residual_row_pitch == 0, 22),
          require(command.residual_pixel_pitch == 0, 23),
      });
    case ResidualKind::Planes:
      return first_of({
          require(command.residual_planes > 0, 18),
          check_planes(
              config,
              {command.residual_address, command.residual_planes, command.residual_plane_stride, command.height,
               command.residual_row_pitch, command.width, command.residual_pixel_pitch, channels_a_pixel},
              23, 22),
      });
    case ResidualKind::Values:
      return first_of({
          require(command.residual_planes == 0, 18),
          require(command.residual_plane_stride == 0, 21),
          aligned(command.residual_address, 20),
          aligned(command.residual_row_pitch, 22),
          command.residual_pixel_pitch % 32 == 0 ? none : bad(ErrorCause::Misaligned, 23),
          check_planes(config,
                       {command.residual_address, 1, 0, command.height, command.residual_row_pitch, command.width,
                        command.residual_pixel_pitch, channels_a_pixel * 32},
                       23, 22),
      });
  }
  return none;
}

CommandError check_output(const DigitalCommand& command, const ChipConfig& config) {
  const bool raw = command.threshold_bits == 0;
  const std::uint64_t bits_a_pixel = (std::uint64_t{command.first_channel} + command.channels) * (raw ? 32 : 1);
  return first_of({
      raw ? aligned(command.output_address, 10) : none,
      raw ? aligned(command.row_pitch, 12) : none,
      raw && command.pixel_pitch % 32 != 0 ? bad(ErrorCause::Misaligned, 13) : none,
      check_planes(config,
                   {command.output_address, raw ? 1 : command.output_bits, command.plane_stride, command.output_height,
                    command.row_pitch, command.output_width, command.pixel_pitch, bits_a_pixel},
                   13, 12),
  });
}

}  // namespace

CommandError check_digital(const DigitalCommand& command, const ChipConfig& config) {
  // Counted from the padding's first row and column.
  const std::uint64_t last_window_row = std::uint64_t{command.output_height - 1} * command.pool_stride_y;
  const std::uint64_t last_window_column = std::uint64_t{command.output_width - 1} * command.pool_stride_x;
  return first_of({
      check_steps(command),
      require(last_window_row < command.height + command.pool_pad_y &&
                  last_window_column < command.width + command.pool_pad_x,
              9),
      check_source(command, config),
      check_residual(command, config),
      aligned(command.threshold_address, 6),
      table_bytes(command) == 0 ? none : check_buffer(config, command.threshold_address, table_bytes(command)),
      check_output(command, config),
  });
}

CommandError check_pack(const interface::PackCommand& command, const ChipConfig& config) {
  const std::uint64_t source_bytes = std::uint64_t{command.height - 1} * command.source_row_stride +
                                     std::uint64_t{command.width - 1} * command.source_pixel_stride +
                                     std::uint64_t{command.channels - 1} * command.source_channel_stride + 1;
  return first_of({
      check_buffer(config, command.source_address, source_bytes),
      check_planes(config,
                   {command.output_address, command.planes, command.plane_stride, command.height, command.row_pitch,
                    command.width, command.pixel_pitch, command.channels},
                   11, 10),
  });
}

CommandError check_multiply(const MultiplyCommand& command, const ChipConfig& config) {
  const std::uint64_t field = std::uint64_t{command.kernel_height} * command.kernel_width * command.channels;
  return first_of({
      config.digital.multipliers > 0 ? none : bad(ErrorCause::Unsupported, MultiplyCommand::opcode),
      require(std::uint64_t{command.first_element} + command.elements <= field, 18),
      aligned(command.accumulator_address, 15),
      aligned(command.accumulator_pitch, 16),
      require(command.accumulator_pitch >= std::uint64_t{command.kernels} * 4, 16),
      check_pad_level(command.pad_level, command.planes, 7),
      check_planes(config,
                   {command.map_address, command.planes, command.plane_stride, command.height, command.row_pitch,
                    command.width, command.pixel_pitch, std::uint64_t{command.first_channel} + command.channels},
                   6, 4),
      check_buffer(config, command.weight_address,
                   std::uint64_t{command.kernels} * command.elements * command.weight_bytes),
      check_buffer_runs(config, command.accumulator_address, command.pixels, command.accumulator_pitch,
                        std::uint64_t{command.kernels} * 4),
  });
}

}  // namespace spinvp
