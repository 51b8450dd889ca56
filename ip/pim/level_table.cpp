#include "ip/pim/level_table.h"

#include <cstring>

namespace spinvp {

template <class T>
void LevelTable<T>::load(const std::uint8_t* table, std::uint32_t channels, std::uint32_t bits) {
  constexpr std::size_t shortest_period = kernels::slack / 2;
  bits_ = bits;
  period_ = (shortest_period + channels - 1) / channels * channels;
  const std::size_t entries = std::size_t{1} << bits;
  flips_.resize(period_);
  thresholds_.resize(period_ * (entries - 1));
  multipliers_.assign(sizeof(T) == 8 ? channels : 0, 0);
  for (std::size_t i = 0; i < period_; ++i) {
    const std::size_t channel = i % channels;
    const std::uint8_t* const own = table + channel * entries * sizeof(T);
    std::uint32_t direction = 0;
    std::memcpy(&direction, own, 4);
    flips_[i] = direction != 0 ? -1 : 0;
    for (std::size_t k = 1; k < entries; ++k) {
      T threshold = 0;
      std::memcpy(&threshold, own + k * sizeof(T), sizeof(T));
      thresholds_[(k - 1) * period_ + i] = threshold ^ flips_[i];
    }
    if (sizeof(T) == 8) {
      std::memcpy(&multipliers_[channel], own + 4, 4);
    }
  }
}

template class LevelTable<std::int32_t>;
template class LevelTable<std::int64_t>;

}  // namespace spinvp
