#include <algorithm>
#include <cmath>
#include <limits>

#include "network/onnx/evaluate/broadcast.h"
#include "network/onnx/evaluate/families.h"

namespace spinvp::network::onnx {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

template <typename Function>
Value map(const Call& call, const Value& x, Function function) {
  Value result = call.result(x.type, x.dims);
  std::transform(x.numbers.begin(), x.numbers.end(), result.numbers.begin(), function);
  return result;
}

template <double (*function)(double)>
Value unary(const Call& call) {
  return map(call, call.input(0), function);
}

double negative(double x) {
  return -x;
}
double sign(double x) {
  return x > 0 ? 1.0 : x < 0 ? -1.0 : x;
}
double reciprocal(double x) {
  return 1 / x;
}
double rectify(double x) {
  return x < 0 ? 0.0 : x;
}
double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}
double soft_sign(double x) {
  return x / (1 + std::fabs(x));
}

Value leaky_relu(const Call& call) {
  const double slope = call.number("alpha", static_cast<double>(0.01f));
  return map(call, call.input(0), [=](double x) { return x < 0 ? slope * x : x; });
}

Value elu(const Call& call) {
  const double alpha = call.number("alpha", 1);
  return map(call, call.input(0), [=](double x) { return x < 0 ? alpha * (std::exp(x) - 1) : x; });
}

Value hard_sigmoid(const Call& call) {
  const double alpha = call.number("alpha", static_cast<double>(0.2f));
  const double beta = call.number("beta", 0.5);
  return map(call, call.input(0), [=](double x) { return std::max(0.0, std::min(1.0, alpha * x + beta)); });
}

Value prelu(const Call& call) {
  const Value& x = call.input(0);
  return broadcast<2>(call, x.type, {&x, &call.input(1)}, [](const auto& v) { return v[0] < 0 ? v[0] * v[1] : v[0]; });
}

Value clip(const Call& call) {
  double low = -infinity;
  double high = infinity;
  if (call.graph.opset < 11) {
    low = call.number("min", low);
    high = call.number("max", high);
  } else {
    low = call.optional(1) != nullptr ? call.scalar(1) : low;
    high = call.optional(2) != nullptr ? call.scalar(2) : high;
  }
  return map(call, call.input(0), [=](double x) { return std::min(std::max(x, low), high); });
}

/// Arithmetic on integers must stay within their type: what wraps around is no model that anybody meant.
Value within_type(const Call& call, Value value) {
  if (is_integer(value.type)) {
    const TypeRange range = range_of(value.type);
    for (const double number : value.numbers) {
      if (!(number >= range.low && number <= range.high)) {
        call.refuse("gives {}, which is no {}", number, to_string(value.type));
      }
    }
  }
  return value;
}

template <typename Function>
Value arithmetic(const Call& call, Function function) {
  const Value& a = call.input(0);
  return within_type(
      call, broadcast<2>(call, a.type, {&a, &call.input(1)}, [&](const auto& v) { return function(v[0], v[1]); }));
}

Value add(const Call& call) {
  return arithmetic(call, [](double a, double b) { return a + b; });
}
Value subtract(const Call& call) {
  return arithmetic(call, [](double a, double b) { return a - b; });
}
Value multiply(const Call& call) {
  return arithmetic(call, [](double a, double b) { return a * b; });
}
Value power(const Call& call) {
  return arithmetic(call, [](double a, double b) { return std::pow(a, b); });
}

Value divide(const Call& call) {
  if (!is_integer(call.input(0).type)) {
    return arithmetic(call, [](double a, double b) { return a / b; });
  }
  return arithmetic(call, [&](double a, double b) {
    if (b == 0) {
      call.refuse("divides integers by zero");
    }
    return std::trunc(a / b);
  });
}

/// Operators of any number of operands.
template <typename Function>
Value accumulate(const Call& call, Function function) {
  Value result = call.input(0);
  for (std::size_t i = 1; i < call.input_count(); ++i) {
    result =
        broadcast<2>(call, result.type, {&result, &call.input(i)}, [&](const auto& v) { return function(v[0], v[1]); });
  }
  return within_type(call, std::move(result));
}

Value smallest(const Call& call) {
  return accumulate(call, [](double a, double b) { return std::min(a, b); });
}
Value largest(const Call& call) {
  return accumulate(call, [](double a, double b) { return std::max(a, b); });
}
Value sum(const Call& call) {
  return accumulate(call, [](double a, double b) { return a + b; });
}

/// Integers that do not fit lose their upper bits; real numbers are cut to whole ones and saturate.
double cast_to_integer(double x, bool from_integer, const TypeRange& range) {
  if (std::isnan(x)) {
    return 0;
  }
  const double whole = std::trunc(x);
  if (from_integer && (whole < range.low || whole > range.high)) {
    const double modulus = range.high - range.low + 1;
    const double rest = std::fmod(whole - range.low, modulus);
    return range.low + (rest < 0 ? rest + modulus : rest);
  }
  return std::min(std::max(whole, range.low), range.high) + 0.0;  // -0 is no integer
}

Value cast(const Call& call) {
  const auto type = static_cast<ElementType>(call.integer("to", 0));
  const Value& x = call.input(0);
  if (element_size(type) == 0) {
    call.refuse("casts to {}; expected a type of numbers", to_string(type));
  }
  Value result = call.result(type, x.dims);
  const bool from_integer = is_integer(x.type);
  const TypeRange range = is_integer(type) ? range_of(type) : TypeRange{0, 0};
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double number = x.numbers[i];
    result.numbers[i] = type == ElementType::Bool ? (number != 0 ? 1.0 : 0.0)
                        : is_integer(type)        ? cast_to_integer(number, from_integer, range)
                                                  : number;
  }
  return result;
}

Value identity(const Call& call) {
  return call.input(0);
}

Value dropout(const Call& call) {
  if (call.optional(2) != nullptr && call.scalar(2) != 0) {
    call.refuse("is in training mode; export the model for inference");
  }
  return call.input(0);
}

}  // namespace

void add_elementwise_operators(OperatorTable& table) {
  table["Neg"] = unary<negative>;
  table["Abs"] = unary<std::fabs>;
  table["Sign"] = unary<sign>;
  table["Sqrt"] = unary<std::sqrt>;
  table["Exp"] = unary<std::exp>;
  table["Log"] = unary<std::log>;
  table["Reciprocal"] = unary<reciprocal>;
  table["Floor"] = unary<std::floor>;
  table["Ceil"] = unary<std::ceil>;
  table["Round"] = unary<std::nearbyint>;
  table["Relu"] = unary<rectify>;
  table["Tanh"] = unary<std::tanh>;
  table["Sigmoid"] = unary<sigmoid>;
  table["Softsign"] = unary<soft_sign>;
  table["Erf"] = unary<std::erf>;
  table["LeakyRelu"] = leaky_relu;
  table["Elu"] = elu;
  table["HardSigmoid"] = hard_sigmoid;
  table["PRelu"] = prelu;
  table["Clip"] = clip;
  table["Add"] = add;
  table["Sub"] = subtract;
  table["Mul"] = multiply;
  table["Div"] = divide;
  table["Pow"] = power;
  table["Min"] = smallest;
  table["Max"] = largest;
  table["Sum"] = sum;
  table["Cast"] = cast;
  table["Identity"] = identity;
  table["Dropout"] = dropout;
}

}  // namespace spinvp::network::onnx
