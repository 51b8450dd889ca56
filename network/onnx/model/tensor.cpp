#include "network/onnx/model/tensor.h"

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

double bfloat_to_double(std::uint16_t bits) {
  const std::uint32_t word = std::uint32_t{bits} << 16;
  float value = 0;
  std::memcpy(&value, &word, sizeof value);
  return static_cast<double>(value);
}

}  // namespace

std::string to_string(ElementType type) {
  static const char* const names[] = {
      "undefined", "float",      "uint8",          "int8",       "uint16",         "int16",  "int32",     "int64",
      "string",    "bool",       "float16",        "double",     "uint32",         "uint64", "complex64", "complex128",
      "bfloat16",  "float8e4m3", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4",  "int4",      "float4e2m1"};
  const auto index = static_cast<std::size_t>(type);
  return index < std::size(names) ? names[index] : fmt::format("type {}", static_cast<int>(type));
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
    case ElementType::Bfloat16:
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

bool is_integer(ElementType type) {
  switch (type) {
    case ElementType::Uint8:
    case ElementType::Int8:
    case ElementType::Uint16:
    case ElementType::Int16:
    case ElementType::Int32:
    case ElementType::Int64:
    case ElementType::Bool:
    case ElementType::Uint32:
    case ElementType::Uint64:
      return true;
    default:
      return false;
  }
}

Tensor::Tensor(ElementType type, std::vector<std::int64_t> dims, std::vector<double> values)
    : dims_(std::move(dims)), size_(values.size()), type_(type), stored_type_(type), values_(std::move(values)) {}

Tensor::Tensor(ElementType type, std::vector<std::int64_t> dims, std::string bytes)
    : dims_(std::move(dims)),
      size_(bytes.size() / element_size(type)),
      type_(type),
      stored_type_(type),
      bytes_(std::move(bytes)) {}

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
    case ElementType::Bfloat16:
      return bfloat_to_double(element<std::uint16_t>(bytes_, index));
    default:
      return half_to_double(element<std::uint16_t>(bytes_, index));
  }
}

void Tensor::set_factors(const std::vector<double>& factors, std::size_t axis) {
  factors_ = factors;
  factor_stride_ = 1;
  for (std::size_t i = axis + 1; i < dims_.size(); ++i) {
    factor_stride_ *= static_cast<std::size_t>(dims_[i]);
  }
}

bool Tensor::scale(const std::vector<double>& factors, std::size_t axis) {
  if (has_factors()) {
    return !divides_ && multiply_factors(factors, axis);
  }
  set_factors(factors, axis);
  divides_ = false;  // a division by 1 may stand before
  return true;
}

bool Tensor::divide(const std::vector<double>& divisors, std::size_t axis) {
  if (has_factors()) {
    return false;
  }
  set_factors(divisors, axis);
  divides_ = true;
  return true;
}

/// Bytes times a float32 number need no rounding; where the product of both factors needs none either, a multiplication
/// by that product rounds as the two in a row do.
bool Tensor::multiply_factors(const std::vector<double>& factors, std::size_t axis) {
  Tensor other;
  other.dims_ = dims_;
  other.set_factors(factors, axis);
  const bool fits = factors_.size() == 1 || factors.size() == 1 ||
                    (factors_.size() == factors.size() && factor_stride_ == other.factor_stride_);
  if (!fits || !stores_integers() || element_size(stored_type_) != 1) {
    return false;
  }
  const bool keeps_layout = factors_.size() >= factors.size();
  std::vector<double> products = keeps_layout ? factors_ : factors;
  for (std::size_t i = 0; i < products.size(); ++i) {
    const double a = factors_[factors_.size() == 1 ? 0 : i];
    const double b = factors[factors.size() == 1 ? 0 : i];
    products[i] = a * b;
    if (static_cast<double>(static_cast<float>(a)) != a || std::fma(a, b, -products[i]) != 0) {
      return false;
    }
  }
  factors_ = std::move(products);
  factor_stride_ = keeps_layout ? factor_stride_ : other.factor_stride_;
  return true;
}

std::optional<Tensor> Tensor::transposed(const std::vector<std::size_t>& order) const {
  const std::size_t rank = dims_.size();
  std::vector<std::size_t> strides(rank, 1);
  for (std::size_t i = rank; i-- > 1;) {
    strides[i - 1] = strides[i] * static_cast<std::size_t>(dims_[i]);
  }
  Tensor result;
  result.size_ = size_;
  result.type_ = type_;
  result.stored_type_ = stored_type_;
  result.factors_ = factors_;
  result.divides_ = divides_;
  bool follows = factors_.size() == 1;
  for (const std::size_t axis : order) {
    result.dims_.push_back(dims_[axis]);
  }
  for (std::size_t i = 0; i < rank && !follows; ++i) {
    if (strides[order[i]] == factor_stride_ && static_cast<std::size_t>(dims_[order[i]]) == factors_.size()) {
      result.set_factors(factors_, i);
      follows = true;
    }
  }
  if (!follows) {
    return std::nullopt;
  }
  const std::size_t width = bytes_.empty() ? 0 : element_size(stored_type_);
  result.bytes_.resize(bytes_.size());
  result.values_.resize(values_.size());
  std::vector<std::size_t> position(rank, 0);
  std::size_t from = 0;
  for (std::size_t to = 0; to < size_; ++to) {
    if (width != 0) {
      std::memcpy(result.bytes_.data() + to * width, bytes_.data() + from * width, width);
    } else {
      result.values_[to] = values_[from];
    }
    for (std::size_t i = rank; i-- > 0;) {
      const auto size = static_cast<std::size_t>(result.dims_[i]);
      from += strides[order[i]];
      if (++position[i] < size) {
        break;
      }
      from -= strides[order[i]] * size;
      position[i] = 0;
    }
  }
  return result;
}

}  // namespace spinvp::network::onnx
