#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "network/float_reference.h"
#include "network/integer_graph.h"
#include "network/onnx/model/graph.h"

namespace spinvp::network {

/// Quantising a float model after training: bits, and images that show how large activations become.
struct PostTraining {
  int weight_bits = 8;      ///< 1..8
  int activation_bits = 8;  ///< 1..8
  Shape shape;              ///< of the images
  std::size_t count = 0;    ///< at least one
  std::vector<std::uint8_t> images;
  /// Told how many images are done, one after the other.
  std::function<void(std::size_t)> on_image{};
};

namespace onnx {

/// Puts QONNX quantisers into a graph: on weights that are no integers times a scale (signed, one scale an output
/// channel; of one bit: the mean magnitude with a sign), and on values that layers or sums of two maps read although
/// nothing rounds them (unsigned where no image makes them negative; one scale). Scales are those of least squared
/// error over the weights, and over the calibration images' values in the float64 reference, which runs each image
/// once. What is quantised already stays. Gives a sentence on the whole and one for each quantiser. Constants that can
/// be computed are. InputError as calibrate() in quantise/calibration.h, and for weights that are no finite numbers.
std::vector<std::string> quantise_after_training(Graph& graph, const FloatReference& reference,
                                                 const PostTraining& options);

}  // namespace onnx
}  // namespace spinvp::network
