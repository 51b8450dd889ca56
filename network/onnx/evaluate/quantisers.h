#pragma once

#include "network/onnx/evaluate/rounding.h"

namespace spinvp::network::onnx {

/// What QONNX's Quant rounds to, from its attributes and bit width.
struct QuantForm {
  bool is_bipolar = false;  ///< one signed bit: -1 and +1, no rounding
  double low = 0;
  double high = 0;
  Rounding rounding = Rounding::HalfEven;
};

/// Of Quant and IntQuant, whose fourth input is the bit width.
QuantForm quant_form(const Call& call);

/// Lowest and highest whole number of `bits` bits.
TypeRange quant_range(const Call& call, double bits, bool is_signed, bool narrow);

/// The one number that an input holds, once or as often as it likes.
double uniform_input(const Call& call, std::size_t index, const char* what);

/// Scale or zero point of ONNX's own quantisers, one number or one along an axis, shaped so that it broadcasts to
/// `dims`. A missing zero point is 0.
Value along_axis(const Call& call, const Value& parameter, const Dims& dims, std::size_t axis);

/// The element type that a QuantizeLinear gives.
ElementType quantised_type(const Call& call);

/// What a quantised layer computes before it rounds and saturates: real numbers divided by the result's scale.
struct Requantised {
  Value ratios;
  double zero_point = 0;
  ElementType type = ElementType::Uint8;
};

bool is_requantising(const std::string& op);
Requantised requantised(const Call& call);

}  // namespace spinvp::network::onnx
