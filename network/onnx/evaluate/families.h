#pragma once

#include <string>
#include <unordered_map>

#include "network/onnx/evaluate/call.h"

/// The families of operators, a file each; every one adds its operators to the table.
namespace spinvp::network::onnx {

using Operator = Value (*)(const Call&);
using OperatorTable = std::unordered_map<std::string, Operator>;

/// QONNX's operators stand in the table under this prefix, those of ONNX Runtime under the name of their domain.
inline constexpr const char* qonnx_prefix = "qonnx:";
inline constexpr const char* runtime_prefix = "com.microsoft:";

void add_elementwise_operators(OperatorTable& table);
void add_comparisons(OperatorTable& table);
void add_shape_operators(OperatorTable& table);
void add_indexing_operators(OperatorTable& table);
void add_filling_operators(OperatorTable& table);
void add_reductions(OperatorTable& table);
void add_convolutions(OperatorTable& table);
void add_matrix_products(OperatorTable& table);
void add_poolings(OperatorTable& table);
void add_normalisations(OperatorTable& table);
void add_linear_quantisers(OperatorTable& table);
void add_quantised_layers(OperatorTable& table);
void add_qonnx_quantisers(OperatorTable& table);

}  // namespace spinvp::network::onnx
