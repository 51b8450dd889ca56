#include "network/generate/network_writer.h"

#include <algorithm>
#include <cmath>

namespace spinvp::network {
namespace {

/// Gains of batch norms in front of an activation 0 .. 1: a deviation of about a third uses most of its levels.
constexpr double least_gain = 0.25;
constexpr double most_gain = 0.45;
constexpr double middle = 0.5;

/// How many deviations the maximum of a pooling window lies above the mean, about: neighbours are alike.
double rise_of_maximum(int side) {
  return side == 0 ? 0 : side <= 2 ? 0.8 : 1.1;
}

}  // namespace

NetworkWriter::NetworkWriter(const GenerateOptions& options, const GenerateProgress& progress, const std::string& name)
    : options_(options), progress_(progress), builder_(13, name), random_(options.seed) {}

void NetworkWriter::image(int side, int channels) {
  builder_.image(channels, side, side);
  map_.height = map_.width = side;
  map_.channels = channels;
}

void NetworkWriter::convolution(const Convolution& layer) {
  convolve(layer, least_gain, most_gain, middle);
  if (layer.pool > 0) {
    Attributes attributes{attr("kernel_shape", Dims{layer.pool, layer.pool}),
                          attr("strides", Dims{layer.pool_stride, layer.pool_stride})};
    if (layer.pool_pad > 0) {
      attributes.push_back(attr("pads", Dims(4, layer.pool_pad)));
    }
    builder_.add("MaxPool", {}, attributes);
    map_.height = (map_.height + 2 * layer.pool_pad - layer.pool) / layer.pool_stride + 1;
    map_.width = (map_.width + 2 * layer.pool_pad - layer.pool) / layer.pool_stride + 1;
  }
  activate();
}

void NetworkWriter::residual_block(const std::string& name, int kernels, int stride) {
  const Map input = map_;
  const std::string trunk = builder_.value();
  convolution({name + "_conv1", kernels, 3, stride, 1});
  std::string shortcut = trunk;
  // The shortcut carries the mean, what is added varies about zero.
  convolve({name + "_conv2", kernels, 3, 1, 1}, 0.3, 0.6, 0);
  const std::string main = builder_.value();
  if (stride != 1 || kernels != input.channels) {
    const Map behind = map_;
    map_ = input;
    builder_.set_value(trunk);
    convolve({name + "_shortcut", kernels, 1, stride, 0}, least_gain, most_gain, middle);
    shortcut = builder_.value();
    map_ = behind;
    builder_.set_value(main);
  }
  builder_.add("Add", {shortcut}, {}, name + "_add");
  activate();
}

void NetworkWriter::global_average() {
  builder_.add("GlobalAveragePool");
  map_.height = map_.width = 1;
}

void NetworkWriter::fully_connected(const std::string& name, int outputs) {
  const Levels levels = multiply(name, outputs, first_, {});
  batch_norm(levels, static_cast<std::size_t>(outputs), least_gain, most_gain, middle, 0);
  activate();
}

void NetworkWriter::scores(const std::string& name, int outputs) {
  Numbers bias;
  for (int i = 0; i < outputs; ++i) {
    bias.push_back(static_cast<float>(random_.uniform(-0.1, 0.1)));
  }
  multiply(name, outputs, true, {builder_.constant({outputs}, bias)});
}

NetworkWriter::Levels NetworkWriter::draw(std::size_t count, std::size_t fan_in, bool eight_bits) {
  const WeightsAndInputs& form = options_.weights_and_inputs;
  Levels levels;
  levels.values.resize(count);
  // Weights have a deviation of about one over the root of the fan-in, as trained ones do.
  const double spread = 1 / std::sqrt(static_cast<double>(fan_in)) * random_.uniform(0.8, 1.2);
  if (eight_bits || form.weight_bits == 8) {
    for (std::int8_t& level : levels.values) {
      level = static_cast<std::int8_t>(std::min(std::max(std::nearbyint(random_.normal() * 40), -127.0), 127.0));
    }
    levels.scale = spread / 40;
  } else if (form.ternary) {
    for (std::int8_t& level : levels.values) {
      const double place = random_.uniform();
      level = static_cast<std::int8_t>(place < 0.3 ? -1 : place < 0.6 ? 1 : 0);
    }
    levels.scale = spread;
  } else if (form.weight_bits == 1) {
    for (std::size_t first = 0; first < count; first += 64) {
      const std::uint64_t signs = random_.bits();
      for (std::size_t i = first; i < std::min(first + 64, count); ++i) {
        levels.values[i] = static_cast<std::int8_t>((signs >> (i - first) & 1) != 0 ? 1 : -1);
      }
    }
    levels.scale = spread;
  } else {  // DoReFa-Net: (2 q - (2^k - 1)) / (2^k - 1)
    const int most = (1 << form.weight_bits) - 1;
    for (std::int8_t& level : levels.values) {
      const double q = std::nearbyint((random_.normal() / 4 + 0.5) * most);
      level = static_cast<std::int8_t>(2 * static_cast<int>(std::min(std::max(q, 0.0), most * 1.0)) - most);
    }
    levels.scale = 1.0 / most;
  }
  levels.scale = static_cast<double>(static_cast<float>(levels.scale));
  return levels;
}

std::string NetworkWriter::weights(const Dims& dims, const Levels& levels) {
  const auto scale = static_cast<float>(levels.scale);
  if (!options_.float_weights) {
    return builder_.scaled_bytes(dims, levels.values, scale);
  }
  Numbers numbers;
  numbers.reserve(levels.values.size());
  for (const std::int8_t level : levels.values) {
    numbers.push_back(scale * static_cast<float>(level));
  }
  return builder_.constant(dims, numbers);
}

/// For independent inputs of the map's mean and variance, a kernel's sum has mean * (sum of its weights) and
/// variance * (sum of their squares). Both are counted in integers first, so that no order of roundings matters.
void NetworkWriter::batch_norm(const Levels& levels, std::size_t kernels, double least, double most, double bias,
                               int pooled) {
  const std::size_t size = levels.values.size() / kernels;
  Numbers gains;
  Numbers biases;
  Numbers means;
  Numbers variances;
  for (std::size_t kernel = 0; kernel < kernels; ++kernel) {
    std::int64_t sum = 0;
    std::int64_t squares = 0;
    for (std::size_t i = kernel * size; i < (kernel + 1) * size; ++i) {
      sum += levels.values[i];
      squares += levels.values[i] * levels.values[i];
    }
    const double gain = random_.uniform(least, most);
    const bool negative = random_.uniform() < 1.0 / 7;
    gains.push_back(static_cast<float>(negative ? -gain : gain));
    biases.push_back(static_cast<float>(bias - gain * rise_of_maximum(pooled) + random_.uniform(-0.08, 0.08)));
    means.push_back(static_cast<float>(levels.scale * map_.mean * static_cast<double>(sum)));
    variances.push_back(static_cast<float>(levels.scale * levels.scale * map_.variance *
                                           static_cast<double>(std::max<std::int64_t>(squares, 1))));
  }
  builder_.batch_norm(gains, biases, means, variances);
}

void NetworkWriter::convolve(const Convolution& layer, double least, double most, double bias) {
  if (progress_) {
    progress_(layer.name);
  }
  const int channels = map_.channels / layer.groups;
  const std::size_t fan_in =
      static_cast<std::size_t>(channels) * static_cast<std::size_t>(layer.size) * static_cast<std::size_t>(layer.size);
  const auto kernels = static_cast<std::size_t>(layer.kernels);
  const Levels levels = draw(kernels * fan_in, fan_in, first_);
  first_ = false;
  builder_.add("Conv", {weights({layer.kernels, channels, layer.size, layer.size}, levels)},
               {attr("strides", Dims{layer.stride, layer.stride}),
                attr("pads", Dims{layer.pad, layer.pad, layer.pad, layer.pad}), attr("group", layer.groups)},
               layer.name);
  batch_norm(levels, kernels, least, most, bias, layer.pool);
  map_.height = (map_.height + 2 * layer.pad - layer.size) / layer.stride + 1;
  map_.width = (map_.width + 2 * layer.pad - layer.size) / layer.stride + 1;
  map_.channels = layer.kernels;
}

void NetworkWriter::activate() {
  const int bits = options_.weights_and_inputs.activation_bits;
  builder_.activation(bits);
  map_.mean = middle;
  map_.variance = bits == 1 ? 0.25 : 0.1;
}

NetworkWriter::Levels NetworkWriter::multiply(const std::string& name, int outputs, bool eight_bits,
                                              const std::vector<std::string>& further) {
  if (progress_) {
    progress_(name);
  }
  if (!map_.flat) {
    builder_.add("Flatten");
  }
  const int features = map_.height * map_.width * map_.channels;
  Levels levels = draw(static_cast<std::size_t>(outputs) * static_cast<std::size_t>(features),
                       static_cast<std::size_t>(features), eight_bits);
  first_ = false;
  std::vector<std::string> inputs{weights({outputs, features}, levels)};
  inputs.insert(inputs.end(), further.begin(), further.end());
  builder_.add("Gemm", inputs, {attr("transB", 1)}, name);
  map_.height = map_.width = 1;
  map_.channels = outputs;
  map_.flat = true;
  return levels;
}

}  // namespace spinvp::network
