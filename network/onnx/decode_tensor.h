#pragma once

#include <onnx/onnx_pb.h>

#include <string>

#include "network/onnx/graph.h"

namespace spinvp::network::onnx {

/// A tensor of the file, whose bytes are moved out of it. InputError (starting with `where`, as "file: initialiser
/// 'w'") when its data stands in another file, when its element type holds no numbers, or when dims and data do not
/// agree.
Tensor decode_tensor(::onnx::TensorProto& proto, const std::string& where);

}  // namespace spinvp::network::onnx
