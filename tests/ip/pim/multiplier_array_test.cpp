#include <catch2/catch.hpp>

#include "tests/ip/support/digital_reference.h"
#include "tests/ip/support/random_commands.h"

using namespace spinvp;
using namespace spinvp::test;
using interface::MultiplyCommand;

namespace {

constexpr std::uint32_t buffer_bytes = 16384;

// Sums away from what is read: a third of the buffer each.
bool is_apart(const MultiplyCommand& c) {
  const std::uint32_t map_end = c.map_address + (c.planes - 1) * c.plane_stride + c.height * c.row_pitch;
  const std::uint32_t weights_end = c.weight_address + c.kernels * c.elements * c.weight_bytes;
  const std::uint32_t sums_end = c.accumulator_address + c.pixels * c.accumulator_pitch;
  const auto disjoint = [&](std::uint32_t begin, std::uint32_t end) {
    return sums_end <= begin || end <= c.accumulator_address;
  };
  return disjoint(c.map_address, map_end) && disjoint(c.weight_address, weights_end);
}

void check_random_products(Detail detail, std::uint32_t multipliers) {
  ChipConfig chip = small_chip(16, 64, 1, 1, buffer_bytes, detail);
  chip.digital.multipliers = multipliers;
  ChipBench bench("bench", chip);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (int round = 0; round < 300;) {
    const MultiplyCommand command = random_multiply(random, chip);
    if (!is_apart(command)) {
      continue;
    }
    const Bytes before = random.bytes(buffer_bytes);
    put_buffer(bench, 0, before);
    CAPTURE(round, command.pixels, command.kernels, command.elements);
    const std::uint64_t multiplied = bench.chip.ledger().events(Event::Multiply);
    REQUIRE(bench.run_stream(stream_of(command)).done);
    REQUIRE((bench.buffer(0, buffer_bytes) == multiply_reference(command, before)));
    CHECK(bench.chip.ledger().events(Event::Multiply) - multiplied ==
          std::uint64_t{command.pixels} * command.kernels * command.elements);
    ++round;
  }
}

// A dense map of one plane, apart from weights and sums.
MultiplyCommand layer(std::uint32_t size, std::uint32_t channels, std::uint32_t kernel, std::uint32_t kernels) {
  MultiplyCommand command;
  command.height = command.width = size;
  command.channels = command.pixel_pitch = channels;
  command.row_pitch = (size * channels + 7) / 8;
  command.planes = 1;
  command.kernel_height = command.kernel_width = kernel;
  command.output_width = size - kernel + 1;
  command.pixels = command.output_width * command.output_width;
  command.kernels = kernels;
  command.weight_address = 4096;
  command.accumulator_address = 8192;
  command.accumulator_pitch = kernels * 4;
  command.elements = kernel * kernel * channels;
  return command;
}

struct Cost {
  sc_core::sc_time duration;
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  std::uint64_t bits = 0;
};

// Beyond that of a command with one multiplication.
Cost cost_of(ChipBench& bench, const MultiplyCommand& command) {
  const Ledger& ledger = bench.chip.ledger();
  const auto run = [&](const MultiplyCommand& one) {
    const Cost before{
        {}, ledger.events(Event::BufferRead), ledger.events(Event::BufferWrite), ledger.events(Event::PackBit)};
    const StreamResult result = bench.run_stream(stream_of(one));
    REQUIRE(result.done);
    return Cost{result.duration, ledger.events(Event::BufferRead) - before.read,
                ledger.events(Event::BufferWrite) - before.written, ledger.events(Event::PackBit) - before.bits};
  };
  Cost cost = run(command);
  cost.duration -= run(layer(1, 1, 1, 1)).duration;  // one cycle
  return cost;
}

}  // namespace

TEST_CASE("products of random layers agree with the description, detail fast") {
  check_random_products(Detail::Fast, 3);
}

TEST_CASE("products of random layers agree with the description, detail row") {
  check_random_products(Detail::Row, 3);
}

TEST_CASE("products do not depend on the number of multipliers") {
  check_random_products(Detail::Fast, 64);
}

TEST_CASE("sums of products wrap at 32 bits") {
  ChipConfig chip = small_chip(16, 64, 1, 1, buffer_bytes, Detail::Fast);
  ChipBench bench("bench", chip);
  MultiplyCommand command = layer(1, 40, 1, 1);
  command.planes = 12;
  command.plane_stride = 5;
  command.weight_bytes = 2;
  command.accumulate = 1;
  Bytes bytes(buffer_bytes, 0xFF);  // levels of 4,095
  for (std::uint32_t e = 0; e < 40; ++e) {
    bytes[4096 + e * 2] = 0;  // weights of -32,768
    bytes[4096 + e * 2 + 1] = 0x80;
  }
  put_buffer(bench, 0, bytes);
  REQUIRE(bench.run_stream(stream_of(command)).done);
  CHECK(buffer_int(bench, 8192) == static_cast<std::int32_t>(-1 - std::int64_t{40} * 4095 * 32768));
}

TEST_CASE("pixels across the multipliers: a weight a block of pixels, levels once for 16 kernels") {
  ChipConfig chip = small_chip(16, 64, 1, 1, buffer_bytes, Detail::Fast);
  chip.digital.multipliers = 8;
  chip.buffer.port_bytes = 64;
  ChipBench bench("bench", chip);
  // 6 x 6 x 8, kernel 3 x 3: 16 pixels in 2 blocks of 2 output rows, 20 kernels in 2 blocks, 72 elements.
  const Cost cost = cost_of(bench, layer(6, 8, 3, 20));
  CHECK(cost.duration == chip.clock_period * (2 * 20 * 72 - 1));
  // Levels: 2 blocks of pixels x 2 blocks of kernels x 2 output rows x 3 kernel rows x 6 map pixels of a byte.
  CHECK(cost.read == 2 * 2 * 2 * 3 * 6 + 2 * 20 * 72);
  CHECK(cost.written == 16 * 20 * 4);
  CHECK(cost.bits == 2 * 2 * 2 * 3 * 6 * 8);
}

TEST_CASE("kernels across the multipliers: a weight once for 16 pixels") {
  ChipConfig chip = small_chip(16, 64, 1, 1, buffer_bytes, Detail::Fast);
  chip.digital.multipliers = 8;
  ChipBench bench("bench", chip);
  // Fully connected: 1 pixel, 20 kernels in 3 blocks, 64 elements of 1 byte: 192 cycles, 3 x 8 + 20 x 64 + 80 bytes.
  MultiplyCommand command = layer(1, 64, 1, 20);
  const Cost cost = cost_of(bench, command);
  CHECK(cost.duration == chip.clock_period * (3 * 64 - 1));
  CHECK(cost.read == 3 * 8 + 20 * 64);
  // Two-byte weights: 24 + 2,560 + 80 bytes in 167 cycles of 16, still below 192; four multipliers more: 2 blocks.
  command.weight_bytes = 2;
  CHECK(cost_of(bench, command).duration == chip.clock_period * (3 * 64 - 1));
}

TEST_CASE("the buffer port's time counts where it is longer than the multipliers'") {
  ChipConfig chip = small_chip(16, 64, 1, 1, buffer_bytes, Detail::Fast);
  chip.digital.multipliers = 64;
  ChipBench bench("bench", chip);
  // 64 elements x 20 kernels: 64 cycles; 8 + 1,280 + 80 bytes in 86 cycles of 16.
  CHECK(cost_of(bench, layer(1, 64, 1, 20)).duration == chip.clock_period * (86 - 1));
}

TEST_CASE("padding is multiplied but not read") {
  ChipConfig chip = small_chip(16, 64, 1, 1, buffer_bytes, Detail::Fast);
  ChipBench bench("bench", chip);
  MultiplyCommand command = layer(2, 8, 3, 1);
  command.output_width = 1;
  command.pixels = 1;
  command.start_y = command.start_x = -1;  // 4 of 9 positions lie on the map
  const Cost cost = cost_of(bench, command);
  CHECK(cost.read == 4 + 72);
  CHECK(cost.duration == chip.clock_period * (72 - 1));
}
