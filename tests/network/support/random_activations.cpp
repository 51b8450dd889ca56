#include "network/support/random_activations.h"

#include <algorithm>
#include <cmath>

#include "network/support/quantisers.h"

namespace spinvp::test {
namespace {

class ActivationWriter {
 public:
  ActivationWriter(ModelBuilder& builder, Draws& draws, int channels, std::size_t rank, double size)
      : builder_(builder), draws_(draws), channels_(static_cast<std::size_t>(channels)), rank_(rank), size_(size) {}

  std::string draw() {
    switch (draws_.whole(0, 8)) {
      case 0:
        builder_.add("Div", {scalar(size_ * 1.5)}).activation(draws_.whole(1, 8));
        return "Clip-Mul-Round-Mul";
      case 1:
        return comparison();
      case 2:
        builder_.add("Sign");
        return "Sign";
      case 3:
        bipolar(builder_, draws_.real(0.1, 2));
        return "BipolarQuant";
      case 4:
        return multi_threshold();
      case 5:
        return linear();
      case 6:
        return trunc();
      default:
        return quantiser();
    }
  }

 private:
  std::string scalar(double value) { return drawn_scalar(builder_, draws_, static_cast<float>(value)); }

  std::string comparison() {
    const std::string op = draws_.pick({"GreaterOrEqual", "Greater", "Less", "LessOrEqual"});
    const std::string limit =
        draws_.evenly() ? scalar(draws_.real(-0.3, 0.3) * size_)
                        : drawn_channels(builder_, draws_, draws_.reals(channels_, -0.3 * size_, 0.3 * size_), rank_);
    builder_.add(op, {limit});
    if (draws_.evenly()) {
      builder_.add("Cast", {}, {attr("to", 1)});
      return op + "-Cast";
    }
    builder_.add("Where", {scalar(1), scalar(draws_.pick({-1, 0}))});
    return op + "-Where";
  }

  std::string multi_threshold() {
    const int count = (1 << draws_.whole(1, 4)) - 1;
    const std::size_t rows = draws_.evenly() ? 1 : channels_;
    Numbers thresholds;
    for (std::size_t row = 0; row < rows; ++row) {
      Numbers list = draws_.reals(static_cast<std::size_t>(count), -1.2 * size_, 1.2 * size_);
      std::sort(list.begin(), list.end());
      thresholds.insert(thresholds.end(), list.begin(), list.end());
    }
    Attributes attributes;
    if (draws_.evenly()) {
      attributes = {attr("out_scale", draws_.real(0.1, 2)), attr("out_bias", draws_.real(-3, 3))};
    }
    builder_.add_custom(draws_.evenly() ? "finn.custom_op.general" : qonnx_domain, "MultiThreshold",
                        {builder_.constant({static_cast<std::int64_t>(rows), count}, thresholds)}, attributes);
    return "MultiThreshold";
  }

  std::string linear() {
    const bool is_signed = draws_.evenly();
    auto* zero = builder_.proto().mutable_graph()->add_initializer();
    zero->set_name("zero" + std::to_string(builder_.proto().graph().initializer_size()));
    zero->set_data_type(is_signed ? ::onnx::TensorProto::INT8 : ::onnx::TensorProto::UINT8);
    zero->add_int32_data(is_signed ? draws_.whole(-128, 100) : draws_.whole(0, 128));
    const std::string zero_point = zero->name();
    const std::string scale = builder_.scalar(static_cast<float>(size_ / draws_.real(20, 80)));
    builder_.add("QuantizeLinear", {scale, zero_point}).add("DequantizeLinear", {scale, zero_point});
    return "QuantizeLinear";
  }

  /// A `Quant` of a drawn kind; its scale and bits.
  struct Kind {
    float scale;
    int bits;
    bool is_signed;
    float zero;
  };
  Kind quant_node(int fewest_bits, const char* mode) {
    Kind kind{0, draws_.whole(fewest_bits, 8), draws_.evenly(), 0};
    const double reach = size_ * draws_.real(1, 3) * (kind.is_signed ? 2 : 1);
    kind.scale = static_cast<float>(reach / std::ldexp(1, kind.bits));
    kind.zero = static_cast<float>(draws_.rarely(3) ? draws_.whole(-3, 3) : 0);
    const bool narrow = draws_.rarely(3) && kind.bits > 1;
    builder_.add_custom(
        draws_.rarely(4) ? "onnx.brevitas" : qonnx_domain, "Quant",
        {scalar(kind.scale), scalar(kind.zero), scalar(kind.bits)},
        {attr("signed", kind.is_signed ? 1 : 0), attr("narrow", narrow ? 1 : 0), attr("rounding_mode", mode)});
    return kind;
  }

  std::string quantiser() {
    const std::string before = draws_.pick({"", "", "Relu", "Clip", "Tanh", "LeakyRelu"});
    if (before == "Clip") {
      builder_.clip(static_cast<float>(-size_), static_cast<float>(size_));
    } else if (!before.empty()) {
      builder_.add(before);
    }
    const char* const mode =
        draws_.pick({"ROUND", "ROUND", "round", "FLOOR", "CEIL", "HALF_UP", "HALF_DOWN", "UP", "DOWN"});
    quant_node(1, mode);
    return before + "Quant " + mode;
  }

  std::string trunc() {
    const Kind kind = quant_node(4, "ROUND");
    const int bits = draws_.whole(2, kind.bits - 1);
    builder_.add_custom(qonnx_domain, "Trunc", {scalar(kind.scale), scalar(kind.zero), scalar(kind.bits), scalar(bits)},
                        {attr("rounding_mode", draws_.pick({"FLOOR", "ROUND", "CEIL"}))});
    return "Trunc";
  }

  ModelBuilder& builder_;
  Draws& draws_;
  std::size_t channels_;
  std::size_t rank_;
  double size_;
};

}  // namespace

std::string draw_activation(ModelBuilder& builder, Draws& draws, int channels, std::size_t rank, double size) {
  return ActivationWriter(builder, draws, channels, rank, size).draw();
}

}  // namespace spinvp::test
