#include <algorithm>
#include <cmath>

#include "network/onnx/evaluate/broadcast.h"
#include "network/onnx/evaluate/families.h"
#include "network/onnx/evaluate/layer_products.h"
#include "network/onnx/evaluate/quantisers.h"

/// Layers on integers. Those that quantise their result compute accumulator * (scale of a * scale of b), divide by the
/// result's scale, round half to even, add the zero point and saturate.
namespace spinvp::network::onnx {
namespace {

/// An input less its zero point, which may be left out, and may be one along an axis.
Value centred(const Call& call, std::size_t index, std::size_t zero_index, std::size_t axis) {
  const Value& x = call.input(index);
  const Value* zero = call.optional(zero_index);
  if (zero == nullptr) {
    return x;
  }
  const Value shaped = along_axis(call, *zero, x.dims, axis);
  return broadcast<2>(call, ElementType::Int32, {&x, &shaped}, [](const auto& v) { return v[0] - v[1]; });
}

std::size_t last_but(const Call& call, std::size_t index, std::size_t back) {
  const std::size_t rank = call.input(index).dims.size();
  return rank > back ? rank - 1 - back : 0;
}

Value conv_integer(const Call& call) {
  Value result = convolve(call, centred(call, 0, 2, 1), centred(call, 1, 3, 0), nullptr);
  result.type = ElementType::Int32;
  return result;
}

Value mat_mul_integer(const Call& call) {
  Value result =
      multiply_matrices(call, centred(call, 0, 2, last_but(call, 0, 1)), centred(call, 1, 3, last_but(call, 1, 0)));
  result.type = ElementType::Int32;
  return result;
}

/// accumulators * (scale * other scale) / result scale, with scales along the axes given.
Value rescaled(const Call& call, const Value& accumulators, const Value& scale, const Value& other,
               double result_scale) {
  const Value product =
      broadcast<2>(call, ElementType::Float, {&scale, &other}, [](const auto& v) { return v[0] * v[1]; });
  Value ratios = broadcast<2>(call, ElementType::Float, {&accumulators, &product},
                              [&](const auto& v) { return v[0] * v[1] / result_scale; });
  if (ratios.dims != accumulators.dims) {
    call.refuse("its scales turn the shape {} into {}", shape_text(accumulators.dims), shape_text(ratios.dims));
  }
  return ratios;
}

Value q_linear_conv(const Call& call) {
  const Value sums = convolve(call, centred(call, 0, 2, 1), centred(call, 3, 5, 0), call.optional(8));
  return rescaled(call, sums, along_axis(call, call.input(1), sums.dims, 1),
                  along_axis(call, call.input(4), sums.dims, 1), call.scalar(6));
}

Value q_linear_mat_mul(const Call& call) {
  const Value sums =
      multiply_matrices(call, centred(call, 0, 2, last_but(call, 0, 1)), centred(call, 3, 5, last_but(call, 3, 0)));
  const std::size_t rank = sums.dims.size();
  return rescaled(call, sums, along_axis(call, call.input(1), sums.dims, rank > 1 ? rank - 2 : 0),
                  along_axis(call, call.input(4), sums.dims, rank > 0 ? rank - 1 : 0), call.scalar(6));
}

/// An input of QGemm, less its zero point, the way round that it is multiplied.
Value gemm_operand(const Call& call, std::size_t index, const char* transposition, std::size_t outer_axis) {
  const bool turns = call.integer(transposition, 0) != 0;
  if (call.input(index).dims.size() != 2) {
    call.refuse("its input {} has the shape {}; expected two dimensions", index + 1,
                shape_text(call.input(index).dims));
  }
  const Value x = centred(call, index, index + 2, turns ? 1 - outer_axis : outer_axis);
  return turns ? transposed(x) : x;
}

Value q_gemm(const Call& call) {
  Value sums = multiply_matrices(call, gemm_operand(call, 0, "transA", 0), gemm_operand(call, 3, "transB", 1));
  if (const Value* c = call.optional(6)) {
    sums = broadcast<2>(call, ElementType::Int32, {&sums, c}, [](const auto& v) { return v[0] + v[1]; });
  }
  const double alpha = call.number("alpha", 1);
  if (alpha != 1) {
    for (double& number : sums.numbers) {
      number *= alpha;
    }
  }
  return rescaled(call, sums, along_axis(call, call.input(1), sums.dims, 0),
                  along_axis(call, call.input(4), sums.dims, 1), call.scalar(7));
}

double zero_of(const Call& call, std::size_t index) {
  return call.optional(index) != nullptr ? call.scalar(index) : 0.0;
}

Value q_linear_add(const Call& call) {
  const double scale_a = call.scalar(1);
  const double zero_a = zero_of(call, 2);
  const double scale_b = call.scalar(4);
  const double zero_b = zero_of(call, 5);
  const double scale = call.scalar(6);
  return broadcast<2>(call, ElementType::Float, {&call.input(0), &call.input(3)},
                      [&](const auto& v) { return ((v[0] - zero_a) * scale_a + (v[1] - zero_b) * scale_b) / scale; });
}

Value q_linear_global_average_pool(const Call& call) {
  const Value& x = call.input(0);
  if (call.integer("channels_last", 0) != 0 || x.dims.size() != 4 || x.dims[2] * x.dims[3] == 0) {
    call.refuse("reads the shape {}; expected [N, channels, rows, columns]", shape_text(x.dims));
  }
  const double zero = zero_of(call, 2);
  const double scale = call.scalar(1);
  const double result_scale = call.scalar(3);
  Value result = call.result(ElementType::Float, {x.dims[0], x.dims[1], 1, 1});
  const std::size_t pixels = x.size() / std::max<std::size_t>(1, result.size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    double sum = 0;
    for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
      sum += x.numbers[i * pixels + pixel] - zero;
    }
    result.numbers[i] = sum / static_cast<double>(pixels) * scale / result_scale;
  }
  return result;
}

/// A layer's ratios, and which input holds the zero point of its result.
struct RequantisingLayer {
  Value (*ratios)(const Call&);
  std::size_t zero_point;
};

const RequantisingLayer* find_layer(const std::string& op) {
  static const std::unordered_map<std::string, RequantisingLayer> layers{
      {"QLinearConv", {q_linear_conv, 7}},
      {"QLinearMatMul", {q_linear_mat_mul, 7}},
      {"QGemm", {q_gemm, 8}},
      {"QLinearAdd", {q_linear_add, 7}},
      {"QLinearGlobalAveragePool", {q_linear_global_average_pool, 4}}};
  const auto found = layers.find(op);
  return found == layers.end() ? nullptr : &found->second;
}

Value requantise(const Call& call) {
  Requantised layer = requantised(call);
  const TypeRange range = range_of(layer.type);
  for (double& number : layer.ratios.numbers) {
    number = std::min(std::max(std::nearbyint(number) + layer.zero_point, range.low), range.high);
  }
  layer.ratios.type = layer.type;
  return std::move(layer.ratios);
}

}  // namespace

bool is_requantising(const std::string& op) {
  return find_layer(op) != nullptr;
}

Requantised requantised(const Call& call) {
  const RequantisingLayer& layer = *find_layer(call.node.op);
  const Value* zero = call.optional(layer.zero_point);
  const ElementType type = zero != nullptr ? zero->type : call.input(0).type;
  if (!is_integer(type)) {
    call.refuse("gives {}; expected an integer type", to_string(type));
  }
  const double zero_point = zero_of(call, layer.zero_point);
  return Requantised{layer.ratios(call), zero_point, type};
}

void add_quantised_layers(OperatorTable& table) {
  const std::string runtime = runtime_prefix;
  table["ConvInteger"] = conv_integer;
  table["MatMulInteger"] = mat_mul_integer;
  table["QLinearConv"] = requantise;
  table["QLinearMatMul"] = requantise;
  table[runtime + "QGemm"] = requantise;
  table[runtime + "QLinearAdd"] = requantise;
  table[runtime + "QLinearGlobalAveragePool"] = requantise;
}

}  // namespace spinvp::network::onnx
