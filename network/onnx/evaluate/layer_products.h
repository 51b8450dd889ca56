#pragma once

#include "network/onnx/evaluate/call.h"

/// The sums of products that real and quantised layers share.
namespace spinvp::network::onnx {

/// x [N, channels, rows, columns] with kernels w [K, channels / groups, ky, kx]; positions outside the map count as 0.
/// `bias` is nullptr or holds K numbers. Attributes are those of Conv. The result's type is x's.
Value convolve(const Call& call, const Value& x, const Value& w, const Value* bias);

/// a times b as NumPy's matmul does it: the last two dims are matrices, those in front broadcast.
Value multiply_matrices(const Call& call, const Value& a, const Value& b);

/// Of a matrix.
Value transposed(const Value& x);

}  // namespace spinvp::network::onnx
