#include "network/onnx/evaluate/broadcast.h"
#include "network/onnx/evaluate/families.h"

namespace spinvp::network::onnx {
namespace {

template <typename Predicate>
Value compare(const Call& call, Predicate predicate) {
  return broadcast<2>(call, ElementType::Bool, {&call.input(0), &call.input(1)},
                      [&](const auto& v) { return predicate(v[0], v[1]) ? 1.0 : 0.0; });
}

Value equal(const Call& call) {
  return compare(call, [](double a, double b) { return a == b; });
}
Value greater(const Call& call) {
  return compare(call, [](double a, double b) { return a > b; });
}
Value greater_or_equal(const Call& call) {
  return compare(call, [](double a, double b) { return a >= b; });
}
Value less(const Call& call) {
  return compare(call, [](double a, double b) { return a < b; });
}
Value less_or_equal(const Call& call) {
  return compare(call, [](double a, double b) { return a <= b; });
}
Value both(const Call& call) {
  return compare(call, [](double a, double b) { return a != 0 && b != 0; });
}
Value either(const Call& call) {
  return compare(call, [](double a, double b) { return a != 0 || b != 0; });
}
Value exactly_one(const Call& call) {
  return compare(call, [](double a, double b) { return (a != 0) != (b != 0); });
}

Value invert(const Call& call) {
  return broadcast<1>(call, ElementType::Bool, {&call.input(0)}, [](const auto& v) { return v[0] == 0 ? 1.0 : 0.0; });
}

Value where(const Call& call) {
  return broadcast<3>(call, call.input(1).type, {&call.input(0), &call.input(1), &call.input(2)},
                      [](const auto& v) { return v[0] != 0 ? v[1] : v[2]; });
}

}  // namespace

void add_comparisons(OperatorTable& table) {
  table["Equal"] = equal;
  table["Greater"] = greater;
  table["GreaterOrEqual"] = greater_or_equal;
  table["Less"] = less;
  table["LessOrEqual"] = less_or_equal;
  table["And"] = both;
  table["Or"] = either;
  table["Xor"] = exactly_one;
  table["Not"] = invert;
  table["Where"] = where;
}

}  // namespace spinvp::network::onnx
