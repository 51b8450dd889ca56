#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spinvp::network::onnx {

/// ONNX's own numbers of its element types.
enum class ElementType {
  Undefined = 0,
  Float = 1,
  Uint8 = 2,
  Int8 = 3,
  Uint16 = 4,
  Int16 = 5,
  Int32 = 6,
  Int64 = 7,
  String = 8,
  Bool = 9,
  Float16 = 10,
  Double = 11,
  Uint32 = 12,
  Uint64 = 13,
  Bfloat16 = 16,
};

std::string to_string(ElementType type);

/// Bytes of an element; 0 for types that hold no numbers.
std::size_t element_size(ElementType type);

/// True for types whose elements are whole numbers, booleans among them.
bool is_integer(ElementType type);

/// A constant. Weights are many, so elements stay in the bytes of their file, and a multiplication by a scale is
/// remembered rather than done; every element type that a network needs fits a double exactly.
class Tensor {
 public:
  Tensor() = default;
  /// Row-major values, as many as the dims' product.
  Tensor(ElementType type, std::vector<std::int64_t> dims, std::vector<double> values);
  /// Little-endian elements of `type`, as many as the dims' product.
  Tensor(ElementType type, std::vector<std::int64_t> dims, std::string bytes);

  /// What the model takes the elements for; they may be stored in fewer bytes.
  ElementType type() const { return type_; }
  void set_type(ElementType type) { type_ = type; }

  const std::vector<std::int64_t>& dims() const { return dims_; }
  /// Gives the same elements, in the same order, other dims of the same product.
  void set_dims(std::vector<std::int64_t> dims) { dims_ = std::move(dims); }
  /// The tensor with axis i being axis order[i] of this one; nothing when its factors do not follow an axis.
  std::optional<Tensor> transposed(const std::vector<std::size_t>& order) const;
  /// Bytes that the elements take.
  std::size_t memory() const { return bytes_.size() + values_.size() * sizeof(double); }

  std::size_t size() const { return size_; }
  double operator[](std::size_t index) const {
    const double factor = factors_[factor_index(index)];
    return divides_ ? stored(index) / factor : stored(index) * factor;
  }
  std::vector<double> values() const;
  bool is_finite() const;

  /// True when the elements, before their factors, are whole numbers by their type.
  bool stores_integers() const;
  /// An element before its factor.
  double stored(std::size_t index) const;
  /// The elements, before their factors, where they are int8; nullptr where they are not.
  const std::int8_t* int8_data() const;
  /// What an element is multiplied by; of a tensor that is divided, rounded.
  double factor(std::size_t index) const {
    const double factor = factors_[factor_index(index)];
    return divides_ ? 1 / factor : factor;
  }

  /// True when one factor stands for all elements, or each of `count` slices, `stride` elements apart, has its own.
  bool has_factors_along(std::size_t stride, std::size_t count) const {
    return factors_.size() == 1 || (factors_.size() == count && factor_stride_ == stride);
  }

  /// Multiplies by one number, or along `axis` by as many as that dimension has. False, and nothing changes, for
  /// tensors that have factors already whose products with these would be rounded: they keep the order of
  /// multiplications.
  bool scale(const std::vector<double>& factors, std::size_t axis);
  /// Divides likewise; only tensors without factors.
  bool divide(const std::vector<double>& divisors, std::size_t axis);

 private:
  std::size_t factor_index(std::size_t index) const {
    return factors_.size() == 1 ? 0 : index / factor_stride_ % factors_.size();
  }

  bool has_factors() const { return factors_.size() != 1 || factors_[0] != 1.0; }
  void set_factors(const std::vector<double>& factors, std::size_t axis);
  bool multiply_factors(const std::vector<double>& factors, std::size_t axis);

  std::vector<std::int64_t> dims_;
  std::size_t size_ = 0;
  ElementType type_ = ElementType::Double;
  ElementType stored_type_ = ElementType::Double;
  std::string bytes_;
  std::vector<double> values_;  ///< instead of bytes_ when that is empty
  std::vector<double> factors_{1.0};
  std::size_t factor_stride_ = 1;
  bool divides_ = false;  ///< elements are divided by their factors
};

}  // namespace spinvp::network::onnx
