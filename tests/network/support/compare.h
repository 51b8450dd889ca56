#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <vector>

#include "network/integer_graph.h"

namespace spinvp::test {

/// Runs the integer graph on an image (HWC) and the model in float64, and compares every layer's output: the float
/// values must be what the layer says its levels mean, or one positive factor times its numbers. Says where they
/// differ; empty when they agree.
std::string difference(const ::onnx::ModelProto& model, const network::IntegerGraph& graph,
                       const std::vector<std::uint8_t>& image);

/// The same for `count` random images.
std::string difference_on_random_images(const ::onnx::ModelProto& model, std::uint32_t seed, int count = 5);

}  // namespace spinvp::test
