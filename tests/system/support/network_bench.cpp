#include "tests/system/support/network_bench.h"

#include <fmt/format.h>

#include <algorithm>

#include "network/image/layer_output.h"
#include "network/mapping/command_stream.h"
#include "network/mapping/mapper.h"
#include "network/reference.h"
#include "tests/network/mapping/support/chips.h"
#include "tests/network/mapping/support/graphs.h"

namespace spinvp::test {

using interface::Base;
using interface::Location;
using network::IntegerGraph;

namespace {

// Image, maps and scores in the lower half, the stream that runs in the upper half.
BenchMemory::Config with_room(BenchMemory::Config memory) {
  memory.bytes = 16 << 20;
  return memory;
}

}  // namespace

NetworkBench::NetworkBench(const char* name, const ChipConfig& config, const BenchMemory::Config& memory)
    : bench_(name, config, with_room(memory)) {}

std::string NetworkBench::difference(const IntegerGraph& graph, network::WeightPolicy policy, int images) {
  return difference(graph, on_and_accumulate(policy), images);
}

std::string NetworkBench::difference(const IntegerGraph& graph, const network::MappingOptions& options, int images) {
  graph_ = graph;
  const network::ChipTarget target = target_of(bench_.chip.config());
  plan_ = network::make_plan(*graph_, target, options);
  image_ = network::map_network(*graph_, target, options);
  const interface::ImageHeader& header = image_->header();
  scratch_ = header.total_bytes;
  input_ = scratch_ + header.scratch_bytes + 64;
  output_ = input_ + (header.input_bytes + 63) / 64 * 64;
  std::string wrong = fill_with_garbage();
  bench_.write_memory(0, image_->bytes());
  bench_.bases[static_cast<std::size_t>(Base::Scratch)] = bench_.memory.base() + scratch_;
  bench_.bases[static_cast<std::size_t>(Base::Input)] = bench_.memory.base() + input_;
  bench_.bases[static_cast<std::size_t>(Base::Output)] = bench_.memory.base() + output_;
  for (std::size_t i = 0; i < image_->layer_count() && wrong.empty(); ++i) {
    const interface::ImageLayer& layer = image_->layer(i);
    if (layer.load_bytes > 0) {
      wrong = run(layer.load_offset, layer.load_bytes, fmt::format("loading layer {}", i));
    }
  }
  for (int i = 0; i < images && wrong.empty(); ++i) {
    const std::string result = run_image(graph, random_image(graph, garbage_seed_ + static_cast<std::uint32_t>(i)));
    wrong = result.empty() ? "" : fmt::format("image {}: {}", i, result);
  }
  bench_.memory.bursts.clear();
  return wrong;
}

// Whatever a network needs to be zero it has to write itself.
std::string NetworkBench::fill_with_garbage() {
  const ChipConfig& config = bench_.chip.config();
  Random random(garbage_seed_++);
  const std::size_t rows_bytes = std::size_t{config.subarrays()} * config.rows() * config.row_bytes();
  const std::size_t used = output_ + std::size_t{image_->header().output_count} * 4;
  std::vector<std::uint8_t> garbage(std::max({used, rows_bytes, std::size_t{config.buffer.bytes}}));
  std::generate(garbage.begin(), garbage.end(), [&] { return static_cast<std::uint8_t>(random.integer(0, 255)); });
  bench_.write_memory(0, garbage);
  bench_.bases.fill(bench_.memory.base());
  network::CommandStream stream(0, true);
  interface::LoadCommand load;
  load.bytes = config.buffer.bytes;
  stream.add(load, 0);
  interface::LoadRowsCommand rows;
  rows.subarrays = config.subarrays();
  rows.rows = config.rows();
  rows.row_bytes = config.row_bytes();
  stream.add(rows, 0);
  stream.add(interface::StopCommand{}, 0);
  return bench_.run_stream(stream.words()).done ? "" : "the chip cannot be filled";
}

std::string NetworkBench::run(std::uint32_t offset, std::uint32_t bytes, const std::string& what) {
  const StreamResult result = bench_.run_stream(image_->words(offset, bytes));
  time_ += result.duration;
  return result.done ? ""
                     : fmt::format("{}: error cause {}, detail {}, at byte {} of the stream{}", what,
                                   static_cast<unsigned>(result.cause), result.detail, result.error_address,
                                   result.finished ? "" : ", still running");
}

std::string NetworkBench::run_image(const IntegerGraph& graph, const std::vector<std::uint8_t>& pixels) {
  bench_.write_memory(input_, pixels);
  time_ = sc_core::SC_ZERO_TIME;
  const std::vector<network::LayerOutput> reference = network::run_reference(graph, pixels.data());
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const std::string failure =
        run(image_->layer(i).run_offset, image_->layer(i).run_bytes, fmt::format("layer {}", i));
    if (!failure.empty()) {
      return failure;
    }
    const std::vector<std::int32_t> chip = output(i);
    if (chip == reference[i].values) {
      continue;
    }
    const auto wrong = std::mismatch(chip.begin(), chip.end(), reference[i].values.begin());
    const auto at = wrong.first - chip.begin();
    const network::Shape& shape = reference[i].shape;
    return fmt::format("layer {}, row {}, column {}, channel {}: the chip has {}, the reference {}", i,
                       at / shape.channels / shape.width, at / shape.channels % shape.width, at % shape.channels,
                       *wrong.first, *wrong.second);
  }
  return "";
}

std::vector<std::int32_t> NetworkBench::output(std::size_t index) {
  const interface::ImageLayer& layer = image_->layer(index);
  const auto bytes = static_cast<std::uint32_t>(network::output_bytes(layer));
  switch (static_cast<Location>(std::uint32_t{layer.output_location})) {
    case Location::Buffer:
      return network::unpack_output(layer, bench_.buffer(layer.output_address, bytes));
    case Location::Scratch:
      return network::unpack_output(layer, bench_.read_memory(scratch_ + layer.output_address, bytes));
    case Location::Output:
      break;
  }
  return network::unpack_output(layer, bench_.read_memory(output_, bytes));
}

std::uint32_t NetworkBench::bands(std::size_t index) const {
  const network::LayerPlan& one = layer(index);
  return (static_cast<std::uint32_t>(one.layer->output.height) + one.band_rows - 1) / one.band_rows;
}

}  // namespace spinvp::test
