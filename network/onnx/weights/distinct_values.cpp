#include "network/onnx/weights/distinct_values.h"

#include <cstring>
#include <utility>

namespace spinvp::network::onnx {

bool DistinctValues::insert(double value) {
  std::uint64_t bits = 0;
  value += 0.0;  // -0 is 0
  std::memcpy(&bits, &value, sizeof bits);
  std::size_t slot = (bits * 0x9E3779B97F4A7C15u) >> (64 - slot_bits);
  while (slots_[slot] != empty) {
    if (values_[slots_[slot]] == value) {
      return true;
    }
    slot = (slot + 1) % slot_count;
  }
  if (values_.size() == most) {
    return false;
  }
  slots_[slot] = static_cast<std::uint16_t>(values_.size());
  used_.push_back(slot);
  values_.push_back(value);
  return true;
}

std::vector<double> DistinctValues::take() {
  for (const std::size_t slot : used_) {
    slots_[slot] = empty;
  }
  used_.clear();
  return std::exchange(values_, {});
}

}  // namespace spinvp::network::onnx
