#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ip/pim/chip_config.h"

namespace spinvp {

/// Equal blocks of a chip and the silicon that they take.
struct AreaPart {
  std::string name;
  std::uint32_t count = 0;
  double each_um2 = 0;

  double total_um2() const { return count * each_um2; }
};

/// All parts of an instance: sub-arrays from the technology file, everything else from the chip file. Wiring between
/// the blocks and pads are in nobody's number.
std::vector<AreaPart> chip_area(const ChipConfig& config);

/// The sum over all parts.
double total_area_um2(const std::vector<AreaPart>& parts);

}  // namespace spinvp
