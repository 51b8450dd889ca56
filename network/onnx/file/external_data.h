#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <string>

namespace spinvp::network::onnx {

/// The `size` bytes of a tensor whose data stands in another file of the model's folder. InputError (starting with
/// `where`) when the location is absolute, leaves `folder` (by "..", or through a link), is missing, is no file or too
/// short, or when offset and length are no such numbers or another length. Nothing is allocated before that is known.
/// An empty folder stands for a model that was not read from a file.
std::string read_external_data(const ::onnx::TensorProto& proto, std::size_t size, const std::string& folder,
                               const std::string& where);

}  // namespace spinvp::network::onnx
