#include "network/support/float_evaluator.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <stdexcept>

namespace spinvp::test {
namespace {

using Values = std::map<std::string, FloatTensor>;
using Dims = std::vector<std::int64_t>;

template <typename Element>
void append_raw(const std::string& raw, std::vector<double>& values) {
  for (std::size_t at = 0; at + sizeof(Element) <= raw.size(); at += sizeof(Element)) {
    Element value = 0;
    std::memcpy(&value, raw.data() + at, sizeof(Element));
    values.push_back(static_cast<double>(value));
  }
}

FloatTensor decode(const ::onnx::TensorProto& proto) {
  FloatTensor tensor{{proto.dims().begin(), proto.dims().end()}, {}};
  const std::string& raw = proto.raw_data();
  if (proto.data_type() == ::onnx::TensorProto::FLOAT) {
    tensor.values.assign(proto.float_data().begin(), proto.float_data().end());
    append_raw<float>(raw, tensor.values);
  } else if (proto.data_type() == ::onnx::TensorProto::INT8) {
    tensor.values.assign(proto.int32_data().begin(), proto.int32_data().end());
    append_raw<std::int8_t>(raw, tensor.values);
  } else {
    tensor.values.assign(proto.int64_data().begin(), proto.int64_data().end());
    append_raw<std::int64_t>(raw, tensor.values);
  }
  return tensor;
}

std::int64_t integer(const ::onnx::NodeProto& node, const std::string& name, std::int64_t missing) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == name) {
      return attribute.i();
    }
  }
  return missing;
}

double number(const ::onnx::NodeProto& node, const std::string& name, double missing) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == name) {
      return attribute.f();
    }
  }
  return missing;
}

Dims integers(const ::onnx::NodeProto& node, const std::string& name, const Dims& missing) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == name) {
      return {attribute.ints().begin(), attribute.ints().end()};
    }
  }
  return missing;
}

std::string text(const ::onnx::NodeProto& node, const std::string& name) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == name) {
      return attribute.s();
    }
  }
  return "NOTSET";
}

struct Geometry {
  Dims kernel, stride, pads, dilation, out;
};

Geometry geometry(const ::onnx::NodeProto& node, const Dims& in, const Dims& kernel) {
  Geometry g{kernel,
             integers(node, "strides", {1, 1}),
             integers(node, "pads", {0, 0, 0, 0}),
             integers(node, "dilations", {1, 1}),
             {0, 0}};
  const std::string automatic = text(node, "auto_pad");
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t extent = (kernel[axis] - 1) * g.dilation[axis] + 1;
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      g.out[axis] =
          static_cast<std::int64_t>(std::ceil(static_cast<double>(in[axis]) / static_cast<double>(g.stride[axis])));
      const std::int64_t total = std::max<std::int64_t>(0, (g.out[axis] - 1) * g.stride[axis] + extent - in[axis]);
      g.pads[axis] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
    } else {
      g.out[axis] = (in[axis] + g.pads[axis] + g.pads[axis + 2] - extent) / g.stride[axis] + 1;
    }
  }
  return g;
}

/// Calls visit(in_y, in_x, ky, kx) for each point of the window of output (y, x) that lies on the map.
template <typename Visit>
void window(const Geometry& g, std::int64_t y, std::int64_t x, const Dims& in, Visit visit) {
  for (std::int64_t ky = 0; ky < g.kernel[0]; ++ky) {
    for (std::int64_t kx = 0; kx < g.kernel[1]; ++kx) {
      const std::int64_t in_y = y * g.stride[0] - g.pads[0] + ky * g.dilation[0];
      const std::int64_t in_x = x * g.stride[1] - g.pads[1] + kx * g.dilation[1];
      if (in_y >= 0 && in_y < in[0] && in_x >= 0 && in_x < in[1]) {
        visit(in_y, in_x, ky, kx);
      }
    }
  }
}

FloatTensor convolve(const ::onnx::NodeProto& node, const FloatTensor& x, const FloatTensor& w,
                     const FloatTensor* bias) {
  const Dims in{x.dims[2], x.dims[3]};
  const Geometry g = geometry(node, in, {w.dims[2], w.dims[3]});
  const std::int64_t groups = integer(node, "group", 1);
  FloatTensor y{{1, w.dims[0], g.out[0], g.out[1]}, {}};
  for (std::int64_t k = 0; k < w.dims[0]; ++k) {
    for (std::int64_t oy = 0; oy < g.out[0]; ++oy) {
      for (std::int64_t ox = 0; ox < g.out[1]; ++ox) {
        double sum = bias != nullptr ? bias->values[static_cast<std::size_t>(k)] : 0;
        for (std::int64_t c = 0; c < w.dims[1]; ++c) {
          const std::int64_t channel = k / (w.dims[0] / groups) * w.dims[1] + c;
          window(g, oy, ox, in, [&](std::int64_t iy, std::int64_t ix, std::int64_t ky, std::int64_t kx) {
            sum += x.values[static_cast<std::size_t>((channel * in[0] + iy) * in[1] + ix)] *
                   w.values[static_cast<std::size_t>(((k * w.dims[1] + c) * w.dims[2] + ky) * w.dims[3] + kx)];
          });
        }
        y.values.push_back(sum);
      }
    }
  }
  return y;
}

FloatTensor pool(const ::onnx::NodeProto& node, const FloatTensor& x) {
  const Dims in{x.dims[2], x.dims[3]};
  const bool global = node.op_type().rfind("Global", 0) == 0 || node.op_type() == "ReduceMean";
  const bool is_max = node.op_type().find("Max") != std::string::npos;
  const Geometry g = geometry(node, in, global ? in : integers(node, "kernel_shape", {}));
  FloatTensor y{{1, x.dims[1], g.out[0], g.out[1]}, {}};
  for (std::int64_t c = 0; c < x.dims[1]; ++c) {
    for (std::int64_t oy = 0; oy < g.out[0]; ++oy) {
      for (std::int64_t ox = 0; ox < g.out[1]; ++ox) {
        double sum = 0;
        double most = -std::numeric_limits<double>::infinity();
        window(g, oy, ox, in, [&](std::int64_t iy, std::int64_t ix, std::int64_t, std::int64_t) {
          const double value = x.values[static_cast<std::size_t>((c * in[0] + iy) * in[1] + ix)];
          sum += value;
          most = std::max(most, value);
        });
        y.values.push_back(is_max ? most : sum / static_cast<double>(g.kernel[0] * g.kernel[1]));
      }
    }
  }
  return y;
}

FloatTensor multiply(const FloatTensor& x, const FloatTensor& w, bool transposed, double alpha, const FloatTensor* c,
                     double beta) {
  const std::int64_t outputs = w.dims[transposed ? 0 : 1];
  const std::int64_t features = w.dims[transposed ? 1 : 0];
  FloatTensor y{{1, outputs}, {}};
  for (std::int64_t k = 0; k < outputs; ++k) {
    double sum = 0;
    for (std::int64_t f = 0; f < features; ++f) {
      sum += x.values[static_cast<std::size_t>(f)] *
             w.values[static_cast<std::size_t>(transposed ? k * features + f : f * outputs + k)];
    }
    const double offset = c != nullptr ? c->values[c->values.size() == 1 ? 0 : static_cast<std::size_t>(k)] : 0;
    y.values.push_back(alpha * sum + beta * offset);
  }
  return y;
}

FloatTensor batch_norm(const ::onnx::NodeProto& node, const FloatTensor& x, const std::vector<const FloatTensor*>& p) {
  FloatTensor y = x;
  const double epsilon = number(node, "epsilon", static_cast<double>(1e-5f));
  const std::size_t pixels = x.values.size() / static_cast<std::size_t>(x.dims[1]);
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    const std::size_t c = i / pixels;
    y.values[i] =
        p[1]->values[c] * (x.values[i] - p[3]->values[c]) / std::sqrt(p[4]->values[c] + epsilon) + p[2]->values[c];
  }
  return y;
}

FloatTensor broadcast(const FloatTensor& a, const FloatTensor& b, const std::function<double(double, double)>& apply) {
  const FloatTensor& large = a.values.size() >= b.values.size() && a.dims.size() >= b.dims.size() ? a : b;
  FloatTensor y{large.dims, {}};
  const auto at = [&](const FloatTensor& tensor, std::size_t flat) {
    std::size_t index = 0;
    std::size_t stride = 1;
    for (std::size_t back = 1; back <= large.dims.size(); ++back) {
      const auto size = static_cast<std::size_t>(large.dims[large.dims.size() - back]);
      const std::size_t position = flat % size;
      flat /= size;
      if (back <= tensor.dims.size()) {
        const auto own = static_cast<std::size_t>(tensor.dims[tensor.dims.size() - back]);
        index += (own == 1 ? 0 : position) * stride;
        stride *= own;
      }
    }
    return tensor.values[index];
  };
  for (std::size_t i = 0; i < large.values.size(); ++i) {
    y.values.push_back(apply(at(a, i), at(b, i)));
  }
  return y;
}

FloatTensor map(FloatTensor x, const std::function<double(double)>& apply) {
  std::transform(x.values.begin(), x.values.end(), x.values.begin(), apply);
  return x;
}

FloatTensor run(const ::onnx::NodeProto& node, const std::vector<const FloatTensor*>& in) {
  const std::string& op = node.op_type();
  const FloatTensor& x = *in[0];
  const auto optional = [&](std::size_t index) { return index < in.size() ? in[index] : nullptr; };
  if (op == "Identity" || op == "Dropout") return x;
  if (op == "Cast") return integer(node, "to", 1) == 1 ? x : map(x, [](double v) { return std::trunc(v); });
  if (op == "Conv") return convolve(node, x, *in[1], optional(2));
  if (op == "Gemm") {
    return multiply(x, *in[1], integer(node, "transB", 0) != 0, number(node, "alpha", 1), optional(2),
                    number(node, "beta", 1));
  }
  if (op == "MatMul") return multiply(x, *in[1], false, 1, nullptr, 0);
  if (op.find("Pool") != std::string::npos) return pool(node, x);
  if (op == "ReduceMean") {
    FloatTensor y = pool(node, x);
    y.dims.resize(integer(node, "keepdims", 1) == 0 ? 2 : 4);
    return y;
  }
  if (op == "BatchNormalization") return batch_norm(node, x, in);
  if (op == "Add") return broadcast(x, *in[1], std::plus<>());
  if (op == "Sub") return broadcast(x, *in[1], std::minus<>());
  if (op == "Mul") return broadcast(x, *in[1], std::multiplies<>());
  if (op == "Div") return broadcast(x, *in[1], std::divides<>());
  if (op == "Relu") return map(x, [](double v) { return std::max(v, 0.0); });
  if (op == "Round") return map(x, [](double v) { return std::nearbyint(v); });
  if (op == "Floor") return map(x, [](double v) { return std::floor(v); });
  if (op == "Ceil") return map(x, [](double v) { return std::ceil(v); });
  if (op == "Clip") {
    const double low = optional(1) != nullptr ? in[1]->values[0] : -HUGE_VAL;
    const double high = optional(2) != nullptr ? in[2]->values[0] : HUGE_VAL;
    return map(x, [=](double v) { return std::min(std::max(v, low), high); });
  }
  if (op == "Flatten" || op == "Reshape") return {{1, static_cast<std::int64_t>(x.values.size())}, x.values};
  throw std::logic_error("no evaluation of " + op);
}

}  // namespace

std::map<std::string, FloatTensor> evaluate(const ::onnx::ModelProto& model, const std::vector<std::uint8_t>& image) {
  Values values;
  for (const auto& initialiser : model.graph().initializer()) {
    values[initialiser.name()] = decode(initialiser);
  }
  FloatTensor input;
  for (const auto& dim : model.graph().input(0).type().tensor_type().shape().dim()) {
    input.dims.push_back(input.dims.empty() ? 1 : dim.dim_value());
  }
  input.values.assign(image.begin(), image.end());
  values[model.graph().input(0).name()] = input;
  for (const auto& node : model.graph().node()) {
    std::vector<const FloatTensor*> inputs;
    for (const std::string& name : node.input()) {
      inputs.push_back(name.empty() ? nullptr : &values.at(name));
    }
    values[node.output(0)] = run(node, inputs);
  }
  return values;
}

}  // namespace spinvp::test
