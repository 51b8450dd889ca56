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

/// How a weight is written in bit-planes (facts: binary one plane and a correction, ternary two planes, k-bit two's
/// complement k planes of which the top one counts negative).
enum class WeightKind {
  Binary,   ///< -1 or +1
  Ternary,  ///< -1, 0 or +1
  Integer,  ///< two's complement of weight_bits bits
};

enum class LayerKind { Convolution, FullyConnected };

enum class PoolKind {
  None,
  Max,
  Sum,  ///< average pooling without its division, which is folded into the scale of what follows
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
};

/// Batch norm folded with the activation's quantiser: level = number of thresholds T with acc >= T (Rising), or with
/// acc <= T (Falling, for a negative batch-norm gain). Rising thresholds ascend, falling ones descend; a threshold that
/// no accumulator reaches is INT32_MAX (rising) or INT32_MIN (falling).
struct ChannelThresholds {
  enum class Direction { Rising, Falling } direction = Direction::Rising;
  std::vector<std::int32_t> values;  ///< 2^threshold_bits - 1
};

/// One layer as the chip runs it: multiply-accumulate, then pooling and thresholds in either order. A fully connected
/// layer is a convolution whose kernel is its whole input.
struct Layer {
  std::string name;  ///< the ONNX node's name, unique in the graph
  LayerKind kind = LayerKind::Convolution;

  Shape input;
  int input_bits = 8;  ///< input levels are unsigned, 0 .. 2^input_bits - 1

  int kernels = 0;  ///< output channels
  int kernel_height = 1;
  int kernel_width = 1;
  int stride_y = 1;
  int stride_x = 1;
  int pad_top = 0;
  int pad_left = 0;
  int pad_bottom = 0;
  int pad_right = 0;
  WeightKind weight_kind = WeightKind::Ternary;
  int weight_bits = 2;               ///< planes: 1 binary, 2 ternary, k for Integer (1..8)
  std::vector<std::int8_t> weights;  ///< [kernel][ky][kx][channel]

  Shape convolved;  ///< of the accumulators, before pooling
  Pooling pooling;
  int threshold_bits = 0;                     ///< 0: no thresholds, the output is the accumulators (scores)
  std::vector<ChannelThresholds> thresholds;  ///< one a kernel

  Shape output;         ///< after pooling
  int output_bits = 0;  ///< bits of an output level after pooling; 0: int32 accumulators

  std::size_t weights_per_kernel() const {
    return static_cast<std::size_t>(kernel_height) * static_cast<std::size_t>(kernel_width) *
           static_cast<std::size_t>(input.channels);
  }
  /// Multiply-accumulates of the layer.
  std::uint64_t macs() const { return static_cast<std::uint64_t>(convolved.elements()) * weights_per_kernel(); }
};

/// A chain of layers from an unsigned 8-bit image to int32 scores.
struct IntegerGraph {
  std::string name;
  Shape input;
  int input_bits = 8;
  std::vector<Layer> layers;  ///< each layer's input is the one before's output; the last one has no thresholds
};

/// Checks everything said above (shapes that follow from each other, weight ranges, threshold counts and order);
/// InputError names graph, layer and rule. Called by the importer on its result and by the mapper on its input.
void validate(const IntegerGraph& graph);

}  // namespace spinvp::network
