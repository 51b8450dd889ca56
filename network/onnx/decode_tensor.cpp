#include "network/onnx/decode_tensor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstring>

#include "core/errors.h"

namespace spinvp::network::onnx {
namespace {

using ::onnx::TensorProto;

[[noreturn]] void fail(const std::string& where, const std::string& reason) {
  throw InputError(fmt::format("{}: {}", where, reason));
}

double half_to_double(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 0x1f;
  const int mantissa = bits & 0x3ff;
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 0x1f) {
    return mantissa != 0 ? std::nan("") : sign * HUGE_VAL;
  }
  return sign * (exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(mantissa + 1024, exponent - 25));
}

template <typename Element>
std::vector<double> from_bytes(const std::string& bytes) {
  std::vector<double> values(bytes.size() / sizeof(Element));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Element element;
    std::memcpy(&element, bytes.data() + i * sizeof(Element), sizeof(Element));
    values[i] = static_cast<double>(element);
  }
  return values;
}

template <typename Field>
std::vector<double> from_field(const Field& field) {
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(field.size()));
  for (const auto element : field) {
    values.push_back(static_cast<double>(element));
  }
  return values;
}

std::size_t element_size(ElementType type) {
  switch (type) {
    case ElementType::Uint8:
    case ElementType::Int8:
    case ElementType::Bool:
      return 1;
    case ElementType::Uint16:
    case ElementType::Int16:
    case ElementType::Float16:
      return 2;
    case ElementType::Float:
    case ElementType::Int32:
    case ElementType::Uint32:
      return 4;
    case ElementType::Double:
    case ElementType::Int64:
    case ElementType::Uint64:
      return 8;
    default:
      return 0;
  }
}

std::vector<double> raw_values(const TensorProto& proto, ElementType type) {
  const std::string& bytes = proto.raw_data();
  switch (type) {
    case ElementType::Float:
      return from_bytes<float>(bytes);
    case ElementType::Double:
      return from_bytes<double>(bytes);
    case ElementType::Uint8:
    case ElementType::Bool:
      return from_bytes<std::uint8_t>(bytes);
    case ElementType::Int8:
      return from_bytes<std::int8_t>(bytes);
    case ElementType::Uint16:
      return from_bytes<std::uint16_t>(bytes);
    case ElementType::Int16:
      return from_bytes<std::int16_t>(bytes);
    case ElementType::Int32:
      return from_bytes<std::int32_t>(bytes);
    case ElementType::Int64:
      return from_bytes<std::int64_t>(bytes);
    case ElementType::Uint32:
      return from_bytes<std::uint32_t>(bytes);
    case ElementType::Uint64:
      return from_bytes<std::uint64_t>(bytes);
    default: {
      std::vector<double> values = from_bytes<std::uint16_t>(bytes);
      for (double& value : values) {
        value = half_to_double(static_cast<std::uint16_t>(value));
      }
      return values;
    }
  }
}

std::vector<double> typed_values(const TensorProto& proto, ElementType type) {
  switch (type) {
    case ElementType::Float:
      return from_field(proto.float_data());
    case ElementType::Double:
      return from_field(proto.double_data());
    case ElementType::Int64:
      return from_field(proto.int64_data());
    case ElementType::Uint32:
    case ElementType::Uint64:
      return from_field(proto.uint64_data());
    case ElementType::Float16: {
      std::vector<double> values = from_field(proto.int32_data());
      for (double& value : values) {
        value = half_to_double(static_cast<std::uint16_t>(static_cast<std::int64_t>(value)));
      }
      return values;
    }
    default:
      return from_field(proto.int32_data());
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

Tensor decode_tensor(const TensorProto& proto, const std::string& where) {
  if (proto.data_location() == TensorProto::EXTERNAL || proto.external_data_size() != 0) {
    fail(where, "its data stands in another file; save the model with its weights inside (one .onnx file)");
  }
  Tensor tensor;
  tensor.type = static_cast<ElementType>(proto.data_type());
  const std::size_t size = element_size(tensor.type);
  if (size == 0) {
    fail(where, fmt::format("holds elements of {}; expected numbers", to_string(tensor.type)));
  }
  const std::size_t count = element_count(proto, where);
  if (proto.has_raw_data() && proto.raw_data().size() != count * size) {
    fail(where, fmt::format("has dimensions [{}] of {}, {} bytes, but holds {} bytes", fmt::join(proto.dims(), ", "),
                            to_string(tensor.type), count * size, proto.raw_data().size()));
  }
  tensor.dims.assign(proto.dims().begin(), proto.dims().end());
  tensor.values = proto.has_raw_data() ? raw_values(proto, tensor.type) : typed_values(proto, tensor.type);
  if (tensor.values.size() != count) {
    fail(where, fmt::format("has dimensions [{}], {} elements, but holds {}", fmt::join(proto.dims(), ", "), count,
                            tensor.values.size()));
  }
  return tensor;
}

}  // namespace spinvp::network::onnx
