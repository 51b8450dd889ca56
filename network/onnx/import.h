#pragma once

#include <string>

#include "network/integer_graph.h"

namespace spinvp::network {

/// Reads a quantised network from an ONNX file: a chain of Conv, Gemm and MatMul layers with pooling and quantised
/// activations, on a uint8 image. InputError names the file, the node, why it cannot be run and what could.
IntegerGraph import_onnx(const std::string& path);

/// The same from the file's bytes; `file` stands for it in messages.
IntegerGraph import_onnx_bytes(const std::string& bytes, const std::string& file);

}  // namespace spinvp::network
