#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// The network after import and folding: integers only, one entry a layer that the chip runs. What the mapper places,
/// what the integer reference executes, and what every layer's output on the chip must equal bit for bit.
namespace spinvp::network {

/// A feature map's shape; values are stored row by row, pixel by pixel, channels innermost (HWC).
struct Shape {
  int height = 1;
  int width = 1;
  int channels = 1;

  std::size_t elements() const {
    return static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  }
  friend bool operator==(const Shape& a, const Shape& b) {
    return a.height == b.height && a.width == b.width && a.channels == b.channels;
  }
};

/// How a weight is written in bit-planes (binary one plane and a correction, ternary two planes, k-bit two's complement
/// k planes of which the top one counts negative).
enum class WeightKind {
  Binary,   ///< odd numbers from -(2^weight_bits - 1) to 2^weight_bits - 1 (DoReFa-Net); of one bit: -1 or +1
  Ternary,  ///< -1, 0 or +1
  Integer,  ///< two's complement of weight_bits bits
};

enum class LayerKind {
  Convolution,
  FullyConnected,
  Elementwise,  ///< no weights: the input's values take the place of the accumulators
};

enum class PoolKind {
  None,
  Max,
  Sum,  ///< average pooling without its division, which is folded into the scale of what follows
  /// Max pooling that the model does behind a batch norm, done before the thresholds: the largest in channels whose
  /// thresholds rise, the smallest where they fall.
  Monotone,
};

/// Where pooling stands: on the accumulators before the thresholds, or on the levels after them.
enum class PoolStage { BeforeThresholds, AfterThresholds };

struct Pooling {
  PoolKind kind = PoolKind::None;
  PoolStage stage = PoolStage::AfterThresholds;
  int kernel_height = 1;
  int kernel_width = 1;
  int stride_y = 1;
  int stride_x = 1;
  /// Positions around the map that windows may reach into: a maximum does not see them, a sum counts them as zero.
  /// Every window sees at least one position of the map.
  int pad_top = 0;
  int pad_left = 0;
  int pad_bottom = 0;
  int pad_right = 0;

  bool is_padded() const { return pad_top > 0 || pad_left > 0 || pad_bottom > 0 || pad_right > 0; }
};

/// Batch norm folded with the activation's quantiser: level = number of thresholds T with acc >= T (Rising), or with
/// acc <= T (Falling, for a negative batch-norm gain). Rising thresholds ascend, falling ones descend; a threshold that
/// no accumulator reaches is INT32_MAX (rising) or INT32_MIN (falling). With a residual the compared values have 64
/// bits and these sentinels are INT64_MAX and INT64_MIN.
struct ChannelThresholds {
  enum class Direction { Rising, Falling } direction = Direction::Rising;
  std::vector<std::int64_t> values;  ///< 2^threshold_bits - 1; 32 bits without a residual
};

/// Another layer's output or a constant map, of the accumulators' shape, added at a scale of its own. With thresholds:
/// what meets those of channel c is acc * 2^fraction_bits + multipliers[c] * value. Without: see Affine. The value is a
/// level, or an int32 of a layer without thresholds or of a constant map.
struct Residual {
  int layer = -1;                         ///< index of a layer before this one; -1: no layer's output is added
  int fraction_bits = 0;                  ///< 0..31; 0 without thresholds
  std::vector<std::int32_t> multipliers;  ///< one a channel
  int constant = -1;                      ///< index in IntegerGraph::constants instead of a layer; -1: none

  bool is_there() const { return layer >= 0 || constant >= 0; }
};

/// The last step of layers without thresholds: value -> (value * gains[c] + offsets[c]) / 2^shift, rounded half up,
/// saturated to 32 bits. With a residual multipliers[c] * residual is added before the division.
struct Affine {
  int shift = 0;                    ///< 0..62
  std::vector<std::int32_t> gains;  ///< one a channel; empty: no such step
  std::vector<std::int64_t> offsets;
};

/// Numbers that are added to a layer's accumulators, pixel by pixel: what a model's padding means where the image's
/// zero is no level, or a constant of the model with a value a pixel.
struct ConstantMap {
  Shape shape;
  std::vector<std::int32_t> values;  ///< HWC
};

constexpr int image_input = -1;  ///< Layer::source of layers that read the image

/// One layer as the chip runs it: multiply-accumulate, residual, then pooling and thresholds in either order. A fully
/// connected layer is a convolution whose kernel is its whole input. A residual asks for thresholds, with pooling,
/// if any, behind them, or for an affine step without pooling.
struct Layer {
  std::string name;  ///< the ONNX node's name, unique in the graph
  LayerKind kind = LayerKind::Convolution;

  int source = image_input;  ///< index of the layer before this one whose output, levels, is the input
  Shape input;
  int input_bits = 8;  ///< 1..12; input levels are unsigned, 0 .. 2^input_bits - 1

  int kernels = 0;  ///< output channels; Elementwise: the input's channels
  int groups = 1;   ///< a kernel of group g sees input channels [g, g + 1) * channels / groups
  int kernel_height = 1;
  int kernel_width = 1;
  int stride_y = 1;
  int stride_x = 1;
  int pad_top = 0;
  int pad_left = 0;
  int pad_bottom = 0;
  int pad_right = 0;
  int pad_level = 0;  ///< level of positions in the padding
  int dilation_y = 1;
  int dilation_x = 1;
  WeightKind weight_kind = WeightKind::Ternary;
  int weight_bits = 2;                ///< planes: 2 ternary, 1..8 binary and integer
  std::vector<std::int16_t> weights;  ///< [kernel][ky][kx][channel of the group]

  Shape convolved;  ///< of the accumulators, before pooling
  Residual residual;
  Pooling pooling;
  int threshold_bits = 0;                     ///< 0: no thresholds, the output is the accumulators
  std::vector<ChannelThresholds> thresholds;  ///< one a kernel
  Affine affine;                              ///< only without thresholds, behind pooling

  Shape output;         ///< after pooling
  int output_bits = 0;  ///< bits of an output level after pooling, up to 12; 0: int32 accumulators

  // What the model means by an output level: base + step * level. For people; nothing is computed with it.
  double step = 1;
  double base = 0;

  std::size_t weights_per_kernel() const {
    return static_cast<std::size_t>(kernel_height) * static_cast<std::size_t>(kernel_width) *
           static_cast<std::size_t>(input.channels / groups);
  }
  bool has_weights() const { return kind != LayerKind::Elementwise; }
  bool gives_levels() const { return threshold_bits > 0; }
  /// Multiply-accumulates of the layer.
  std::uint64_t macs() const {
    return has_weights() ? static_cast<std::uint64_t>(convolved.elements()) * weights_per_kernel() : 0;
  }
};

/// Layers from an unsigned image to int32 scores, in an order in which each reads only the image or layers before it. A
/// layer without thresholds, other than the last, can be read as a residual only.
struct IntegerGraph {
  std::string name;
  Shape input;
  int input_bits = 8;  ///< 1..8
  std::vector<ConstantMap> constants;
  std::vector<Layer> layers;  ///< the last one has no thresholds and gives the scores; only it may be read by nobody
};

/// Checks everything said above (shapes that follow from each other, weight ranges, threshold counts and order);
/// InputError names graph, layer and rule. Called by the importer on its result and by the mapper on its input.
void validate(const IntegerGraph& graph);

}  // namespace spinvp::network
