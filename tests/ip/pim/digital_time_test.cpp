#include <catch2/catch.hpp>

#include "tests/ip/support/random_commands.h"

using namespace spinvp;
using namespace spinvp::test;
using interface::DigitalCommand;
using interface::PoolKind;
using interface::PoolStage;
using interface::ResidualKind;
using interface::SourceKind;

namespace {

struct Events {
  std::uint64_t compares, pools, multiplies, bits, read, written;
};

Events events_of(const ChipBench& bench) {
  const Ledger& ledger = bench.chip.ledger();
  return {ledger.events(Event::Compare), ledger.events(Event::Pool),       ledger.events(Event::Multiply),
          ledger.events(Event::PackBit), ledger.events(Event::BufferRead), ledger.events(Event::BufferWrite)};
}

// One byte-wide pixel after the other: 8 channels, planes of their own bytes.
DigitalCommand bytes_command(std::uint32_t bits) {
  DigitalCommand command;
  command.channels = 8;
  command.accumulator_pitch = 32;
  command.threshold_bits = bits;
  command.output_bits = bits;
  command.threshold_address = 1024;
  command.output_address = 3072;
  command.pixel_pitch = bits > 0 ? 8 : 256;
  command.plane_stride = 64;
  command.row_pitch = 8;
  return command;
}

// The longest of lanes and port, and what the ledger counted.
void check(ChipBench& bench, const DigitalCommand& command, const Events& expected) {
  const ChipConfig& chip = bench.chip.config();
  const Events before = events_of(bench);
  const auto idle = bench.run_stream(stream_of(interface::FenceCommand{})).duration;
  const StreamResult result = bench.run_stream(stream_of(command));
  REQUIRE(result.done);
  const Events after = events_of(bench);
  CHECK(after.compares - before.compares == expected.compares);
  CHECK(after.pools - before.pools == expected.pools);
  CHECK(after.multiplies - before.multiplies == expected.multiplies);
  CHECK(after.bits - before.bits == expected.bits);
  CHECK(after.read - before.read == expected.read);
  CHECK(after.written - before.written == expected.written);
  const std::uint64_t values = std::uint64_t{command.output_height} * command.output_width * command.channels;
  const std::uint64_t steps = expected.compares + expected.pools + expected.multiplies + values;
  const std::uint64_t lanes = (steps + chip.digital.lanes - 1) / chip.digital.lanes;
  const std::uint64_t port = (expected.read + expected.written + chip.buffer.port_bytes - 1) / chip.buffer.port_bytes;
  // Fetching a command of 24 words takes longer than one of 2: only differences between equal commands are exact.
  DigitalCommand small = bytes_command(0);
  const auto base = bench.run_stream(stream_of(small)).duration;  // 8 values: 2 cycles; 64 bytes: 4 cycles
  CHECK(result.duration - base ==
        chip.clock_period * static_cast<double>(std::max(lanes, port)) - chip.clock_period * 4);
  CHECK(idle < base);
}

}  // namespace

TEST_CASE("a comparison, a pooling step and a value take a lane and cycle each") {
  ChipBench bench("bench", small_chip(16, 64, 1, 1, 4096, Detail::Fast));
  DigitalCommand command = bytes_command(2);
  command.pool_kind = PoolKind::Sum;
  command.pool_height = command.pool_width = 3;
  command.height = command.width = 5;
  command.pool_stride_y = command.pool_stride_x = 2;
  command.output_height = command.output_width = 2;
  // 25 pixels of 8 channels; the table has 8 x 4 words; an output row is 2 bytes a plane.
  check(bench, command, {25 * 8 * 2, 4 * 9 * 8, 0, 4 * 8 * 2, 25 * 32 + 128, 2 * 2 * 2});
  command.pool_stage = PoolStage::BeforeThresholds;
  check(bench, command, {4 * 8 * 2, 4 * 9 * 8, 0, 4 * 8 * 2, 25 * 32 + 128, 2 * 2 * 2});
  command.pool_kind = PoolKind::Monotone;
  check(bench, command, {4 * 8 * 2, 4 * 9 * 8, 0, 4 * 8 * 2, 25 * 32 + 128, 2 * 2 * 2});
}

TEST_CASE("pooling steps are counted for what windows see of the map") {
  ChipBench bench("bench", small_chip(16, 64, 1, 1, 4096, Detail::Fast));
  DigitalCommand command = bytes_command(2);
  command.pool_kind = PoolKind::Max;
  command.pool_height = command.pool_width = 3;
  command.pool_pad_y = command.pool_pad_x = 1;
  command.height = command.width = 4;
  command.pool_stride_y = command.pool_stride_x = 2;
  command.output_height = command.output_width = 2;
  // Windows see 2 and 3 rows, and as many columns.
  check(bench, command, {16 * 8 * 2, 5 * 5 * 8, 0, 4 * 8 * 2, 16 * 32 + 128, 2 * 2 * 2});
  command.output_height = 3;  // the third one sees the last row alone
  check(bench, command, {16 * 8 * 2, 6 * 5 * 8, 0, 6 * 8 * 2, 16 * 32 + 128, 3 * 2 * 2});
}

TEST_CASE("bits are charged where they leave planes and where they enter them") {
  ChipBench bench("bench", small_chip(16, 64, 1, 1, 4096, Detail::Fast));
  DigitalCommand command = bytes_command(1);
  command.source = SourceKind::Planes;
  command.accumulator_pitch = 0;
  command.source_planes = 5;
  command.source_plane_stride = 16;
  command.source_pixel_pitch = 8;
  command.source_row_pitch = 4;
  command.width = command.output_width = 3;
  command.height = command.output_height = 2;
  check(bench, command, {48, 0, 0, 48 * 5 + 48, 6 * 5 + 64, 6});
  command.source_first_channel = 4;  // 8 bits across two bytes
  command.source_pixel_pitch = 12;
  command.source_row_pitch = 5;
  check(bench, command, {48, 0, 0, 48 * 5 + 48, 6 * 5 * 2 - 2 * 5 + 64, 6});
  command.first_channel = 4;  // bytes shared with others are read before they are written
  command.pixel_pitch = 16;
  check(bench, command, {48, 0, 0, 48 * 5 + 48, 6 * 5 * 2 - 2 * 5 + 64 + 12, 12});
}

TEST_CASE("a residual costs a multiplication a value, and a table of double width") {
  ChipBench bench("bench", small_chip(16, 64, 1, 1, 4096, Detail::Fast));
  DigitalCommand command = bytes_command(2);
  command.residual = ResidualKind::Values;
  command.residual_address = 512;
  command.residual_pixel_pitch = 256;
  command.residual_row_pitch = 96;
  command.width = command.output_width = 3;
  command.height = command.output_height = 2;
  check(bench, command, {96, 0, 48, 96, 6 * 32 + 6 * 32 + 256, 12});
  command.residual = ResidualKind::Planes;
  command.residual_planes = 4;
  command.residual_plane_stride = 6;
  command.residual_pixel_pitch = 8;
  command.residual_row_pitch = 3;
  check(bench, command, {96, 0, 48, 96 + 48 * 4, 6 * 32 + 6 * 4 + 256, 12});
}

TEST_CASE("an affine step costs a multiplication an output value") {
  ChipBench bench("bench", small_chip(16, 64, 1, 1, 4096, Detail::Fast));
  DigitalCommand command = bytes_command(0);
  command.affine = 1;
  command.pool_kind = PoolKind::Sum;
  command.pool_stage = PoolStage::BeforeThresholds;
  command.width = command.pool_width = 12;
  check(bench, command, {0, 12 * 8, 8, 0, 12 * 32 + 128, 32});
}

TEST_CASE("an affine step with a residual costs two multiplications a value") {
  ChipBench bench("bench", small_chip(16, 64, 1, 1, 4096, Detail::Fast));
  DigitalCommand command = bytes_command(0);
  command.affine = 1;
  command.row_pitch = 96;
  command.residual = ResidualKind::Values;
  command.residual_address = 512;
  command.residual_pixel_pitch = 256;
  command.residual_row_pitch = 96;
  command.width = command.output_width = 3;
  command.height = command.output_height = 2;
  check(bench, command, {0, 0, 2 * 48, 0, 6 * 32 + 6 * 32 + 128, 6 * 32});
}
