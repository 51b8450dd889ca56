#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "network/mapping/plan.h"

namespace spinvp::network {

/// What one layer may use of the buffer while it runs: bytes [begin, end).
struct Workspace {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  std::uint32_t bytes() const { return end > begin ? end - begin : 0; }
};

/// Shares of a workspace that engines may plan with.
std::uint32_t accumulator_share(const Workspace& workspace);
std::uint32_t weight_slot_share(const Workspace& workspace);

/// Divides a layer's workspace: slots for weights, slots for bands of maps that stand elsewhere, two accumulator areas.
/// Chooses bands, strips and blocks. `weight_slot_bytes` are those of the largest load that is not resident. Says what
/// the buffer is too small for; nothing when all fits.
std::optional<std::string> divide_workspace(LayerPlan& plan, const Workspace& workspace,
                                            std::uint32_t weight_slot_bytes, std::uint32_t columns);

}  // namespace spinvp::network
