#include "tests/ip/support/draw_map.h"
#include "tests/ip/support/draw_valid.h"

namespace spinvp::test {

namespace view = spinvp::interface;

namespace {

void draw_pooling(Random& random, view::DigitalCommand& command) {
  const bool levels = command.threshold_bits > 0;
  const bool residual = command.residual != view::ResidualKind::None;
  command.pool_kind = static_cast<view::PoolKind>(random.number(0, levels && !residual ? 3 : 2));
  if (residual && !levels) {
    command.pool_kind = view::PoolKind::None;
  }
  const bool monotone = command.pool_kind == view::PoolKind::Monotone;
  const bool early = !levels || monotone || (!residual && random.chance(2));
  command.pool_stage = early ? view::PoolStage::BeforeThresholds : view::PoolStage::AfterThresholds;
  if (command.pool_kind != view::PoolKind::None) {
    command.pool_height = random.number(1, 3);
    command.pool_width = random.number(1, 3);
    command.pool_stride_y = random.number(1, 3);
    command.pool_stride_x = random.number(1, 3);
  }
  command.output_width = random.number(1, 4);
  command.output_height = random.number(1, 4);
  const auto map = [&](std::uint32_t windows, std::uint32_t size, std::uint32_t stride, std::uint32_t& pad) {
    const std::uint32_t reach = (windows - 1) * stride + size;
    if (random.chance(2)) {
      return reach + random.number(0, 1);
    }
    pad = random.number(0, size - 1);
    const std::uint32_t beyond = random.number(0, size - 1);  // the last window's rows below the map
    return reach > pad + beyond ? reach - pad - beyond : 1;
  };
  command.width = map(command.output_width, command.pool_width, command.pool_stride_x, command.pool_pad_x);
  command.height = map(command.output_height, command.pool_height, command.pool_stride_y, command.pool_pad_y);
}

void draw_source(Random& random, const ChipConfig& chip, view::DigitalCommand& command) {
  command.accumulator_address = random.number(0, chip.buffer.bytes / 8) * 4;
  if (!random.chance(3)) {
    command.accumulator_pitch = command.channels * 4 + (random.chance(2) ? 0 : random.number(0, 2) * 4);
    return;
  }
  command.source = view::SourceKind::Planes;
  command.accumulator_address += random.number(0, 3);
  command.source_planes = random.number(1, 12);
  command.source_first_channel = random.chance(2) ? 0 : random.number(0, 9);
  command.source_pixel_pitch =
      command.source_first_channel + command.channels + (random.chance(2) ? 0 : random.number(0, 9));
  command.source_row_pitch = (command.width * command.source_pixel_pitch + 7) / 8 + random.number(0, 3);
  command.source_plane_stride = command.source_row_pitch * command.height + random.number(0, 5);
}

void draw_residual(Random& random, const ChipConfig& chip, view::DigitalCommand& command) {
  if (command.residual == view::ResidualKind::None) {
    return;
  }
  command.fraction_bits = command.threshold_bits == 0 ? 0 : random.chance(4) ? 31 : random.number(0, 12);
  command.residual_address = random.number(0, chip.buffer.bytes / 4) * 4;
  command.residual_first_channel = random.chance(2) ? 0 : random.number(0, 9);
  command.residual_pixel_pitch =
      command.residual_first_channel + command.channels + (random.chance(2) ? 0 : random.number(0, 9));
  if (command.residual == view::ResidualKind::Values) {
    command.residual_pixel_pitch *= 32;
    command.residual_row_pitch = command.width * command.residual_pixel_pitch / 8 + random.number(0, 2) * 4;
    return;
  }
  command.residual_planes = random.number(1, 12);
  command.residual_row_pitch = (command.width * command.residual_pixel_pitch + 7) / 8 + random.number(0, 3);
  command.residual_plane_stride = command.residual_row_pitch * command.height + random.number(0, 5);
}

void draw_output(Random& random, const ChipConfig& chip, view::DigitalCommand& command) {
  const bool dense = random.chance(3);
  command.first_channel = dense ? 0 : random.number(0, 10);
  command.pixel_pitch = command.first_channel + command.channels + (dense ? 0 : random.number(0, 9));
  command.output_address = random.number(0, chip.buffer.bytes);
  command.row_pitch = (command.output_width * command.pixel_pitch + 7) / 8 + random.number(0, 3);
  if (command.threshold_bits == 0) {
    command.output_address &= ~3u;
    command.pixel_pitch *= 32;
    command.row_pitch = command.output_width * command.pixel_pitch / 8 + random.number(0, 2) * 4;
  }
  command.plane_stride = command.row_pitch * command.output_height + random.number(0, 5);
}

}  // namespace

view::DigitalCommand random_digital(Random& random, const ChipConfig& chip) {
  return draw_valid<view::DigitalCommand>(chip, [&] {
    view::DigitalCommand command;
    command.channels = random.chance(4) ? random.number(13, 70) : random.number(1, 12);
    command.threshold_bits = random.chance(3) ? 0 : random.chance(6) ? random.number(5, 8) : random.number(1, 4);
    command.output_bits = command.threshold_bits == 0 ? 0 : random.number(1, 12);
    command.threshold_address = random.number(0, chip.buffer.bytes / 8) * 4;
    if (command.threshold_bits == 0 && !random.chance(3)) {
      command.affine = 1;
      command.affine_shift = random.chance(4) ? 62 : random.number(0, 40);
    }
    if ((command.threshold_bits > 0 || command.affine != 0) && random.chance(3)) {
      command.residual = random.chance(2) ? view::ResidualKind::Planes : view::ResidualKind::Values;
    }
    draw_pooling(random, command);
    draw_source(random, chip, command);
    draw_residual(random, chip, command);
    draw_output(random, chip, command);
    return command;
  });
}

view::MultiplyCommand random_multiply(Random& random, const ChipConfig& chip) {
  return draw_valid<view::MultiplyCommand>(chip, [&] {
    view::MultiplyCommand command;
    draw_map(random, chip, command, {8, 12, random.chance(3) ? 60u : 6u});
    draw_windows(random, command, {6, 4}, 12);
    command.pixels = random.chance(3) ? 1 : random.number(1, 20);
    command.kernels = random.chance(3) ? random.number(1, 40) : random.number(1, 5);
    command.weight_bytes = random.number(1, 2);
    command.weight_address = random.number(0, chip.buffer.bytes - 1);
    const std::uint32_t field = command.kernel_height * command.kernel_width * command.channels;
    command.first_element = random.chance(2) ? 0 : random.number(0, field - 1);
    command.elements = random.chance(2) ? field - command.first_element : random.number(1, field);
    command.accumulate = random.number(0, 1);
    command.accumulator_address = random.number(0, chip.buffer.bytes / 4) * 4;
    command.accumulator_pitch = command.kernels * 4 + random.number(0, 3) * 4;
    return command;
  });
}

}  // namespace spinvp::test
