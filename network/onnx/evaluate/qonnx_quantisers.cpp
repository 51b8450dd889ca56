#include <algorithm>
#include <cmath>

#include "network/onnx/evaluate/broadcast.h"
#include "network/onnx/evaluate/families.h"
#include "network/onnx/evaluate/quantisers.h"

/// QONNX and FINN, as their specifications define them.
namespace spinvp::network::onnx {
namespace {

/// Parameters may not make the result larger than x.
Value same_shape(const Call& call, Value result) {
  if (result.dims != call.input(0).dims) {
    call.refuse("its parameters turn the shape {} into {}", shape_text(call.input(0).dims), shape_text(result.dims));
  }
  result.type = ElementType::Float;
  return result;
}

Value quant(const Call& call) {
  const Value& x = call.input(0);
  const QuantForm form = quant_form(call);
  return same_shape(call, broadcast<3>(call, x.type, {&x, &call.input(1), &call.input(2)}, [&](const auto& v) {
                      const double y = v[0] / v[1] + v[2];
                      const double level = form.is_bipolar
                                               ? (y >= 0 ? 1.0 : -1.0)
                                               : round_as(form.rounding, std::min(std::max(y, form.low), form.high));
                      return (level - v[2]) * v[1];
                    }));
}

Value bipolar_quant(const Call& call) {
  const Value& x = call.input(0);
  return same_shape(call, broadcast<2>(call, x.type, {&x, &call.input(1)},
                                       [](const auto& v) { return (v[0] >= 0 ? 1.0 : -1.0) * v[1]; }));
}

/// The older form, which drops the lower bits and keeps the scale.
Value trunc_to_bits(const Call& call) {
  const Value& x = call.input(0);
  const Rounding rounding = rounding_of(call, "FLOOR");
  const double factor = std::exp2(uniform_input(call, 3, "input bit width") - uniform_input(call, 4, "bit width"));
  return same_shape(call, broadcast<3>(call, x.type, {&x, &call.input(1), &call.input(2)}, [&](const auto& v) {
                      const double y = round_as(rounding, std::nearbyint(v[0] / v[1] + v[2]) / factor);
                      return (y - v[2]) * v[1];
                    }));
}

/// The newer form, which has a scale of the result.
Value trunc_to_scale(const Call& call) {
  const Value& x = call.input(0);
  const Rounding rounding = rounding_of(call, "FLOOR");
  const TypeRange range = quant_range(call, uniform_input(call, 5, "bit width"), call.integer("signed", 1) != 0,
                                      call.integer("narrow", 0) != 0);
  return same_shape(
      call, broadcast<4>(call, x.type, {&x, &call.input(1), &call.input(2), &call.input(4)}, [&](const auto& v) {
        const double factor = std::exp2(std::nearbyint(std::log2(v[3] / v[1])));
        const double y = std::nearbyint(v[0] / v[1] + v[2]) / factor;
        return (round_as(rounding, std::min(std::max(y, range.low), range.high)) - v[2] / factor) * v[3];
      }));
}

Value trunc(const Call& call) {
  return call.input_count() >= 6 ? trunc_to_scale(call) : trunc_to_bits(call);
}

/// The number of thresholds that an element has reached, by channel.
Value multi_threshold(const Call& call) {
  const Value& x = call.input(0);
  const Value& thresholds = call.input(1);
  const std::string layout = call.text("data_layout", "NCHW");
  const bool channels_last = layout == "NHWC" || layout == "NWC";
  if (x.dims.size() < 2 || thresholds.dims.size() != 2) {
    call.refuse("has the shapes {} and {}; expected [N, channels, ...] and [channels or 1, thresholds]",
                shape_text(x.dims), shape_text(thresholds.dims));
  }
  const AxisView view = view_axis(x.dims, channels_last ? x.dims.size() - 1 : 1);
  const auto rows = static_cast<std::size_t>(thresholds.dims[0]);
  if (rows != 1 && rows != view.size) {
    call.refuse("has thresholds of {} channels for {}", rows, view.size);
  }
  std::vector<double> sorted = thresholds.numbers;
  const auto steps = static_cast<std::ptrdiff_t>(thresholds.dims[1]);
  for (std::size_t row = 0; row < rows; ++row) {
    const auto first = sorted.begin() + static_cast<std::ptrdiff_t>(row) * steps;
    std::sort(first, first + steps);
  }
  const double scale = call.number("out_scale", 1);
  const double bias = call.number("out_bias", 0);
  Value result = call.result(ElementType::Float, x.dims);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t row = rows == 1 ? 0 : i / view.behind % view.size;
    const auto first = sorted.begin() + static_cast<std::ptrdiff_t>(row) * steps;
    const auto reached = std::upper_bound(first, first + steps, x.numbers[i]) - first;
    result.numbers[i] = scale * static_cast<double>(reached) + bias;
  }
  return result;
}

}  // namespace

double uniform_input(const Call& call, std::size_t index, const char* what) {
  const Value& value = call.input(index);
  if (value.size() == 0) {
    call.refuse("its {} is empty", what);
  }
  for (const double number : value.numbers) {
    if (number != value.numbers[0]) {
      call.refuse("its {} is {} and {}; expected the same for all channels", what, value.numbers[0], number);
    }
  }
  return value.numbers[0];
}

TypeRange quant_range(const Call& call, double bits, bool is_signed, bool narrow) {
  if (!(bits >= 1 && bits <= 64) || std::trunc(bits) != bits) {
    call.refuse("its bit width is {}; expected a whole number from 1 to 64", bits);
  }
  const double less = narrow ? 1 : 0;
  return is_signed ? TypeRange{-std::exp2(bits - 1) + less, std::exp2(bits - 1) - 1}
                   : TypeRange{0, std::exp2(bits) - 1 - less};
}

QuantForm quant_form(const Call& call) {
  const double bits = uniform_input(call, 3, "bit width");
  const bool is_signed = call.integer("signed", 1) != 0;
  const TypeRange range = quant_range(call, bits, is_signed, call.integer("narrow", 0) != 0);
  return QuantForm{bits == 1 && is_signed, range.low, range.high, rounding_of(call, "ROUND")};
}

void add_qonnx_quantisers(OperatorTable& table) {
  const std::string prefix = qonnx_prefix;
  table[prefix + "Quant"] = quant;
  table[prefix + "IntQuant"] = quant;
  table[prefix + "BipolarQuant"] = bipolar_quant;
  table[prefix + "Trunc"] = trunc;
  table[prefix + "MultiThreshold"] = multi_threshold;
}

}  // namespace spinvp::network::onnx
