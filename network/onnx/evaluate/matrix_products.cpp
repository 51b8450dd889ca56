#include <algorithm>

#include "network/onnx/evaluate/broadcast.h"
#include "network/onnx/evaluate/families.h"
#include "network/onnx/evaluate/layer_products.h"

namespace spinvp::network::onnx {
namespace {

/// to[rows][columns] = a[rows][inner] * b[inner][columns], products added in the order of inner.
void multiply(const double* a, const double* b, double* to, std::size_t rows, std::size_t inner, std::size_t columns) {
  for (std::size_t row = 0; row < rows; ++row, to += columns) {
    std::fill_n(to, columns, 0.0);
    for (std::size_t i = 0; i < inner; ++i) {
      const double factor = a[row * inner + i];
      const double* values = b + i * columns;
      for (std::size_t column = 0; column < columns; ++column) {
        to[column] += factor * values[column];
      }
    }
  }
}

Value matrix(const Call& call, std::size_t index, const char* transposition) {
  const Value& x = call.input(index);
  if (x.dims.size() != 2) {
    call.refuse("its input {} has the shape {}; expected two dimensions", index + 1, shape_text(x.dims));
  }
  return call.integer(transposition, 0) != 0 ? transposed(x) : x;
}

/// Rows of b are read side by side, so that a vector times transposed weights needs no second copy of them.
Value vector_times_transposed(const Call& call, const Value& a, const Value& b) {
  Value result = call.result(a.type, {1, b.dims[0]});
  const auto inner = static_cast<std::size_t>(b.dims[1]);
  call.require_operations(static_cast<double>(b.size()));
  for (std::size_t row = 0; row < result.size(); ++row) {
    double sum = 0;
    for (std::size_t i = 0; i < inner; ++i) {
      sum += a.numbers[i] * b.numbers[row * inner + i];
    }
    result.numbers[row] = sum;
  }
  return result;
}

Value gemm(const Call& call) {
  const double alpha = call.number("alpha", 1);
  const double beta = call.number("beta", 1);
  const Value a = matrix(call, 0, "transA");
  const Value& written = call.input(1);
  const bool by_rows =
      a.dims[0] == 1 && call.integer("transB", 0) != 0 && written.dims.size() == 2 && a.dims[1] == written.dims[1];
  Value result =
      by_rows ? vector_times_transposed(call, a, written) : multiply_matrices(call, a, matrix(call, 1, "transB"));
  if (alpha != 1) {
    for (double& number : result.numbers) {
      number *= alpha;
    }
  }
  const Value* c = call.optional(2);
  if (c == nullptr) {
    return result;
  }
  const Dims dims = result.dims;
  Value sum = broadcast<2>(call, result.type, {&result, c}, [&](const auto& v) { return v[0] + beta * v[1]; });
  if (sum.dims != dims) {
    call.refuse("adds the shape {} to the shape {}", shape_text(c->dims), shape_text(dims));
  }
  return sum;
}

Value mat_mul(const Call& call) {
  return multiply_matrices(call, call.input(0), call.input(1));
}

}  // namespace

Value transposed(const Value& x) {
  Value result{x.type, {x.dims[1], x.dims[0]}, std::vector<double>(x.size())};
  const auto rows = static_cast<std::size_t>(x.dims[0]);
  const auto columns = static_cast<std::size_t>(x.dims[1]);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      result.numbers[column * rows + row] = x.numbers[row * columns + column];
    }
  }
  return result;
}

Value multiply_matrices(const Call& call, const Value& a, const Value& b) {
  Dims left = a.dims;
  Dims right = b.dims;
  if (left.empty() || right.empty()) {
    call.refuse("multiplies the shapes {} and {}", shape_text(left), shape_text(right));
  }
  if (left.size() == 1) {
    left.insert(left.begin(), 1);
  }
  if (right.size() == 1) {
    right.push_back(1);
  }
  const std::int64_t rows = left[left.size() - 2];
  const std::int64_t inner = left.back();
  const std::int64_t columns = right.back();
  if (right[right.size() - 2] != inner) {
    call.refuse("multiplies the shapes {} and {}", shape_text(a.dims), shape_text(b.dims));
  }
  left.resize(left.size() - 2);
  right.resize(right.size() - 2);
  Dims dims = broadcast_dims(call, {&left, &right});
  const std::vector<std::size_t> strides = strides_of(dims);
  const std::vector<std::size_t> left_strides = broadcast_strides(left, dims);
  const std::vector<std::size_t> right_strides = broadcast_strides(right, dims);
  Dims result_dims = dims;
  result_dims.insert(result_dims.end(), {rows, columns});
  Value result = call.result(a.type, result_dims);
  call.require_operations(static_cast<double>(result.size()) * static_cast<double>(inner));
  const auto matrix_size = static_cast<std::size_t>(rows * columns);
  const std::size_t matrices = result.size() == 0 ? 0 : result.size() / matrix_size;
  for (std::size_t i = 0; i < matrices; ++i) {
    std::size_t from_left = 0;
    std::size_t from_right = 0;
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
      const std::size_t at = i / strides[axis] % static_cast<std::size_t>(dims[axis]);
      from_left += at * left_strides[axis];
      from_right += at * right_strides[axis];
    }
    multiply(a.numbers.data() + from_left * static_cast<std::size_t>(rows * inner),
             b.numbers.data() + from_right * static_cast<std::size_t>(inner * columns),
             result.numbers.data() + i * matrix_size, static_cast<std::size_t>(rows), static_cast<std::size_t>(inner),
             static_cast<std::size_t>(columns));
  }
  if (b.dims.size() == 1) {
    result.dims.pop_back();
  }
  if (a.dims.size() == 1) {
    result.dims.erase(result.dims.end() - (b.dims.size() == 1 ? 1 : 2));
  }
  return result;
}

void add_matrix_products(OperatorTable& table) {
  table["Gemm"] = gemm;
  table["MatMul"] = mat_mul;
}

}  // namespace spinvp::network::onnx
