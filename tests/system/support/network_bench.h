#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "network/image/network_image.h"
#include "network/integer_graph.h"
#include "network/mapping/chip_target.h"
#include "network/mapping/plan.h"
#include "tests/ip/support/chip_bench.h"

namespace spinvp::test {

/// A chip that runs whole networks as the driver does, layer by layer, and holds every layer's output against the
/// integer reference. Make all benches of a case before using one.
class NetworkBench {
 public:
  NetworkBench(const char* name, const ChipConfig& config, const BenchMemory::Config& memory = {});

  /// Maps the graph and runs it on `images` random images. Says where chip and reference differ first, or how the chip
  /// failed; empty when every value of every layer is the same. InputError when the graph does not fit the chip.
  std::string difference(const network::IntegerGraph& graph, const network::MappingOptions& options, int images = 2);
  /// The same with AND-accumulation.
  std::string difference(const network::IntegerGraph& graph, network::WeightPolicy policy, int images = 2);

  /// How the graph of the last call was placed.
  const network::NetworkPlan& plan() const { return *plan_; }
  const network::LayerPlan& layer(std::size_t index) const { return plan_->layers[index]; }
  const network::NetworkImage& image() const { return *image_; }
  /// Bands of a layer's output.
  std::uint32_t bands(std::size_t index) const;
  /// Time that the last image took.
  sc_core::sc_time time() const { return time_; }
  ChipBench& bench() { return bench_; }

 private:
  std::string fill_with_garbage();
  std::string run(std::uint32_t offset, std::uint32_t bytes, const std::string& what);
  std::string run_image(const network::IntegerGraph& graph, const std::vector<std::uint8_t>& pixels);
  std::vector<std::int32_t> output(std::size_t layer);

  ChipBench bench_;
  std::optional<network::IntegerGraph> graph_;  // what plan_ points into
  std::optional<network::NetworkPlan> plan_;
  std::optional<network::NetworkImage> image_;
  std::uint64_t scratch_ = 0;  // memory offsets
  std::uint64_t input_ = 0;
  std::uint64_t output_ = 0;
  std::uint32_t garbage_seed_ = 1;
  sc_core::sc_time time_;
};

}  // namespace spinvp::test
