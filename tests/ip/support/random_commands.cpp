#include "tests/ip/support/random_commands.h"

#include "tests/ip/support/draw_map.h"
#include "tests/ip/support/draw_valid.h"

namespace spinvp::test {

namespace view = spinvp::interface;

namespace {

template <class Copy>
Copy random_copy(Random& random, const ChipConfig& chip) {
  return draw_valid<Copy>(chip, [&] {
    Copy copy;
    copy.memory_offset = random.number(0, 0x8000);
    copy.buffer_address = random.number(0, chip.buffer.bytes);
    copy.bytes = random.number(1, 200);
    copy.rows = random.number(1, 6);
    copy.memory_stride = random.number(0, 300);
    copy.buffer_stride = copy.bytes + random.number(0, 50);
    return copy;
  });
}

}  // namespace

view::LoadCommand random_load(Random& random, const ChipConfig& chip) {
  return random_copy<view::LoadCommand>(random, chip);
}

view::StoreCommand random_store(Random& random, const ChipConfig& chip) {
  return random_copy<view::StoreCommand>(random, chip);
}

view::LoadRowsCommand random_load_rows(Random& random, const ChipConfig& chip) {
  return draw_valid<view::LoadRowsCommand>(chip, [&] {
    view::LoadRowsCommand load;
    load.memory_offset = random.number(0, 0x8000);
    load.first_subarray = random.number(0, chip.subarrays() - 1);
    load.subarrays = random.number(1, 3);
    load.replicas = random.number(1, 3);
    load.replica_stride = random.number(0, 4);
    load.first_row = random.number(0, chip.rows() - 1);
    load.rows = random.number(1, 8);
    load.row_bytes = random.number(1, chip.row_bytes());
    return load;
  });
}

view::GatherRowsCommand random_gather(Random& random, const ChipConfig& chip) {
  return draw_valid<view::GatherRowsCommand>(chip, [&] {
    view::GatherRowsCommand gather;
    draw_map(random, chip, gather, {8, 4});
    draw_windows(random, gather, {6, 4}, 12);
    gather.subarrays = random.number(1, 2);
    gather.replicas = random.number(1, 3);
    gather.first_subarray = random.number(0, chip.subarrays() - 1);
    gather.pixels_per_replica = random.number(1, 3);
    gather.pixels = random.number(1, gather.pixels_per_replica * gather.replicas);
    const std::uint32_t field = gather.kernel_height * gather.kernel_width * gather.channels;
    gather.first_bit = random.chance(2) ? 0 : random.number(0, field - 1);
    gather.bit_count = random.number(1, field - gather.first_bit);
    gather.tiles = (gather.bit_count + chip.columns() - 1) / chip.columns() + (random.chance(4) ? 1 : 0);
    gather.first_row = random.number(0, chip.rows() - 1);
    return gather;
  });
}

view::AndAccCommand random_and_acc(Random& random, const ChipConfig& chip) {
  return draw_valid<view::AndAccCommand>(chip, [&] {
    view::AndAccCommand command;
    command.first_subarray = random.number(0, chip.subarrays() - 1);
    command.subarrays = random.number(1, 3);
    command.replicas = random.number(1, 3);
    command.tiles = random.number(1, 3);
    command.weight_kind = static_cast<view::WeightKind>(random.number(0, 3));
    command.weight_planes = command.weight_kind == view::WeightKind::Ternary  ? 2
                            : command.weight_kind == view::WeightKind::Binary ? 1
                                                                              : random.number(1, 8);
    command.activation_planes = random.number(1, 8);
    command.kernel_row = random.number(0, chip.rows() / 2);
    command.image_row = random.number(0, chip.rows() / 2);
    command.kernels_per_subarray = random.number(1, 3);
    const std::uint32_t before_last = command.kernels_per_subarray * (command.subarrays - 1);
    command.kernels = before_last + random.number(1, command.kernels_per_subarray);
    command.pixels_per_replica = random.number(1, 3);
    command.pixels = random.number(1, command.pixels_per_replica * command.replicas);
    command.accumulate = random.number(0, 1);
    command.accumulator_address = random.number(0, chip.buffer.bytes / 8) * 4;
    command.accumulator_pitch = command.kernels * 4 + random.number(0, 3) * 4;
    return command;
  });
}

view::PackCommand random_pack(Random& random, const ChipConfig& chip) {
  return draw_valid<view::PackCommand>(chip, [&] {
    view::PackCommand command;
    command.source_address = random.number(0, chip.buffer.bytes / 2);
    command.source_channel_stride = random.number(0, 40);
    command.source_pixel_stride = random.number(0, 40);
    command.source_row_stride = random.number(0, 80);
    command.width = random.number(1, 9);
    command.height = random.number(1, 6);
    command.channels = random.number(1, 9);
    command.planes = random.number(1, 8);
    command.pixel_pitch = command.channels + (random.chance(2) ? 0 : random.number(0, 9));
    command.row_pitch = (command.width * command.pixel_pitch + 7) / 8 + random.number(0, 3);
    command.plane_stride = command.row_pitch * command.height + random.number(0, 5);
    command.output_address = random.number(0, chip.buffer.bytes);
    return command;
  });
}

view::GatherLanesCommand random_gather_lanes(Random& random, const ChipConfig& chip) {
  return draw_valid<view::GatherLanesCommand>(chip, [&] {
    view::GatherLanesCommand gather;
    draw_map(random, chip, gather, {8, 4});
    draw_windows(random, gather, {6, 4}, 12);
    gather.subarrays = random.number(1, 2);
    gather.replicas = random.number(1, 3);
    gather.first_subarray = random.number(0, chip.subarrays() - 1);
    gather.pixels_per_replica = random.chance(2) ? random.number(1, 5) : random.number(1, chip.columns());
    gather.pixels = random.number(1, gather.pixels_per_replica * gather.replicas);
    const std::uint32_t field = gather.kernel_height * gather.kernel_width * gather.channels;
    gather.complement = random.number(0, 1);
    gather.first_element = random.number(0, field - 1);
    gather.elements = random.number(1, chip.rows() / gather.planes);
    gather.first_row = random.number(0, chip.rows() / 2);
    return gather;
  });
}

view::AddAccCommand random_add_acc(Random& random, const ChipConfig& chip) {
  return draw_valid<view::AddAccCommand>(chip, [&] {
    view::AddAccCommand command;
    command.first_subarray = random.number(0, chip.subarrays() - 1);
    command.subarrays = random.number(1, 3);
    command.replicas = random.number(1, 3);
    command.activation_planes = random.number(1, 4);
    command.width = random.number(command.activation_planes, random.chance(4) ? 32 : 8);
    command.elements = random.number(1, 3);
    command.weight_kind = static_cast<view::WeightKind>(random.number(0, 3));
    command.operand_row = random.number(0, chip.rows() - 1);
    command.accumulator_row = random.number(0, chip.rows() - 1);
    command.constant_row = random.number(0, chip.rows() - 3);
    command.clear = random.number(0, 1);
    command.kernels_per_subarray = random.number(1, 3);
    const std::uint32_t before_last = command.kernels_per_subarray * (command.subarrays - 1);
    command.kernels = before_last + random.number(1, command.kernels_per_subarray);
    command.sign_address = random.number(0, chip.buffer.bytes - 1);
    command.sign_pitch = random.number(1, 5);
    return command;
  });
}

view::ReadSumsCommand random_read_sums(Random& random, const ChipConfig& chip) {
  return draw_valid<view::ReadSumsCommand>(chip, [&] {
    view::ReadSumsCommand command;
    command.first_subarray = random.number(0, chip.subarrays() - 1);
    command.subarrays = random.number(1, 3);
    command.replicas = random.number(1, 3);
    command.accumulator_row = random.number(0, chip.rows() - 1);
    command.width = random.number(1, random.chance(4) ? 32 : 8);
    command.accumulate = random.number(0, 1);
    command.kernels_per_subarray = random.number(1, 3);
    const std::uint32_t before_last = command.kernels_per_subarray * (command.subarrays - 1);
    command.kernels = before_last + random.number(1, command.kernels_per_subarray);
    command.pixels_per_replica = random.chance(2) ? random.number(1, 5) : random.number(1, chip.columns());
    command.pixels = random.number(1, command.pixels_per_replica * command.replicas);
    command.accumulator_address = random.number(0, chip.buffer.bytes / 8) * 4;
    command.accumulator_pitch = command.kernels * 4 + random.number(0, 3) * 4;
    return command;
  });
}

view::AddLevelsCommand random_add_levels(Random& random, const ChipConfig& chip) {
  return draw_valid<view::AddLevelsCommand>(chip, [&] {
    view::AddLevelsCommand command;
    draw_map(random, chip, command, {6, random.chance(5) ? 12u : 4u});
    // Most windows on the map: a level of zero adds nothing.
    draw_windows(random, command, {2, 2}, random.chance(2) ? 0 : 6);
    command.subarrays = random.number(1, 3);
    command.parts = random.number(1, 4);
    command.first_subarray = random.number(0, chip.subarrays() - 1);
    command.weight_row = random.number(0, chip.rows() - 1);
    command.accumulator_row = random.number(0, chip.rows() - 1);
    command.carry_row = random.number(0, chip.rows() - 1);
    command.elements_per_part = random.number(1, 12);
    command.elements = random.number(1, command.elements_per_part * command.parts);
    const std::uint32_t field = command.kernel_height * command.kernel_width * command.channels;
    command.first_element = random.number(0, field - 1);
    command.accumulator_width = random.number(command.planes, random.chance(4) ? 32 : 14);
    command.clear = random.number(0, 1);
    return command;
  });
}

view::ReadLanesCommand random_read_lanes(Random& random, const ChipConfig& chip) {
  return draw_valid<view::ReadLanesCommand>(chip, [&] {
    view::ReadLanesCommand command;
    command.subarrays = random.number(1, 3);
    command.parts = random.number(1, 4);
    command.first_subarray = random.number(0, chip.subarrays() - 1);
    command.accumulator_row = random.number(0, chip.rows() - 1);
    command.accumulator_width = random.number(1, random.chance(4) ? 32 : 8);
    command.accumulate = random.number(0, 1);
    command.kernels = chip.columns() * (command.subarrays - 1) + random.number(1, chip.columns());
    command.accumulator_address = random.number(0, chip.buffer.bytes / 4) * 4;
    return command;
  });
}

Words random_command(Random& random, const ChipConfig& chip) {
  switch (random.number(0, chip.adder.scheme == AdditionScheme::None ? 6 : 11)) {
    case 7:
      return words_of(random_gather_lanes(random, chip));
    case 8:
      return words_of(random_add_acc(random, chip));
    case 9:
      return words_of(random_read_sums(random, chip));
    case 10:
      return words_of(random_add_levels(random, chip));
    case 11:
      return words_of(random_read_lanes(random, chip));
    case 0:
      return words_of(random_load(random, chip));
    case 1:
      return words_of(random_store(random, chip));
    case 2:
      return words_of(random_load_rows(random, chip));
    case 3:
      return words_of(random_gather(random, chip));
    case 4:
      return words_of(random_and_acc(random, chip));
    case 5:
      return random.chance(3) ? words_of(random_multiply(random, chip)) : words_of(random_digital(random, chip));
    default:
      return words_of(random_pack(random, chip));
  }
}

}  // namespace spinvp::test
