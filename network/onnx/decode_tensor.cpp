#include "network/onnx/decode_tensor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>

#include "core/errors.h"

namespace spinvp::network::onnx {
namespace {

using ::onnx::TensorProto;

[[noreturn]] void fail(const std::string& where, const std::string& reason) {
  throw InputError(fmt::format("{}: {}", where, reason));
}

/// The values of one of protobuf's typed fields as bytes of their type.
template <typename Element, typename Field>
std::string packed(const Field& field) {
  std::string bytes(static_cast<std::size_t>(field.size()) * sizeof(Element), '\0');
  std::size_t at = 0;
  for (const auto value : field) {
    const auto element = static_cast<Element>(value);
    std::memcpy(bytes.data() + at, &element, sizeof(Element));
    at += sizeof(Element);
  }
  return bytes;
}

std::string typed_bytes(const TensorProto& proto, ElementType type) {
  switch (type) {
    case ElementType::Float:
      return packed<float>(proto.float_data());
    case ElementType::Double:
      return packed<double>(proto.double_data());
    case ElementType::Int64:
      return packed<std::int64_t>(proto.int64_data());
    case ElementType::Uint32:
      return packed<std::uint32_t>(proto.uint64_data());
    case ElementType::Uint64:
      return packed<std::uint64_t>(proto.uint64_data());
    case ElementType::Int32:
      return packed<std::int32_t>(proto.int32_data());
    case ElementType::Int8:
      return packed<std::int8_t>(proto.int32_data());
    case ElementType::Uint8:
    case ElementType::Bool:
      return packed<std::uint8_t>(proto.int32_data());
    default:
      return packed<std::uint16_t>(proto.int32_data());
  }
}

/// The dims' product, refused before anything of that size is allocated.
std::size_t element_count(const TensorProto& proto, const std::string& where) {
  constexpr std::int64_t most = std::int64_t{1} << 31;
  std::int64_t count = 1;
  for (const std::int64_t dim : proto.dims()) {
    if (dim < 0) {
      fail(where, fmt::format("has the negative dimension {}", dim));
    }
    if (dim != 0 && count > most / dim) {
      fail(where, fmt::format("has dimensions [{}], more than 2^31 elements", fmt::join(proto.dims(), ", ")));
    }
    count *= dim;
  }
  return static_cast<std::size_t>(count);
}

}  // namespace

Tensor decode_tensor(TensorProto& proto, const std::string& where) {
  if (proto.data_location() == TensorProto::EXTERNAL || proto.external_data_size() != 0) {
    fail(where, "its data stands in another file; save the model with its weights inside (one .onnx file)");
  }
  const auto type = static_cast<ElementType>(proto.data_type());
  const std::size_t size = element_size(type);
  if (size == 0) {
    fail(where, fmt::format("holds elements of {}; expected numbers", to_string(type)));
  }
  const std::size_t count = element_count(proto, where);
  const bool raw = proto.has_raw_data();
  if (raw && proto.raw_data().size() != count * size) {
    fail(where, fmt::format("has dimensions [{}] of {}, {} bytes, but holds {} bytes", fmt::join(proto.dims(), ", "),
                            to_string(type), count * size, proto.raw_data().size()));
  }
  Tensor tensor(type, {proto.dims().begin(), proto.dims().end()},
                raw ? std::move(*proto.mutable_raw_data()) : typed_bytes(proto, type));
  proto.Clear();
  if (tensor.size() != count) {
    fail(where, fmt::format("has dimensions [{}], {} elements, but holds {}", fmt::join(tensor.dims(), ", "), count,
                            tensor.size()));
  }
  return tensor;
}

}  // namespace spinvp::network::onnx
