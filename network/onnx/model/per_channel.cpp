#include "network/onnx/model/per_channel.h"

namespace spinvp::network::onnx {

std::optional<double> PerChannel::uniform() const {
  for (const double value : values) {
    if (value != values[0]) {
      return std::nullopt;
    }
  }
  return values[0];
}

}  // namespace spinvp::network::onnx
