#include "network/support/random_weights.h"

#include <cmath>
#include <utility>

#include "network/support/quantisers.h"

namespace spinvp::test {
namespace {

std::size_t count_of(const Dims& dims) {
  std::size_t count = 1;
  for (const std::int64_t dim : dims) {
    count *= static_cast<std::size_t>(dim);
  }
  return count;
}

/// Writes nodes on constants alone beside the network's own.
class WeightWriter {
 public:
  WeightWriter(ModelBuilder& builder, Draws& draws, const Dims& dims)
      : builder_(builder), draws_(draws), dims_(dims), count_(count_of(dims)) {}

  DrawnWeights draw() {
    const std::string map = builder_.value();
    DrawnWeights result;
    switch (draws_.whole(0, 9)) {
      case 0:
        result = {scaled([&] { return draws_.evenly() ? 1 : -1; }), "binary"};
        break;
      case 1:
        result = {scaled([&] { return draws_.whole(-1, 1); }), "ternary"};
        break;
      case 2: {
        const int most = (1 << draws_.whole(1, 7)) - 1;
        result = {scaled([&] { return draws_.whole(-most - 1, most); }), "integers"};
        break;
      }
      case 3: {
        const int bits = draws_.whole(2, 4);
        result = {scaled([&] { return 2 * draws_.whole(0, (1 << bits) - 1) - (1 << bits) + 1; }), "odd levels"};
        break;
      }
      case 4:
        result = {bytes(), "bytes"};
        break;
      case 5:
        result = {quant(), "Quant"};
        break;
      case 6:
        start();
        bipolar(builder_, draws_.real(0.05, 0.8));
        result = {builder_.value(), "BipolarQuant"};
        break;
      case 7:
        result = {ternary_connect(), "thresholded"};
        break;
      case 8:
        result = {rounded(), "rounded"};
        break;
      default:
        result = {dorefa(), "DoReFa"};
    }
    builder_.set_value(map);
    return result;
  }

 private:
  /// An initialiser of levels times one scale, or one an output.
  template <typename Level>
  std::string scaled(Level level) {
    const bool per_channel = draws_.evenly();
    const auto outputs = static_cast<std::size_t>(dims_[0]);
    Numbers scales = draws_.reals(outputs, 0.02, 0.9);
    if (!per_channel) {
      scales.assign(outputs, scales[0]);
    }
    Numbers values(count_);
    bool all_zero = true;
    for (std::size_t i = 0; i < count_; ++i) {
      const int drawn = level();
      all_zero = all_zero && drawn == 0;
      values[i] = static_cast<float>(drawn) * scales[i / (count_ / outputs)];
    }
    if (all_zero) {
      values[0] = scales[0];
    }
    return builder_.constant(dims_, values);
  }

  std::string bytes() {
    std::vector<std::int8_t> levels(count_);
    for (std::int8_t& level : levels) {
      level = static_cast<std::int8_t>(draws_.whole(-128, 127));
    }
    return builder_.scaled_bytes(dims_, levels, draws_.real(0.001, 0.1));
  }

  void start() { builder_.set_value(builder_.constant(dims_, draws_.reals(count_, -1, 1))); }

  /// Dims of a constant with a number an output, or one number.
  std::string scales(double low, double high) {
    if (draws_.evenly()) {
      return drawn_scalar(builder_, draws_, draws_.real(low, high));
    }
    Dims dims(dims_.size(), 1);
    dims[0] = dims_[0];
    return builder_.constant(dims, draws_.reals(static_cast<std::size_t>(dims_[0]), low, high));
  }

  std::string quant() {
    const int bits = draws_.whole(2, 8);
    const double step = 1.5 / std::ldexp(1, bits);
    start();
    builder_.add_custom(qonnx_domain, draws_.rarely(4) ? "IntQuant" : "Quant",
                        {scales(step, 2 * step), builder_.scalar(0), builder_.scalar(static_cast<float>(bits))},
                        {attr("signed", 1), attr("narrow", draws_.whole(0, 1)),
                         attr("rounding_mode", draws_.pick({"ROUND", "CEIL", "FLOOR", "HALF_UP"}))});
    return builder_.value();
  }

  /// Ternary weight networks: a threshold from the mean of magnitudes.
  std::string ternary_connect() {
    start();
    const std::string weights = builder_.value();
    const std::string magnitudes = builder_.add("Abs").value();
    const Dims axes = dims_.size() == 4 ? Dims{1, 2, 3} : Dims{1};
    builder_.add("ReduceMean", {}, {attr("axes", axes), attr("keepdims", 1)}).mul(0.7f);
    const std::string threshold = builder_.value();
    builder_.set_value(magnitudes).add("Greater", {threshold});
    const std::string large = builder_.value();
    const std::string signs = builder_.set_value(weights).add("Sign").value();
    if (draws_.evenly()) {
      builder_.set_value(large).add("Where", {signs, builder_.scalar(0)});
    } else {
      const std::string mask = builder_.set_value(large).add("Cast", {}, {attr("to", 1)}).value();
      builder_.set_value(signs).add("Mul", {mask});
    }
    return builder_.add("Mul", {threshold}).value();
  }

  std::string rounded() {
    const int most = (1 << draws_.whole(1, 7)) - 1;
    const float step = 1.0f / static_cast<float>(most);
    start();
    builder_.clip(-1, 1).add("Div", {drawn_scalar(builder_, draws_, step)}).add("Round");
    return builder_.add("Mul", {drawn_scalar(builder_, draws_, step)}).value();
  }

  /// 2 * round((w / (2 max|w|) + 1/2) * (2^k - 1)) / (2^k - 1) - 1
  std::string dorefa() {
    const auto most = static_cast<float>((1 << draws_.whole(1, 4)) - 1);
    start();
    const std::string bent = builder_.add("Tanh").value();
    const std::string largest = builder_.add("Abs").add("ReduceMax", {}, {attr("keepdims", 0)}).mul(2).value();
    builder_.set_value(bent).add("Div", {largest}).add("Add", {builder_.scalar(0.5f)}).mul(most).add("Round");
    builder_.add("Div", {builder_.scalar(most)}).mul(2).add("Sub", {builder_.scalar(1)});
    return builder_.value();
  }

  ModelBuilder& builder_;
  Draws& draws_;
  const Dims& dims_;
  std::size_t count_;
};

}  // namespace

DrawnWeights draw_weights(ModelBuilder& builder, Draws& draws, const Dims& dims) {
  return WeightWriter(builder, draws, dims).draw();
}

}  // namespace spinvp::test
