#include "network/float_reference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "core/errors.h"
#include "network/onnx/evaluate/decisions.h"
#include "network/onnx/evaluate/evaluate.h"
#include "network/onnx/file/parse.h"
#include "network/onnx/model/order.h"
#include "network/onnx/model/refusals.h"

namespace spinvp::network {
namespace {

using onnx::Dims;
using onnx::ElementType;
using onnx::Node;
using onnx::Value;

bool is_real(ElementType type) {
  return type == ElementType::Float || type == ElementType::Double || type == ElementType::Float16 ||
         type == ElementType::Bfloat16;
}

/// The model's own order of an image's pixels.
struct InputLayout {
  Dims dims;
  bool channels_first = true;
};

}  // namespace

/// The nodes in order, with everything that only constants lead to computed once.
class FloatReference::Program {
 public:
  Program(onnx::Graph graph, const std::optional<InputScaling>& input) : graph_(std::move(graph)), scaling_(input) {
    check_input();
    const std::vector<const Node*> order = onnx::topological_order(graph_);
    for (const Node* node : order) {
      if (!onnx::can_evaluate(node->op, node->domain)) {
        onnx::refuse_operator(graph_, *node);
      }
    }
    fold(order);
    plan();
  }

  Value run(const std::uint8_t* image, const Shape& shape, Boundary* nearest, std::map<std::string, Map>* all) const {
    std::vector<Value> values(value_count_);
    values[0] = read(image, shape);
    keep(graph_.inputs[0].name, values[0], all);
    for (const Step& step : steps_) {
      std::vector<const Value*> inputs;
      for (const Source& source : step.inputs) {
        inputs.push_back(source.constant != nullptr ? source.constant
                         : source.value >= 0        ? &values[static_cast<std::size_t>(source.value)]
                                                    : nullptr);
      }
      if (nearest != nullptr) {
        note_decision(*step.node, inputs, *nearest);
      }
      values[step.output] = onnx::evaluate(graph_, *step.node, inputs);
      keep(step.node->outputs[0], values[step.output], all);
      for (const std::size_t last : step.done) {
        values[last] = Value{};
      }
    }
    return std::move(values[result_]);
  }

 private:
  struct Source {
    const Value* constant = nullptr;
    int value = -1;  ///< index of a computed value; -1 for an input left out
  };
  struct Step {
    const Node* node;
    std::vector<Source> inputs;
    std::size_t output;
    std::vector<std::size_t> done;  ///< values that nobody reads behind this step
  };

  void check_input() const {
    if (graph_.inputs.size() != 1 || graph_.outputs.empty()) {
      graph_.refuse(fmt::format("has {} inputs and {} outputs; expected one image and an output of scores",
                                graph_.inputs.size(), graph_.outputs.size()));
    }
    const onnx::ValueInfo& input = graph_.inputs[0];
    if (input.type != ElementType::Uint8 && !is_real(input.type)) {
      graph_.refuse(fmt::format("input '{}' is {}; expected uint8 or float", input.name, to_string(input.type)));
    }
    if (input.type == ElementType::Uint8 && scaling_) {
      graph_.refuse(fmt::format("input '{}' is uint8: the model scales its images itself", input.name));
    }
  }

  /// Computes what constants alone lead to; the rest stays in rest_.
  void fold(const std::vector<const Node*>& order) {
    for (auto& [name, tensor] : graph_.constants) {
      constants_.emplace(name, onnx::to_value(tensor));
      tensor = onnx::Tensor();
    }
    for (const Node* node : order) {
      std::vector<const Value*> inputs;
      bool known = !node->inputs.empty();
      for (const std::string& input : node->inputs) {
        const auto found = constants_.find(input);
        inputs.push_back(found == constants_.end() ? nullptr : &found->second);
        known = known && (input.empty() || found != constants_.end());
      }
      if (known) {
        constants_.emplace(output_of(*node), onnx::evaluate(graph_, *node, inputs));
      } else {
        rest_.push_back(node);
      }
    }
  }

  const std::string& output_of(const Node& node) const {
    if (node.outputs.empty() || node.outputs[0].empty()) {
      graph_.refuse(node, "has no output");
    }
    return node.outputs[0];
  }

  void plan() {
    std::unordered_map<std::string, std::size_t> places{{graph_.inputs[0].name, 0}};
    std::vector<std::size_t> last_reader{0};
    for (const Node* node : rest_) {
      Step step{node, {}, places.size(), {}};
      for (const std::string& input : node->inputs) {
        Source source;
        const auto constant = constants_.find(input);
        const auto place = places.find(input);
        if (constant != constants_.end()) {
          source.constant = &constant->second;
        } else if (place != places.end()) {
          source.value = static_cast<int>(place->second);
          last_reader[place->second] = steps_.size();
        } else if (!input.empty()) {
          graph_.refuse(*node,
                        fmt::format("reads '{}', a second output of its node; only first outputs can be read", input));
        }
        step.inputs.push_back(source);
      }
      places.emplace(output_of(*node), step.output);
      last_reader.push_back(steps_.size());
      steps_.push_back(std::move(step));
    }
    const auto result = places.find(graph_.outputs[0].name);
    if (result == places.end()) {
      graph_.refuse(fmt::format("the output '{}' does not depend on the image", graph_.outputs[0].name));
    }
    result_ = result->second;
    value_count_ = places.size();
    for (std::size_t value = 0; value < value_count_ && !steps_.empty(); ++value) {
      if (value != result_) {
        steps_[last_reader[value]].done.push_back(value);
      }
    }
    drop_unread_constants();
  }

  void drop_unread_constants() {
    std::unordered_map<const Value*, bool> read;
    for (const Step& step : steps_) {
      for (const Source& source : step.inputs) {
        read[source.constant] = true;
      }
    }
    for (auto& [name, value] : constants_) {
      if (read.count(&value) == 0) {
        value = Value{};
      }
    }
  }

  InputLayout layout_of(const Shape& shape) const {
    const Dims& dims = graph_.inputs[0].dims;
    const auto fits = [&](const Dims& wanted) {
      bool same = wanted.size() == dims.size();
      for (std::size_t i = 1; same && i < dims.size(); ++i) {
        same = dims[i] == wanted[i] || dims[i] == -1;
      }
      return same;
    };
    const auto elements = static_cast<std::int64_t>(shape.elements());
    if (fits({1, shape.channels, shape.height, shape.width})) {
      return {{1, shape.channels, shape.height, shape.width}, true};
    }
    if (fits({1, shape.height, shape.width, shape.channels})) {
      return {{1, shape.height, shape.width, shape.channels}, false};
    }
    if (fits({1, elements})) {
      return {{1, elements}, false};
    }
    graph_.refuse(fmt::format("input '{}' has the shape [{}], the image {} rows, {} columns and {} channels",
                              graph_.inputs[0].name, fmt::join(dims, ", "), shape.height, shape.width, shape.channels));
  }

  void require_scaling_of(const Shape& shape) const {
    const auto channels = static_cast<std::size_t>(shape.channels);
    const auto fits = [&](const std::vector<double>& values) {
      return values.size() == 1 || values.size() == channels;
    };
    if (scaling_ && (!fits(scaling_->mean) || !fits(scaling_->deviation))) {
      graph_.refuse(fmt::format("the input's scaling has {} means and {} deviations for {} channels",
                                scaling_->mean.size(), scaling_->deviation.size(), channels));
    }
  }

  Value read(const std::uint8_t* image, const Shape& shape) const {
    const InputLayout layout = layout_of(shape);
    require_scaling_of(shape);
    const ElementType type = graph_.inputs[0].type;
    const auto channels = static_cast<std::size_t>(shape.channels);
    const std::size_t pixels = shape.elements() / channels;
    Value value{type, layout.dims, std::vector<double>(shape.elements())};
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::size_t channel = i % channels;
      const double byte = image[i];
      value.numbers[layout.channels_first ? channel * pixels + i / channels : i] =
          scaling_ ? scaling_->real(channel, byte) : byte;
    }
    return value;
  }

  void note_decision(const Node& node, const std::vector<const Value*>& inputs, Boundary& nearest) const {
    const auto decision = onnx::nearest_decision(graph_, node, inputs);
    if (decision && (nearest.node.empty() || decision->distance < nearest.distance)) {
      nearest = Boundary{node.name, decision->distance, decision->in_steps};
    }
  }

  static void keep(const std::string& name, const Value& value, std::map<std::string, Map>* all) {
    if (all != nullptr) {
      (*all)[name] = Map{value.dims, value.numbers};
    }
  }

  onnx::Graph graph_;
  std::optional<InputScaling> scaling_;
  std::unordered_map<std::string, Value> constants_;
  std::vector<const Node*> rest_;
  std::vector<Step> steps_;
  std::size_t value_count_ = 0;
  std::size_t result_ = 0;
};

FloatReference::FloatReference(const std::string& path, const std::optional<InputScaling>& input)
    : program_(std::make_unique<const Program>(onnx::parse(path), input)) {}

FloatReference::FloatReference(const std::string& bytes, const std::string& file,
                               const std::optional<InputScaling>& input)
    : program_(std::make_unique<const Program>(onnx::parse_bytes(bytes, file), input)) {}

FloatReference::FloatReference(onnx::Graph graph, const std::optional<InputScaling>& input)
    : program_(std::make_unique<const Program>(std::move(graph), input)) {}

FloatReference::~FloatReference() = default;
FloatReference::FloatReference(FloatReference&&) noexcept = default;
FloatReference& FloatReference::operator=(FloatReference&&) noexcept = default;

FloatReference::Result FloatReference::run(const std::uint8_t* image, const Shape& shape) const {
  Result result;
  result.scores = program_->run(image, shape, &result.nearest, nullptr).numbers;
  return result;
}

std::map<std::string, FloatReference::Map> FloatReference::run_all(const std::uint8_t* image,
                                                                   const Shape& shape) const {
  std::map<std::string, Map> all;
  program_->run(image, shape, nullptr, &all);
  return all;
}

int argmax(const std::vector<double>& scores) {
  if (scores.size() == 1) {
    return scores[0] > 0 ? 1 : 0;
  }
  return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

}  // namespace spinvp::network
