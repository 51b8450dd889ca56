#include "ip/pim/command_check.h"

#include <catch2/catch.hpp>
#include <functional>

#include "tests/ip/support/verdict.h"

using namespace spinvp;
using namespace spinvp::test;
namespace view = spinvp::interface;
using view::ErrorCause;

namespace {

const ChipConfig chip = small_chip(64, 128, 2, 4, 8192, Detail::Fast);

template <class Command>
Verdict verdict(const Command& command, const std::function<void(Command&)>& change) {
  return verdict_of_changed(command, change, chip);
}

// A correct command of each kind, big enough that a field can grow by one without breaking something else.
view::LoadCommand load() {
  view::LoadCommand command;
  command.bytes = 16;
  command.rows = 4;
  command.buffer_stride = 16;
  command.memory_stride = 16;
  return command;
}

view::StoreCommand store() {
  view::StoreCommand command;
  command.bytes = 16;
  command.rows = 4;
  command.buffer_stride = 16;
  return command;
}

view::LoadRowsCommand load_rows() {
  view::LoadRowsCommand command;
  command.row_bytes = 16;
  command.rows = 64;
  command.subarrays = 2;
  command.replicas = 4;
  command.replica_stride = 2;
  return command;
}

view::GatherRowsCommand gather() {
  view::GatherRowsCommand command;
  command.row_pitch = 16;
  command.height = 8;
  command.width = 8;
  command.pixel_pitch = 16;
  command.channels = 16;
  command.planes = 2;
  command.plane_stride = 128;
  command.kernel_height = 3;
  command.kernel_width = 3;
  command.output_width = 6;
  command.pixels_per_replica = 4;
  command.pixels = 16;
  command.subarrays = 2;
  command.replicas = 4;
  command.bit_count = 144;
  command.tiles = 2;
  return command;
}

view::AndAccCommand and_acc() {
  view::AndAccCommand command;
  command.subarrays = 2;
  command.replicas = 4;
  command.tiles = 2;
  command.image_row = 32;
  command.kernels_per_subarray = 4;
  command.kernels = 8;
  command.pixels_per_replica = 2;
  command.pixels = 8;
  command.activation_planes = 2;
  command.weight_planes = 2;
  command.accumulator_pitch = 32;
  return command;
}

view::DigitalCommand digital() {
  view::DigitalCommand command;
  command.accumulator_pitch = 32;
  command.width = 8;
  command.height = 8;
  command.channels = 8;
  command.threshold_bits = 2;
  command.output_bits = 2;
  command.threshold_address = 4096;
  command.pool_kind = view::PoolKind::Max;
  command.pool_height = 2;
  command.pool_width = 2;
  command.pool_stride_y = 2;
  command.pool_stride_x = 2;
  command.output_width = 4;
  command.output_height = 4;
  command.output_address = 6144;
  command.row_pitch = 4;
  command.plane_stride = 16;
  command.pixel_pitch = 8;
  return command;
}

view::PackCommand pack() {
  view::PackCommand command;
  command.source_row_stride = 24;
  command.source_pixel_stride = 3;
  command.source_channel_stride = 1;
  command.width = 8;
  command.height = 8;
  command.channels = 3;
  command.planes = 8;
  command.output_address = 4096;
  command.row_pitch = 3;
  command.plane_stride = 24;
  command.pixel_pitch = 3;
  return command;
}

const std::vector<Words>& good_commands() {
  static const std::vector<Words> all = {words_of(load()),
                                         words_of(store()),
                                         words_of(load_rows()),
                                         words_of(gather()),
                                         words_of(and_acc()),
                                         words_of(digital()),
                                         words_of(pack()),
                                         words_of(view::FenceCommand{}),
                                         words_of(view::SignalCommand{}),
                                         words_of(view::StopCommand{})};
  return all;
}

}  // namespace

TEST_CASE("commands that use the chip to its edges are accepted") {
  for (const Words& words : good_commands()) {
    CAPTURE(words[0]);
    CHECK(verdict_of(words, chip) == good);
  }
}

TEST_CASE("opcodes that no command has are refused") {
  for (std::uint32_t opcode = 0; opcode < 256; ++opcode) {
    if (find_command(opcode) == nullptr) {
      CHECK(verdict_of({opcode | 2 << 8, 0}, chip) == Verdict{ErrorCause::BadOpcode, opcode});
    }
  }
}

TEST_CASE("a length that is not the opcode's is refused") {
  for (Words words : good_commands()) {
    words.resize(32);
    const std::uint32_t right = words[0] >> 8 & 0xFF;
    for (const std::uint32_t wrong : {0u, 1u, right - 1, right + 1, 255u}) {
      words[0] = (words[0] & ~0xFF00u) | wrong << 8;
      CHECK(verdict_of(words, chip) == Verdict{ErrorCause::BadLength, wrong});
    }
  }
}

TEST_CASE("every reserved bit of every command must be zero") {
  for (const Words& words : good_commands()) {
    check_reserved_bits(words, chip);
  }
}

TEST_CASE("every field of every command is refused below its minimum and above its maximum") {
  int checked = 0;
  for (const Words& words : good_commands()) {
    checked += check_field_ranges(words, chip);
  }
  CHECK(checked >= 60);
}

TEST_CASE("copies stay within the buffer, whatever their counts multiply to") {
  using Command = view::LoadCommand;
  const auto with = [](const std::function<void(Command&)>& change) { return verdict<Command>(load(), change); };
  CHECK(with([](auto& c) { c.buffer_address = 8192 - 64; }) == Verdict{ErrorCause::None, 0});
  CHECK(with([](auto& c) { c.buffer_address = 8192 - 63; }) == Verdict{ErrorCause::BufferRange, 8192});
  CHECK(with([](auto& c) { c.buffer_address = 0xFFFFFFFF; }) == Verdict{ErrorCause::BufferRange, 0xFFFFFFFF});
  CHECK(with([](auto& c) { c.buffer_stride = 15; }) == Verdict{ErrorCause::BadField, 8});
  CHECK(with([](auto& c) { c.rows = 0xFFFFFFFF; }) == Verdict{ErrorCause::BufferRange, 0xFFFFFFFF});
  CHECK(with([](auto& c) { c.bytes = 0xFFFFFFFF, c.rows = 1; }) == Verdict{ErrorCause::BufferRange, 0xFFFFFFFE});
  // 0x10001 x 0xFFFF0000 and 2 x 0x80000000 wrap to little in 32 bits
  CHECK(with([](auto& c) { c.rows = 0x10001, c.buffer_stride = 0xFFFF0000; }) ==
        Verdict{ErrorCause::BufferRange, 0xFFFFFFFF});
  CHECK(with([](auto& c) { c.rows = 3, c.buffer_stride = 0x80000000; }).cause == ErrorCause::BufferRange);
  CHECK(with([](auto& c) { c.rows = 0xFFFFFFFF, c.buffer_stride = 0xFFFFFFFF, c.buffer_address = 0xFFFFFFFF; }).cause ==
        ErrorCause::BufferRange);
  CHECK(with([](auto& c) { c.memory_stride = 0xFFFFFFFF, c.memory_offset = 0xFFFFFFFF; }) ==
        Verdict{ErrorCause::None, 0});  // the system's business
}

TEST_CASE("LOAD_ROWS stays within rows and sub-arrays") {
  using Command = view::LoadRowsCommand;
  const auto with = [](const std::function<void(Command&)>& change) { return verdict<Command>(load_rows(), change); };
  CHECK(with([](auto& c) { c.row_bytes = 17; }) == Verdict{ErrorCause::BadField, 7});
  CHECK(with([](auto& c) { c.replica_stride = 1; }) == Verdict{ErrorCause::BadField, 5});
  CHECK(with([](auto& c) { c.first_subarray = 1; }) == Verdict{ErrorCause::SubarrayRange, 8});
  CHECK(with([](auto& c) { c.first_subarray = 0xFFFF; }) == Verdict{ErrorCause::SubarrayRange, 8});
  CHECK(with([](auto& c) { c.replicas = 0xFFFF, c.replica_stride = 0xFFFF; }) == Verdict{ErrorCause::SubarrayRange, 8});
  CHECK(with([](auto& c) { c.replicas = 1, c.subarrays = 0xFFFF; }) == Verdict{ErrorCause::SubarrayRange, 8});
  CHECK(with([](auto& c) { c.first_row = 1; }) == Verdict{ErrorCause::RowRange, 64});
  CHECK(with([](auto& c) { c.first_row = 0xFFFF, c.rows = 0xFFFF; }) == Verdict{ErrorCause::RowRange, 64});
}

TEST_CASE("the level of positions outside the map has no bit beyond the planes") {
  using Command = view::GatherRowsCommand;
  const auto with = [](std::uint32_t planes, std::uint32_t level) {
    return verdict<Command>(gather(), [&](Command& c) { c.planes = planes, c.pad_level = level; });
  };
  CHECK(with(1, 1) == Verdict{ErrorCause::None, 0});
  CHECK(with(1, 2) == Verdict{ErrorCause::BadField, 7});
  CHECK(with(2, 3) == Verdict{ErrorCause::None, 0});
  CHECK(with(2, 4095) == Verdict{ErrorCause::BadField, 7});
}

TEST_CASE("GATHER_ROWS stays within buffer, rows and sub-arrays") {
  using Command = view::GatherRowsCommand;
  const auto with = [](const std::function<void(Command&)>& change) { return verdict<Command>(gather(), change); };
  CHECK(with([](auto& c) { c.map_address = 8192 - 256; }) == Verdict{ErrorCause::None, 0});
  CHECK(with([](auto& c) { c.map_address = 8192 - 255; }) == Verdict{ErrorCause::BufferRange, 8192});
  CHECK(with([](auto& c) { c.plane_stride = 0xFFFFFFFF; }).cause == ErrorCause::BufferRange);
  CHECK(with([](auto& c) { c.row_pitch = 0x20000000; }).cause == ErrorCause::BufferRange);  // x 8 wraps to 0
  CHECK(with([](auto& c) { c.row_pitch = 15; }) == Verdict{ErrorCause::BadField, 4});
  CHECK(with([](auto& c) { c.pixel_pitch = 15; }) == Verdict{ErrorCause::BadField, 6});
  CHECK(with([](auto& c) { c.first_channel = 1; }) == Verdict{ErrorCause::BadField, 6});
  CHECK(with([](auto& c) { c.first_bit = 1; }) == Verdict{ErrorCause::BadField, 16});
  CHECK(with([](auto& c) { c.first_bit = 0xFFFFFFFF; }) == Verdict{ErrorCause::BadField, 16});
  CHECK(with([](auto& c) { c.tiles = 1; }) == Verdict{ErrorCause::BadField, 17});
  CHECK(with([](auto& c) { c.kernel_height = c.kernel_width = 255, c.channels = 0xFFFF; }) ==
        Verdict{ErrorCause::BadField, 8});
  CHECK(with([](auto& c) { c.pixels = 17; }) == Verdict{ErrorCause::BadField, 12});
  CHECK(with([](auto& c) { c.first_subarray = 1; }) == Verdict{ErrorCause::SubarrayRange, 8});
  CHECK(with([](auto& c) { c.subarrays = c.replicas = 0xFFFF; }) == Verdict{ErrorCause::SubarrayRange, 8});
  CHECK(with([](auto& c) { c.first_row = 49; }) == Verdict{ErrorCause::RowRange, 64});
  CHECK(with([](auto& c) { c.tiles = 0xFFFF, c.pixels_per_replica = 0xFFFF; }) == Verdict{ErrorCause::RowRange, 64});
}

TEST_CASE("AND_ACC stays within buffer, rows and sub-arrays") {
  using Command = view::AndAccCommand;
  const auto with = [](const std::function<void(Command&)>& change) { return verdict<Command>(and_acc(), change); };
  CHECK(with([](auto& c) { c.weight_kind = view::WeightKind::Binary; }) == Verdict{ErrorCause::None, 0});
  CHECK(with([](auto& c) { c.weight_kind = view::WeightKind::Ternary; }) == Verdict{ErrorCause::None, 0});
  CHECK(with([](auto& c) { c.weight_kind = view::WeightKind::Ternary, c.weight_planes = 1; }) ==
        Verdict{ErrorCause::BadField, 7});
  CHECK(with([](auto& c) { c.kernels = 9; }) == Verdict{ErrorCause::BadField, 5});
  CHECK(with([](auto& c) { c.kernels = 4; }) == Verdict{ErrorCause::BadField, 5});  // the last one would hold none
  CHECK(with([](auto& c) { c.kernels = 5; }) == Verdict{ErrorCause::None, 0});
  CHECK(with([](auto& c) { c.pixels = 9; }) == Verdict{ErrorCause::BadField, 6});
  CHECK(with([](auto& c) { c.first_subarray = 1; }) == Verdict{ErrorCause::SubarrayRange, 8});
  CHECK(with([](auto& c) { c.kernel_row = 48; }) == Verdict{ErrorCause::None, 0});
  CHECK(with([](auto& c) { c.kernel_row = 49; }) == Verdict{ErrorCause::RowRange, 64});
  CHECK(with([](auto& c) { c.image_row = 57; }) == Verdict{ErrorCause::RowRange, 64});
  CHECK(with([](auto& c) { c.image_row = 0xFFFF; }) == Verdict{ErrorCause::RowRange, 64});
  CHECK(with([](auto& c) { c.tiles = 0xFFFF; }) == Verdict{ErrorCause::RowRange, 64});
  CHECK(with([](auto& c) { c.replicas = 0xFFFF; }) == Verdict{ErrorCause::SubarrayRange, 8});
  CHECK(with([](auto& c) { c.accumulator_address = 2; }) == Verdict{ErrorCause::Misaligned, 8});
  CHECK(with([](auto& c) { c.accumulator_pitch = 33; }) == Verdict{ErrorCause::Misaligned, 9});
  CHECK(with([](auto& c) { c.accumulator_pitch = 28; }) == Verdict{ErrorCause::BadField, 9});
  CHECK(with([](auto& c) { c.accumulator_address = 8192 - 256; }) == Verdict{ErrorCause::None, 0});
  CHECK(with([](auto& c) { c.accumulator_address = 8192 - 252; }) == Verdict{ErrorCause::BufferRange, 8195});
  CHECK(with([](auto& c) { c.accumulator_pitch = 0x80000000; }).cause == ErrorCause::BufferRange);
}

TEST_CASE("DIGITAL stays within the buffer and makes sense") {
  using Command = view::DigitalCommand;
  const auto with = [](const std::function<void(Command&)>& change) { return verdict<Command>(digital(), change); };
  CHECK(with([](auto& c) { c.output_bits = 0; }) == Verdict{ErrorCause::BadField, 5});
  CHECK(with([](auto& c) { c.threshold_bits = 0; }) == Verdict{ErrorCause::BadField, 5});
  CHECK(with([](auto& c) { c.threshold_bits = c.output_bits = 0; }) == Verdict{ErrorCause::BadField, 7});
  CHECK(with([](auto& c) { c.pool_kind = view::PoolKind::None; }) == Verdict{ErrorCause::BadField, 7});
  CHECK(with([](auto& c) { c.pool_kind = view::PoolKind::None, c.pool_height = c.pool_width = 1; }) ==
        Verdict{ErrorCause::BadField, 8});
  CHECK(with([](auto& c) { c.output_width = 5; }) == Verdict{ErrorCause::BadField, 9});
  CHECK(with([](auto& c) { c.output_height = 5; }) == Verdict{ErrorCause::BadField, 9});
  CHECK(with([](auto& c) { c.pool_height = 3; }) == Verdict{ErrorCause::None, 0});  // the last window leaves the map
  CHECK(with([](auto& c) { c.output_height = 0xFFFF, c.pool_stride_y = 255; }) == Verdict{ErrorCause::BadField, 9});
  CHECK(with([](auto& c) { c.accumulator_address = 1; }) == Verdict{ErrorCause::Misaligned, 2});
  CHECK(with([](auto& c) { c.accumulator_pitch = 34; }) == Verdict{ErrorCause::Misaligned, 3});
  CHECK(with([](auto& c) { c.accumulator_pitch = 28; }) == Verdict{ErrorCause::BadField, 3});
  CHECK(with([](auto& c) { c.threshold_address = 6; }) == Verdict{ErrorCause::Misaligned, 6});
  CHECK(with([](auto& c) { c.threshold_address = 8192 - 124; }) == Verdict{ErrorCause::BufferRange, 8195});
  CHECK(with([](auto& c) { c.accumulator_address = 8192; }).cause == ErrorCause::BufferRange);
  CHECK(with([](auto& c) { c.width = c.height = 0xFFFF, c.accumulator_pitch = 0xFFFFFFFC; }).cause ==
        ErrorCause::BufferRange);
  CHECK(with([](auto& c) { c.output_address = 8192 - 32; }) == Verdict{ErrorCause::None, 0});
  CHECK(with([](auto& c) { c.output_address = 8192 - 31; }) == Verdict{ErrorCause::BufferRange, 8192});
  CHECK(with([](auto& c) { c.first_channel = 1; }) == Verdict{ErrorCause::BadField, 13});
  CHECK(with([](auto& c) { c.pixel_pitch = 9; }) == Verdict{ErrorCause::BadField, 12});
  CHECK(with([](auto& c) { c.pixel_pitch = 0xFFFFFFFF; }) == Verdict{ErrorCause::BadField, 12});
  CHECK(with([](auto& c) { c.plane_stride = 0xFFFFFFFF; }).cause == ErrorCause::BufferRange);
}

TEST_CASE("DIGITAL writes raw values on whole words only") {
  using Command = view::DigitalCommand;
  Command raw = digital();
  raw.threshold_bits = raw.output_bits = 0;
  raw.pool_stage = view::PoolStage::BeforeThresholds;
  raw.pixel_pitch = 256;
  raw.row_pitch = 128;
  raw.plane_stride = 0;
  const auto with = [&](const std::function<void(Command&)>& change) { return verdict<Command>(raw, change); };
  CHECK(with([](auto&) {}) == Verdict{ErrorCause::None, 0});
  CHECK(with([](auto& c) { c.output_address = 6145; }) == Verdict{ErrorCause::Misaligned, 10});
  CHECK(with([](auto& c) { c.row_pitch = 130; }) == Verdict{ErrorCause::Misaligned, 12});
  CHECK(with([](auto& c) { c.pixel_pitch = 264; }) == Verdict{ErrorCause::Misaligned, 13});
  CHECK(with([](auto& c) { c.first_channel = 1; }) == Verdict{ErrorCause::BadField, 13});
  CHECK(with([](auto& c) { c.output_address = 8192 - 508; }).cause == ErrorCause::BufferRange);
}

TEST_CASE("PACK stays within the buffer") {
  using Command = view::PackCommand;
  const auto with = [](const std::function<void(Command&)>& change) { return verdict<Command>(pack(), change); };
  CHECK(with([](auto& c) { c.source_address = 8192 - 192; }) == Verdict{ErrorCause::None, 0});
  CHECK(with([](auto& c) { c.source_address = 8192 - 191; }) == Verdict{ErrorCause::BufferRange, 8192});
  CHECK(with([](auto& c) { c.source_row_stride = 0xFFFFFFFF; }).cause == ErrorCause::BufferRange);
  CHECK(with([](auto& c) { c.source_pixel_stride = 0x20000000; }).cause == ErrorCause::BufferRange);
  CHECK(with([](auto& c) { c.pixel_pitch = 2; }) == Verdict{ErrorCause::BadField, 11});
  CHECK(with([](auto& c) { c.row_pitch = 2; }) == Verdict{ErrorCause::BadField, 10});
  CHECK(with([](auto& c) { c.output_address = 8192 - 192; }) == Verdict{ErrorCause::None, 0});
  CHECK(with([](auto& c) { c.output_address = 8192 - 191; }) == Verdict{ErrorCause::BufferRange, 8192});
  CHECK(with([](auto& c) { c.width = c.height = c.channels = 0xFFFF; }).cause == ErrorCause::BufferRange);
  CHECK(with([](auto& c) {
          c.source_row_stride = c.source_pixel_stride = c.source_channel_stride = 0, c.channels = 0xFFFF;
        }) == Verdict{ErrorCause::BadField, 11});
}
