#include "network/onnx/constants/constants.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "network/onnx/constants/along_axis.h"
#include "network/onnx/constants/pack_tensor.h"
#include "network/onnx/constants/quantised_constant.h"
#include "network/onnx/evaluate/evaluate.h"

namespace spinvp::network::onnx {
namespace {

/// What folding may read and write, and hold, beside what grows with the model.
constexpr std::size_t least_traffic = std::size_t{1} << 25;
constexpr std::size_t traffic_per_element = 256;
constexpr std::size_t least_memory = std::size_t{1} << 27;
constexpr double most_operations = 1e8;  ///< of one node

/// Elements that are computed at a time.
constexpr std::size_t chunk = std::size_t{1} << 16;

bool is_any_of(const std::string& op, const std::set<std::string>& ops) {
  return ops.count(op) != 0;
}

/// Operators whose every element of the result needs the elements at its own place only.
bool works_by_element(const std::string& op) {
  static const std::set<std::string> ops{
      "Abs",         "Add",        "And",       "BipolarQuant", "Cast",        "Ceil",    "Clip",
      "Div",         "Equal",      "Erf",       "Exp",          "Floor",       "Greater", "GreaterOrEqual",
      "HardSigmoid", "IntQuant",   "LeakyRelu", "Less",         "LessOrEqual", "Log",     "Max",
      "Min",         "Mul",        "Neg",       "Not",          "Or",          "Pow",     "PRelu",
      "Quant",       "Reciprocal", "Relu",      "Round",        "Sigmoid",     "Sign",    "Sqrt",
      "Sub",         "Sum",        "Tanh",      "Trunc",        "Where"};
  return is_any_of(op, ops);
}

/// True when `own` broadcasts to `dims` without enlarging them.
bool fits_into(const Dims& own, const Dims& dims) {
  if (own.size() > dims.size()) {
    return false;
  }
  const std::size_t shift = dims.size() - own.size();
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (own[i] != 1 && own[i] != dims[i + shift]) {
      return false;
    }
  }
  return true;
}

/// Rows first .. last-1 along the first axis.
Value rows_of(const Tensor& tensor, std::size_t first, std::size_t last) {
  Value value{tensor.type(), tensor.dims(), {}};
  const std::size_t row = view_axis(value.dims, 0).behind;
  value.dims[0] = static_cast<std::int64_t>(last - first);
  value.numbers.reserve((last - first) * row);
  for (std::size_t i = first * row; i < last * row; ++i) {
    value.numbers.push_back(tensor[i]);
  }
  return value;
}

}  // namespace

ConstantFolder::ConstantFolder(Graph& graph) : graph_(graph), traffic_left_(least_traffic), memory_left_(least_memory) {
  for (const Node& node : graph.nodes) {
    for (const std::string& input : node.inputs) {
      ++readings_[input];
    }
  }
  for (const ValueInfo& output : graph.outputs) {
    ++readings_[output.name];
  }
  for (const auto& [name, tensor] : graph.constants) {
    traffic_left_ += traffic_per_element * tensor.size();
    memory_left_ += tensor.memory();
  }
}

bool ConstantFolder::fold(const Node& node) {
  if (node.inputs.empty() || node.outputs.empty() || node.outputs[0].empty() || !can_evaluate(node.op, node.domain)) {
    return false;
  }
  for (std::size_t index = 0; index < node.inputs.size(); ++index) {
    if (!node.inputs[index].empty() && graph_.constant(node, index) == nullptr) {
      return false;
    }
  }
  spend_traffic(node);
  Tensor result = compute(node);
  if (result.memory() > memory_left_) {
    graph_.refuse(node, "constants grow beyond all proportion to the model");
  }
  memory_left_ -= result.memory();
  release_inputs(node);
  graph_.constants.emplace(node.outputs[0], std::move(result));
  return true;
}

void ConstantFolder::spend_traffic(const Node& node) {
  for (std::size_t index = 0; index < node.inputs.size(); ++index) {
    const Tensor* tensor = graph_.constant(node, index);
    const std::size_t size = tensor != nullptr ? tensor->size() : 0;
    if (2 * size > traffic_left_) {
      graph_.refuse(node, "arithmetic on constants goes beyond all proportion to the model");
    }
    traffic_left_ -= 2 * size;
  }
}

void ConstantFolder::release_inputs(const Node& node) {
  for (const std::string& input : node.inputs) {
    if (!input.empty() && --readings_[input] == 0) {
      const auto found = graph_.constants.find(input);
      memory_left_ += found->second.memory();
      graph_.constants.erase(found);
    }
  }
}

Tensor ConstantFolder::take(const std::string& name) {
  Tensor& tensor = graph_.constants.at(name);
  if (readings_.at(name) > 1) {
    return tensor;
  }
  memory_left_ += tensor.memory();
  return std::exchange(tensor, Tensor());
}

Tensor ConstantFolder::compute(const Node& node) {
  if (node.inputs[0].empty()) {
    return in_full(node);
  }
  for (const auto attempt : {&ConstantFolder::pass, &ConstantFolder::reorder, &ConstantFolder::scale,
                             &ConstantFolder::quantise, &ConstantFolder::by_rows}) {
    if (std::optional<Tensor> result = (this->*attempt)(node)) {
      return std::move(*result);
    }
  }
  return in_full(node);
}

/// The same elements as another type.
std::optional<Tensor> ConstantFolder::pass(const Node& node) {
  if (node.op == "Cast" && node.inputs.size() == 1) {
    const auto type = static_cast<ElementType>(graph_.integer(node, "to", 0));
    if (is_integer(type) || element_size(type) == 0) {
      return std::nullopt;
    }
    Tensor tensor = take(node.inputs[0]);
    tensor.set_type(type);
    return tensor;
  }
  if ((node.op == "Identity" && node.inputs.size() == 1) || (node.op == "Dropout" && node.inputs.size() < 3)) {
    return take(node.inputs[0]);
  }
  return std::nullopt;
}

/// The same elements as another shape, or in another order.
std::optional<Tensor> ConstantFolder::reorder(const Node& node) {
  const Dims& dims = graph_.constant(node, 0)->dims();
  if (node.op == "Transpose") {
    std::vector<std::size_t> order(dims.size());
    std::iota(order.rbegin(), order.rend(), std::size_t{0});
    const Dims written = graph_.integers(node, "perm", Dims(order.begin(), order.end()));
    order.assign(written.begin(), written.end());
    std::vector<std::size_t> sorted = order;
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::size_t> axes(dims.size());
    std::iota(axes.begin(), axes.end(), std::size_t{0});
    return sorted == axes ? graph_.constant(node, 0)->transposed(order) : std::nullopt;
  }
  if (!is_any_of(node.op, {"Reshape", "Flatten", "Squeeze", "Unsqueeze"})) {
    return std::nullopt;
  }
  // Only the shape is asked for, so that large weights need not become numbers.
  const Value shape{graph_.constant(node, 0)->type(), dims, {}};
  Value second;
  std::vector<const Value*> inputs{&shape};
  if (const Tensor* tensor = graph_.constant(node, 1)) {
    second = to_value(*tensor);
    inputs.push_back(&second);
  }
  Dims result = evaluate(graph_, node, inputs).dims;
  Tensor tensor = take(node.inputs[0]);
  tensor.set_dims(std::move(result));
  return tensor;
}

/// Mul and Div by one number, or one along an axis, as a factor of the tensor.
std::optional<Tensor> ConstantFolder::scale(const Node& node) {
  const bool divides = node.op == "Div";
  if ((node.op != "Mul" && !divides) || node.inputs.size() != 2 || graph_.constant(node, 0) == nullptr ||
      graph_.constant(node, 1) == nullptr) {
    return std::nullopt;
  }
  for (const std::size_t main : {std::size_t{0}, std::size_t{1}}) {
    const Tensor& tensor = *graph_.constant(node, main);
    const Tensor& other = *graph_.constant(node, 1 - main);
    const bool wide = tensor.size() < other.size() || (divides && main == 1);
    if (wide || is_integer(tensor.type()) || is_integer(other.type()) || !fits_into(other.dims(), tensor.dims())) {
      continue;
    }
    const auto factors = along_one_axis(other.values(), other.dims(), tensor.dims());
    if (!factors) {
      continue;
    }
    Tensor result = node.inputs[0] == node.inputs[1] ? tensor : take(node.inputs[main]);
    if (divides ? result.divide(factors->numbers, factors->axis) : result.scale(factors->numbers, factors->axis)) {
      return result;
    }
    give_back(node.inputs[main], std::move(result));
  }
  return std::nullopt;
}

/// After an attempt that changed nothing.
void ConstantFolder::give_back(const std::string& name, Tensor tensor) {
  if (readings_.at(name) == 1) {
    memory_left_ -= tensor.memory();
    graph_.constants.at(name) = std::move(tensor);
  }
}

std::optional<Tensor> ConstantFolder::quantise(const Node& node) {
  return quantised_constant(graph_, node);
}

/// Large tensors some rows at a time: numbers take eight bytes where the model has four or one.
std::optional<Tensor> ConstantFolder::by_rows(const Node& node) {
  std::vector<const Tensor*> tensors;
  const Tensor* main = nullptr;
  for (std::size_t index = 0; index < node.inputs.size(); ++index) {
    tensors.push_back(graph_.constant(node, index));
    if (tensors.back() != nullptr && (main == nullptr || tensors.back()->size() > main->size())) {
      main = tensors.back();
    }
  }
  if (!works_by_element(node.op) || main == nullptr || main->size() <= chunk || main->dims().empty()) {
    return std::nullopt;
  }
  const Dims dims = main->dims();
  const auto rows = static_cast<std::size_t>(dims[0]);
  const std::size_t at_once = std::max<std::size_t>(1, chunk / view_axis(dims, 0).behind);
  std::vector<Value> whole;
  std::vector<bool> is_cut;
  for (const Tensor* tensor : tensors) {
    if (tensor != nullptr && !fits_into(tensor->dims(), dims)) {
      return std::nullopt;
    }
    is_cut.push_back(tensor != nullptr && tensor->dims().size() == dims.size() && tensor->dims()[0] == dims[0]);
    whole.push_back(tensor != nullptr && !is_cut.back() ? to_value(*tensor) : Value{});
  }
  const auto part = [&](std::size_t first) {
    const std::size_t last = std::min(rows, first + at_once);
    std::vector<Value> cut(tensors.size());
    std::vector<const Value*> inputs;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (is_cut[i]) {
        cut[i] = rows_of(*tensors[i], first, last);
      }
      inputs.push_back(tensors[i] == nullptr ? nullptr : is_cut[i] ? &cut[i] : &whole[i]);
    }
    return evaluate(graph_, node, inputs);
  };
  const ElementType type = part(0).type;
  return pack(type, dims, main->size(), [&](const auto& visit) {
    for (std::size_t first = 0; first < rows; first += at_once) {
      const Value value = part(first);
      visit(value.numbers.data(), value.size());
    }
  });
}

Tensor ConstantFolder::in_full(const Node& node) {
  std::vector<Value> values;
  values.reserve(node.inputs.size());
  std::vector<const Value*> inputs;
  for (std::size_t index = 0; index < node.inputs.size(); ++index) {
    const Tensor* tensor = graph_.constant(node, index);
    values.push_back(tensor != nullptr ? to_value(*tensor) : Value{});
    inputs.push_back(tensor != nullptr ? &values.back() : nullptr);
  }
  EvaluationLimits limits;
  limits.elements = std::min(limits.elements, traffic_left_);
  limits.operations = most_operations;
  Value result = evaluate(graph_, node, inputs, limits);
  traffic_left_ -= result.size();
  return pack(std::move(result));
}

void fold_constants(Graph& graph, std::vector<const Node*>& order) {
  ConstantFolder folder(graph);
  std::vector<const Node*> rest;
  for (const Node* node : order) {
    if (!folder.fold(*node)) {
      rest.push_back(node);
    }
  }
  order = std::move(rest);
}

}  // namespace spinvp::network::onnx
