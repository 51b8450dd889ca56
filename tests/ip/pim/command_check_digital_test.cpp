#include <catch2/catch.hpp>
#include <functional>

#include "tests/ip/support/random_commands.h"
#include "tests/ip/support/verdict.h"

using namespace spinvp;
using namespace spinvp::test;
namespace view = spinvp::interface;
using view::DigitalCommand;
using view::ErrorCause;
using view::MultiplyCommand;

namespace {

const ChipConfig chip = small_chip(64, 128, 2, 4, 8192, Detail::Fast);

template <class Command>
Verdict verdict(const Command& command, const std::function<void(Command&)>& change, const ChipConfig& config = chip) {
  return verdict_of_changed(command, change, config);
}

// 8 x 8 pixels of 8 channels into 2 planes.
DigitalCommand levels() {
  DigitalCommand command;
  command.accumulator_pitch = 32;
  command.width = command.height = command.output_width = command.output_height = 8;
  command.channels = 8;
  command.threshold_bits = command.output_bits = 2;
  command.threshold_address = 4096;
  command.output_address = 6144;
  command.row_pitch = 8;
  command.plane_stride = 64;
  command.pixel_pitch = 8;
  return command;
}

DigitalCommand from_planes() {
  DigitalCommand command = levels();
  command.source = view::SourceKind::Planes;
  command.accumulator_address = 1;
  command.accumulator_pitch = 0;
  command.source_planes = 3;
  command.source_plane_stride = 64;
  command.source_row_pitch = 8;
  command.source_pixel_pitch = 8;
  return command;
}

DigitalCommand with_residual(view::ResidualKind kind) {
  DigitalCommand command = levels();
  command.residual = kind;
  command.residual_address = 2048;
  const bool planes = kind == view::ResidualKind::Planes;
  command.residual_planes = planes ? 3 : 0;
  command.residual_plane_stride = planes ? 64 : 0;
  command.residual_row_pitch = planes ? 8 : 256;
  command.residual_pixel_pitch = planes ? 8 : 256;
  return command;
}

DigitalCommand values() {
  DigitalCommand command = levels();
  command.threshold_bits = command.output_bits = 0;
  command.row_pitch = 256;
  command.pixel_pitch = 256;
  return command;
}

// A sum of values and a residual, scaled.
DigitalCommand affine_sum(view::ResidualKind kind) {
  DigitalCommand command = with_residual(kind);
  command.threshold_bits = command.output_bits = 0;
  command.row_pitch = command.pixel_pitch = 256;
  command.affine = 1;
  return command;
}

MultiplyCommand multiply() {
  MultiplyCommand command;
  command.height = command.width = 8;
  command.channels = command.pixel_pitch = 8;
  command.row_pitch = 8;
  command.planes = 4;
  command.plane_stride = 64;
  command.kernel_height = command.kernel_width = 3;
  command.output_width = 6;
  command.pixels = 36;
  command.kernels = 4;
  command.elements = 72;
  command.weight_address = 4096;
  command.accumulator_address = 6144;
  command.accumulator_pitch = 16;
  return command;
}

}  // namespace

TEST_CASE("DIGITAL takes every source, residual and affine step that is described") {
  CHECK(verdict<DigitalCommand>(levels(), [](auto&) {}) == good);
  CHECK(verdict<DigitalCommand>(from_planes(), [](auto&) {}) == good);
  CHECK(verdict<DigitalCommand>(with_residual(view::ResidualKind::Planes), [](auto&) {}) == good);
  CHECK(verdict<DigitalCommand>(with_residual(view::ResidualKind::Values), [](auto&) {}) == good);
  CHECK(verdict<DigitalCommand>(values(), [](auto& c) { c.affine = 1, c.affine_shift = 62; }) == good);
  CHECK(verdict<DigitalCommand>(levels(), [](auto& c) { c.output_bits = 12; }) == good);
  CHECK(verdict<DigitalCommand>(affine_sum(view::ResidualKind::Planes), [](auto&) {}) == good);
  CHECK(verdict<DigitalCommand>(affine_sum(view::ResidualKind::Values), [](auto& c) { c.affine_shift = 62; }) == good);
}

TEST_CASE("DIGITAL refuses steps that do not go together") {
  const auto levels_with = [](const auto& change) { return verdict<DigitalCommand>(levels(), change); };
  CHECK(levels_with([](auto& c) { c.affine = 1; }) == bad_field(14));
  CHECK(levels_with([](auto& c) { c.pool_kind = view::PoolKind::Monotone; }) == bad_field(7));
  CHECK(levels_with([](auto& c) {
          c.pool_kind = view::PoolKind::Monotone, c.pool_stage = view::PoolStage::BeforeThresholds;
        }) == good);
  const auto values_with = [](const auto& change) { return verdict<DigitalCommand>(values(), change); };
  CHECK(values_with([](auto& c) {
          c.pool_kind = view::PoolKind::Monotone, c.pool_stage = view::PoolStage::BeforeThresholds;
        }) == bad_field(7));
  CHECK(values_with([](auto& c) { c.affine_shift = 1; }) == bad_field(18));
  CHECK(values_with([](auto& c) { c.residual = view::ResidualKind::Values; }) == bad_field(14));
  CHECK(verdict<DigitalCommand>(with_residual(view::ResidualKind::Planes), [](auto& c) {
          c.pool_kind = view::PoolKind::Max, c.pool_stage = view::PoolStage::BeforeThresholds;
        }) == bad_field(7));
  CHECK(verdict<DigitalCommand>(with_residual(view::ResidualKind::Planes),
                                [](auto& c) { c.pool_kind = view::PoolKind::Max; }) == good);
  const auto sum_with = [](const auto& change) {
    return verdict<DigitalCommand>(affine_sum(view::ResidualKind::Planes), change);
  };
  CHECK(sum_with([](auto& c) { c.affine = 0; }) == bad_field(14));
  CHECK(sum_with([](auto& c) { c.fraction_bits = 1; }) == bad_field(18));
  for (const auto stage : {view::PoolStage::BeforeThresholds, view::PoolStage::AfterThresholds}) {
    CHECK(sum_with([&](auto& c) { c.pool_kind = view::PoolKind::Max, c.pool_stage = stage; }) == bad_field(7));
  }
}

TEST_CASE("every pooling window of DIGITAL sees some position of the map") {
  const auto with = [](std::uint32_t size, std::uint32_t pad, std::uint32_t stride, std::uint32_t windows) {
    return verdict<DigitalCommand>(levels(), [&](auto& c) {  // on 8 x 8
      c.pool_kind = view::PoolKind::Max;
      c.pool_height = c.pool_width = size;
      c.pool_pad_y = c.pool_pad_x = pad;
      c.pool_stride_y = c.pool_stride_x = stride;
      c.output_height = c.output_width = windows;
    });
  };
  CHECK(with(3, 0, 2, 3) == good);
  CHECK(with(3, 1, 2, 4) == good);
  CHECK(with(3, 0, 2, 4) == good);  // the last one from 6 to 8
  CHECK(with(3, 0, 2, 5) == bad_field(9));
  CHECK(with(3, 2, 2, 5) == good);
  CHECK(with(3, 3, 2, 4) == bad_field(8));
  CHECK(with(1, 0, 1, 8) == good);
  CHECK(with(1, 1, 1, 8) == bad_field(8));
  CHECK(with(255, 254, 255, 1) == good);
  CHECK(verdict<DigitalCommand>(levels(), [](auto& c) { c.pool_pad_x = 1; }) == bad_field(8));
}

TEST_CASE("DIGITAL refuses fields of what it does not do") {
  const auto with = [](const auto& change) { return verdict<DigitalCommand>(levels(), change); };
  CHECK(with([](auto& c) { c.source_plane_stride = 1; }) == bad_field(15));
  CHECK(with([](auto& c) { c.source_row_pitch = 1; }) == bad_field(16));
  CHECK(with([](auto& c) { c.source_pixel_pitch = 1; }) == bad_field(17));
  CHECK(with([](auto& c) { c.source_planes = 1; }) == bad_field(18));
  CHECK(with([](auto& c) { c.residual_planes = 1; }) == bad_field(18));
  CHECK(with([](auto& c) { c.fraction_bits = 1; }) == bad_field(18));
  CHECK(with([](auto& c) { c.source_first_channel = 1; }) == bad_field(19));
  CHECK(with([](auto& c) { c.residual_first_channel = 1; }) == bad_field(19));
  CHECK(with([](auto& c) { c.residual_address = 1; }) == bad_field(20));
  CHECK(with([](auto& c) { c.residual_plane_stride = 1; }) == bad_field(21));
  CHECK(with([](auto& c) { c.residual_row_pitch = 1; }) == bad_field(22));
  CHECK(with([](auto& c) { c.residual_pixel_pitch = 1; }) == bad_field(23));
  CHECK(verdict<DigitalCommand>(from_planes(), [](auto& c) { c.accumulator_pitch = 32; }) == bad_field(3));
  const auto with_values = [](const auto& change) {
    return verdict<DigitalCommand>(with_residual(view::ResidualKind::Values), change);
  };
  CHECK(with_values([](auto& c) { c.residual_planes = 1; }) == bad_field(18));
  CHECK(with_values([](auto& c) { c.residual_plane_stride = 4; }) == bad_field(21));
}

TEST_CASE("DIGITAL's planes and residuals stay within the buffer") {
  const auto planes = [](const auto& change) { return verdict<DigitalCommand>(from_planes(), change); };
  CHECK(planes([](auto& c) { c.source_planes = 0; }) == bad_field(18));
  CHECK(planes([](auto& c) { c.source_first_channel = 1; }) == bad_field(17));
  CHECK(planes([](auto& c) { c.source_row_pitch = 7; }) == bad_field(16));
  CHECK(planes([](auto& c) { c.accumulator_address = 8192 - 192; }) == good);
  CHECK(planes([](auto& c) { c.accumulator_address = 8192 - 191; }) == Verdict{ErrorCause::BufferRange, 8192});
  CHECK(planes([](auto& c) { c.source_plane_stride = 0xFFFFFFFF; }).cause == ErrorCause::BufferRange);
  const auto residual = [](const auto& change) {
    return verdict<DigitalCommand>(with_residual(view::ResidualKind::Planes), change);
  };
  CHECK(residual([](auto& c) { c.residual_planes = 0; }) == bad_field(18));
  CHECK(residual([](auto& c) { c.residual_first_channel = 1; }) == bad_field(23));
  CHECK(residual([](auto& c) { c.residual_row_pitch = 7; }) == bad_field(22));
  CHECK(residual([](auto& c) { c.residual_address = 8192 - 192; }) == good);
  CHECK(residual([](auto& c) { c.residual_address = 8192 - 191; }) == Verdict{ErrorCause::BufferRange, 8192});
  CHECK(residual([](auto& c) { c.threshold_address = 8192 - 256; }) == good);  // 8-byte entries
  CHECK(residual([](auto& c) { c.threshold_address = 8192 - 252; }) == Verdict{ErrorCause::BufferRange, 8195});
  const auto value = [](const auto& change) {
    return verdict<DigitalCommand>(with_residual(view::ResidualKind::Values), change);
  };
  CHECK(value([](auto& c) { c.residual_address = 2; }) == Verdict{ErrorCause::Misaligned, 20});
  CHECK(value([](auto& c) { c.residual_row_pitch = 258; }) == Verdict{ErrorCause::Misaligned, 22});
  CHECK(value([](auto& c) { c.residual_pixel_pitch = 264; }) == Verdict{ErrorCause::Misaligned, 23});
  CHECK(value([](auto& c) { c.residual_first_channel = 1; }) == bad_field(23));
  CHECK(value([](auto& c) { c.residual_address = 8192 - 2048; }) == good);
  CHECK(value([](auto& c) { c.residual_address = 8192 - 2044; }) == Verdict{ErrorCause::BufferRange, 8195});
  const auto affine = [](const auto& change) {
    DigitalCommand command = values();
    command.affine = 1;
    return verdict<DigitalCommand>(command, change);
  };
  CHECK(affine([](auto& c) { c.threshold_address = 8192 - 128; }) == good);
  CHECK(affine([](auto& c) { c.threshold_address = 8192 - 124; }) == Verdict{ErrorCause::BufferRange, 8195});
}

TEST_CASE("MULTIPLY stays within the buffer and the field") {
  const auto with = [](const auto& change) { return verdict<MultiplyCommand>(multiply(), change); };
  CHECK(with([](auto&) {}) == good);
  CHECK(with([](auto& c) { c.elements = 73; }) == bad_field(18));
  CHECK(with([](auto& c) { c.first_element = 1; }) == bad_field(18));
  CHECK(with([](auto& c) { c.first_element = 0xFFFFFFFF; }) == bad_field(18));
  CHECK(with([](auto& c) { c.elements = 65536; }) == bad_field(18));
  CHECK(with([](auto& c) { c.accumulator_address = 6146; }) == Verdict{ErrorCause::Misaligned, 15});
  CHECK(with([](auto& c) { c.accumulator_pitch = 18; }) == Verdict{ErrorCause::Misaligned, 16});
  CHECK(with([](auto& c) { c.accumulator_pitch = 12; }) == bad_field(16));
  CHECK(with([](auto& c) { c.first_channel = 1; }) == bad_field(6));
  CHECK(with([](auto& c) { c.row_pitch = 7; }) == bad_field(4));
  CHECK(with([](auto& c) { c.map_address = 8192 - 256; }) == good);
  CHECK(with([](auto& c) { c.map_address = 8192 - 255; }) == Verdict{ErrorCause::BufferRange, 8192});
  CHECK(with([](auto& c) { c.weight_address = 8192 - 288; }) == good);
  CHECK(with([](auto& c) { c.weight_address = 8192 - 287; }) == Verdict{ErrorCause::BufferRange, 8192});
  CHECK(with([](auto& c) { c.weight_bytes = 2, c.weight_address = 8192 - 575; }) ==
        Verdict{ErrorCause::BufferRange, 8192});
  CHECK(with([](auto& c) { c.weight_bytes = 3; }) == bad_field(14));
  CHECK(with([](auto& c) { c.accumulator_address = 8192 - 576; }) == good);
  CHECK(with([](auto& c) { c.accumulator_address = 8192 - 572; }) == Verdict{ErrorCause::BufferRange, 8195});
  CHECK(with([](auto& c) { c.pixels = 0xFFFFFFFF, c.accumulator_pitch = 0xFFFFFFFC; }).cause ==
        ErrorCause::BufferRange);
}

TEST_CASE("a chip without multipliers refuses MULTIPLY") {
  ChipConfig without = chip;
  without.digital.multipliers = 0;
  CHECK(verdict<MultiplyCommand>(
            multiply(), [](auto&) {}, without) == Verdict{ErrorCause::Unsupported, MultiplyCommand::opcode});
}
