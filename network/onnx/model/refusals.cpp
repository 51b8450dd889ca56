#include "network/onnx/model/refusals.h"

#include <fmt/format.h>

#include <map>

namespace spinvp::network::onnx {

void refuse_operator(const Graph& graph, const Node& node) {
  static const std::map<std::string, const char*> hints{
      {"Softmax", "it can only stand at the end"},
      {"LogSoftmax", "it can only stand at the end"},
      {"ArgMax", "at the end of a network remove it: the largest score is picked for you"},
      {"DynamicQuantizeLinear",
       "its scale depends on the data; expected scales that are constants (static quantisation)"},
      {"Elu", "expected LeakyRelu, PRelu, Tanh or Sigmoid before a quantiser"},
      {"Abs", "an activation must rise or fall throughout"},
      {"Concat", "maps can be joined by sums and differences alone"},
      {"ConvTranspose", "layers are Conv, Gemm and MatMul"},
  };
  const auto hint = hints.find(node.op);
  graph.refuse(
      node,
      fmt::format("this operator cannot be run{}{}; accepted: Conv, Gemm, MatMul and their quantised forms, MaxPool, "
                  "AveragePool, GlobalMaxPool, GlobalAveragePool, ReduceMean, BatchNormalization, Add, Sub, "
                  "Mul, Div, Neg, Clip, Min, Max, Relu, LeakyRelu, PRelu, HardSigmoid, Tanh, Sigmoid, Round, "
                  "Floor, Ceil, Sign, Greater, GreaterOrEqual, Less, LessOrEqual, Not, Where, Cast, Quant, "
                  "BipolarQuant, Trunc, MultiThreshold, QuantizeLinear, DequantizeLinear, Flatten, Reshape, "
                  "Squeeze, Unsqueeze, Transpose, Slice, Pad, Identity, Dropout, Pow (exponent 1)",
                  hint == hints.end() ? "" : "; ", hint == hints.end() ? "" : hint->second));
}

}  // namespace spinvp::network::onnx
