#include "network/mapping/estimate.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "ip/interface/pim_view.h"
#include "network/mapping/command_cost.h"
#include "network/mapping/engine_choice.h"
#include "network/mapping/layer_stream.h"

namespace spinvp::network {
namespace {

constexpr std::size_t lane_count = std::size(interface::lane_values);
constexpr double decode_cycles = 1;

const interface::CommandInfo& info_of(std::uint32_t opcode) {
  return *std::find_if(std::begin(interface::command_table), std::end(interface::command_table),
                       [&](const interface::CommandInfo& info) { return info.opcode == opcode; });
}

/// Times of the lanes while a stream runs.
class Lanes {
 public:
  void issue(std::uint32_t waits, double fetched) {
    now_ = std::max(now_ + decode_cycles, fetched);
    for (std::size_t lane = 0; lane < lane_count; ++lane) {
      if ((waits >> lane & 1u) != 0) {
        now_ = std::max(now_, ends_[lane]);
      }
    }
  }
  void run(int lane, double cycles) {
    double& end = ends_[static_cast<std::size_t>(lane)];
    end = std::max(end, now_) + cycles;
  }
  double end() const { return std::max(now_, *std::max_element(ends_.begin(), ends_.end())); }
  double now() const { return now_; }

 private:
  std::array<double, lane_count> ends_{};
  double now_ = 0;
};

double zero_share(const Layer& layer) {
  return layer.weights.empty() ? 0
                               : static_cast<double>(zero_weights(layer)) / static_cast<double>(layer.weights.size());
}

/// Runs a stream; time counts for `layer`, energy for the layer that each command names.
void run_stream(const std::vector<std::uint32_t>& words, std::size_t layer, const std::vector<double>& zero_shares,
                const ChipTarget& target, std::vector<LayerCost>& costs) {
  Lanes lanes;
  const double burst = dma_cycles(target.speed.dma_burst_bytes, target.speed);
  double fetched = 0;           // when the last burst of the stream came
  std::size_t fetched_end = 0;  // bytes
  for (std::size_t at = 0; at < words.size();) {
    const auto header = interface::CommandHeader::decode(words.data() + at);
    const interface::CommandInfo& info = info_of(header.opcode);
    while (fetched_end < (at + info.words) * 4) {
      fetched = lanes.now() + burst;
      fetched_end += target.speed.dma_burst_bytes;
    }
    lanes.issue(header.wait, fetched);
    const CommandCost command = cost_of_command(words.data() + at, target, zero_shares[header.layer]);
    if (info.lane >= 0) {
      lanes.run(info.lane, command.cost.cycles);
    }
    LayerCost& cost = costs[header.layer];
    cost.cost.picojoules += command.cost.picojoules + target.energy.command;
    cost.row_operations += command.row_operations;
    ++cost.commands;
    at += info.words;
  }
  costs[layer].cost.cycles += lanes.end();
  costs[layer].cost.picojoules += lanes.end() * target.speed.clock_ns * target.energy.leakage_per_ns;
}

}  // namespace

std::vector<LayerCost> cost_of_network(const NetworkPlan& plan, const ChipTarget& target) {
  std::vector<PackedLayer> packed(plan.layers.size());
  std::vector<double> zero_shares;
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    packed[i].layout = loads_of(plan.layers[i], target.columns);
    zero_shares.push_back(zero_share(*plan.layers[i].layer));
  }
  LayerStreams streams(plan, packed, target);
  std::vector<LayerCost> costs(plan.layers.size());
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    run_stream(streams.run_stream(i).words(), i, zero_shares, target, costs);
  }
  return costs;
}

std::vector<LayerEstimate> estimate_network(const IntegerGraph& graph, const ChipTarget& target,
                                            const MappingOptions& options) {
  validate(graph);
  const EngineCosts table = cost_of_engines(graph, target, options);
  const EngineChoice choice = choose_engines(graph, target, options);
  const std::vector<LayerCost> costs = cost_of_network(place_network(graph, target, options, choice), target);
  std::vector<LayerEstimate> estimates;
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    LayerEstimate estimate;
    estimate.layer = graph.layers[i].name;
    estimate.engine = choice[i];
    estimate.cost = costs[i];
    estimate.candidates = table[i];
    estimates.push_back(std::move(estimate));
  }
  return estimates;
}

}  // namespace spinvp::network
