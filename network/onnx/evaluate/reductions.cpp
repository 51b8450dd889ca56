#include <algorithm>
#include <cmath>
#include <limits>

#include "network/onnx/evaluate/families.h"

namespace spinvp::network::onnx {
namespace {

/// Which axes go: an attribute in older operator sets, an input in newer ones.
std::vector<bool> reduced_axes(const Call& call) {
  const std::size_t rank = call.input(0).dims.size();
  const std::int64_t as_input = call.node.op == "ReduceSum" ? 13 : 18;
  Dims axes;
  if (call.graph.opset < as_input) {
    axes = call.integers("axes", {});
  } else if (call.optional(1) != nullptr) {
    axes = call.list(1);
  }
  const bool nothing = axes.empty() && call.integer("noop_with_empty_axes", 0) != 0;
  std::vector<bool> reduced(rank, axes.empty() && !nothing);
  for (const std::int64_t axis : axes) {
    reduced[call.axis(axis, rank)] = true;
  }
  return reduced;
}

template <typename Function>
Value reduce(const Call& call, double start, Function function) {
  const Value& x = call.input(0);
  const std::vector<bool> reduced = reduced_axes(call);
  Dims kept = x.dims;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    kept[i] = reduced[i] ? 1 : kept[i];
  }
  Value result = call.result(x.type, kept);
  std::fill(result.numbers.begin(), result.numbers.end(), start);
  std::vector<std::size_t> strides = strides_of(kept);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    strides[i] = reduced[i] ? 0 : strides[i];
  }
  Dims position(kept.size(), 0);
  std::size_t at = 0;
  for (const double number : x.numbers) {
    result.numbers[at] = function(result.numbers[at], number);
    for (std::size_t axis = kept.size(); axis-- > 0;) {
      at += strides[axis];
      if (++position[axis] < x.dims[axis]) {
        break;
      }
      at -= strides[axis] * static_cast<std::size_t>(x.dims[axis]);
      position[axis] = 0;
    }
  }
  if (call.integer("keepdims", 1) == 0) {
    result.dims.clear();
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (!reduced[i]) {
        result.dims.push_back(kept[i]);
      }
    }
  }
  return result;
}

Value reduce_sum(const Call& call) {
  return reduce(call, 0, [](double sum, double x) { return sum + x; });
}

Value reduce_absolute(const Call& call) {
  return reduce(call, 0, [](double sum, double x) { return sum + std::fabs(x); });
}

Value reduce_product(const Call& call) {
  return reduce(call, 1, [](double product, double x) { return product * x; });
}

Value reduce_squares(const Call& call) {
  return reduce(call, 0, [](double sum, double x) { return sum + x * x; });
}

Value reduce_length(const Call& call) {
  Value result = reduce_squares(call);
  for (double& number : result.numbers) {
    number = std::sqrt(number);
  }
  return result;
}

Value reduce_mean(const Call& call) {
  Value result = reduce_sum(call);
  const double count =
      result.size() == 0 ? 1.0 : static_cast<double>(call.input(0).size()) / static_cast<double>(result.size());
  for (double& number : result.numbers) {
    number = is_integer(result.type) ? std::trunc(number / count) : number / count;
  }
  return result;
}

void require_elements(const Call& call) {
  if (call.input(0).size() == 0) {
    call.refuse("has no elements to choose from");
  }
}

Value reduce_max(const Call& call) {
  require_elements(call);
  return reduce(call, -std::numeric_limits<double>::infinity(), [](double a, double b) { return std::max(a, b); });
}

Value reduce_min(const Call& call) {
  require_elements(call);
  return reduce(call, std::numeric_limits<double>::infinity(), [](double a, double b) { return std::min(a, b); });
}

Value arg_max(const Call& call) {
  require_elements(call);
  const Value& x = call.input(0);
  const std::size_t axis = call.axis(call.integer("axis", 0), x.dims.size());
  const bool last = call.integer("select_last_index", 0) != 0;
  const AxisView view = view_axis(x.dims, axis);
  Dims dims = x.dims;
  dims[axis] = 1;
  Value result = call.result(ElementType::Int64, dims);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const double* numbers = x.numbers.data() + i / view.behind * view.size * view.behind + i % view.behind;
    std::size_t best = 0;
    for (std::size_t at = 1; at < view.size; ++at) {
      const double number = numbers[at * view.behind];
      const double most = numbers[best * view.behind];
      best = number > most || (last && number == most) ? at : best;
    }
    result.numbers[i] = static_cast<double>(best);
  }
  if (call.integer("keepdims", 1) == 0) {
    result.dims.erase(result.dims.begin() + static_cast<std::ptrdiff_t>(axis));
  }
  return result;
}

/// Over one axis, or before operator set 13 over it and all behind it.
Value softmax(const Call& call) {
  const Value& x = call.input(0);
  const bool over_all_behind = call.graph.opset < 13;
  const std::size_t axis = call.axis(call.integer("axis", over_all_behind ? 1 : -1), x.dims.size());
  AxisView view = view_axis(x.dims, axis);
  if (over_all_behind) {
    view.size *= view.behind;
    view.behind = 1;
  }
  const bool logarithm = call.node.op == "LogSoftmax";
  Value result = call.result(x.type, x.dims);
  const std::size_t rows = x.size() == 0 ? 0 : view.before * view.behind;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t first = row / view.behind * view.size * view.behind + row % view.behind;
    const auto index = [&](std::size_t at) { return first + at * view.behind; };
    double most = x.numbers[first];
    for (std::size_t at = 1; at < view.size; ++at) {
      most = std::max(most, x.numbers[index(at)]);
    }
    double sum = 0;
    for (std::size_t at = 0; at < view.size; ++at) {
      sum += std::exp(x.numbers[index(at)] - most);
    }
    for (std::size_t at = 0; at < view.size; ++at) {
      const double above = x.numbers[index(at)] - most;
      result.numbers[index(at)] = logarithm ? above - std::log(sum) : std::exp(above) / sum;
    }
  }
  return result;
}

}  // namespace

void add_reductions(OperatorTable& table) {
  table["ReduceSum"] = reduce_sum;
  table["ReduceMean"] = reduce_mean;
  table["ReduceMax"] = reduce_max;
  table["ReduceMin"] = reduce_min;
  table["ReduceProd"] = reduce_product;
  table["ReduceL1"] = reduce_absolute;
  table["ReduceL2"] = reduce_length;
  table["ReduceSumSquare"] = reduce_squares;
  table["ArgMax"] = arg_max;
  table["Softmax"] = softmax;
  table["LogSoftmax"] = softmax;
}

}  // namespace spinvp::network::onnx
