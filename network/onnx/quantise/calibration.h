#pragma once

#include <map>
#include <string>
#include <vector>

#include "network/float_reference.h"
#include "network/onnx/model/graph.h"
#include "network/onnx/quantise/post_training.h"
#include "network/onnx/quantise/scale_search.h"

namespace spinvp::network::onnx {

/// What the float64 reference gives for some values over all calibration images. InputError when a value is no finite
/// number, or nothing but 0 in all images, and when the images have a single colour.
std::map<std::string, Histogram> calibrate(const Graph& graph, const FloatReference& reference,
                                           const PostTraining& options, const std::vector<std::string>& values);

}  // namespace spinvp::network::onnx
