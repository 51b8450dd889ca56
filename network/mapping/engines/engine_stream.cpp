#include "network/mapping/engines/engine_stream.h"

namespace spinvp::network {

interface::WeightKind command_weight_kind(WeightKind kind) {
  switch (kind) {
    case WeightKind::Binary:
      return interface::WeightKind::Binary;
    case WeightKind::Ternary:
      return interface::WeightKind::Ternary;
    case WeightKind::Integer:
      break;
  }
  return interface::WeightKind::TwosComplement;
}

std::unique_ptr<EngineStream> make_engine_stream(const LayerPlan& plan, const ChipTarget& target) {
  if (!plan.engine) {
    return nullptr;
  }
  switch (*plan.engine) {
    case Engine::AndAccumulate:
      return make_and_accumulate_stream(plan, target);
    case Engine::Adder:
      return plan.adder.lanes == AdderLanes::Kernels ? make_level_adder_stream(plan, target) : make_adder_stream(plan);
    case Engine::Digital:
      break;
  }
  return make_digital_stream(plan);
}

}  // namespace spinvp::network
