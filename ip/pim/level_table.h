#pragma once

#include <cstdint>
#include <vector>

#include "ip/pim/digital_kernels.h"

namespace spinvp {

/// A DIGITAL command's thresholds, as the buffer holds them and as the comparators want them. T is int32, or int64 for
/// sums with a residual; then the table holds a multiplier a channel, too. Thresholds that are not sorted give some
/// level in range.
template <class T>
class LevelTable {
 public:
  static std::size_t bytes(std::uint32_t channels, std::uint32_t bits) {
    return (std::size_t{channels} << bits) * sizeof(T);
  }
  void load(const std::uint8_t* table, std::uint32_t channels, std::uint32_t bits);

  kernels::Thresholds<T> thresholds() const { return {flips_.data(), thresholds_.data(), period_, bits_}; }
  const std::int32_t* multipliers() const { return multipliers_.data(); }

 private:
  std::size_t period_ = 0;
  std::uint32_t bits_ = 0;
  std::vector<T> flips_;
  std::vector<T> thresholds_;
  std::vector<std::int32_t> multipliers_;  // [channel]
};

extern template class LevelTable<std::int32_t>;
extern template class LevelTable<std::int64_t>;

}  // namespace spinvp
