#include "network/onnx/recognise/elementwise.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "core/errors.h"
#include "network/onnx/evaluate/evaluate.h"

using namespace spinvp::network;
using namespace spinvp::network::onnx;
using Dims = std::vector<std::int64_t>;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// One node on a map 'x' of two channels, with constants.
class OneNode {
 public:
  explicit OneNode(const std::string& op) {
    graph_.file = "test.onnx";
    graph_.opset = 13;
    node_.name = "it";
    node_.op = op;
    node_.outputs = {"y"};
    if (can_evaluate(op, "qonnx.custom_op.general")) {
      node_.domain = "qonnx.custom_op.general";
    }
    map_.shape = Shape{2, 2, 2};
  }

  OneNode& x() { return input("x"); }
  OneNode& none() { return input(""); }
  OneNode& input(const std::string& name) {
    node_.inputs.push_back(name);
    return *this;
  }
  OneNode& constant(double value) { return constant({}, {value}); }
  OneNode& constant(const Dims& dims, const std::vector<double>& values) {
    const std::string name = "c" + std::to_string(node_.inputs.size());
    graph_.constants.emplace(name, Tensor(ElementType::Double, dims, values));
    return input(name);
  }
  OneNode& constant_of(ElementType type, double value) {
    const std::string name = "c" + std::to_string(node_.inputs.size());
    graph_.constants.emplace(name, Tensor(type, {}, std::vector<double>{value}));
    return input(name);
  }
  OneNode& set(const std::string& attribute, std::int64_t value) {
    node_.attributes[attribute].kind = Attribute::Kind::Integer;
    node_.attributes[attribute].integer = value;
    return *this;
  }
  OneNode& set(const std::string& attribute, double value) {
    node_.attributes[attribute].kind = Attribute::Kind::Number;
    node_.attributes[attribute].number = value;
    return *this;
  }
  OneNode& set(const std::string& attribute, const char* value) {
    node_.attributes[attribute].kind = Attribute::Kind::Text;
    node_.attributes[attribute].text = value;
    return *this;
  }
  OneNode& opset(std::int64_t version) {
    graph_.opset = version;
    return *this;
  }
  OneNode& flat() {
    map_ = MapView{Shape{1, 1, 2}, true};
    return *this;
  }
  OneNode& channels_last() {
    map_.channels_last = true;
    return *this;
  }

  ScalarChain chain() const { return read_elementwise(graph_, node_, "x", map_); }
  double at(double x, std::size_t channel = 0) const { return evaluate(chain(), channel, x); }

  /// What the operator's definition gives in a channel of a map that is x everywhere.
  double defined(double x, std::size_t channel) const {
    const Value map{ElementType::Float, map_.dims(), std::vector<double>(map_.shape.elements(), x)};
    std::map<std::string, Value> values;
    std::vector<const Value*> inputs;
    for (const std::string& name : node_.inputs) {
      const auto constant = graph_.constants.find(name);
      if (constant != graph_.constants.end()) {
        values[name] = to_value(constant->second);
      }
      inputs.push_back(name.empty() ? nullptr : name == "x" ? &map : &values.at(name));
    }
    const Value result = onnx::evaluate(graph_, node_, inputs);
    const bool last = map_.flat || map_.channels_last;
    return result.numbers.at(last ? channel : channel * result.size() / static_cast<std::size_t>(map_.shape.channels));
  }

  std::string refusal() const {
    try {
      chain();
    } catch (const spinvp::InputError& error) {
      return error.what();
    }
    return "";
  }

 private:
  Graph graph_;
  Node node_;
  MapView map_;
};

/// Holds a node against its definition, halves and zeros of both signs among the numbers, and against its direction.
void check(const OneNode& node, const std::function<double(double)>& expected, std::size_t channel = 0,
           double least = -8) {
  const ScalarChain chain = node.chain();
  const int sign = direction(chain, channel, 0, chain.size());
  double before = evaluate(chain, channel, least);
  for (double x = least; x <= 8; x += 0.0625) {
    INFO("x = " << x);
    const double value = evaluate(chain, channel, x);
    REQUIRE(value == expected(x));
    REQUIRE(value == node.defined(x, channel));
    REQUIRE(ChannelFunction(chain, channel)(x) == value);
    REQUIRE(sign * (value - before) >= 0);
    before = value;
  }
}

OneNode quant(double scale, double zero, double bits) {
  return OneNode("Quant").x().constant(scale).constant(zero).constant(bits);
}

double clamp(double x, double low, double high) {
  return std::min(std::max(x, low), high);
}

}  // namespace

TEST_CASE("arithmetic takes its constant on either side") {
  check(OneNode("Add").x().constant(0.75), [](double x) { return x + 0.75; });
  check(OneNode("Add").constant(0.75).x(), [](double x) { return 0.75 + x; });
  check(OneNode("Sub").x().constant(0.75), [](double x) { return x - 0.75; });
  check(OneNode("Sub").constant(0.75).x(), [](double x) { return 0.75 - x; });
  check(OneNode("Mul").constant(-0.3).x(), [](double x) { return -0.3 * x; });
  check(OneNode("Div").x().constant(-0.3), [](double x) { return x / -0.3; });
  CHECK(OneNode("Div").x().constant_of(ElementType::Int32, 4).at(-7) == -1);
  check(OneNode("Neg").x(), [](double x) { return -x; });
  check(OneNode("Pow").x().constant(1), [](double x) { return x; });
}

TEST_CASE("comparisons take their constant on either side") {
  check(OneNode("Greater").x().constant(0.5), [](double x) { return x > 0.5; });
  check(OneNode("Greater").constant(0.5).x(), [](double x) { return 0.5 > x; });
  check(OneNode("GreaterOrEqual").x().constant(0.5), [](double x) { return x >= 0.5; });
  check(OneNode("GreaterOrEqual").constant(0.5).x(), [](double x) { return 0.5 >= x; });
  check(OneNode("Less").x().constant(0.5), [](double x) { return x < 0.5; });
  check(OneNode("Less").constant(0.5).x(), [](double x) { return 0.5 < x; });
  check(OneNode("LessOrEqual").x().constant(0.5), [](double x) { return x <= 0.5; });
  check(OneNode("LessOrEqual").constant(0.5).x(), [](double x) { return 0.5 <= x; });
}

TEST_CASE("bounds are clips") {
  check(OneNode("Relu").x(), [](double x) { return std::max(x, 0.0); });
  check(OneNode("Clip").x().constant(-1).constant(2.5), [](double x) { return clamp(x, -1, 2.5); });
  check(OneNode("Clip").x().none().constant(2.5), [](double x) { return std::min(x, 2.5); });
  check(OneNode("Clip").opset(6).x().set("min", -1.0), [](double x) { return std::max(x, -1.0); });
  check(OneNode("Min").x().constant(2), [](double x) { return std::min(x, 2.0); });
  check(
      OneNode("Max").constant(-1).x().constant({2, 1, 1}, {-2, 0.5}), [](double x) { return std::max(x, 0.5); }, 1);
  check(OneNode("HardSigmoid").x().set("alpha", 0.25), [](double x) { return clamp(x * 0.25 + 0.5, 0, 1); });
}

TEST_CASE("curves are read") {
  check(OneNode("LeakyRelu").x().set("alpha", 0.125), [](double x) { return x < 0 ? 0.125 * x : x; });
  check(
      OneNode("PRelu").x().constant({2, 1, 1}, {0.5, 0.25}), [](double x) { return x < 0 ? 0.25 * x : x; }, 1);
  check(OneNode("Tanh").x(), [](double x) { return std::tanh(x); });
  check(OneNode("Sigmoid").x(), [](double x) { return 1 / (1 + std::exp(-x)); });
}

TEST_CASE("roundings, signs and casts are read") {
  check(OneNode("Round").x(), [](double x) { return std::nearbyint(x); });
  check(OneNode("Floor").x(), [](double x) { return std::floor(x); });
  check(OneNode("Ceil").x(), [](double x) { return std::ceil(x); });
  check(OneNode("Sign").x(), [](double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; });
  check(OneNode("Cast").x().set("to", std::int64_t{1}), [](double x) { return x; });
  for (const std::int64_t type : {3, 5, 6, 7}) {
    check(OneNode("Cast").x().set("to", type), [](double x) { return std::trunc(x); });
  }
  check(
      OneNode("Cast").x().set("to", std::int64_t{9}), [](double x) { return x != 0; }, 0, 0);
  check(
      OneNode("Not").x(), [](double x) { return x == 0; }, 0, 0);
}

TEST_CASE("a condition chooses between constants, one or one a channel") {
  check(
      OneNode("Where").x().constant(0.7).constant(-0.3), [](double x) { return x != 0 ? 0.7 : -0.3; }, 0, 0);
  check(
      OneNode("Where").x().constant({1, 2, 1, 1}, {1, -1}).constant({2, 1, 1}, {-1, 1}),
      [](double x) { return x != 0 ? -1 : 1; }, 1, 0);
}

TEST_CASE("Quant clips, rounds and scales back") {
  check(quant(0.5, 0, 3), [](double x) { return std::nearbyint(clamp(x / 0.5, -4, 3)) * 0.5; });
  check(quant(0.5, 0, 3).set("narrow", std::int64_t{1}),
        [](double x) { return std::nearbyint(clamp(x / 0.5, -3, 3)) * 0.5; });
  check(quant(0.5, 2, 3).set("signed", std::int64_t{0}),
        [](double x) { return (std::nearbyint(clamp(x / 0.5 + 2, 0, 7)) - 2) * 0.5; });
  check(quant(0.5, 2, 3).set("signed", std::int64_t{0}).set("narrow", std::int64_t{1}),
        [](double x) { return (std::nearbyint(clamp(x / 0.5 + 2, 0, 6)) - 2) * 0.5; });
  check(quant(0.5, 0, 1), [](double x) { return x / 0.5 >= 0 ? 0.5 : -0.5; });
  check(quant(0.5, 0, 1).set("signed", std::int64_t{0}),
        [](double x) { return std::nearbyint(clamp(x / 0.5, 0, 1)) * 0.5; });
}

TEST_CASE("Quant takes a scale, a zero point and equal bit widths for each channel") {
  const OneNode node = OneNode("IntQuant")
                           .x()
                           .constant({1, 2, 1, 1}, {0.5, 0.25})
                           .constant({1, 2, 1, 1}, {0, 1})
                           .constant({1, 2, 1, 1}, {4, 4});
  check(
      node, [](double x) { return std::nearbyint(clamp(x / 0.5, -8, 7)) * 0.5; }, 0);
  check(
      node, [](double x) { return (std::nearbyint(clamp(x / 0.25 + 1, -8, 7)) - 1) * 0.25; }, 1);
}

TEST_CASE("every rounding mode is followed, halves included") {
  const auto rounds = [](const char* mode, const std::vector<double>& expected) {
    INFO(mode);
    const OneNode node = quant(1, 0, 4).set("rounding_mode", mode);
    std::vector<double> values;
    for (const double x : {-2.5, -1.5, -1.25, -0.5, 0.5, 0.75, 1.5, 2.5}) {
      values.push_back(node.at(x) + 0.0);
    }
    CHECK(values == expected);
  };
  rounds("ROUND", {-2, -2, -1, 0, 0, 1, 2, 2});
  rounds("half_even", {-2, -2, -1, 0, 0, 1, 2, 2});
  rounds("HALF_UP", {-3, -2, -1, -1, 1, 1, 2, 3});
  rounds("Half_Down", {-2, -1, -1, 0, 0, 1, 1, 2});
  rounds("FLOOR", {-3, -2, -2, -1, 0, 0, 1, 2});
  rounds("CEIL", {-2, -1, -1, 0, 1, 1, 2, 3});
  rounds("UP", {-3, -2, -2, -1, 1, 1, 2, 3});
  rounds("DOWN", {-2, -1, -1, 0, 0, 0, 1, 2});
  rounds("ROUND_TO_ZERO", {-2, -1, -1, 0, 0, 0, 1, 2});
}

TEST_CASE("BipolarQuant gives plus or minus its scale") {
  check(OneNode("BipolarQuant").x().constant(0.3), [](double x) { return x >= 0 ? 0.3 : -0.3; });
}

TEST_CASE("Trunc drops bits in both its forms") {
  check(OneNode("Trunc").x().constant(0.5).constant(0).constant(6).constant(4),
        [](double x) { return std::floor(std::nearbyint(x / 0.5) / 4) * 0.5; });
  check(OneNode("Trunc").x().constant(0.5).constant(2).constant(6).constant(5).set("rounding_mode", "CEIL"),
        [](double x) { return (std::ceil(std::nearbyint(x / 0.5 + 2) / 2) - 2) * 0.5; });
  check(
      OneNode("Trunc").x().constant(0.25).constant(4).constant(8).constant(1).constant(3).set("rounding_mode", "ROUND"),
      [](double x) { return (std::nearbyint(clamp(std::nearbyint(x / 0.25 + 4) / 4, -4, 3)) - 1) * 1; });
}

TEST_CASE("MultiThreshold counts the thresholds that are reached") {
  const OneNode node = OneNode("MultiThreshold")
                           .x()
                           .constant({2, 3}, {-1, 0.5, 2, 3, 0, -0.5})
                           .set("out_scale", 0.5)
                           .set("out_bias", -1.5);
  check(
      node, [](double x) { return 0.5 * ((x >= -1) + (x >= 0.5) + (x >= 2)) - 1.5; }, 0);
  check(
      node, [](double x) { return 0.5 * ((x >= 3) + (x >= 0) + (x >= -0.5)) - 1.5; }, 1);
  check(
      OneNode("MultiThreshold").x().constant({1, 2}, {0, infinity}).set("out_scale", -2.0),
      [](double x) { return x >= 0 ? -2 : 0; }, 1);
  CHECK(OneNode("MultiThreshold").channels_last().x().constant({2, 1}, {0, 1}).set("data_layout", "NHWC").at(0.5, 1) ==
        0);
}

TEST_CASE("QuantizeLinear gives whole numbers and DequantizeLinear takes them back") {
  check(OneNode("QuantizeLinear").x().constant(0.03125),
        [](double x) { return clamp(std::nearbyint(x / 0.03125), 0, 255); });
  check(OneNode("QuantizeLinear").x().constant(0.03125).constant_of(ElementType::Int8, -4),
        [](double x) { return clamp(std::nearbyint(x / 0.03125) - 4, -128, 127); });
  check(OneNode("DequantizeLinear").x().constant(0.5).constant(3), [](double x) { return (x - 3) * 0.5; });
  check(
      OneNode("DequantizeLinear").x().constant({2}, {0.5, 0.25}).set("axis", std::int64_t{-3}),
      [](double x) { return x * 0.25; }, 1);
}

TEST_CASE("constants broadcast to the channels wherever these are") {
  const std::vector<double> both{1, 2};
  CHECK(OneNode("Add").x().constant({2, 1, 1}, both).at(0, 1) == 2);
  CHECK(OneNode("Add").x().constant({1, 2, 1, 1}, both).at(0, 1) == 2);
  CHECK(OneNode("Add").x().constant({1, 1, 1, 1}, {3}).at(0, 1) == 3);
  CHECK(OneNode("Add").flat().x().constant({2}, both).at(0, 1) == 2);
  CHECK(OneNode("Add").flat().x().constant({1, 2}, both).at(0, 1) == 2);
  CHECK(OneNode("Add").channels_last().x().constant({2}, both).at(0, 1) == 2);
  CHECK(OneNode("Add").channels_last().x().constant({1, 1, 1, 2}, both).at(0, 1) == 2);
  CHECK_THAT(OneNode("Add").x().constant({2}, both).refusal(),
             Catch::Contains("shape [2]") && Catch::Contains("[1, 2, 1, 1]"));
  CHECK_THAT(OneNode("Add").channels_last().x().constant({2, 1, 1}, both).refusal(), Catch::Contains("[1, 1, 1, 2]"));
  CHECK_THAT(OneNode("Mul").flat().x().constant({2, 1}, both).refusal(), Catch::Contains("shape [2, 1]"));
}

TEST_CASE("what is not monotone or not constant is refused with the node and what would be accepted") {
  const auto refuses = [](const OneNode& node, const std::string& reason) {
    CHECK_THAT(node.refusal(), Catch::Contains("test.onnx: node 'it' (") && Catch::Contains(reason));
  };
  refuses(OneNode("Div").constant(1).x(), "not monotone");
  refuses(OneNode("Div").x().constant(0), "divides by zero");
  refuses(OneNode("Add").x().constant(infinity), "not a finite number");
  refuses(OneNode("Pow").x().constant(2), "exponent 2");
  refuses(OneNode("Sqrt").x(), "constants alone");
  refuses(OneNode("LeakyRelu").x().set("alpha", -0.1), "slope -0.1");
  refuses(OneNode("PRelu").x().constant({2, 1, 1}, {0.1, -1}), "slope -1");
  refuses(OneNode("Where").constant(1).x().constant(0), "two constants");
  refuses(OneNode("Where").x().input("y").constant(0), "value where true is computed");
  refuses(OneNode("Max").x().input("z"), "other operand is computed");
  refuses(OneNode("Cast").x().set("to", std::int64_t{10}), "casts to");
  refuses(quant(0, 0, 2), "scale is 0; expected a positive number");
  refuses(quant(1, 0, 2.5), "bit width is 2.5");
  refuses(quant(1, 0, 64), "from 1 to 32");
  refuses(quant(1, 0, 2).set("rounding_mode", "NEAR"), "rounding_mode is 'NEAR'");
  refuses(OneNode("Quant").x().constant(1).constant(0), "has 3 inputs");
  refuses(OneNode("Quant").x().constant(1).constant(0).constant({2}, {2, 3}), "differs from channel to channel");
  refuses(OneNode("Trunc").x().constant(1).constant(0).constant(4).constant(5), "expected no more");
  refuses(OneNode("MultiThreshold").x().constant({3, 1}, {1, 2, 3}), "[2, T] or [1, T]");
  refuses(OneNode("MultiThreshold").x().constant({2, 1}, {1, 2}).set("data_layout", "NHWC"), "expected NCHW");
  refuses(OneNode("MultiThreshold").x().constant({1, 1}, {std::nan("")}), "not a number");
  refuses(OneNode("QuantizeLinear").x().constant({2}, {1, 1}).set("axis", std::int64_t{3}), "expected axis 1");
  refuses(OneNode("QuantizeLinear").x().constant(1).constant(3), "quantises to double; expected int8 or uint8");
}
