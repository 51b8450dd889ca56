#include "ip/pim/chip_area.h"

#include <numeric>

namespace spinvp {

std::vector<AreaPart> chip_area(const ChipConfig& config) {
  std::vector<AreaPart> parts{{"sub-arrays", config.subarrays(), config.subarray.area_um2}};
  if (config.accumulator.present) {
    parts.push_back({"AND-accumulators", config.subarrays(), config.accumulator.area_um2});
  }
  if (config.adder.scheme != AdditionScheme::None) {
    parts.push_back({"in-memory adders", config.subarrays(), config.adder.area_um2});
    parts.push_back({"level controls", config.banks, config.adder.level_control_area_um2});
  }
  parts.push_back({"global buffer", 1, config.buffer.area_um2});
  parts.push_back({"DMA engine", 1, config.dma.area_um2});
  parts.push_back({"row gather", 1, config.gather.area_um2});
  if (config.adder.scheme != AdditionScheme::None) {
    parts.push_back({"lane gather", 1, config.adder.lane_gather_area_um2});
  }
  parts.push_back({"digital unit", 1, config.digital.area_um2});
  parts.push_back({"multipliers", config.digital.multipliers, config.digital.multiplier_area_um2});
  parts.push_back({"host interface", 1, config.host_interface.area_um2});
  parts.push_back({"command processor", 1, config.processor.area_um2});
  return parts;
}

double total_area_um2(const std::vector<AreaPart>& parts) {
  return std::accumulate(parts.begin(), parts.end(), 0.0,
                         [](double sum, const AreaPart& part) { return sum + part.total_um2(); });
}

}  // namespace spinvp
