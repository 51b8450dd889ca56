#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace spinvp::network::onnx {

/// One value for all channels, or one for each.
struct PerChannel {
  std::vector<double> values{0.0};

  double operator[](std::size_t channel) const { return values.size() == 1 ? values[0] : values[channel]; }
  /// The value when it is the same in every channel.
  std::optional<double> uniform() const;
};

}  // namespace spinvp::network::onnx
