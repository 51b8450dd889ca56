#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <systemc>

#include "network/mapping/command_stream.h"
#include "tests/ip/support/chip_bench.h"

/// How fast the host simulates the digital unit: the accumulators of one AlexNet image (conv1..conv5 with their max
/// pooling, fc6, fc7) through thresholds, pooling and packing, detail fast and row, best of several runs.
using namespace spinvp;
using namespace spinvp::test;
using interface::DigitalCommand;
using interface::PoolKind;
using interface::PoolStage;

namespace {

struct Map {
  std::uint32_t size, channels, pool;
};
constexpr Map alexnet[] = {{55, 96, 3},  {27, 256, 3}, {13, 384, 1}, {13, 384, 1},
                           {13, 256, 3}, {1, 4096, 1}, {1, 4096, 1}};
constexpr std::uint32_t table_address = 2 << 20;
constexpr std::uint32_t output_address = 3 << 20;

DigitalCommand command_of(const Map& map, std::uint32_t bits, PoolStage stage) {
  DigitalCommand command;
  command.width = command.height = map.size;
  command.channels = map.channels;
  command.accumulator_pitch = map.channels * 4;
  command.threshold_bits = command.output_bits = bits;
  command.threshold_address = table_address;
  command.pool_kind = map.pool > 1 ? PoolKind::Max : PoolKind::None;
  command.pool_stage = stage;
  command.pool_height = command.pool_width = map.pool;
  command.pool_stride_y = command.pool_stride_x = map.pool > 1 ? 2 : 1;
  command.output_width = command.output_height = map.pool > 1 ? (map.size - map.pool) / 2 + 1 : map.size;
  command.output_address = output_address;
  command.pixel_pitch = map.channels;
  command.row_pitch = (command.output_width * map.channels + 63) / 64 * 8;
  command.plane_stride = command.row_pitch * command.output_height;
  return command;
}

template <class Command>
double seconds(ChipBench& bench, const Command& command) {
  network::CommandStream stream(0, false);
  stream.add(command, network::lanes::all);
  stream.add(interface::StopCommand{}, 0);
  double best = 1e9;
  for (int run = 0; run < 9; ++run) {
    const auto start = std::chrono::steady_clock::now();
    if (!bench.run_stream(stream.words()).done) {
      throw std::runtime_error("the chip refused the benchmark's command");
    }
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

void fill_buffer(ChipBench& bench, std::uint32_t bytes) {
  std::mt19937 random(1);
  std::vector<std::uint8_t> data(bytes);
  for (std::size_t i = 0; i < data.size(); i += 4) {  // small numbers, so that thresholds divide them
    const std::int32_t value = static_cast<std::int32_t>(random() % 2001) - 1000;
    std::memcpy(&data[i], &value, 4);
  }
  bench.write_memory(0, data);
  interface::LoadCommand load;
  load.bytes = bytes;
  network::CommandStream stream(0, false);
  stream.add(load, 0);
  stream.add(interface::StopCommand{}, network::lanes::all);
  bench.run_stream(stream.words());
}

void report_alexnet(ChipBench& bench, const char* detail, std::uint32_t bits, PoolStage stage) {
  double total = 0;
  double values = 0;
  for (const Map& map : alexnet) {
    total += seconds(bench, command_of(map, bits, stage));
    values += map.size * map.size * map.channels;
  }
  fmt::print("{:>5} {} bit, pooling {} thresholds: {:.3f} ms an image, {:.2f} ns a value\n", detail, bits,
             stage == PoolStage::AfterThresholds ? "after " : "before", total * 1e3, total * 1e9 / values);
}

}  // namespace

int sc_main(int, char**) {
  sc_core::sc_report_handler::set_actions("/IEEE_Std_1666/deprecated", sc_core::SC_DO_NOTHING);
  constexpr std::uint32_t buffer_bytes = 4 << 20;
  BenchMemory::Config memory;
  memory.bytes = 16 << 20;
  ChipBench fast("fast", small_chip(64, 256, 1, 1, buffer_bytes, Detail::Fast), memory);
  ChipBench row("row", small_chip(64, 256, 1, 1, buffer_bytes, Detail::Row), memory);
  for (ChipBench* bench : {&fast, &row}) {
    fill_buffer(*bench, buffer_bytes);
    const char* const detail = bench == &fast ? "fast" : "row";
    for (const std::uint32_t bits : {1u, 2u, 3u, 5u}) {
      report_alexnet(*bench, detail, bits, PoolStage::AfterThresholds);
      report_alexnet(*bench, detail, bits, PoolStage::BeforeThresholds);
    }
  }
  return 0;
}
