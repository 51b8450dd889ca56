#pragma once

#include <cstdint>
#include <vector>

#include "network/generate/random.h"
#include "network/integer_graph.h"
#include "network/support/model_builder.h"

/// Small networks as a float framework exports them, with random weights and nothing quantised.
namespace spinvp::test {

enum class FloatNetwork {
  Perceptron,      ///< two hidden layers with ReLU
  Convolutional,   ///< padded convolutions with batch norm, ReLU6 and pooling, mean over the map
  Residual,        ///< a ReLU block with identity and one with 1 x 1 shortcut
  PreActivation,   ///< the stream between blocks is signed; batch norm and ReLU come first
  Signed,          ///< LeakyReLU and Tanh: negative activations, without padding
  SignedAndPadded  ///< the same with padding
};

constexpr FloatNetwork all_float_networks[] = {FloatNetwork::Perceptron, FloatNetwork::Convolutional,
                                               FloatNetwork::Residual,   FloatNetwork::PreActivation,
                                               FloatNetwork::Signed,     FloatNetwork::SignedAndPadded};

const char* to_string(FloatNetwork network);

/// What all of them read.
constexpr network::Shape float_network_image{8, 8, 2};
constexpr int float_network_scores = 5;

::onnx::ModelProto float_network(FloatNetwork network, std::uint64_t seed);

/// Images of changing brightness and contrast, one behind the other.
std::vector<std::uint8_t> random_images(std::size_t count, std::uint64_t seed,
                                        const network::Shape& shape = float_network_image);

}  // namespace spinvp::test
