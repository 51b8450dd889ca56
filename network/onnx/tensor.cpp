#include "network/onnx/tensor.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <iterator>

namespace spinvp::network::onnx {
namespace {

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
Element element(const std::string& bytes, std::size_t index) {
  Element value;
  std::memcpy(&value, bytes.data() + index * sizeof(Element), sizeof(Element));
  return value;
}

bool is_integer(ElementType type) {
  return type != ElementType::Float && type != ElementType::Double && type != ElementType::Float16;
}

}  // namespace

std::string to_string(ElementType type) {
  static const char* const names[] = {"undefined", "float",  "uint8", "int8",    "uint16", "int16",  "int32",
                                      "int64",     "string", "bool",  "float16", "double", "uint32", "uint64"};
  const auto index = static_cast<std::size_t>(type);
  return index < std::size(names) ? names[index] : fmt::format("type {}", index);
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

Tensor::Tensor(ElementType type, std::vector<std::int64_t> dims, std::vector<double> values)
    : dims_(std::move(dims)), size_(values.size()), stored_type_(type), values_(std::move(values)) {}

Tensor::Tensor(ElementType type, std::vector<std::int64_t> dims, std::string bytes)
    : dims_(std::move(dims)), size_(bytes.size() / element_size(type)), stored_type_(type), bytes_(std::move(bytes)) {}

std::vector<double> Tensor::values() const {
  std::vector<double> result;
  result.reserve(size_);
  for (std::size_t i = 0; i < size_; ++i) {
    result.push_back((*this)[i]);
  }
  return result;
}

bool Tensor::is_finite() const {
  for (const double factor : factors_) {
    if (!std::isfinite(factor)) {
      return false;
    }
  }
  if (stores_integers()) {
    return true;
  }
  for (std::size_t i = 0; i < size_; ++i) {
    if (!std::isfinite(stored(i))) {
      return false;
    }
  }
  return true;
}

bool Tensor::stores_integers() const {
  return !bytes_.empty() && is_integer(stored_type_);
}

const std::int8_t* Tensor::int8_data() const {
  const bool is_int8 = stored_type_ == ElementType::Int8 && !bytes_.empty();
  return is_int8 ? reinterpret_cast<const std::int8_t*>(bytes_.data()) : nullptr;
}

double Tensor::stored(std::size_t index) const {
  if (bytes_.empty()) {
    return values_[index];
  }
  switch (stored_type_) {
    case ElementType::Float:
      return static_cast<double>(element<float>(bytes_, index));
    case ElementType::Double:
      return element<double>(bytes_, index);
    case ElementType::Uint8:
    case ElementType::Bool:
      return element<std::uint8_t>(bytes_, index);
    case ElementType::Int8:
      return element<std::int8_t>(bytes_, index);
    case ElementType::Uint16:
      return element<std::uint16_t>(bytes_, index);
    case ElementType::Int16:
      return element<std::int16_t>(bytes_, index);
    case ElementType::Int32:
      return element<std::int32_t>(bytes_, index);
    case ElementType::Int64:
      return static_cast<double>(element<std::int64_t>(bytes_, index));
    case ElementType::Uint32:
      return element<std::uint32_t>(bytes_, index);
    case ElementType::Uint64:
      return static_cast<double>(element<std::uint64_t>(bytes_, index));
    default:
      return half_to_double(element<std::uint16_t>(bytes_, index));
  }
}

bool Tensor::scale(const std::vector<double>& factors, std::size_t axis) {
  if (factors_.size() != 1 || factors_[0] != 1.0) {
    return false;
  }
  factors_ = factors;
  factor_stride_ = 1;
  for (std::size_t i = axis + 1; i < dims_.size(); ++i) {
    factor_stride_ *= static_cast<std::size_t>(dims_[i]);
  }
  return true;
}

}  // namespace spinvp::network::onnx
