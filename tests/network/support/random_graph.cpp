#include "network/support/random_graph.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "network/float_reference.h"
#include "network/support/model_builder.h"
#include "network/support/quantisers.h"
#include "network/support/random_activations.h"
#include "network/support/random_draws.h"
#include "network/support/random_weights.h"

namespace spinvp::test {
namespace {

/// Leaves what leads to `output`: the rest is not read yet.
void drop_unread_nodes(::onnx::GraphProto& graph, const std::string& output) {
  std::set<std::string> read{output};
  std::vector<::onnx::NodeProto> kept;
  for (int index = graph.node_size() - 1; index >= 0; --index) {
    const ::onnx::NodeProto& node = graph.node(index);
    if (read.count(node.output(0)) != 0) {
      read.insert(node.input().begin(), node.input().end());
      kept.push_back(node);
    }
  }
  graph.clear_node();
  for (auto node = kept.rbegin(); node != kept.rend(); ++node) {
    *graph.add_node() = *node;
  }
}

class GraphWriter {
 public:
  explicit GraphWriter(unsigned seed) : draws_(seed) {}

  RandomGraph draw() {
    if (draws_.rarely(6)) {
      features();
    } else {
      image();
      const int blocks = draws_.whole(1, 2);
      for (int block = 0; block < blocks; ++block) {
        if (block > 0 && draws_.rarely(3)) {
          residual_block();
        } else {
          convolution_block();
        }
      }
      flatten();
    }
    if (draws_.rarely(3)) {
      fully_connected(draws_.whole(2, 6));
      normalise();
      activate();
    }
    fully_connected(draws_.whole(2, 4));
    scores();
    result_.model = builder_.model();
    if (draws_.evenly()) {
      make_constant_nodes();
    }
    return std::move(result_);
  }

 private:
  using Map = network::FloatReference::Map;

  void note(const std::string& form) { result_.forms += (result_.forms.empty() ? "" : ", ") + form; }

  /// The current value of a random image.
  Map measure() {
    ModelBuilder probe = builder_;
    probe.add("Identity");  // a graph needs a node
    drop_unread_nodes(*probe.proto().mutable_graph(), probe.value());
    const network::FloatReference reference(probe.bytes(), "drawn.onnx", result_.scaling);
    std::vector<std::uint8_t> pixels(shape_.elements());
    Draws noise(77);
    std::generate(pixels.begin(), pixels.end(), [&] { return static_cast<std::uint8_t>(noise.whole(0, 255)); });
    return reference.run_all(pixels.data(), shape_).at(probe.value());
  }
  void update() {
    map_ = measure();
    channels_ = static_cast<int>(map_.dims[1]);
    rank_ = map_.dims.size();
  }
  std::int64_t rows() const { return map_.dims[2]; }
  std::int64_t columns() const { return map_.dims[3]; }

  struct Spread {
    double mean = 0;
    double deviation = 1;
  };
  Spread spread(std::size_t channel) const {
    const std::size_t pixels = map_.numbers.size() / static_cast<std::size_t>(channels_);
    Spread result{0, 0};
    for (std::size_t i = 0; i < pixels; ++i) {
      result.mean += map_.numbers[channel * pixels + i] / static_cast<double>(pixels);
    }
    for (std::size_t i = 0; i < pixels; ++i) {
      const double away = map_.numbers[channel * pixels + i] - result.mean;
      result.deviation += away * away / static_cast<double>(pixels);
    }
    result.deviation = std::sqrt(result.deviation);
    if (result.deviation < 1e-3) {
      result.deviation = std::max(0.3, std::fabs(result.mean));
    }
    return result;
  }
  double size() const {
    double sum = 0;
    for (const double number : map_.numbers) {
      sum += std::fabs(number);
    }
    return std::max(1e-2, sum / static_cast<double>(map_.numbers.size()));
  }

  void scale_input() {
    network::InputScaling scaling;
    scaling.scale = draws_.evenly() ? 1.0 / 255 : 1;
    const double reach = 255 * scaling.scale;
    if (draws_.evenly()) {
      const bool each = draws_.evenly();
      scaling.mean.clear();
      scaling.deviation.clear();
      for (int channel = 0; channel < (each ? shape_.channels : 1); ++channel) {
        scaling.mean.push_back(reach * draws_.whole(1, 9) / 10.0);
        scaling.deviation.push_back(reach * draws_.whole(1, 9) / 10.0);
      }
      note(each ? "scaled channels" : "scaled input");
    }
    result_.scaling = scaling;
  }

  void image() {
    shape_ = {draws_.whole(4, 7), draws_.whole(4, 7), draws_.whole(1, 3)};
    const Dims dims{1, shape_.channels, shape_.height, shape_.width};
    switch (draws_.whole(0, 3)) {
      case 0:
        builder_.image(shape_.channels, shape_.height, shape_.width);
        break;
      case 1:
        builder_.input({-1, shape_.height, shape_.width, shape_.channels});
        builder_.add("Cast", {}, {attr("to", 1)}).mul(1.0f / 255);
        builder_.add("Transpose", {}, {attr("perm", Dims{0, 3, 1, 2})});
        note("channels last");
        break;
      case 2:
        scale_input();
        builder_.input(dims, ::onnx::TensorProto::FLOAT);
        break;
      default:
        result_.scaling = network::InputScaling{1.0 / 255, {0.0}, {1.0}};
        builder_.input(dims, ::onnx::TensorProto::FLOAT);
        quant(builder_, 1.0f / 128, 8, draws_.evenly());
        note("quantised input");
    }
    update();
  }

  void features() {
    shape_ = {1, 1, draws_.whole(6, 30)};
    builder_.input({1, shape_.channels}, ::onnx::TensorProto::FLOAT);
    scale_input();
    result_.scaling->mean.resize(1);
    result_.scaling->deviation.resize(1);
    if (draws_.evenly()) {
      builder_.mul(2).add("Sub", {drawn_scalar(builder_, draws_, 1)});
      bipolar(builder_, 1);
      note("bipolar input");
    }
    update();
  }

  std::string drawn_weights(const Dims& dims) {
    const DrawnWeights weights = draw_weights(builder_, draws_, dims);
    note(weights.form);
    return weights.value;
  }

  Attributes window(int& kernel_height, int& kernel_width) {
    kernel_height = draws_.whole(1, static_cast<int>(std::min<std::int64_t>(3, rows())));
    kernel_width = draws_.whole(1, static_cast<int>(std::min<std::int64_t>(3, columns())));
    const int dilation = draws_.rarely(4) && rows() >= 5 && columns() >= 5 ? 2 : 1;
    Attributes attributes;
    if (dilation == 2) {
      attributes.push_back(attr("dilations", Dims{dilation, dilation}));
    }
    if (draws_.rarely(3)) {
      attributes.push_back(attr("strides", Dims{draws_.whole(1, 2), draws_.whole(1, 2)}));
    }
    switch (draws_.whole(0, 3)) {
      case 0:
        attributes.push_back(attr("auto_pad", draws_.pick({"SAME_UPPER", "SAME_LOWER", "VALID"})));
        break;
      case 1: {
        Dims pads;
        for (int side = 0; side < 4; ++side) {
          pads.push_back(draws_.whole(0, 2));
        }
        attributes.push_back(attr("pads", pads));
        break;
      }
      case 2:
        attributes.push_back(attr("pads", Dims{1, 1, 1, 1}));
        break;
      default:
        break;
    }
    return attributes;
  }

  /// Groups that divide the input's channels; all of them for a depthwise convolution.
  int drawn_groups() {
    if (channels_ == 1 || !draws_.rarely(3)) {
      return 1;
    }
    return channels_ % 2 == 0 && draws_.evenly() ? 2 : channels_;
  }

  void convolution(int kernels, int groups, int height, int width, Attributes attributes) {
    const std::string weights = drawn_weights({kernels, channels_ / groups, height, width});
    if (groups > 1) {
      attributes.push_back(attr("group", groups));
      note("groups " + std::to_string(groups));
    }
    std::vector<std::string> further{weights};
    if (draws_.rarely(3)) {
      further.push_back(
          builder_.constant({kernels}, draws_.reals(static_cast<std::size_t>(kernels), -0.5 * size(), 0.5 * size())));
      note("bias");
    }
    builder_.add("Conv", further, attributes);
    update();
  }

  void convolution_block() {
    int height = 0;
    int width = 0;
    const Attributes attributes = window(height, width);
    const int groups = drawn_groups();
    convolution(groups * draws_.whole(1, groups == 1 ? 5 : 2), groups, height, width, attributes);
    const int pool_at = draws_.whole(0, 5);
    if (pool_at == 0) {
      pool();
    }
    normalise();
    if (pool_at == 1) {
      pool();
    }
    activate();
    if (pool_at == 2) {
      pool();
    }
  }

  void pool() {
    const bool is_max = !draws_.rarely(3);
    if (rows() < 2 || columns() < 2) {
      return;
    }
    const int kernel = rows() > 2 && columns() > 2 ? draws_.whole(2, 3) : 2;
    Attributes attributes{attr("kernel_shape", Dims{kernel, kernel})};
    if (draws_.evenly()) {
      attributes.push_back(attr("strides", Dims{draws_.whole(1, kernel), draws_.whole(1, kernel)}));
    }
    if (draws_.rarely(3)) {
      attributes.push_back(attr("pads", Dims{draws_.whole(0, 1), draws_.whole(0, 1), draws_.whole(0, 1), 1}));
    }
    if (is_max && draws_.rarely(3)) {
      attributes.push_back(attr("ceil_mode", 1));
    }
    if (!is_max) {
      attributes.push_back(attr("count_include_pad", 1));
    }
    builder_.add(is_max ? "MaxPool" : "AveragePool", {}, attributes);
    note(is_max ? "MaxPool" : "AveragePool");
    update();
  }

  /// A batch norm in one of its forms, fitted to what comes in, or nothing.
  void normalise() {
    Numbers gain;
    Numbers bias;
    Numbers mean;
    Numbers variance;
    for (int channel = 0; channel < channels_; ++channel) {
      const Spread at = spread(static_cast<std::size_t>(channel));
      gain.push_back(draws_.rarely(5) ? -draws_.real(0.3, 1.2) : draws_.real(0.3, 1.2));
      bias.push_back(draws_.real(-0.5, 0.7));
      mean.push_back(static_cast<float>(at.mean + at.deviation * draws_.real(-0.3, 0.3)));
      variance.push_back(static_cast<float>(at.deviation * at.deviation * draws_.real(0.5, 2)));
    }
    switch (draws_.whole(0, 3)) {
      case 0:
        return;
      case 1:
        builder_.add("Sub", {drawn_channels(builder_, draws_, mean, rank_)});
        builder_.add("Div", {deviation(variance)});
        builder_.add("Mul", {drawn_channels(builder_, draws_, gain, rank_)});
        builder_.add("Add", {drawn_channels(builder_, draws_, bias, rank_)});
        note("written out");
        break;
      default:
        builder_.batch_norm(gain, bias, mean, variance);
        note("batch norm");
    }
    update();
  }

  /// Pow(variance + epsilon, 0.5) or Sqrt, computed in the graph.
  std::string deviation(const Numbers& variance) {
    const std::string map = builder_.value();
    builder_.set_value(drawn_channels(builder_, draws_, variance, rank_)).add("Add", {builder_.scalar(1e-5f)});
    if (draws_.evenly()) {
      builder_.add("Pow", {builder_.scalar(0.5f)});
    } else {
      builder_.add("Sqrt");
    }
    const std::string result = builder_.value();
    builder_.set_value(map);
    return result;
  }

  void activate() {
    note(draw_activation(builder_, draws_, channels_, rank_, size()));
    update();
  }

  /// A convolution that leaves the map's shape, and what is added to it.
  void residual_block() {
    const std::string trunk = builder_.value();
    const int channels = channels_;
    Map trunk_map = map_;
    const int form = draws_.whole(0, 3);
    std::string shortcut = trunk;
    const bool halves = form == 2;
    const Dims strides{halves ? 2 : 1, halves ? 2 : 1};
    int outputs = channels;
    if (form == 1) {
      outputs = draws_.whole(1, 4);
      convolution(outputs, 1, 1, 1, {});
      normalise();
      if (draws_.evenly()) {
        activate();
      }
      shortcut = builder_.value();
      note("1x1 shortcut");
    } else if (form == 2) {
      const std::int64_t wider = draws_.whole(0, 2);
      outputs += static_cast<int>(wider);
      const std::int64_t end = std::int64_t{1} << 40;
      builder_.add("Slice", {builder_.integers({0, 0}), builder_.integers({end, end}), builder_.integers({2, 3}),
                             builder_.integers({2, 2})});
      if (wider > 0) {
        builder_.add("Pad", {builder_.integers({0, wider / 2, 0, 0, 0, wider - wider / 2, 0, 0})});
      }
      shortcut = builder_.value();
      note("Slice shortcut");
    } else if (form == 3) {
      builder_.mul(draws_.signed_real(0.2, 2));
      shortcut = builder_.value();
      note("scaled shortcut");
    }
    builder_.set_value(trunk);
    std::swap(map_, trunk_map);
    channels_ = channels;
    convolution(outputs, 1, 3, 3, {attr("pads", Dims{1, 1, 1, 1}), attr("strides", strides)});
    normalise();
    if (draws_.rarely(4)) {
      activate();
    }
    if (draws_.evenly()) {
      builder_.add(draws_.rarely(3) ? "Sub" : "Add", {shortcut});
    } else {
      builder_.add_reversed("Add", shortcut);
    }
    note("joined");
    update();
    activate();
  }

  void flatten() {
    switch (draws_.whole(0, 5)) {
      case 0: {
        const std::string map = builder_.value();
        builder_.add("Shape").add("Gather", {builder_.integers({0})}, {attr("axis", 0)});
        builder_.add("Concat", {builder_.integers({-1})}, {attr("axis", 0)});
        const std::string shape = builder_.value();
        builder_.set_value(map).add("Reshape", {shape});
        note("computed Reshape");
        break;
      }
      case 1:
        builder_.add("GlobalAveragePool").add("Flatten");
        note("GlobalAveragePool");
        break;
      case 2:
        builder_.add("ReduceMean", {}, {attr("axes", Dims{2, 3}), attr("keepdims", 0)});
        note("ReduceMean");
        break;
      case 3:
        builder_.add("Transpose", {}, {attr("perm", Dims{0, 2, 3, 1})}).add("Flatten");
        note("flattened channels last");
        break;
      case 4:
        builder_.add("Reshape", {builder_.integers({1, -1})});
        break;
      default:
        builder_.add("Flatten");
    }
    update();
  }

  void fully_connected(int outputs) {
    const std::string weights = drawn_weights({outputs, channels_});
    if (draws_.evenly()) {
      Attributes attributes{attr("transB", 1)};
      std::vector<std::string> further{weights};
      if (draws_.rarely(3)) {
        attributes.push_back(attr("alpha", draws_.real(0.3, 2)));
        note("alpha");
      }
      if (draws_.evenly()) {
        further.push_back(builder_.constant({outputs}, draws_.reals(static_cast<std::size_t>(outputs), -1, 1)));
        note("bias");
      }
      builder_.add("Gemm", further, attributes);
    } else {
      const std::string map = builder_.value();
      const std::string turned = builder_.set_value(weights).add("Transpose", {}, {attr("perm", Dims{1, 0})}).value();
      builder_.set_value(map).add("MatMul", {turned});
      note("MatMul");
    }
    update();
  }

  void scores() {
    switch (draws_.whole(0, 3)) {
      case 0:
        normalise();
        break;
      case 1:
        builder_.add(
            "Mul", {drawn_channels(builder_, draws_, draws_.reals(static_cast<std::size_t>(channels_), -2, 2), rank_)});
        note("scaled scores");
        break;
      case 2:
        builder_.add(
            "Add", {drawn_channels(builder_, draws_, draws_.reals(static_cast<std::size_t>(channels_), -2, 2), rank_)});
        note("offset scores");
        break;
      default:
        break;
    }
  }

  /// Initialisers become Constant nodes at the start of the graph.
  void make_constant_nodes() {
    auto* graph = result_.model.mutable_graph();
    const auto nodes = graph->node();
    graph->clear_node();
    for (auto& tensor : *graph->mutable_initializer()) {
      auto* node = graph->add_node();
      node->set_op_type("Constant");
      node->add_output(tensor.name());
      auto* attribute = node->add_attribute();
      attribute->set_name("value");
      attribute->set_type(::onnx::AttributeProto::TENSOR);
      *attribute->mutable_t() = tensor;
    }
    graph->clear_initializer();
    for (const auto& node : nodes) {
      *graph->add_node() = node;
    }
  }

  Draws draws_;
  ModelBuilder builder_;
  RandomGraph result_;
  network::Shape shape_;
  Map map_;
  int channels_ = 0;
  std::size_t rank_ = 4;
};

}  // namespace

RandomGraph draw_random_graph(unsigned seed) {
  return GraphWriter(seed).draw();
}

}  // namespace spinvp::test
