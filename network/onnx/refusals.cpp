#include "network/onnx/refusals.h"

#include <fmt/format.h>

#include <map>

namespace spinvp::network::onnx {

void refuse_operator(const Graph& graph, const Node& node) {
  static const std::map<std::string, const char*> hints{
      {"Softmax", "remove it: scores are compared as they are"},
      {"LogSoftmax", "remove it: scores are compared as they are"},
      {"ArgMax", "remove it: the largest score is picked for you"},
      {"Transpose", "expected maps as [N, channels, height, width] throughout"},
      {"Elu", "expected LeakyRelu, PRelu, Tanh or Sigmoid before a quantiser"},
      {"Abs", "an activation must rise or fall throughout"},
      {"Concat", "maps can be joined by Add only"},
      {"ConvTranspose", "only Conv, Gemm and MatMul layers can be run"},
      {"Pad", "write the padding as the pads of the Conv behind it"},
  };
  const auto hint = hints.find(node.op);
  graph.refuse(
      node,
      fmt::format("this operator cannot be run{}{}; accepted: Conv, Gemm, MatMul and their quantised forms, MaxPool, "
                  "AveragePool, GlobalMaxPool, GlobalAveragePool, ReduceMean, BatchNormalization, Add, Sub, "
                  "Mul, Div, Neg, Clip, Min, Max, Relu, LeakyRelu, PRelu, HardSigmoid, Tanh, Sigmoid, Round, "
                  "Floor, Ceil, Sign, Greater, GreaterOrEqual, Less, LessOrEqual, Not, Where, Cast, Quant, "
                  "BipolarQuant, Trunc, MultiThreshold, QuantizeLinear, DequantizeLinear, Flatten, Reshape, "
                  "Transpose, Slice, Pad, Identity, Dropout",
                  hint == hints.end() ? "" : "; ", hint == hints.end() ? "" : hint->second));
}

}  // namespace spinvp::network::onnx
