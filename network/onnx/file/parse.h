#pragma once

#include <string>

#include "network/onnx/model/graph.h"

namespace spinvp::network::onnx {

/// Reads an ONNX file. InputError when the file is missing, is no complete ONNX model, is written for operator sets
/// that are not read, keeps data outside the
/// folder of the file, or holds tensors whose dims and data do not agree. What the nodes
/// mean is not looked at here.
Graph parse(const std::string& path);

/// The same from bytes in memory; `file` stands for the file in messages.
Graph parse_bytes(const std::string& bytes, const std::string& file);

}  // namespace spinvp::network::onnx
