#include "network/onnx/constants.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

namespace spinvp::network::onnx {
namespace {

using Dims = std::vector<std::int64_t>;

/// The folding of one graph. Constants are moved from node to node where nobody else reads them: weights are large.
class Folding {
 public:
  explicit Folding(Graph& graph) : graph_(graph) {
    for (const Node& node : graph.nodes) {
      for (const std::string& input : node.inputs) {
        ++readings_[input];
      }
    }
    for (const ValueInfo& output : graph.outputs) {
      ++readings_[output.name];
    }
  }

  /// False when the node stays.
  bool fold(const Node& node) {
    const bool unary = node.op == "Cast" || node.op == "Identity";
    const bool binary = node.op == "Mul" || node.op == "Div" || node.op == "Add" || node.op == "Sub";
    if (!(unary && node.inputs.size() == 1) && !(binary && node.inputs.size() == 2)) {
      return false;
    }
    for (std::size_t index = 0; index < node.inputs.size(); ++index) {
      if (graph_.constant(node, index) == nullptr) {
        return false;
      }
    }
    std::optional<Tensor> result = unary ? pass(node) : arithmetic(node);
    if (!result || node.outputs.size() != 1) {
      return false;
    }
    graph_.constants.emplace(node.outputs[0], std::move(*result));
    return true;
  }

 private:
  /// A constant for a node that reads it; gone from the graph when this was the last reading.
  Tensor take(const std::string& name) {
    const auto found = graph_.constants.find(name);
    if (--readings_[name] > 0) {
      return found->second;
    }
    Tensor tensor = std::move(found->second);
    graph_.constants.erase(found);
    return tensor;
  }

  std::optional<Tensor> pass(const Node& node) {
    if (node.op == "Cast") {
      const auto type = static_cast<ElementType>(graph_.integer(node, "to", 0));
      const bool real = type == ElementType::Float || type == ElementType::Double;
      if (!real && !graph_.constant(node, 0)->stores_integers()) {
        return std::nullopt;
      }
    }
    return take(node.inputs[0]);
  }

  std::optional<Tensor> arithmetic(const Node& node) {
    Tensor a = take(node.inputs[0]);
    Tensor b = take(node.inputs[1]);
    const Dims dims = broadcast(node, a.dims(), b.dims());
    if (node.op == "Mul") {
      if (a.dims() == dims && scale(a, b)) {
        return a;
      }
      if (b.dims() == dims && scale(b, a)) {
        return b;
      }
    }
    return elementwise(node, a, b, dims);
  }

  Dims broadcast(const Node& node, const Dims& a, const Dims& b) const {
    Dims dims(std::max(a.size(), b.size()), 1);
    std::int64_t elements = 1;
    for (std::size_t back = 1; back <= dims.size(); ++back) {
      const std::int64_t own = back <= a.size() ? a[a.size() - back] : 1;
      const std::int64_t other = back <= b.size() ? b[b.size() - back] : 1;
      if (own != other && own != 1 && other != 1) {
        graph_.refuse(node, fmt::format("its constants have the shapes [{}] and [{}], which do not fit each other",
                                        fmt::join(a, ", "), fmt::join(b, ", ")));
      }
      dims[dims.size() - back] = own == 1 ? other : own;
      elements *= dims[dims.size() - back];
      if (elements > (std::int64_t{1} << 28)) {
        graph_.refuse(node, "its result has more than 2^28 elements");
      }
    }
    return dims;
  }

  /// Multiplies by one number or by one a slice along one axis, when `factors` are that.
  static bool scale(Tensor& tensor, const Tensor& factors) {
    std::size_t axis = 0;
    std::size_t wide = 0;
    const std::size_t shift = tensor.dims().size() - factors.dims().size();
    for (std::size_t i = 0; i < factors.dims().size(); ++i) {
      if (factors.dims()[i] != 1) {
        axis = i + shift;
        ++wide;
      }
    }
    return wide <= 1 && factors.size() >= 1 && tensor.scale(factors.values(), axis);
  }

  static Tensor elementwise(const Node& node, const Tensor& a, const Tensor& b, const Dims& dims) {
    std::size_t count = 1;
    for (const std::int64_t dim : dims) {
      count *= static_cast<std::size_t>(dim);
    }
    const auto index_in = [&](const Tensor& tensor, std::size_t flat) {
      std::size_t index = 0;
      std::size_t stride = 1;
      for (std::size_t back = 1; back <= tensor.dims().size(); ++back) {
        const auto size = static_cast<std::size_t>(dims[dims.size() - back]);
        const auto own = static_cast<std::size_t>(tensor.dims()[tensor.dims().size() - back]);
        index += (own == 1 ? 0 : flat % size) * stride;
        stride *= own;
        flat /= size;
      }
      return index;
    };
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) {
      const double x = a[index_in(a, i)];
      const double y = b[index_in(b, i)];
      values[i] = node.op == "Mul" ? x * y : node.op == "Div" ? x / y : node.op == "Add" ? x + y : x - y;
    }
    return Tensor(ElementType::Double, dims, std::move(values));
  }

  Graph& graph_;
  std::unordered_map<std::string, std::size_t> readings_;
};

}  // namespace

void fold_constants(Graph& graph, std::vector<const Node*>& order) {
  Folding folding(graph);
  std::vector<const Node*> rest;
  for (const Node* node : order) {
    if (!folding.fold(*node)) {
      rest.push_back(node);
    }
  }
  order = std::move(rest);
}

}  // namespace spinvp::network::onnx
