#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spinvp::test {

struct FloatTensor {
  std::vector<std::int64_t> dims;
  std::vector<double> values;
};

/// Executes an ONNX model in float64 straight from its protobuf, operator by operator: independent of the importer.
/// `image` holds the pixels in the order of the model's input (CHW). Returns every value of the graph by name.
std::map<std::string, FloatTensor> evaluate(const ::onnx::ModelProto& model, const std::vector<std::uint8_t>& image);

}  // namespace spinvp::test
