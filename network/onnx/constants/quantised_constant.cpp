#include "network/onnx/constants/quantised_constant.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "network/onnx/constants/along_axis.h"
#include "network/onnx/evaluate/quantisers.h"

namespace spinvp::network::onnx {
namespace {

std::optional<AlongAxis> along(const Value& parameter, const Dims& dims) {
  return along_one_axis(parameter.numbers, parameter.dims, dims);
}

template <typename Element, typename Level>
std::string level_bytes(std::size_t count, Level level) {
  std::string bytes(count * sizeof(Element), '\0');
  for (std::size_t i = 0; i < count; ++i) {
    const auto element = static_cast<Element>(level(i));
    std::memcpy(bytes.data() + i * sizeof(Element), &element, sizeof(Element));
  }
  return bytes;
}

/// level(i) * scale, where all levels are whole numbers.
template <typename Level>
std::optional<Tensor> scaled_levels(const Tensor& x, const AlongAxis& scale, Level level) {
  TypeRange range{0, 0};
  for (std::size_t i = 0; i < x.size(); ++i) {
    range.low = std::min(range.low, level(i));
    range.high = std::max(range.high, level(i));
  }
  const auto fits = [&](ElementType type) {
    return range.low >= range_of(type).low && range.high <= range_of(type).high;
  };
  std::optional<Tensor> result;
  if (fits(ElementType::Int8)) {
    result.emplace(ElementType::Int8, x.dims(), level_bytes<std::int8_t>(x.size(), level));
  } else if (fits(ElementType::Uint8)) {
    result.emplace(ElementType::Uint8, x.dims(), level_bytes<std::uint8_t>(x.size(), level));
  } else if (fits(ElementType::Int16)) {
    result.emplace(ElementType::Int16, x.dims(), level_bytes<std::int16_t>(x.size(), level));
  } else {
    return std::nullopt;
  }
  result->scale(scale.numbers, scale.axis);
  result->set_type(ElementType::Float);
  return result;
}

class Quantisation {
 public:
  Quantisation(const Graph& graph, const Node& node)
      : x_(*graph.constant(node, 0)), call_(graph, node, pointers_, limits_) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const Tensor* tensor = graph.constant(node, i);
      const bool by_element = i == 0 || tensor == nullptr;  // x itself stays in its bytes
      values_.push_back(by_element ? Value{x_.type(), x_.dims(), {}} : to_value(*tensor));
      present_.push_back(tensor != nullptr);
    }
    for (std::size_t i = 0; i < values_.size(); ++i) {
      pointers_.push_back(present_[i] ? &values_[i] : nullptr);
    }
  }

  std::optional<Tensor> quant() const {
    const QuantForm form = quant_form(call_);
    const auto scale = along(call_.input(1), x_.dims());
    const auto zero = along(call_.input(2), x_.dims());
    if (!scale || !zero || !is_whole(*zero) || !x_.is_finite() || !is_positive(*scale)) {
      return std::nullopt;
    }
    return scaled_levels(x_, *scale, [&](std::size_t i) {
      const double y = x_[i] / (*scale)[i] + (*zero)[i];
      const double level =
          form.is_bipolar ? (y >= 0 ? 1.0 : -1.0) : round_as(form.rounding, std::min(std::max(y, form.low), form.high));
      return level - (*zero)[i];
    });
  }

  std::optional<Tensor> bipolar() const {
    const auto scale = along(call_.input(1), x_.dims());
    if (!scale) {
      return std::nullopt;
    }
    return scaled_levels(x_, *scale, [&](std::size_t i) { return x_[i] >= 0 ? 1.0 : -1.0; });
  }

  std::optional<Tensor> dequantised() const {
    const Value& scale_value = call_.input(1);
    if (!is_integer(x_.type()) || call_.integer("block_size", 0) != 0 || x_.dims().empty()) {
      return std::nullopt;
    }
    const std::size_t axis = scale_value.size() == 1 ? 0 : call_.axis(call_.integer("axis", 1), x_.dims().size());
    const Value none{ElementType::Float, {}, {0.0}};
    const Value* zero_value = call_.optional(2);
    const auto scale = along(along_axis(call_, scale_value, x_.dims(), axis), x_.dims());
    const auto zero = along(along_axis(call_, zero_value != nullptr ? *zero_value : none, x_.dims(), axis), x_.dims());
    if (!scale || !zero || !is_whole(*zero)) {
      return std::nullopt;
    }
    return scaled_levels(x_, *scale, [&](std::size_t i) { return x_[i] - (*zero)[i]; });
  }

 private:
  static bool is_whole(const AlongAxis& numbers) {
    return std::all_of(numbers.numbers.begin(), numbers.numbers.end(),
                       [](double number) { return std::trunc(number) == number; });
  }
  static bool is_positive(const AlongAxis& numbers) {
    return std::all_of(numbers.numbers.begin(), numbers.numbers.end(), [](double number) { return number > 0; });
  }
  const Tensor& x_;
  std::vector<Value> values_;
  std::vector<bool> present_;
  std::vector<const Value*> pointers_;
  EvaluationLimits limits_;
  Call call_;
};

}  // namespace

std::optional<Tensor> quantised_constant(const Graph& graph, const Node& node) {
  if (node.inputs.empty() || graph.constant(node, 0) == nullptr) {
    return std::nullopt;
  }
  if (node.op == "DequantizeLinear") {
    return Quantisation(graph, node).dequantised();
  }
  if (node.domain.empty()) {
    return std::nullopt;
  }
  if (node.op == "Quant" || node.op == "IntQuant") {
    return Quantisation(graph, node).quant();
  }
  return node.op == "BipolarQuant" ? Quantisation(graph, node).bipolar() : std::nullopt;
}

}  // namespace spinvp::network::onnx
