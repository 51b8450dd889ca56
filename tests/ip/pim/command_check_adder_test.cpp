#include <catch2/catch.hpp>
#include <functional>
#include <vector>

#include "tests/ip/support/verdict.h"

using namespace spinvp;
using namespace spinvp::test;
namespace view = spinvp::interface;
using view::ErrorCause;

namespace {

const ChipConfig chip = with_adder(small_chip(64, 128, 2, 4, 8192, Detail::Fast), AdditionScheme::A, false, false);

// Correct commands that use the chip to its edges.
view::GatherLanesCommand gather_lanes() {
  view::GatherLanesCommand command;
  command.row_pitch = 16;
  command.height = 8;
  command.width = 8;
  command.pixel_pitch = 16;
  command.channels = 16;
  command.planes = 2;
  command.plane_stride = 128;
  command.map_address = 8192 - 256;
  command.kernel_height = 3;
  command.kernel_width = 3;
  command.output_width = 6;
  command.pixels_per_replica = 128;
  command.pixels = 512;
  command.subarrays = 2;
  command.replicas = 4;
  command.first_element = 128;
  command.elements = 16;
  command.complement = 1;
  return command;
}

view::AddAccCommand add_acc() {
  view::AddAccCommand command;
  command.subarrays = 2;
  command.replicas = 4;
  command.elements = 4;
  command.constant_row = 0;
  command.operand_row = 3;
  command.activation_planes = 3;
  command.accumulator_row = 27;
  command.width = 9;
  command.kernels_per_subarray = 4;
  command.kernels = 7;
  command.weight_kind = view::WeightKind::Ternary;
  command.sign_pitch = 2;
  command.sign_address = 8192 - 8;
  return command;
}

view::ReadSumsCommand read_sums() {
  view::ReadSumsCommand command;
  command.subarrays = 2;
  command.replicas = 4;
  command.accumulator_row = 28;
  command.width = 9;
  command.kernels_per_subarray = 4;
  command.kernels = 7;
  command.pixels_per_replica = 128;
  command.pixels = 256;
  command.accumulator_pitch = 28;
  command.accumulator_address = 8192 - 256 * 28;
  return command;
}

view::AddLevelsCommand add_levels() {
  view::AddLevelsCommand command;
  command.row_pitch = 16;
  command.height = 8;
  command.width = 8;
  command.pixel_pitch = 16;
  command.channels = 16;
  command.planes = 2;
  command.plane_stride = 128;
  command.map_address = 8192 - 256;
  command.kernel_height = 3;
  command.kernel_width = 3;
  command.output_width = 6;
  command.subarrays = 2;
  command.parts = 4;
  command.accumulator_row = 0;
  command.accumulator_width = 13;
  command.carry_row = 13;
  command.weight_row = 14;
  command.elements_per_part = 25;
  command.elements = 100;
  command.first_element = 44;
  return command;
}

view::ReadLanesCommand read_lanes() {
  view::ReadLanesCommand command;
  command.subarrays = 2;
  command.parts = 4;
  command.accumulator_row = 51;
  command.accumulator_width = 13;
  command.kernels = 256;
  command.accumulator_address = 8192 - 1024;
  return command;
}

std::vector<Words> all_commands() {
  return {words_of(gather_lanes()), words_of(add_acc()), words_of(read_sums()), words_of(add_levels()),
          words_of(read_lanes())};
}

Verdict gather_with(const std::function<void(view::GatherLanesCommand&)>& change) {
  return verdict_of_changed(gather_lanes(), change, chip);
}
Verdict add_with(const std::function<void(view::AddAccCommand&)>& change) {
  return verdict_of_changed(add_acc(), change, chip);
}
Verdict read_with(const std::function<void(view::ReadSumsCommand&)>& change) {
  return verdict_of_changed(read_sums(), change, chip);
}
Verdict levels_with(const std::function<void(view::AddLevelsCommand&)>& change) {
  return verdict_of_changed(add_levels(), change, chip);
}
Verdict lanes_with(const std::function<void(view::ReadLanesCommand&)>& change) {
  return verdict_of_changed(read_lanes(), change, chip);
}

}  // namespace

TEST_CASE("commands of in-memory addition are accepted up to the chip's edges, and only where there is an adder") {
  const ChipConfig without = small_chip(64, 128, 2, 4, 8192, Detail::Fast);
  for (const Words& words : all_commands()) {
    CAPTURE(words[0] & 0xFF);
    CHECK(verdict_of(words, chip) == good);
    CHECK(verdict_of(words, without) == Verdict{ErrorCause::Unsupported, words[0] & 0xFF});
  }
}

TEST_CASE("GATHER_LANES stays within buffer, columns, rows and sub-arrays") {
  CHECK(gather_with([](auto& c) { c.map_address += 1; }) == Verdict{ErrorCause::BufferRange, 8192});
  CHECK(gather_with([](auto& c) { c.pixels_per_replica = 129; }) == Verdict{ErrorCause::BadField, 12});
  CHECK(gather_with([](auto& c) { c.pixels = 513; }) == Verdict{ErrorCause::BadField, 12});
  CHECK(gather_with([](auto& c) { c.first_element = 129; }) == Verdict{ErrorCause::BadField, 16});
  CHECK(gather_with([](auto& c) { c.first_element = 0xFFFFFFFF; }) == Verdict{ErrorCause::BadField, 16});
  CHECK(gather_with([](auto& c) { c.first_subarray = 1; }) == Verdict{ErrorCause::SubarrayRange, 8});
  CHECK(gather_with([](auto& c) { c.replicas = 0xFFFF, c.subarrays = 0xFFFF; }) ==
        Verdict{ErrorCause::SubarrayRange, 8});
  CHECK(gather_with([](auto& c) { c.first_row = 1; }) == Verdict{ErrorCause::RowRange, 64});
  CHECK(gather_with([](auto& c) { c.first_row = 32, c.complement = 0; }) == good);
  CHECK(gather_with([](auto& c) { c.channels = 17; }) == Verdict{ErrorCause::BadField, 6});
  CHECK(gather_with([](auto& c) { c.row_pitch = 15; }) == Verdict{ErrorCause::BadField, 4});
}

TEST_CASE("ADD_ACC stays within buffer, rows and sub-arrays") {
  CHECK(add_with([](auto& c) { c.weight_kind = view::WeightKind::TwosComplement; }) ==
        Verdict{ErrorCause::BadField, 5});
  CHECK(add_with([](auto& c) { c.width = 2; }) == Verdict{ErrorCause::BadField, 5});
  CHECK(add_with([](auto& c) { c.kernels = 9; }) == Verdict{ErrorCause::BadField, 6});
  CHECK(add_with([](auto& c) { c.kernels = 4; }) == Verdict{ErrorCause::BadField, 6});
  CHECK(add_with([](auto& c) { c.first_subarray = 1; }) == Verdict{ErrorCause::SubarrayRange, 8});
  CHECK(add_with([](auto& c) { c.operand_row = 41; }) == Verdict{ErrorCause::RowRange, 64});
  CHECK(add_with([](auto& c) { c.accumulator_row = 29; }) == Verdict{ErrorCause::RowRange, 64});
  CHECK(add_with([](auto& c) { c.constant_row = 62; }) == Verdict{ErrorCause::RowRange, 64});
  CHECK(add_with([](auto& c) { c.sign_address += 1; }) == Verdict{ErrorCause::BufferRange, 8192});
  CHECK(add_with([](auto& c) { c.sign_pitch = 0xFFFFFFFF; }).cause == ErrorCause::BufferRange);
}

TEST_CASE("ADD_ACC never raises a row twice: operands, accumulators and constants lie apart") {
  CHECK(add_with([](auto& c) { c.operand_row = 4; }) == Verdict{ErrorCause::BadField, 4});
  CHECK(add_with([](auto& c) { c.operand_row = 4, c.weight_kind = view::WeightKind::Unsigned; }) == good);
  CHECK(add_with([](auto& c) { c.operand_row = 2; }) == Verdict{ErrorCause::BadField, 5});
  CHECK(add_with([](auto& c) { c.constant_row = 61; }) == Verdict{ErrorCause::BadField, 5});
}

TEST_CASE("READ_SUMS stays within buffer, columns, rows and sub-arrays") {
  CHECK(read_with([](auto& c) { c.kernels = 9; }) == Verdict{ErrorCause::BadField, 5});
  CHECK(read_with([](auto& c) { c.pixels_per_replica = 129; }) == Verdict{ErrorCause::BadField, 6});
  CHECK(read_with([](auto& c) { c.pixels = 513; }) == Verdict{ErrorCause::BadField, 6});
  CHECK(read_with([](auto& c) { c.first_subarray = 1; }) == Verdict{ErrorCause::SubarrayRange, 8});
  CHECK(read_with([](auto& c) { c.accumulator_row = 29; }) == Verdict{ErrorCause::RowRange, 64});
  CHECK(read_with([](auto& c) { c.accumulator_address -= 2; }) == Verdict{ErrorCause::Misaligned, 7});
  CHECK(read_with([](auto& c) { c.accumulator_pitch = 30; }) == Verdict{ErrorCause::Misaligned, 8});
  CHECK(read_with([](auto& c) { c.accumulator_pitch = 24; }) == Verdict{ErrorCause::BadField, 8});
  CHECK(read_with([](auto& c) { c.accumulator_address += 4; }) == Verdict{ErrorCause::BufferRange, 8195});
  CHECK(read_with([](auto& c) { c.accumulator_pitch = 0xFFFFFFFC; }).cause == ErrorCause::BufferRange);
}

TEST_CASE("ADD_LEVELS stays within buffer, field, rows and sub-arrays") {
  CHECK(levels_with([](auto& c) { c.planes = 3, c.plane_stride = 64, c.accumulator_width = 2; }) ==
        Verdict{ErrorCause::BadField, 17});
  CHECK(levels_with([](auto& c) { c.elements = 101, c.first_element = 0; }) == Verdict{ErrorCause::BadField, 16});
  CHECK(levels_with([](auto& c) { c.first_element = 45; }) == Verdict{ErrorCause::BadField, 16});
  CHECK(levels_with([](auto& c) { c.first_element = 0xFFFFFFFF; }) == Verdict{ErrorCause::BadField, 16});
  CHECK(levels_with([](auto& c) { c.elements = 0xFFFFFFFF, c.parts = 0xFFFF, c.elements_per_part = 0xFFFF; }) ==
        Verdict{ErrorCause::BadField, 16});
  CHECK(levels_with([](auto& c) { c.first_subarray = 1; }) == Verdict{ErrorCause::SubarrayRange, 8});
  CHECK(levels_with([](auto& c) { c.subarrays = 0xFFFF, c.parts = 0xFFFF; }) == Verdict{ErrorCause::SubarrayRange, 8});
  CHECK(levels_with([](auto& c) { c.weight_row = 15; }) == Verdict{ErrorCause::RowRange, 64});
  CHECK(levels_with([](auto& c) { c.elements_per_part = 26; }) == Verdict{ErrorCause::RowRange, 64});
  CHECK(levels_with([](auto& c) { c.accumulator_row = 52; }) == Verdict{ErrorCause::RowRange, 64});
  CHECK(levels_with([](auto& c) { c.carry_row = 64; }) == Verdict{ErrorCause::RowRange, 64});
  CHECK(levels_with([](auto& c) { c.map_address += 1; }) == Verdict{ErrorCause::BufferRange, 8192});
  CHECK(levels_with([](auto& c) { c.channels = 17; }) == Verdict{ErrorCause::BadField, 6});
  CHECK(levels_with([](auto& c) { c.row_pitch = 15; }) == Verdict{ErrorCause::BadField, 4});
}

TEST_CASE("ADD_LEVELS never raises a row twice: weights, accumulators and carry lie apart") {
  CHECK(levels_with([](auto& c) { c.accumulator_row = 2; }) == Verdict{ErrorCause::BadField, 14});
  CHECK(levels_with([](auto& c) { c.carry_row = 12; }) == Verdict{ErrorCause::BadField, 14});
  CHECK(levels_with([](auto& c) { c.carry_row = 63; }) == Verdict{ErrorCause::BadField, 14});
  CHECK(levels_with([](auto& c) { c.carry_row = 63, c.elements_per_part = 24, c.elements = 96; }) == good);
}

TEST_CASE("READ_LANES stays within buffer, columns, rows and sub-arrays") {
  CHECK(lanes_with([](auto& c) { c.kernels = 257; }) == Verdict{ErrorCause::BadField, 5});
  CHECK(lanes_with([](auto& c) { c.kernels = 128; }) == Verdict{ErrorCause::BadField, 5});
  CHECK(lanes_with([](auto& c) { c.kernels = 129; }) == good);
  CHECK(lanes_with([](auto& c) { c.first_subarray = 1; }) == Verdict{ErrorCause::SubarrayRange, 8});
  CHECK(lanes_with([](auto& c) { c.accumulator_row = 52; }) == Verdict{ErrorCause::RowRange, 64});
  CHECK(lanes_with([](auto& c) { c.accumulator_address += 2; }) == Verdict{ErrorCause::Misaligned, 6});
  CHECK(lanes_with([](auto& c) { c.accumulator_address += 4; }) == Verdict{ErrorCause::BufferRange, 8195});
  CHECK(lanes_with([](auto& c) { c.accumulator_address = 0xFFFFFFFC; }).cause == ErrorCause::BufferRange);
}

TEST_CASE("reserved bits and ranges of in-memory addition's fields are checked") {
  int checked = 0;
  for (const Words& words : all_commands()) {
    check_reserved_bits(words, chip);
    checked += check_field_ranges(words, chip);
  }
  CHECK(checked > 30);
}
