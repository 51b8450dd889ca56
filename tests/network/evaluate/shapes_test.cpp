#include <limits>

#include "network/evaluate/node_runner.h"

using namespace spinvp::test;
using Catch::Contains;

namespace {

constexpr double huge = static_cast<double>(std::numeric_limits<std::int64_t>::max());
const Value grid = real({2, 3}, {1, 2, 3, 4, 5, 6});

EvaluatedDims dims_of(const Value& value) {
  return value.dims;
}

}  // namespace

TEST_CASE("Shape, Gather, Unsqueeze, Concat and Reshape flatten as exporters write it") {
  const Value map = real({1, 2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Value shape = NodeRunner("Shape")({map});
  CHECK(shape.numbers == Numbers64{1, 2, 2, 2});
  CHECK(NodeRunner("Shape", 15).with("start", 1).with("end", -1).numbers({map}) == Numbers64{2, 2});
  const Value images = NodeRunner("Gather").with("axis", 0)({shape, integral(ElementType::Int64, {}, {0})});
  CHECK(images.dims.empty());
  const Value row = NodeRunner("Unsqueeze", 9).with("axes", EvaluatedDims{0})({images});
  const Value wanted = NodeRunner("Concat").with("axis", 0)({row, list({-1})});
  CHECK(wanted.numbers == Numbers64{1, -1});
  CHECK(dims_of(NodeRunner("Reshape")({map, wanted})) == EvaluatedDims{1, 8});
  CHECK(NodeRunner("Size").numbers({map}) == Numbers64{8});
}

TEST_CASE("Reshape keeps zeros, opens minus one, and refuses other counts") {
  CHECK(dims_of(NodeRunner("Reshape")({grid, list({0, -1, 1})})) == EvaluatedDims{2, 3, 1});
  CHECK_THAT(NodeRunner("Reshape").refusal({grid, list({4, 2})}), Contains("turns the shape [2, 3]"));
  CHECK_THAT(NodeRunner("Reshape").refusal({grid, list({-1, 4})}), Contains("turns the shape [2, 3]"));
  CHECK_THAT(NodeRunner("Reshape").refusal({grid, list({-1, -1})}), Contains("its shape is"));
  CHECK_THAT(NodeRunner("Reshape", 14).with("allowzero", 1).refusal({grid, list({0, 6})}), Contains("turns the shape"));
  CHECK(dims_of(NodeRunner("Flatten")({real({2, 1, 3}, {1, 2, 3, 4, 5, 6})})) == EvaluatedDims{2, 3});
  CHECK(dims_of(NodeRunner("Flatten").with("axis", 0)({grid})) == EvaluatedDims{1, 6});
  CHECK(dims_of(NodeRunner("Squeeze")({real({1, 2, 1}, {1, 2})})) == EvaluatedDims{2});
  CHECK(dims_of(NodeRunner("Squeeze")({real({1, 2, 1}, {1, 2}), list({-1})})) == EvaluatedDims{1, 2});
  CHECK(dims_of(NodeRunner("Unsqueeze")({grid, list({0, -1})})) == EvaluatedDims{1, 2, 3, 1});
  CHECK_THAT(NodeRunner("Squeeze").refusal({grid, list({0})}), Contains("which is not 1"));
}

TEST_CASE("Slice takes attributes or inputs, counts from the back and goes backwards") {
  const Value line = real({5}, {0, 1, 2, 3, 4});
  const auto slice = [&](double start, double end, double step) {
    return NodeRunner("Slice").numbers({line, list({start}), list({end}), list({0}), list({step})});
  };
  CHECK(slice(1, 4, 1) == Numbers64{1, 2, 3});
  CHECK(slice(-3, huge, 2) == Numbers64{2, 4});
  CHECK(slice(4, -huge, -2) == Numbers64{4, 2, 0});
  CHECK(slice(huge, 0, -1) == Numbers64{4, 3, 2, 1});
  CHECK(slice(0, 5, huge) == Numbers64{0});
  CHECK(slice(3, 2, 1).empty());
  CHECK(NodeRunner("Slice", 9)
            .with("starts", EvaluatedDims{1})
            .with("ends", EvaluatedDims{3})
            .with("axes", EvaluatedDims{1})
            .numbers({grid}) == Numbers64{2, 3, 5, 6});
  CHECK(NodeRunner("Slice").numbers({grid, list({1}), list({2})}) == Numbers64{4, 5, 6});
  CHECK_THAT(NodeRunner("Slice").refusal({line, list({0}), list({1}), list({0}), list({0})}), Contains("steps of 0"));
  CHECK_THAT(NodeRunner("Slice").refusal({line, list({0}), list({1}), list({4})}), Contains("the axis 4"));
}

TEST_CASE("elements are picked, joined and turned by their place") {
  CHECK(NodeRunner("Transpose").numbers({grid}) == Numbers64{1, 4, 2, 5, 3, 6});
  const Value turned = NodeRunner("Transpose").with("perm", EvaluatedDims{0, 2, 1})({real({1, 2, 2}, {1, 2, 3, 4})});
  CHECK(turned.numbers == Numbers64{1, 3, 2, 4});
  CHECK_THAT(NodeRunner("Transpose").with("perm", EvaluatedDims{0, 0}).refusal({grid}), Contains("no order"));
  CHECK(NodeRunner("Gather").with("axis", 1).numbers({grid, list({2, -3})}) == Numbers64{3, 1, 6, 4});
  CHECK_THAT(NodeRunner("Gather").refusal({grid, list({2})}), Contains("picks element 2 of 2"));
  CHECK(NodeRunner("Concat").with("axis", 1).numbers({grid, real({2, 1}, {7, 8})}) ==
        Numbers64{1, 2, 3, 7, 4, 5, 6, 8});
  CHECK_THAT(NodeRunner("Concat").with("axis", 0).refusal({grid, real({1, 2}, {7, 8})}), Contains("along axis 0"));
}

TEST_CASE("results may be filled, repeated and padded") {
  CHECK(NodeRunner("Expand").numbers({real({2, 1}, {1, 2}), list({2, 2})}) == Numbers64{1, 1, 2, 2});
  CHECK(NodeRunner("Tile").numbers({real({1, 2}, {1, 2}), list({2, 2})}) == Numbers64{1, 2, 1, 2, 1, 2, 1, 2});
  CHECK(NodeRunner("ConstantOfShape").numbers({list({2, 1})}) == Numbers64{0, 0});
  const Value sevens = NodeRunner("ConstantOfShape").with_tensor("value", ElementType::Int64, 7)({list({2})});
  CHECK(sevens.type == ElementType::Int64);
  CHECK(sevens.numbers == Numbers64{7, 7});
  CHECK(NodeRunner("Range").numbers({scalar(3), scalar(-1), scalar(-2)}) == Numbers64{3, 1});
  const Value line = real({2}, {1, 2});
  CHECK(NodeRunner("Pad").numbers({line, list({1, 2}), scalar(9)}) == Numbers64{9, 1, 2, 9, 9});
  CHECK(NodeRunner("Pad").numbers({line, list({-1, 1})}) == Numbers64{2, 0});
  CHECK(NodeRunner("Pad", 10).with("pads", EvaluatedDims{0, 1}).with("value", 5.0).numbers({line}) ==
        Numbers64{1, 2, 5});
  CHECK(NodeRunner("Pad", 18).numbers({grid, list({1, 0}), scalar(0), list({1})}) == Numbers64{0, 1, 2, 3, 0, 4, 5, 6});
  CHECK_THAT(NodeRunner("Pad").with("mode", "reflect").refusal({line, list({1, 1})}), Contains("mode is 'reflect'"));
}

TEST_CASE("results beyond all bounds are refused before memory is taken") {
  const Value one = real({1}, {1});
  CHECK_THAT(NodeRunner("Expand").refusal({one, list({1e6, 1e6})}), Contains("[1000000, 1000000]"));
  CHECK_THAT(NodeRunner("Tile").refusal({one, list({1e9})}), Contains("elements"));
  CHECK_THAT(NodeRunner("ConstantOfShape").refusal({list({1e9, 0})}), Contains("elements"));
  CHECK_THAT(NodeRunner("ConstantOfShape").refusal({list({-1})}), Contains("[-1]"));
  CHECK_THAT(NodeRunner("Range").refusal({scalar(0), scalar(1), scalar(1e-12)}), Contains("more than"));
  CHECK_THAT(NodeRunner("Range").refusal({scalar(0), scalar(1), scalar(0)}), Contains("has no end"));
  CHECK_THAT(NodeRunner("Pad").refusal({one, list({1e9, 1e9})}), Contains("elements"));
  CHECK_THAT(NodeRunner("Pad").refusal({one, list({huge, 1})}), Contains("pads are"));
  CHECK_THAT(NodeRunner("Mul").refusal({real({40000, 1}, Numbers64(40000)), real({1, 40000}, Numbers64(40000))}),
             Contains("more than"));
}
