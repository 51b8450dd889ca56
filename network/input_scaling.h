#pragma once

#include <cstddef>
#include <vector>

namespace spinvp::network {

/// What a model with real inputs means by a byte of an image: real = (byte * scale - mean[c]) / deviation[c] in channel
/// c.
struct InputScaling {
  double scale = 1;                    ///< positive
  std::vector<double> mean{0.0};       ///< one for all channels, or one a channel
  std::vector<double> deviation{1.0};  ///< likewise; positive

  double real(std::size_t channel, double byte) const {
    return (byte * scale - of(mean, channel)) / of(deviation, channel);
  }

 private:
  static double of(const std::vector<double>& values, std::size_t channel) {
    return values.size() == 1 ? values[0] : values[channel];
  }
};

}  // namespace spinvp::network
