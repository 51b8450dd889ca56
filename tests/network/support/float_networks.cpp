#include "network/support/float_networks.h"

#include <algorithm>
#include <cmath>

namespace spinvp::test {
namespace {

using network::Random;

class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed) {
    builder_.image(float_network_image.channels, float_network_image.height, float_network_image.width);
  }

  ModelBuilder& builder() { return builder_; }

  Writer& conv(int kernels, int size, int stride = 1, int pad = 0) {
    builder_.conv({kernels, channels_, size, size}, weights(kernels, channels_ * size * size),
                  {attr("strides", Dims{stride, stride}), attr("pads", Dims{pad, pad, pad, pad})});
    channels_ = kernels;
    side_ = (side_ + 2 * pad - size) / stride + 1;
    return *this;
  }

  Writer& batch_norm() {
    const auto draw = [&](double low, double high) {
      Numbers numbers(static_cast<std::size_t>(channels_));
      std::generate(numbers.begin(), numbers.end(), [&] { return static_cast<float>(random_.uniform(low, high)); });
      return numbers;
    };
    const Numbers gain = draw(0.7, 1.3);
    const Numbers bias = draw(-0.2, 0.2);
    const Numbers mean = draw(-0.2, 0.2);
    builder_.batch_norm(gain, bias, mean, draw(0.5, 1.5));
    return *this;
  }

  Writer& relu() {
    builder_.add("Relu");
    return *this;
  }

  Writer& fully_connected(int outputs, bool bias = true) {
    const int features = channels_ * side_ * side_;
    builder_.add("Flatten");
    std::vector<std::string> further{builder_.constant({outputs, features}, weights(outputs, features))};
    if (bias) {
      further.push_back(builder_.constant({outputs}, weights(1, outputs)));
    }
    builder_.add("Gemm", further, {attr("transB", 1)});
    channels_ = outputs;
    side_ = 1;
    return *this;
  }

  Writer& global_average() {
    builder_.add("GlobalAveragePool");
    side_ = 1;
    return *this;
  }

  Writer& max_pool() {
    builder_.add("MaxPool", {}, {attr("kernel_shape", Dims{2, 2}), attr("strides", Dims{2, 2})});
    side_ /= 2;
    return *this;
  }

  /// Conv, BN, ReLU, Conv, BN, sum with the shortcut, ReLU.
  Writer& block(int kernels, int stride) {
    const std::string input = builder_.value();
    const int channels = channels_;
    const int side = side_;
    conv(kernels, 3, stride, 1).batch_norm().relu().conv(kernels, 3, 1, 1).batch_norm();
    const std::string main = builder_.value();
    builder_.set_value(input);
    if (kernels != channels || stride != 1) {
      channels_ = channels;
      side_ = side;
      conv(kernels, 1, stride).batch_norm();
    }
    const std::string shortcut = builder_.value();
    builder_.set_value(main).add("Add", {shortcut});
    return relu();
  }

  /// BN, ReLU, Conv, sum with what came in.
  Writer& pre_activated_block() {
    const std::string input = builder_.value();
    batch_norm().relu().conv(channels_, 3, 1, 1);
    builder_.add("Add", {input});
    return *this;
  }

 private:
  /// Normal, so that sums are about as large as what comes in.
  Numbers weights(int kernels, int fan_in) {
    Numbers numbers(static_cast<std::size_t>(kernels) * static_cast<std::size_t>(fan_in));
    const double deviation = std::sqrt(2.0 / fan_in);
    std::generate(numbers.begin(), numbers.end(), [&] { return static_cast<float>(random_.normal() * deviation); });
    return numbers;
  }

  ModelBuilder builder_;
  Random random_;
  int channels_ = float_network_image.channels;
  int side_ = float_network_image.height;
};

}  // namespace

const char* to_string(FloatNetwork network) {
  switch (network) {
    case FloatNetwork::Perceptron:
      return "perceptron";
    case FloatNetwork::Convolutional:
      return "convolutional";
    case FloatNetwork::Residual:
      return "residual";
    case FloatNetwork::PreActivation:
      return "pre-activation";
    case FloatNetwork::Signed:
      return "signed";
    case FloatNetwork::SignedAndPadded:
      return "signed and padded";
  }
  return "";
}

::onnx::ModelProto float_network(FloatNetwork network, std::uint64_t seed) {
  Writer writer(seed);
  switch (network) {
    case FloatNetwork::Perceptron:
      writer.fully_connected(32).relu().fully_connected(24).relu();
      break;
    case FloatNetwork::Convolutional:
      writer.conv(8, 3, 1, 1).batch_norm().builder().clip(0, 6);
      writer.max_pool().conv(12, 3, 1, 1).batch_norm().relu().conv(12, 3, 2, 1).relu().global_average();
      break;
    case FloatNetwork::Residual:
      writer.conv(8, 3, 1, 1).batch_norm().relu().block(8, 1).block(12, 2).global_average();
      break;
    case FloatNetwork::PreActivation:
      writer.conv(8, 3, 1, 1).pre_activated_block().pre_activated_block().batch_norm().relu().global_average();
      break;
    case FloatNetwork::Signed:
    case FloatNetwork::SignedAndPadded: {
      const int pad = network == FloatNetwork::Signed ? 0 : 1;
      writer.conv(8, 3, 1, pad).builder().add("LeakyRelu", {}, {attr("alpha", 0.25f)});
      writer.conv(8, 3, 1, pad).builder().add("Tanh");
      writer.conv(8, 3, 2, pad).batch_norm();
      break;
    }
  }
  writer.fully_connected(float_network_scores);
  return writer.builder().model();
}

std::vector<std::uint8_t> random_images(std::size_t count, std::uint64_t seed, const network::Shape& shape) {
  Random random(seed);
  std::vector<std::uint8_t> images;
  for (std::size_t image = 0; image < count; ++image) {
    const double low = random.uniform(0, 128);
    const double high = random.uniform(low, 256);
    for (std::size_t i = 0; i < shape.elements(); ++i) {
      images.push_back(static_cast<std::uint8_t>(random.uniform(low, high)));
    }
  }
  return images;
}

}  // namespace spinvp::test
