#include "network/onnx/evaluate/call.h"

#include <cmath>
#include <limits>

namespace spinvp::network::onnx {

const Value& Call::input(std::size_t index) const {
  const Value* value = optional(index);
  if (value == nullptr) {
    refuse("has no input {}", index + 1);
  }
  return *value;
}

double Call::scalar(std::size_t index) const {
  const Value& value = input(index);
  if (value.size() != 1) {
    refuse("its input {} has the shape {}; expected one number", index + 1, shape_text(value.dims));
  }
  return value.numbers[0];
}

Dims Call::list(std::size_t index) const {
  const Value& value = input(index);
  if (value.dims.size() > 1) {
    refuse("its input {} has the shape {}; expected a list", index + 1, shape_text(value.dims));
  }
  Dims numbers;
  numbers.reserve(value.size());
  for (const double number : value.numbers) {
    if (std::trunc(number) != number) {
      refuse("its input {} holds {}; expected whole numbers", index + 1, number);
    }
    numbers.push_back(to_integer(number));
  }
  return numbers;
}

std::size_t Call::axis(std::int64_t written, std::size_t rank) const {
  const auto count = static_cast<std::int64_t>(rank);
  if (written < -count || written >= count) {
    refuse("names the axis {} of {} dimensions", written, rank);
  }
  return static_cast<std::size_t>(written < 0 ? written + count : written);
}

void Call::require_size(const Dims& dims) const {
  constexpr std::int64_t most_a_side = std::int64_t{1} << 40;
  double product = 1;
  for (const std::int64_t dim : dims) {
    if (dim < 0 || dim > most_a_side) {
      refuse("its result would have the shape {}", shape_text(dims));
    }
    // Zeros must not hide what the other sides would ask for.
    product *= static_cast<double>(dim == 0 ? 1 : dim);
  }
  if (product > static_cast<double>(limits_.elements)) {
    refuse("its result would have the shape {}, more than {} elements", shape_text(dims), limits_.elements);
  }
}

void Call::require_operations(double count) const {
  if (!(count <= limits_.operations)) {
    refuse("asks for {:.3g} operations; at most {:.3g} are done", count, limits_.operations);
  }
}

Value Call::result(ElementType type, Dims dims) const {
  require_size(dims);
  std::size_t count = 1;
  for (const std::int64_t dim : dims) {
    count *= static_cast<std::size_t>(dim);
  }
  return Value{type, std::move(dims), std::vector<double>(count)};
}

std::string shape_text(const Dims& dims) {
  return fmt::format("[{}]", fmt::join(dims, ", "));
}

std::int64_t to_integer(double number) {
  constexpr double limit = 9223372036854775808.0;
  if (number >= limit) {
    return std::numeric_limits<std::int64_t>::max();
  }
  if (!(number >= -limit)) {
    return std::numeric_limits<std::int64_t>::min();
  }
  return static_cast<std::int64_t>(number);
}

TypeRange range_of(ElementType type) {
  if (type == ElementType::Bool) {
    return {0, 1};
  }
  const int bits = 8 * static_cast<int>(element_size(type));
  const bool is_signed = type == ElementType::Int8 || type == ElementType::Int16 || type == ElementType::Int32 ||
                         type == ElementType::Int64;
  return is_signed ? TypeRange{-std::ldexp(1, bits - 1), std::ldexp(1, bits - 1) - 1}
                   : TypeRange{0, std::ldexp(1, bits) - 1};
}

}  // namespace spinvp::network::onnx
