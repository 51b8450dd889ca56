#pragma once

#include <cstdint>
#include <vector>

#include "network/integer_graph.h"
#include "tests/network/mapping/support/random.h"

namespace spinvp::test {

/// What a test says about a layer; shapes, weights and thresholds follow.
struct LayerSpec {
  int kernels = 4;
  int kernel_height = 3;
  int kernel_width = 3;
  int stride_y = 1;
  int stride_x = 1;
  int pad_top = 0;
  int pad_left = 0;
  int pad_bottom = 0;
  int pad_right = 0;
  int pad_level = 0;  ///< or any_level: drawn from those of the input
  network::WeightKind weight_kind = network::WeightKind::Ternary;
  int weight_bits = 2;
  int threshold_bits = 2;  ///< of the last layer: ignored
  network::Pooling pooling;
  int groups = 1;
  int dilation = 1;
  bool elementwise = false;  ///< no weights: kernels and window follow from the source
  int source = previous;
  int residual = -1;
  bool constant = false;  ///< adds a map of its own
  bool affine = false;

  static constexpr int previous = -2;
  static constexpr int any_level = -1;

  LayerSpec& reads(int layer) {
    source = layer;
    return *this;
  }
  LayerSpec& adds(int layer) {
    residual = layer;
    return *this;
  }
  LayerSpec& adds_constant() {
    constant = true;
    return *this;
  }
  LayerSpec& in_groups(int count) {
    groups = count;
    return *this;
  }
  LayerSpec& pad(int all) {
    pad_top = pad_left = pad_bottom = pad_right = all;
    return *this;
  }
  LayerSpec& pad_with(int level) {
    pad_level = level;
    return *this;
  }
  LayerSpec& weights(network::WeightKind kind, int bits) {
    weight_kind = kind;
    weight_bits = bits;
    return *this;
  }
  LayerSpec& pool(network::PoolKind kind, network::PoolStage stage, int size, int stride) {
    pooling = {kind, stage, size, size, stride, stride};
    return *this;
  }
};

/// A layer of kernels x size x size.
LayerSpec square(int kernels, int size, int threshold_bits = 2);

/// A layer without weights.
LayerSpec elementwise(int threshold_bits = 2);

/// Makes a valid graph layer by layer. Weights are drawn; thresholds are drawn around the sums that occur, most rising,
/// some falling, some constant, some out of reach.
class GraphBuilder {
 public:
  GraphBuilder(std::uint32_t seed, network::Shape input, int input_bits = 8);

  GraphBuilder& layer(const LayerSpec& spec);
  /// A layer whose kernels are its whole input.
  GraphBuilder& fully_connected(int outputs, int threshold_bits = 2,
                                network::WeightKind kind = network::WeightKind::Ternary, int weight_bits = 2);
  const network::Shape& shape() const { return shape_; }
  int bits() const { return bits_; }
  int last() const { return static_cast<int>(graph_.layers.size()) - 1; }
  const network::Layer& at(int layer) const { return graph_.layers[static_cast<std::size_t>(layer)]; }

  /// The graph; its last layer gives scores.
  network::IntegerGraph graph();

 private:
  void draw_weights(network::Layer& layer);
  void draw_residual(network::Layer& layer);
  void draw_thresholds(network::Layer& layer);
  void draw_affine(network::Layer& layer);
  double largest_value(int layer) const;  ///< of its output for some image

  Random random_;
  network::IntegerGraph graph_;
  network::Shape shape_;
  int bits_;
};

/// A whole network of one to four random layers whose image has at most `largest_side` rows and columns.
network::IntegerGraph random_graph(std::uint32_t seed, int largest_side = 11);

/// What random networks are made of.
struct GraphLimits {
  int largest_side = 9;
  int most_input_bits = 8;  ///< of the image
  bool signs_only = false;  ///< binary weights of one bit and ternary weights alone
};

/// A network with branches: blocks whose input is added to their output, as levels, as levels of another layer or as
/// int32 values of a 1 x 1 convolution; chains of sums without thresholds; constant maps; groups, dilation, layers
/// without weights, affine scores, which may be a sum themselves.
network::IntegerGraph random_branched_graph(std::uint32_t seed, const GraphLimits& limits = {});

/// A random image for a graph.
std::vector<std::uint8_t> random_image(const network::IntegerGraph& graph, std::uint32_t seed);

}  // namespace spinvp::test
