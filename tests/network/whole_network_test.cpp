#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "network/reference.h"
#include "network/support/compare.h"
#include "network/support/model_builder.h"

using namespace spinvp::test;

namespace {

/// Draws small networks: every weight kind, window, pooling and activation that the importer reads.
class RandomNetwork {
 public:
  explicit RandomNetwork(std::uint32_t seed) : random_(seed) {}

  ::onnx::ModelProto draw() {
    channels_ = integer(1, 3);
    height_ = integer(4, 9);
    width_ = integer(4, 9);
    builder_.image(channels_, height_, width_);
    const int convolutions = integer(1, 3);
    for (int layer = 0; layer < convolutions; ++layer) {
      convolution();
      activation();
    }
    const int blocks = integer(0, 2);
    for (int block = 0; block < blocks; ++block) {
      residual_block();
    }
    if (integer(0, 1) == 0) {
      fully_connected(integer(2, 6), true);
      channels_ = features_;
      normalise(true);
      builder_.activation(integer(1, 4));
      fully_connected(integer(2, 5), false);
    } else {
      fully_connected(integer(2, 5), true);
    }
    if (integer(0, 1) == 0) {
      builder_.add("Add", {builder_.constant({features_}, Numbers(static_cast<std::size_t>(features_), real(-3, 3)))});
    }
    return builder_.model();
  }

 private:
  int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  float real(float low, float high) { return std::uniform_real_distribution<float>(low, high)(random_); }

  /// Scales with few mantissa bits, so that float32 weights are exact products.
  float scale() { return static_cast<float>(integer(1, 64)) / 64.0f; }

  Numbers weights(int kernels, int size, bool scale_per_kernel) {
    const int bits = integer(0, 7);  // 0 binary, 1 ternary, k-bit, odd of 2 or 3 bits
    Numbers result;
    float factor = scale();
    for (int kernel = 0; kernel < kernels; ++kernel) {
      factor = scale_per_kernel ? scale() : factor;
      for (int i = 0; i < size; ++i) {
        const int odd = bits == 6 ? 3 : 7;
        const int level = bits >= 6 ? 2 * integer(0, odd) - odd
                          : bits == 0
                              ? 2 * integer(0, 1) - 1
                              : (bits == 1 ? integer(-1, 1) : integer(-(1 << (bits - 1)), (1 << (bits - 1)) - 1));
        result.push_back(factor * static_cast<float>(level));
      }
    }
    float squares = 0;
    for (const float weight : result) {
      squares += weight * weight;
    }
    spread_ = std::sqrt(squares / static_cast<float>(kernels));
    return result;
  }

  void convolution() {
    const int groups = integer(0, 2) == 0 ? channels_ : 1;
    const int kernels = groups * integer(1, groups > 1 ? 3 : 8);
    const int kernel_height = integer(1, std::min(3, height_));
    const int kernel_width = integer(1, std::min(3, width_));
    const int dilation_y = kernel_height < height_ && kernel_height == 2 ? integer(1, 2) : 1;
    const int dilation_x = kernel_width < width_ && kernel_width == 2 ? integer(1, 2) : 1;
    const int stride_y = integer(1, 2);
    const int stride_x = integer(1, 2);
    const int pads[4] = {integer(0, 1), integer(0, 1), integer(0, 1), integer(0, 1)};
    builder_.conv({kernels, channels_ / groups, kernel_height, kernel_width},
                  weights(kernels, channels_ / groups * kernel_height * kernel_width, integer(0, 3) == 0),
                  {attr("strides", Dims{stride_y, stride_x}), attr("pads", Dims{pads[0], pads[1], pads[2], pads[3]}),
                   attr("dilations", Dims{dilation_y, dilation_x}), attr("group", groups)});
    height_ = (height_ + pads[0] + pads[2] - (kernel_height - 1) * dilation_y - 1) / stride_y + 1;
    width_ = (width_ + pads[1] + pads[3] - (kernel_width - 1) * dilation_x - 1) / stride_x + 1;
    channels_ = kernels;
  }

  /// A 3 x 3 layer that keeps the map's size.
  void same_size(int kernels, int side) {
    builder_.conv({kernels, channels_, side, side}, weights(kernels, channels_ * side * side, false),
                  {attr("pads", Dims{side / 2, side / 2, side / 2, side / 2})});
    channels_ = kernels;
    normalise(false);
  }

  /// Two branches of one map, joined before an activation: each the map itself, a layer's values, or its levels.
  void residual_block() {
    const std::string trunk = builder_.value();
    const int channels = channels_;
    const int first = integer(0, 2);
    const int second = first == 0 ? integer(1, 2) : integer(0, 2);
    const int kernels = first == 0 || second == 0 ? channels : integer(1, 5);
    branch(first, kernels, 3);
    const std::string joined = builder_.value();
    builder_.set_value(trunk);
    channels_ = channels;
    branch(second, kernels, 1);
    if (integer(0, 2) == 0) {
      builder_.mul(real(0.3f, 1.2f));
    }
    builder_.add(integer(0, 4) == 0 ? "Sub" : "Add", {joined});
    if (integer(0, 1) == 0) {
      builder_.add("Add", {builder_.scalar(real(-0.3f, 0.3f))});
    }
    builder_.activation(integer(1, 4));
    if (integer(0, 2) == 0) {
      pool(integer(0, 1) == 0);
    }
  }

  void branch(int kind, int kernels, int side) {
    if (kind == 0) {
      return;
    }
    same_size(kernels, side);
    if (kind == 2) {
      builder_.activation(integer(1, 3));
    }
  }

  void pool(bool maximum) {
    const int kernel_height = integer(1, std::min(2, height_));
    const int kernel_width = integer(1, std::min(2, width_));
    const int stride = integer(1, 2);
    builder_.add(maximum ? "MaxPool" : "AveragePool", {},
                 {attr("kernel_shape", Dims{kernel_height, kernel_width}), attr("strides", Dims{stride, stride})});
    height_ = (height_ - kernel_height) / stride + 1;
    width_ = (width_ - kernel_width) / stride + 1;
  }

  void normalise(bool flat) {
    Numbers gain, bias, mean, variance;
    for (int channel = 0; channel < channels_; ++channel) {
      gain.push_back(integer(0, 9) == 0 ? 0.0f : real(0.5f, 2.0f) * static_cast<float>(2 * integer(0, 1) - 1));
      bias.push_back(real(0.1f, 0.9f));
      mean.push_back(spread_ * real(-0.2f, 0.2f));
      const float deviation = spread_ * real(0.2f, 0.7f);
      variance.push_back(deviation * deviation);
    }
    if (flat && integer(0, 1) == 0) {
      builder_.add("Mul", {builder_.constant({channels_}, gain)}).add("Add", {builder_.constant({1, channels_}, bias)});
    } else {
      builder_.batch_norm(gain, bias, mean, variance);
    }
  }

  void activation() {
    const int place = integer(0, 3);  // of the pooling: none, before, between, after
    const bool maximum = integer(0, 1) == 0;
    if (place == 1) pool(maximum);
    normalise(false);
    if (place == 2) pool(maximum);
    builder_.activation(integer(1, 4));
    if (place == 3) pool(maximum);
  }

  void fully_connected(int outputs, bool from_map) {
    const int features = from_map ? channels_ * height_ * width_ : channels_;
    if (from_map) {
      builder_.add("Flatten");
    }
    const Numbers values = weights(outputs, features, false);
    if (integer(0, 1) == 0) {
      builder_.add("Gemm", {builder_.constant({outputs, features}, values)}, {attr("transB", 1)});
    } else {
      builder_.add("MatMul", {builder_.constant({features, outputs}, values)});
    }
    features_ = outputs;
  }

  std::mt19937 random_;
  ModelBuilder builder_;
  int channels_ = 1;
  int height_ = 1;
  int width_ = 1;
  int features_ = 1;
  float spread_ = 1;  ///< of the latest layer's outputs, about: so that batch norms keep them on the quantiser's slope
};

}  // namespace

TEST_CASE("random networks equal their evaluation in float64, layer by layer") {
  int layers = 0;
  int telling = 0;  // layers whose outputs depend on the image
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    const ::onnx::ModelProto model = RandomNetwork(seed).draw();
    REQUIRE(difference_on_random_images(model, seed, 3) == "");
    const spinvp::network::IntegerGraph graph = import(model);
    const auto black = run_reference(graph, std::vector<std::uint8_t>(graph.input.elements(), 0).data());
    const auto white = run_reference(graph, std::vector<std::uint8_t>(graph.input.elements(), 255).data());
    for (std::size_t layer = 0; layer < graph.layers.size(); ++layer) {
      ++layers;
      telling += black[layer].values != white[layer].values;
    }
  }
  CHECK(5 * telling > 2 * layers);
}
