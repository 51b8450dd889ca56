#include "network/onnx/file/decode_tensor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <type_traits>

#include "core/errors.h"
#include "network/onnx/file/external_data.h"

namespace spinvp::network::onnx {
namespace {

using ::onnx::TensorProto;

[[noreturn]] void fail(const std::string& where, const std::string& reason) {
  throw InputError(fmt::format("{}: {}", where, reason));
}

/// The values of one of protobuf's typed fields as bytes of their type.
template <typename Element, typename Field>
std::string packed(const Field& field, const std::string& where) {
  std::string bytes(static_cast<std::size_t>(field.size()) * sizeof(Element), '\0');
  std::size_t at = 0;
  for (const auto value : field) {
    const auto element = static_cast<Element>(value);
    if (std::is_integral_v<Element> && static_cast<decltype(value)>(element) != value) {
      fail(where, fmt::format("holds {}, which its element type cannot be", value));
    }
    std::memcpy(bytes.data() + at, &element, sizeof(Element));
    at += sizeof(Element);
  }
  return bytes;
}

std::string typed_bytes(const TensorProto& proto, ElementType type, const std::string& where) {
  switch (type) {
    case ElementType::Float:
      return packed<float>(proto.float_data(), where);
    case ElementType::Double:
      return packed<double>(proto.double_data(), where);
    case ElementType::Int64:
      return packed<std::int64_t>(proto.int64_data(), where);
    case ElementType::Uint32:
      return packed<std::uint32_t>(proto.uint64_data(), where);
    case ElementType::Uint64:
      return packed<std::uint64_t>(proto.uint64_data(), where);
    case ElementType::Int32:
      return packed<std::int32_t>(proto.int32_data(), where);
    case ElementType::Int8:
      return packed<std::int8_t>(proto.int32_data(), where);
    case ElementType::Uint8:
    case ElementType::Bool:
      return packed<std::uint8_t>(proto.int32_data(), where);
    default:
      return packed<std::uint16_t>(proto.int32_data(), where);
  }
}

/// The dims' product, refused before anything of that size is allocated. A dimension of 0 hides no large one.
std::size_t element_count(const TensorProto& proto, const std::string& where) {
  constexpr std::int64_t most = std::int64_t{1} << 31;
  std::int64_t count = 1;
  std::int64_t without_zeros = 1;
  for (const std::int64_t dim : proto.dims()) {
    if (dim < 0) {
      fail(where, fmt::format("has the negative dimension {}", dim));
    }
    if (dim != 0 && without_zeros > most / dim) {
      fail(where, fmt::format("has dimensions [{}], more than 2^31 elements", fmt::join(proto.dims(), ", ")));
    }
    count *= dim;
    without_zeros *= dim == 0 ? 1 : dim;
  }
  if (proto.dims_size() > 64) {
    fail(where, fmt::format("has {} dimensions; at most 64 are read", proto.dims_size()));
  }
  return static_cast<std::size_t>(count);
}

/// Types that are none, that hold no numbers, or that pack two elements a byte.
void require_numbers(ElementType type, const std::string& where) {
  if (element_size(type) != 0) {
    return;
  }
  const char* const hint = type == ElementType::String ? "expected numbers"
                                                       : "expected bool, integers of 8 to 64 bits, float16, bfloat16, "
                                                         "float or double";
  fail(where, fmt::format("holds elements of {}; {}", to_string(type), hint));
}

}  // namespace

Tensor decode_tensor(TensorProto& proto, const std::string& folder, const std::string& where) {
  const auto type = static_cast<ElementType>(proto.data_type());
  require_numbers(type, where);
  if (proto.has_segment()) {
    fail(where, "is one segment of a tensor; save the model with whole tensors");
  }
  const std::size_t size = element_size(type);
  const std::size_t count = element_count(proto, where);
  const bool external = proto.data_location() == TensorProto::EXTERNAL || proto.external_data_size() != 0;
  const bool raw = proto.has_raw_data();
  if (raw && !external && proto.raw_data().size() != count * size) {
    fail(where, fmt::format("has dimensions [{}] of {}, {} bytes, but holds {} bytes", fmt::join(proto.dims(), ", "),
                            to_string(type), count * size, proto.raw_data().size()));
  }
  Tensor tensor(type, {proto.dims().begin(), proto.dims().end()},
                external ? read_external_data(proto, count * size, folder, where)
                : raw    ? std::move(*proto.mutable_raw_data())
                         : typed_bytes(proto, type, where));
  proto.Clear();
  if (tensor.size() != count) {
    fail(where, fmt::format("has dimensions [{}], {} elements, but holds {}", fmt::join(tensor.dims(), ", "), count,
                            tensor.size()));
  }
  return tensor;
}

}  // namespace spinvp::network::onnx
