#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "network/input_scaling.h"
#include "network/integer_graph.h"

namespace spinvp::test {

/// Runs the integer graph on an image (HWC) and the model in float64, and compares every layer's output: what the model
/// has must be step * integer, of levels base + step * level. Says where they differ; empty when they agree.
std::string difference(const ::onnx::ModelProto& model, const network::IntegerGraph& graph,
                       const std::vector<std::uint8_t>& image);

/// The same for `count` random images.
std::string difference_on_random_images(const ::onnx::ModelProto& model, std::uint32_t seed, int count = 5,
                                        const std::optional<network::InputScaling>& scaling = std::nullopt);

struct Comparison {
  std::string difference;  ///< the first one; empty when layers agree
  int on_boundaries = 0;   ///< images that differ, with a number that the model rounds or compares on a boundary
};
Comparison compare_on_random_images(const ::onnx::ModelProto& model, std::uint32_t seed, int count,
                                    const std::optional<network::InputScaling>& scaling);

}  // namespace spinvp::test
