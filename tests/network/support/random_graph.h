#pragma once

#include <onnx/onnx_pb.h>

#include <optional>
#include <string>

#include "network/input_scaling.h"

namespace spinvp::test {

struct RandomGraph {
  ::onnx::ModelProto model;
  std::optional<network::InputScaling> scaling;  ///< for models with real inputs
  std::string forms;                             ///< what it is made of, in order
};

/// A small quantised network as some exporter might write it, of real numbers between its quantisers.
RandomGraph draw_random_graph(unsigned seed);

}  // namespace spinvp::test
