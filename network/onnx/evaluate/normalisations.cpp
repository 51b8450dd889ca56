#include <cmath>

#include "network/onnx/evaluate/families.h"

namespace spinvp::network::onnx {
namespace {

const std::vector<double>& parameter(const Call& call, std::size_t index, std::int64_t channels) {
  const Value& value = call.input(index);
  if (value.dims != Dims{channels}) {
    call.refuse("its input {} has the shape {}; expected [{}], one number a channel", index + 1, shape_text(value.dims),
                channels);
  }
  return value.numbers;
}

/// (x - mean) / sqrt(variance + epsilon) * gain + bias, rounded in this order.
Value batch_normalisation(const Call& call) {
  const Value& x = call.input(0);
  if (x.dims.size() < 2) {
    call.refuse("reads the shape {}; expected [N, channels, ...]", shape_text(x.dims));
  }
  if (call.integer("training_mode", 0) != 0 || call.integer("spatial", 1) != 1) {
    call.refuse("is in training mode or not spatial; export the model for inference");
  }
  const AxisView view = view_axis(x.dims, 1);
  const std::vector<double>& gain = parameter(call, 1, x.dims[1]);
  const std::vector<double>& bias = parameter(call, 2, x.dims[1]);
  const std::vector<double>& mean = parameter(call, 3, x.dims[1]);
  const std::vector<double>& variance = parameter(call, 4, x.dims[1]);
  const double epsilon = call.number("epsilon", static_cast<double>(1e-5f));
  Value result = call.result(x.type, x.dims);
  for (std::size_t row = 0; row < view.before * view.size && view.behind > 0; ++row) {
    const std::size_t channel = row % view.size;
    const double deviation = std::sqrt(variance[channel] + epsilon);
    for (std::size_t i = row * view.behind; i < (row + 1) * view.behind; ++i) {
      result.numbers[i] = (x.numbers[i] - mean[channel]) / deviation * gain[channel] + bias[channel];
    }
  }
  return result;
}

}  // namespace

void add_normalisations(OperatorTable& table) {
  table["BatchNormalization"] = batch_normalisation;
}

}  // namespace spinvp::network::onnx
