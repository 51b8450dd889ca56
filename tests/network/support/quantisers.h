#pragma once

#include <string>

#include "network/support/model_builder.h"

/// QONNX's quantisers as Brevitas exports them.
namespace spinvp::test {

inline const char* const qonnx_domain = "qonnx.custom_op.general";

inline ModelBuilder& quant(ModelBuilder& builder, float scale, int bits, bool is_signed, bool narrow = false,
                           float zero = 0, const std::string& name = "") {
  return builder.add_custom(
      qonnx_domain, "Quant", {builder.scalar(scale), builder.scalar(zero), builder.scalar(static_cast<float>(bits))},
      {attr("signed", is_signed ? 1 : 0), attr("narrow", narrow ? 1 : 0), attr("rounding_mode", "ROUND")}, name);
}

inline ModelBuilder& bipolar(ModelBuilder& builder, float scale, const std::string& name = "") {
  return builder.add_custom(qonnx_domain, "BipolarQuant", {builder.scalar(scale)}, {}, name);
}

}  // namespace spinvp::test
