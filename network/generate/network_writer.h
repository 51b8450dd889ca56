#pragma once

#include <string>
#include <vector>

#include "network/generate/generate.h"
#include "network/generate/model_builder.h"
#include "network/generate/random.h"

namespace spinvp::network {

/// Writes a network layer by layer: draws weights, calibrates batch norms, keeps track of shapes.
class NetworkWriter {
 public:
  struct Convolution {
    std::string name;
    int kernels = 1;
    int size = 3;  ///< rows and columns of a kernel
    int stride = 1;
    int pad = 0;
    int groups = 1;
    int pool = 0;  ///< rows and columns of a maximum pooling window behind the batch norm; 0: none
    int pool_stride = 2;
    int pool_pad = 0;
  };

  NetworkWriter(const GenerateOptions& options, const GenerateProgress& progress, const std::string& name);

  void image(int side, int channels);
  /// Convolution, batch norm, pooling, activation.
  void convolution(const Convolution& layer);
  /// Two 3 x 3 convolutions and a shortcut that is added before the last activation: the block's input, or a 1 x 1
  /// convolution of it with batch norm where shapes change.
  void residual_block(const std::string& name, int kernels, int stride);
  void global_average();
  /// Fully connected layer, batch norm, activation.
  void fully_connected(const std::string& name, int outputs);
  /// The last layer, with a bias.
  void scores(const std::string& name, int outputs);

  std::string bytes() const { return builder_.bytes(); }

 private:
  /// A value of the network: what is known of it by construction.
  struct Map {
    std::string value;
    int height = 1;
    int width = 1;
    int channels = 1;
    bool flat = false;
    double mean = 0.5;  ///< expected, of one element
    double variance = 1.0 / 12;
  };
  /// A layer's weights as integers, kernel by kernel.
  struct Levels {
    std::vector<std::int8_t> values;
    double scale = 1;
  };

  Levels draw(std::size_t count, std::size_t fan_in, bool eight_bits);
  std::string weights(const Dims& dims, const Levels& levels);
  void batch_norm(const Levels& levels, std::size_t kernels, double least_gain, double most_gain, double bias,
                  int pooled);
  void convolve(const Convolution& layer, double least_gain, double most_gain, double bias);
  void activate();
  void flatten();
  Levels multiply(const std::string& name, int outputs, bool eight_bits, const std::vector<std::string>& further);

  const GenerateOptions& options_;
  const GenerateProgress& progress_;
  ModelBuilder builder_;
  Random random_;
  Map map_;
  bool first_ = true;  ///< no layer has been written
};

}  // namespace spinvp::network
