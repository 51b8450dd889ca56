#pragma once

#include "tests/ip/support/streams.h"

namespace spinvp::test {

struct MapLimits {
  std::uint32_t side = 1;  ///< rows, and pixels of a row
  std::uint32_t planes = 1;
  std::uint32_t channels = 30;
};

/// How far windows may begin above the map and to the left of it.
struct WindowLimits {
  std::int32_t above = 0;
  std::int32_t left = 0;
};

/// A feature map somewhere in the buffer, dense or with gaps, of which some channels are meant: for every command that
/// has the fields of one.
template <class Command>
void draw_map(Random& random, const ChipConfig& chip, Command& command, const MapLimits& most) {
  const bool dense = random.chance(3);
  command.first_channel = dense ? 0 : random.number(0, 20);
  command.channels = random.number(1, most.channels);
  command.pixel_pitch = command.first_channel + command.channels + (dense ? 0 : random.number(0, 40));
  command.height = random.number(1, most.side);
  command.width = random.number(1, most.side);
  command.row_pitch = (command.width * command.pixel_pitch + 7) / 8 + random.number(0, 5);
  command.planes = random.number(1, most.planes);
  command.plane_stride = command.row_pitch * command.height + random.number(0, 9);
  command.map_address = random.number(0, chip.buffer.bytes / 2);
}

/// Windows on a map, with strides and dilations, on it and beside it.
template <class Command>
void draw_windows(Random& random, Command& command, const WindowLimits& outside, std::uint32_t last_first_pixel) {
  command.kernel_height = random.number(1, 4);
  command.kernel_width = random.number(1, 4);
  command.stride_y = random.number(1, 3);
  command.stride_x = random.number(1, 3);
  command.dilation_y = random.number(1, 3);
  command.dilation_x = random.chance(2) ? 1 : random.number(1, 3);
  command.start_y = random.signed_number(-outside.above, 3);
  command.start_x = random.signed_number(-outside.left, 3);
  command.output_width = random.number(1, 9);
  command.first_pixel = random.number(0, last_first_pixel);
  command.pad_level = random.chance(2) ? 0 : random.number(0, (1u << command.planes) - 1);
}

}  // namespace spinvp::test
