#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace spinvp::network {

using Dims = std::vector<std::int64_t>;
using Numbers = std::vector<float>;

struct OnnxAttribute {
  std::string name;
  std::variant<std::int64_t, float, std::string, Dims> value;
};
using Attributes = std::vector<OnnxAttribute>;

inline OnnxAttribute attr(const std::string& name, std::int64_t value) {
  return {name, value};
}
inline OnnxAttribute attr(const std::string& name, int value) {
  return {name, std::int64_t{value}};
}
inline OnnxAttribute attr(const std::string& name, float value) {
  return {name, value};
}
inline OnnxAttribute attr(const std::string& name, const char* value) {
  return {name, std::string(value)};
}
inline OnnxAttribute attr(const std::string& name, Dims value) {
  return {name, std::move(value)};
}

/// Writes ONNX models node after node; each node reads what the one before it computed, unless set_value() says else.
class ModelBuilder {
 public:
  explicit ModelBuilder(std::int64_t opset = 13, const std::string& name = "network");

  /// The graph's input, then Cast and Mul by 1/255.
  ModelBuilder& image(int channels, int height, int width);
  /// The graph's input alone.
  ModelBuilder& input(const Dims& dims, ::onnx::TensorProto::DataType type = ::onnx::TensorProto::UINT8);

  /// A node whose first input is the current value; further inputs are constants by name.
  ModelBuilder& add(const std::string& op, const std::vector<std::string>& further = {},
                    const Attributes& attributes = {}, const std::string& name = "");
  /// The same for an operator of another domain than ONNX's own.
  ModelBuilder& add_custom(const std::string& domain, const std::string& op, const std::vector<std::string>& further,
                           const Attributes& attributes = {}, const std::string& name = "");
  /// A node with the current value as its second input.
  ModelBuilder& add_reversed(const std::string& op, const std::string& first);

  /// A new initialiser; returns its name.
  std::string constant(const Dims& dims, const Numbers& values);
  std::string scalar(float value) { return constant({}, {value}); }
  std::string integers(const std::vector<std::int64_t>& values);

  /// INT8 levels made real by Cast and Mul; returns the name of what they give.
  std::string scaled_bytes(const Dims& dims, const std::vector<std::int8_t>& levels, float scale);

  ModelBuilder& mul(float factor) { return add("Mul", {scalar(factor)}); }
  ModelBuilder& clip(float low, float high) { return add("Clip", {scalar(low), scalar(high)}); }
  ModelBuilder& conv(const Dims& dims, const Numbers& weights, const Attributes& attributes = {},
                     const std::string& name = "");
  ModelBuilder& batch_norm(const Numbers& gain, const Numbers& bias, const Numbers& mean, const Numbers& variance);
  /// Clip(0, 1), Mul(2^bits - 1), Round, Mul(1 / (2^bits - 1)).
  ModelBuilder& activation(int bits);
  /// Flatten and Gemm (transB = 1) with weights [outputs, features].
  ModelBuilder& fully_connected(int outputs, const Numbers& weights);

  const std::string& value() const { return value_; }
  ModelBuilder& set_value(const std::string& value) {
    value_ = value;
    return *this;
  }

  /// The model with the current value as its output.
  ::onnx::ModelProto model() const;
  std::string bytes() const;

  ::onnx::ModelProto& proto() { return model_; }

 private:
  ::onnx::ModelProto model_;
  std::string value_;
  int constants_ = 0;
};

}  // namespace spinvp::network
