#include "tests/network/mapping/support/hazards.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/bits.h"
#include "ip/pim/command_check.h"
#include "network/image/disassembler.h"

namespace spinvp::test {
namespace {

constexpr std::size_t lane_count = 4;
constexpr std::uint64_t rows_from = std::uint64_t{1} << 40;  // addresses of rows, far from the buffer's
constexpr std::uint64_t most_rows = 1 << 16;

/// Bytes of the buffer or rows of sub-arrays, [begin, end).
struct Touch {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool write = false;
};
using Touches = std::vector<Touch>;

void touch(Touches& touches, std::uint64_t address, std::uint64_t bytes, bool write) {
  if (!touches.empty() && touches.back().end == address && touches.back().write == write) {
    touches.back().end += bytes;
    return;
  }
  touches.push_back({address, address + bytes, write});
}

void touch_runs(Touches& touches, std::uint64_t address, std::uint64_t runs, std::uint64_t stride, std::uint64_t bytes,
                bool write) {
  for (std::uint64_t run = 0; run < runs; ++run) {
    touch(touches, address + run * stride, bytes, write);
  }
}

void touch_rows(Touches& touches, std::uint64_t subarray, std::uint64_t row, std::uint64_t rows, bool write) {
  touch(touches, rows_from + subarray * most_rows + row, rows, write);
}

void collect(const interface::LoadCommand& command, Touches& touches) {
  touch_runs(touches, command.buffer_address, command.rows, command.buffer_stride, command.bytes, true);
}

void collect(const interface::StoreCommand& command, Touches& touches) {
  touch_runs(touches, command.buffer_address, command.rows, command.buffer_stride, command.bytes, false);
}

void collect(const interface::LoadRowsCommand& command, Touches& touches) {
  for (std::uint64_t replica = 0; replica < command.replicas; ++replica) {
    for (std::uint64_t subarray = 0; subarray < command.subarrays; ++subarray) {
      touch_rows(touches, command.first_subarray + replica * command.replica_stride + subarray, command.first_row,
                 command.rows, true);
    }
  }
}

// Whole map rows between the first and the last that a field reaches.
template <class Command>
void touch_window(const Command& command, std::uint32_t pixels, Touches& touches) {
  const std::int64_t first_row = command.first_pixel / command.output_width;
  const std::int64_t last_row = (command.first_pixel + pixels - 1) / command.output_width;
  const std::int64_t top = command.start_y + first_row * command.stride_y;
  const std::int64_t reach = std::int64_t{command.kernel_height - 1} * command.dilation_y + 1;
  const std::int64_t bottom = command.start_y + last_row * command.stride_y + reach;
  const std::int64_t from = std::max<std::int64_t>(top, 0);
  const std::int64_t to = std::min<std::int64_t>(bottom, command.height);
  for (std::uint32_t plane = 0; plane < command.planes && from < to; ++plane) {
    touch_runs(touches,
               std::uint64_t{command.map_address} + std::uint64_t{plane} * command.plane_stride +
                   static_cast<std::uint64_t>(from) * command.row_pitch,
               static_cast<std::uint64_t>(to - from), command.row_pitch,
               bits::bytes_for(std::uint64_t{command.width} * command.pixel_pitch), false);
  }
}

template <class Command, class With>
void for_subarrays(const Command& command, With with) {
  for (std::uint64_t i = 0; i < std::uint64_t{command.subarrays} * command.replicas; ++i) {
    with(command.first_subarray + i);
  }
}

void collect(const interface::GatherLanesCommand& command, Touches& touches) {
  touch_window(command, command.pixels, touches);
  for_subarrays(command, [&](std::uint64_t subarray) {
    touch_rows(touches, subarray, command.first_row, command.elements * command.planes * (1 + command.complement),
               true);
  });
}

void collect(const interface::AddAccCommand& command, Touches& touches) {
  const bool ternary = command.weight_kind == interface::WeightKind::Ternary;
  touch_runs(touches, command.sign_address, command.elements, command.sign_pitch,
             bits::bytes_for(command.kernels) * (ternary ? 2 : 1), false);
  for_subarrays(command, [&](std::uint64_t subarray) {
    touch_rows(touches, subarray, command.operand_row, command.elements * command.activation_planes * 2, false);
    touch_rows(touches, subarray, command.constant_row, 2, false);
    touch_rows(touches, subarray, command.constant_row + 2, 1, true);
    touch_rows(touches, subarray, command.accumulator_row, command.kernels_per_subarray * command.width, true);
  });
}

void collect(const interface::ReadSumsCommand& command, Touches& touches) {
  for_subarrays(command, [&](std::uint64_t subarray) {
    touch_rows(touches, subarray, command.accumulator_row, command.kernels_per_subarray * command.width, false);
  });
  touch_runs(touches, command.accumulator_address, command.pixels, command.accumulator_pitch,
             std::uint64_t{command.kernels} * 4, true);
}

template <class Command, class With>
void for_parts(const Command& command, With with) {
  for (std::uint64_t i = 0; i < std::uint64_t{command.subarrays} * command.parts; ++i) {
    with(command.first_subarray + i, i / command.subarrays);
  }
}

void collect(const interface::AddLevelsCommand& command, Touches& touches) {
  touch_window(command, 1, touches);
  for_parts(command, [&](std::uint64_t subarray, std::uint64_t part) {
    const std::uint64_t first = std::min<std::uint64_t>(part * command.elements_per_part, command.elements);
    const std::uint64_t elements = std::min<std::uint64_t>(command.elements_per_part, command.elements - first);
    touch_rows(touches, subarray, command.weight_row, 2 * elements, false);
    touch_rows(touches, subarray, command.accumulator_row, command.accumulator_width, true);
    touch_rows(touches, subarray, command.carry_row, 1, true);
  });
}

void collect(const interface::ReadLanesCommand& command, Touches& touches) {
  for_parts(command, [&](std::uint64_t subarray, std::uint64_t) {
    touch_rows(touches, subarray, command.accumulator_row, command.accumulator_width, false);
  });
  touch(touches, command.accumulator_address, std::uint64_t{command.kernels} * 4, true);
}

void collect(const interface::MultiplyCommand& command, Touches& touches) {
  touch_window(command, command.pixels, touches);
  touch(touches, command.weight_address, std::uint64_t{command.kernels} * command.elements * command.weight_bytes,
        false);
  touch_runs(touches, command.accumulator_address, command.pixels, command.accumulator_pitch,
             std::uint64_t{command.kernels} * 4, true);
}

void collect(const interface::GatherRowsCommand& command, Touches& touches) {
  touch_window(command, command.pixels, touches);
  for (std::uint32_t pixel = 0; pixel < command.pixels; pixel += command.pixels_per_replica) {
    const std::uint64_t replica = pixel / command.pixels_per_replica;
    const std::uint64_t pixels = std::min(command.pixels_per_replica, command.pixels - pixel);
    for (std::uint64_t subarray = 0; subarray < command.subarrays; ++subarray) {
      touch_rows(touches, command.first_subarray + replica * command.subarrays + subarray, command.first_row,
                 pixels * command.planes * command.tiles, true);
    }
  }
}

void collect(const interface::AndAccCommand& command, Touches& touches) {
  for (std::uint32_t pixel = 0; pixel < command.pixels; pixel += command.pixels_per_replica) {
    const std::uint64_t replica = pixel / command.pixels_per_replica;
    const std::uint64_t pixels = std::min(command.pixels_per_replica, command.pixels - pixel);
    for (std::uint32_t slot = 0; slot * command.kernels_per_subarray < command.kernels; ++slot) {
      const std::uint64_t subarray = command.first_subarray + replica * command.subarrays + slot;
      const std::uint64_t kernels =
          std::min(command.kernels_per_subarray, command.kernels - slot * command.kernels_per_subarray);
      touch_rows(touches, subarray, command.kernel_row, kernels * command.weight_planes * command.tiles, false);
      touch_rows(touches, subarray, command.image_row, pixels * command.activation_planes * command.tiles, false);
    }
  }
  touch_runs(touches, command.accumulator_address, command.pixels, command.accumulator_pitch,
             std::uint64_t{command.kernels} * 4, true);
}

// Planes of a map, or its int32 values.
struct Planes {
  std::uint64_t address, planes, plane_stride, height, row_pitch, width, pixel_pitch, bits_a_pixel;
};

void touch_planes(const Planes& map, bool write, Touches& touches) {
  for (std::uint64_t plane = 0; plane < map.planes; ++plane) {
    touch_runs(touches, map.address + plane * map.plane_stride, map.height, map.row_pitch,
               bits::bytes_for((map.width - 1) * map.pixel_pitch + map.bits_a_pixel), write);
  }
}

void collect(const interface::DigitalCommand& command, Touches& touches) {
  const std::uint64_t rows = std::min<std::uint64_t>(
      std::uint64_t{command.output_height - 1} * command.pool_stride_y + command.pool_height - command.pool_pad_y,
      command.height);
  if (command.source == interface::SourceKind::Planes) {
    touch_planes({command.accumulator_address, command.source_planes, command.source_plane_stride, rows,
                  command.source_row_pitch, command.width, command.source_pixel_pitch,
                  std::uint64_t{command.source_first_channel} + command.channels},
                 false, touches);
  } else {
    touch_runs(touches, command.accumulator_address, rows * command.width, command.accumulator_pitch,
               std::uint64_t{command.channels} * 4, false);
  }
  const bool values = command.residual == interface::ResidualKind::Values;
  if (command.residual != interface::ResidualKind::None) {
    touch_planes({command.residual_address, values ? 1 : command.residual_planes, command.residual_plane_stride, rows,
                  command.residual_row_pitch, command.width, command.residual_pixel_pitch,
                  (std::uint64_t{command.residual_first_channel} + command.channels) * (values ? 32 : 1)},
                 false, touches);
  }
  const std::uint32_t entry_bytes = command.residual == interface::ResidualKind::None ? 4 : 8;
  const std::uint32_t table_bytes = command.affine != 0          ? 16
                                    : command.threshold_bits > 0 ? entry_bytes << command.threshold_bits
                                                                 : 0;
  if (table_bytes > 0) {
    touch(touches, command.threshold_address, std::uint64_t{command.channels} * table_bytes, false);
  }
  const bool raw = command.output_bits == 0;
  const std::uint64_t row_bits = std::uint64_t{command.output_width - 1} * command.pixel_pitch +
                                 (std::uint64_t{command.first_channel} + command.channels) * (raw ? 32 : 1);
  for (std::uint32_t plane = 0; plane < (raw ? 1 : command.output_bits); ++plane) {
    touch_runs(touches, std::uint64_t{command.output_address} + std::uint64_t{plane} * command.plane_stride,
               command.output_height, command.row_pitch, bits::bytes_for(row_bits), true);
  }
}

void collect(const interface::PackCommand& command, Touches& touches) {
  const std::uint64_t row = std::uint64_t{command.width - 1} * command.source_pixel_stride +
                            std::uint64_t{command.channels - 1} * command.source_channel_stride + 1;
  touch_runs(touches, command.source_address, command.height, command.source_row_stride, row, false);
  for (std::uint32_t plane = 0; plane < command.planes; ++plane) {
    touch_runs(touches, std::uint64_t{command.output_address} + std::uint64_t{plane} * command.plane_stride,
               command.height, command.row_pitch,
               bits::bytes_for(std::uint64_t{command.width - 1} * command.pixel_pitch + command.channels), true);
  }
}

Touches touches_of(const std::uint32_t* words) {
  Touches touches;
  switch (interface::CommandHeader::decode(words).opcode) {
    case interface::LoadCommand::opcode:
      collect(interface::LoadCommand::decode(words), touches);
      break;
    case interface::StoreCommand::opcode:
      collect(interface::StoreCommand::decode(words), touches);
      break;
    case interface::LoadRowsCommand::opcode:
      collect(interface::LoadRowsCommand::decode(words), touches);
      break;
    case interface::GatherRowsCommand::opcode:
      collect(interface::GatherRowsCommand::decode(words), touches);
      break;
    case interface::AndAccCommand::opcode:
      collect(interface::AndAccCommand::decode(words), touches);
      break;
    case interface::GatherLanesCommand::opcode:
      collect(interface::GatherLanesCommand::decode(words), touches);
      break;
    case interface::AddAccCommand::opcode:
      collect(interface::AddAccCommand::decode(words), touches);
      break;
    case interface::ReadSumsCommand::opcode:
      collect(interface::ReadSumsCommand::decode(words), touches);
      break;
    case interface::AddLevelsCommand::opcode:
      collect(interface::AddLevelsCommand::decode(words), touches);
      break;
    case interface::ReadLanesCommand::opcode:
      collect(interface::ReadLanesCommand::decode(words), touches);
      break;
    case interface::MultiplyCommand::opcode:
      collect(interface::MultiplyCommand::decode(words), touches);
      break;
    case interface::DigitalCommand::opcode:
      collect(interface::DigitalCommand::decode(words), touches);
      break;
    case interface::PackCommand::opcode:
      collect(interface::PackCommand::decode(words), touches);
      break;
    default:
      break;
  }
  return touches;
}

bool conflict(const Touches& first, const Touches& second) {
  for (const Touch& a : first) {
    for (const Touch& b : second) {
      if ((a.write || b.write) && a.begin < b.end && b.begin < a.end) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

std::vector<std::vector<std::uint32_t>> commands_of(const std::vector<std::uint32_t>& stream) {
  std::vector<std::vector<std::uint32_t>> commands;
  for (std::size_t at = 0; at < stream.size();) {
    const std::size_t length = std::max<std::size_t>(interface::CommandHeader::decode(&stream[at]).length, 1);
    const std::size_t end = std::min(stream.size(), at + length);
    commands.emplace_back(stream.begin() + static_cast<std::ptrdiff_t>(at),
                          stream.begin() + static_cast<std::ptrdiff_t>(end));
    at = end;
  }
  return commands;
}

std::string first_hazard(const std::vector<std::uint32_t>& stream) {
  const auto commands = commands_of(stream);
  std::vector<Touches> touches;
  std::vector<int> lanes;
  std::array<std::size_t, lane_count> waited{};  // commands before this one have left the lane
  for (std::size_t second = 0; second < commands.size(); ++second) {
    const auto header = interface::CommandHeader::decode(commands[second].data());
    touches.push_back(touches_of(commands[second].data()));
    lanes.push_back(find_command(header.opcode)->lane);
    for (std::size_t lane = 0; lane < lane_count; ++lane) {
      if ((header.wait >> lane & 1u) != 0) {
        waited[lane] = second;
      }
    }
    for (std::size_t first = *std::min_element(waited.begin(), waited.end()); first < second; ++first) {
      const int lane = lanes[first];
      const bool unordered = lane >= 0 && lane != lanes[second] && first >= waited[static_cast<std::size_t>(lane)];
      if (unordered && conflict(touches[first], touches[second])) {
        return fmt::format("nothing orders command {}\n{}and command {}\n{}", first,
                           network::disassemble(commands[first]), second, network::disassemble(commands[second]));
      }
    }
  }
  return "";
}

}  // namespace spinvp::test
