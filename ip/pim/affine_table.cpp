#include "ip/pim/affine_table.h"

#include <algorithm>
#include <cstring>

namespace spinvp {
namespace {

__extension__ using Wide = __int128;

std::uint64_t magnitude(std::int64_t value) {
  return value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
}

}  // namespace

void AffineTable::load(const std::uint8_t* table, std::uint32_t channels) {
  gains_.resize(channels);
  multipliers_.resize(channels);
  offsets_.resize(channels);
  constexpr std::uint64_t most = std::uint64_t{1} << 62;
  in_64_bits_ = true;
  for (std::uint32_t channel = 0; channel < channels; ++channel, table += entry_bytes) {
    std::memcpy(&gains_[channel], table, 4);
    std::memcpy(&multipliers_[channel], table + 4, 4);
    std::memcpy(&offsets_[channel], table + 8, 8);
    const std::uint64_t factors = magnitude(gains_[channel]) + magnitude(multipliers_[channel]);
    const std::uint64_t offset = magnitude(offsets_[channel]);
    in_64_bits_ = in_64_bits_ && offset <= most && factors <= (most - offset) >> 31;
  }
}

template <class Sum>
void AffineTable::apply_in(std::int32_t* values, const std::int32_t* residual, std::size_t pixels,
                           std::uint32_t shift) const {
  const std::size_t channels = gains_.size();
  const Sum half = shift == 0 ? 0 : Sum{1} << (shift - 1);
  for (std::size_t pixel = 0; pixel < pixels; ++pixel, values += channels) {
    for (std::size_t c = 0; c < channels; ++c) {
      Sum sum = Sum{values[c]} * gains_[c] + offsets_[c];
      if (residual != nullptr) {
        sum += Sum{multipliers_[c]} * residual[c];
      }
      values[c] = static_cast<std::int32_t>(std::clamp<Sum>((sum + half) >> shift, INT32_MIN, INT32_MAX));
    }
    residual += residual != nullptr ? channels : 0;
  }
}

void AffineTable::apply(std::int32_t* values, const std::int32_t* residual, std::size_t pixels,
                        std::uint32_t shift) const {
  in_64_bits_ ? apply_in<std::int64_t>(values, residual, pixels, shift)
              : apply_in<Wide>(values, residual, pixels, shift);
}

}  // namespace spinvp
