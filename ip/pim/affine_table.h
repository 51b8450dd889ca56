#pragma once

#include <cstdint>
#include <vector>

namespace spinvp {

/// The table of a DIGITAL command with an affine step: 16 bytes a channel, gain (int32), multiplier of the residual
/// (int32), offset (int64). No table makes a step inexact: a product of 32-bit numbers is at most 2^62, so that the sum
/// of both products, the offset and half of the divisor (2^61 at most) has 66 bits, and 64 where apply() finds that the
/// table leaves no more.
class AffineTable {
 public:
  static constexpr std::size_t entry_bytes = 16;

  void load(const std::uint8_t* table, std::uint32_t channels);

  /// values[i] = (values[i] * gain + multiplier * residual[i] + offset) / 2^shift, rounded half up, saturated to 32
  /// bits; channels innermost. Without a residual (nullptr) multipliers do not count.
  void apply(std::int32_t* values, const std::int32_t* residual, std::size_t pixels, std::uint32_t shift) const;

 private:
  template <class Sum>
  void apply_in(std::int32_t* values, const std::int32_t* residual, std::size_t pixels, std::uint32_t shift) const;

  std::vector<std::int32_t> gains_;  // [channel]
  std::vector<std::int32_t> multipliers_;
  std::vector<std::int64_t> offsets_;
  bool in_64_bits_ = false;  // no sum of products and offset exceeds 2^62 in magnitude
};

}  // namespace spinvp
