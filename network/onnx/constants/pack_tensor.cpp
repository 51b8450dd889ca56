#include "network/onnx/constants/pack_tensor.h"

#include <cmath>
#include <cstring>

namespace spinvp::network::onnx {
namespace {

/// What all numbers seen so far fit.
struct Fit {
  bool int8 = true;
  bool uint8 = true;
  bool real = true;  ///< float32

  void see(const double* numbers, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const double number = numbers[i];
      const bool whole = std::trunc(number) == number && !(number == 0 && std::signbit(number));
      int8 = int8 && whole && number >= -128 && number <= 127;
      uint8 = uint8 && whole && number >= 0 && number <= 255;
      // Beyond float32 the conversion is undefined.
      real = real && std::fabs(number) <= 3.4028234663852886e38 &&
             static_cast<double>(static_cast<float>(number)) == number;
    }
  }
};

template <typename Element>
std::string bytes_of(std::size_t count, const NumberSource& source) {
  std::string bytes(count * sizeof(Element), '\0');
  std::size_t at = 0;
  source([&](const double* numbers, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i, at += sizeof(Element)) {
      const auto element = static_cast<Element>(numbers[i]);
      std::memcpy(bytes.data() + at, &element, sizeof(Element));
    }
  });
  return bytes;
}

}  // namespace

Tensor pack(ElementType type, Dims dims, std::size_t count, const NumberSource& source) {
  Fit fit;
  source([&](const double* numbers, std::size_t size) { fit.see(numbers, size); });
  Tensor tensor = fit.int8    ? Tensor(ElementType::Int8, std::move(dims), bytes_of<std::int8_t>(count, source))
                  : fit.uint8 ? Tensor(ElementType::Uint8, std::move(dims), bytes_of<std::uint8_t>(count, source))
                  : fit.real  ? Tensor(ElementType::Float, std::move(dims), bytes_of<float>(count, source))
                              : Tensor(ElementType::Double, std::move(dims), bytes_of<double>(count, source));
  tensor.set_type(type);
  return tensor;
}

Tensor pack(Value value) {
  return pack(value.type, std::move(value.dims), value.size(),
              [&](const auto& visit) { visit(value.numbers.data(), value.numbers.size()); });
}

}  // namespace spinvp::network::onnx
