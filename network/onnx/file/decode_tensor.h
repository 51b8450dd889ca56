#pragma once

#include <onnx/onnx_pb.h>

#include <string>

#include "network/onnx/model/graph.h"

namespace spinvp::network::onnx {

/// A tensor of the file, whose bytes are moved out of it or read from the file beside it that it names. InputError
/// (starting with `where`, as "file: initialiser 'w'") when its element type holds no numbers that are read, when dims
/// and data do not agree, and as read_external_data(). `folder` is the model's own, empty when there is none.
Tensor decode_tensor(::onnx::TensorProto& proto, const std::string& folder, const std::string& where);

}  // namespace spinvp::network::onnx
