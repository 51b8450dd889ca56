#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "network/integer_graph.h"

/// Networks of the literature by shape, with seeded random weights, in the ONNX form that the importer reads: for
/// anyone who wants to measure a chip without weights from elsewhere. They classify nothing.
namespace spinvp::network {

/// Weight and activation widths of the hidden layers, W:I. First and last layers have 8-bit weights; the first one
/// reads the 8-bit image.
struct WeightsAndInputs {
  bool ternary = false;
  int weight_bits = 1;      ///< 2 where ternary
  int activation_bits = 1;  ///< I
};

/// "1:1", "4:4", "ternary:2" ...; InputError lists what is offered.
WeightsAndInputs parse_weights_and_inputs(const std::string& text);
const std::vector<std::string>& offered_weights_and_inputs();

struct GenerateOptions {
  std::string network;  ///< one of network_names()
  WeightsAndInputs weights_and_inputs;
  std::uint64_t seed = 1;
  bool groups = true;          ///< AlexNet's conv2, conv4 and conv5 in two groups
  bool float_weights = false;  ///< float32 initialisers, not INT8 with Cast and Mul: four times the size
};

const std::vector<std::string>& network_names();

/// Told of each layer before its weights are drawn.
using GenerateProgress = std::function<void(const std::string& layer)>;

/// The ONNX file's bytes; equal options give equal bytes on every machine. InputError for a network that is not
/// offered.
///
/// Hidden layers are Conv or Gemm, BatchNormalization, MaxPool where there is one, and a quantised activation. Batch
/// norms normalise to what random inputs give with the layer's own weights, one gain in seven is negative, and biases
/// put the activations' mean near the middle, so that no layer is all zeros or all saturated.
std::string generate_network(const GenerateOptions& options, const GenerateProgress& progress = {});

/// An IDX file (network/dataset.h) of `count` images of the shape that the network reads: random pixels, each value as
/// likely as any other; the seed's, on every machine. InputError for a network that is not offered.
std::string generate_images(const GenerateOptions& options, std::uint32_t count);

/// The same network, imported.
IntegerGraph generate_graph(const GenerateOptions& options);

}  // namespace spinvp::network
