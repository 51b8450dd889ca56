#include "network/onnx/evaluate/decisions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "network/onnx/evaluate/broadcast.h"
#include "network/onnx/evaluate/families.h"
#include "network/onnx/evaluate/quantisers.h"

namespace spinvp::network::onnx {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

using Nearest = std::optional<Decision> (*)(const Call&);

std::optional<Decision> in_steps(double distance) {
  return std::isfinite(distance) ? std::optional<Decision>(Decision{distance, true}) : std::nullopt;
}

std::optional<Decision> in_numbers(double distance) {
  return std::isfinite(distance) ? std::optional<Decision>(Decision{distance, false}) : std::nullopt;
}

double smallest(const Value& distances) {
  double nearest = infinity;
  for (const double distance : distances.numbers) {
    nearest = std::min(nearest, distance);
  }
  return nearest;
}

std::optional<Decision> of_rounding(const Value& x, Rounding rounding, double low = -infinity, double high = infinity) {
  double nearest = infinity;
  for (const double number : x.numbers) {
    nearest = std::min(nearest, distance_to_decision(rounding, number, low, high));
  }
  return in_steps(nearest);
}

/// What cuts whole numbers out of whole numbers decides nothing.
std::optional<Decision> of_cutting(const Value& x, Rounding rounding) {
  const bool whole =
      std::all_of(x.numbers.begin(), x.numbers.end(), [](double number) { return std::trunc(number) == number; });
  return whole ? std::nullopt : of_rounding(x, rounding);
}

std::optional<Decision> round(const Call& call) {
  return of_rounding(call.input(0), Rounding::HalfEven);
}
std::optional<Decision> floor(const Call& call) {
  return of_cutting(call.input(0), Rounding::Down);
}
std::optional<Decision> ceil(const Call& call) {
  return of_cutting(call.input(0), Rounding::Up);
}

std::optional<Decision> cast(const Call& call) {
  const auto type = static_cast<ElementType>(call.integer("to", 0));
  const bool cuts = is_integer(type) && type != ElementType::Bool && !is_integer(call.input(0).type);
  return cuts ? of_cutting(call.input(0), Rounding::TowardsZero) : std::nullopt;
}

std::optional<Decision> sign(const Call& call) {
  double nearest = infinity;
  for (const double number : call.input(0).numbers) {
    nearest = std::min(nearest, std::fabs(number));
  }
  return in_numbers(nearest);
}

std::optional<Decision> comparison(const Call& call) {
  const Value& a = call.input(0);
  const Value& b = call.input(1);
  if (is_integer(a.type) && is_integer(b.type)) {
    return std::nullopt;
  }
  return in_numbers(
      smallest(broadcast<2>(call, ElementType::Float, {&a, &b}, [](const auto& v) { return std::fabs(v[0] - v[1]); })));
}

std::optional<Decision> quant(const Call& call) {
  const QuantForm form = quant_form(call);
  return in_steps(smallest(
      broadcast<3>(call, ElementType::Float, {&call.input(0), &call.input(1), &call.input(2)}, [&](const auto& v) {
        const double y = v[0] / v[1] + v[2];
        return form.is_bipolar ? std::fabs(y) : distance_to_decision(form.rounding, y, form.low, form.high);
      })));
}

/// The first of its two roundings: what the second one sees are whole numbers.
std::optional<Decision> trunc(const Call& call) {
  return of_rounding(broadcast<3>(call, ElementType::Float, {&call.input(0), &call.input(1), &call.input(2)},
                                  [](const auto& v) { return v[0] / v[1] + v[2]; }),
                     Rounding::HalfEven);
}

std::optional<Decision> multi_threshold(const Call& call) {
  const Value& x = call.input(0);
  const Value& thresholds = call.input(1);
  const std::string layout = call.text("data_layout", "NCHW");
  const AxisView view = view_axis(x.dims, layout == "NHWC" || layout == "NWC" ? x.dims.size() - 1 : 1);
  const auto steps = static_cast<std::size_t>(thresholds.dims[1]);
  double nearest = infinity;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t row = thresholds.dims[0] == 1 ? 0 : i / view.behind % view.size;
    for (std::size_t step = 0; step < steps; ++step) {
      nearest = std::min(nearest, std::fabs(x.numbers[i] - thresholds.numbers[row * steps + step]));
    }
  }
  return in_numbers(nearest);
}

std::optional<Decision> quantize_linear(const Call& call) {
  const Value& x = call.input(0);
  const std::size_t axis =
      call.input(1).size() == 1 || x.dims.empty() ? 0 : call.axis(call.integer("axis", 1), x.dims.size());
  const Value none{ElementType::Float, {}, {0.0}};
  const Value scale = along_axis(call, call.input(1), x.dims, axis);
  const Value zero = along_axis(call, call.optional(2) != nullptr ? call.input(2) : none, x.dims, axis);
  const TypeRange range = range_of(quantised_type(call));
  return in_steps(smallest(broadcast<3>(call, ElementType::Float, {&x, &scale, &zero}, [&](const auto& v) {
    return distance_to_decision(Rounding::HalfEven, v[0] / v[1], range.low - v[2], range.high - v[2]);
  })));
}

std::optional<Decision> requantisation(const Call& call) {
  const Requantised layer = requantised(call);
  const TypeRange range = range_of(layer.type);
  return of_rounding(layer.ratios, Rounding::HalfEven, range.low - layer.zero_point, range.high - layer.zero_point);
}

const std::unordered_map<std::string, Nearest>& table() {
  static const std::unordered_map<std::string, Nearest> functions{{"Round", round},
                                                                  {"Floor", floor},
                                                                  {"Ceil", ceil},
                                                                  {"Cast", cast},
                                                                  {"Sign", sign},
                                                                  {"Greater", comparison},
                                                                  {"GreaterOrEqual", comparison},
                                                                  {"Less", comparison},
                                                                  {"LessOrEqual", comparison},
                                                                  {"Quant", quant},
                                                                  {"IntQuant", quant},
                                                                  {"BipolarQuant", sign},
                                                                  {"Trunc", trunc},
                                                                  {"MultiThreshold", multi_threshold},
                                                                  {"QuantizeLinear", quantize_linear}};
  return functions;
}

}  // namespace

std::optional<Decision> nearest_decision(const Graph& graph, const Node& node,
                                         const std::vector<const Value*>& inputs) {
  const EvaluationLimits limits;
  const Call call(graph, node, inputs, limits);
  if (is_requantising(node.op)) {
    return requantisation(call);
  }
  const auto found = table().find(node.op);
  return found == table().end() ? std::nullopt : found->second(call);
}

}  // namespace spinvp::network::onnx
