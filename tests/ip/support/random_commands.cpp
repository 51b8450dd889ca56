#include "tests/ip/support/random_commands.h"

#include "ip/pim/command_check.h"

namespace spinvp::test {

namespace view = spinvp::interface;

namespace {

// Draws until the chip's own check is content. What it lets through is tested against references elsewhere.
template <class Command, class Draw>
Command draw_valid(const ChipConfig& chip, const Draw& draw) {
  while (true) {
    const Command command = draw();
    if (!check_command(words_of(command).data(), chip).failed()) {
      return command;
    }
  }
}

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
    const bool dense = random.chance(3);
    gather.first_channel = dense ? 0 : random.number(0, 20);
    gather.channels = random.number(1, 30);
    gather.pixel_pitch = gather.first_channel + gather.channels + (dense ? 0 : random.number(0, 40));
    gather.height = random.number(1, 8);
    gather.width = random.number(1, 8);
    gather.row_pitch = (gather.width * gather.pixel_pitch + 7) / 8 + random.number(0, 5);
    gather.planes = random.number(1, 4);
    gather.plane_stride = gather.row_pitch * gather.height + random.number(0, 9);
    gather.map_address = random.number(0, chip.buffer.bytes / 2);
    gather.kernel_height = random.number(1, 4);
    gather.kernel_width = random.number(1, 4);
    gather.stride_y = random.number(1, 3);
    gather.stride_x = random.number(1, 3);
    gather.dilation_y = random.number(1, 3);
    gather.dilation_x = random.chance(2) ? 1 : random.number(1, 3);
    gather.start_y = random.signed_number(-6, 3);
    gather.start_x = random.signed_number(-4, 3);
    gather.output_width = random.number(1, 6);
    gather.first_pixel = random.number(0, 12);
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

view::DigitalCommand random_digital(Random& random, const ChipConfig& chip) {
  return draw_valid<view::DigitalCommand>(chip, [&] {
    view::DigitalCommand command;
    command.channels = random.number(1, 12);
    command.accumulator_address = random.number(0, chip.buffer.bytes / 8) * 4;
    command.accumulator_pitch = command.channels * 4 + random.number(0, 2) * 4;
    command.threshold_bits = random.chance(3) ? 0 : random.number(1, 4);
    const bool raw = command.threshold_bits == 0;
    command.output_bits = raw ? 0 : random.number(1, 6);
    command.threshold_address = random.number(0, chip.buffer.bytes / 8) * 4;
    command.pool_kind = static_cast<view::PoolKind>(random.number(0, 2));
    const bool pools = command.pool_kind != view::PoolKind::None;
    command.pool_stage = raw || random.chance(2) ? view::PoolStage::BeforeThresholds : view::PoolStage::AfterThresholds;
    command.pool_height = pools ? random.number(1, 3) : 1;
    command.pool_width = pools ? random.number(1, 3) : 1;
    command.pool_stride_y = pools ? random.number(1, 3) : 1;
    command.pool_stride_x = pools ? random.number(1, 3) : 1;
    command.output_width = random.number(1, 4);
    command.output_height = random.number(1, 4);
    command.width = (command.output_width - 1) * command.pool_stride_x + command.pool_width + random.number(0, 1);
    command.height = (command.output_height - 1) * command.pool_stride_y + command.pool_height + random.number(0, 1);
    const bool dense = random.chance(3);
    command.first_channel = dense ? 0 : random.number(0, 10);
    command.pixel_pitch = command.first_channel + command.channels + (dense ? 0 : random.number(0, 9));
    command.output_address = random.number(0, chip.buffer.bytes);
    command.row_pitch = (command.output_width * command.pixel_pitch + 7) / 8 + random.number(0, 3);
    if (raw) {
      command.output_address &= ~3u;
      command.pixel_pitch *= 32;
      command.row_pitch = command.output_width * command.pixel_pitch / 8 + random.number(0, 2) * 4;
    }
    command.plane_stride = command.row_pitch * command.output_height + random.number(0, 5);
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

Words random_command(Random& random, const ChipConfig& chip) {
  switch (random.number(0, 6)) {
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
      return words_of(random_digital(random, chip));
    default:
      return words_of(random_pack(random, chip));
  }
}

}  // namespace spinvp::test
