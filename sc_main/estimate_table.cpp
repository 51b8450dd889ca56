#include "sc_main/estimate_table.h"

#include <fmt/format.h>

#include "sc_main/layer_text.h"
#include "sc_main/mapping_options.h"

namespace spinvp {
namespace {

std::string cost_text(const network::LayerCost& cost) {
  return fmt::format("{:.0f} cycles, {}", cost.cost.cycles, energy_text(cost.cost.picojoules));
}

}  // namespace

void print_estimates(const std::vector<network::LayerEstimate>& layers) {
  fmt::print("\nWhat an image takes on each engine, reckoned from the command streams ('*': chosen):\n");
  const int width = name_width(layers, [](const network::LayerEstimate& layer) { return layer.layer; });
  for (const network::LayerEstimate& layer : layers) {
    if (!layer.engine) {
      fmt::print("{:<{}}   {:<8} {}\n", layer.layer, width, "none", cost_text(layer.cost));
    }
    for (const network::EngineEstimate& candidate : layer.candidates) {
      const bool chosen = layer.engine == candidate.engine;
      const std::string text = chosen           ? cost_text(layer.cost)
                               : candidate.cost ? cost_text(*candidate.cost)
                                                : "cannot: " + candidate.unfit;
      fmt::print("{:<{}} {} {:<8} {}\n", layer.layer, width, chosen ? "*" : " ", to_string(candidate.engine), text);
    }
  }
}

}  // namespace spinvp
