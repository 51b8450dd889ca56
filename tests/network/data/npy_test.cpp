#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

#include "core/errors.h"
#include "network/data/support/files.h"
#include "network/dataset.h"

using namespace spinvp::network;
using namespace spinvp::test;
using Catch::Contains;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Numbers as they stand in memory, or with their bytes turned around.
template <class Number>
std::string data(const std::vector<Number>& numbers, bool turned = false) {
  std::string bytes(numbers.size() * sizeof(Number), '\0');
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::memcpy(bytes.data() + i * sizeof(Number), &numbers[i], sizeof(Number));
    if (turned) {
      std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i * sizeof(Number)),
                   bytes.begin() + static_cast<std::ptrdiff_t>((i + 1) * sizeof(Number)));
    }
  }
  return bytes;
}

Dataset read(const std::string& file, const std::optional<Shape>& wanted = std::nullopt) {
  const Folder folder;
  return load_images(folder.write("a.npy", file), wanted);
}

std::string text(const Dataset& dataset) {
  return {dataset.pixels.begin(), dataset.pixels.end()};
}

}  // namespace

TEST_CASE("arrays of three dimensions are grey images, of two features") {
  const Dataset images = read(npy("|u1", "(2, 2, 3)", "abcdefABCDEF"));
  CHECK(images.count == 2);
  CHECK(images.shape == Shape{2, 3, 1});
  CHECK(text(images) == "abcdefABCDEF");
  CHECK(read(npy("|u1", "(2, 6)", "abcdefABCDEF")).shape == Shape{1, 1, 6});
  CHECK(read(compressed(npy("|u1", "(2, 6)", "abcdefABCDEF"))).count == 2);
}

TEST_CASE("all versions of the header are read") {
  for (const int version : {1, 2, 3}) {
    CHECK(text(read(npy("|u1", "(1, 2, 3)", "abcdef", false, version))) == "abcdef");
  }
  CHECK_THROWS_WITH(read(npy("|u1", "(1, 2, 3)", "abcdef", false, 4)), Contains("version 4.0; expected 1, 2 or 3"));
}

TEST_CASE("the network's shape tells where the channels of four dimensions stand") {
  const std::string last = npy("|u1", "(1, 2, 2, 3)", "rgbRGBstuSTU");
  CHECK(text(read(last, Shape{2, 2, 3})) == "rgbRGBstuSTU");
  CHECK(text(read(last)) == "rgbRGBstuSTU");
  const Dataset first = read(npy("|u1", "(1, 3, 2, 2)", "rRsSgGtTbBuU"), Shape{2, 2, 3});
  CHECK(first.shape == Shape{2, 2, 3});
  CHECK(text(first) == "rgbRGBstuSTU");
  CHECK_THROWS_WITH(read(npy("|u1", "(1, 2, 2, 2)", "abcdefgh"), Shape{2, 2, 2}),
                    Contains("holds an array [1, 2, 2, 2] that can be [N, rows, columns, channels] or [N, channels"));
  CHECK(read(npy("|u1", "(2, 1, 2, 3)", "abcdefABCDEF"), Shape{2, 3, 1}).shape == Shape{2, 3, 1});
}

TEST_CASE("Fortran order is put right") {
  // [[[a b c] [d e f]] [[A B C] [D E F]]]
  const Dataset images = read(npy("|u1", "(2, 2, 3)", "aAdDbBeEcCfF", true));
  CHECK(text(images) == "abcdefABCDEF");
  CHECK(text(read(npy("|u1", "(2, 3)", "adbecf", true))) == "abcdef");
}

TEST_CASE("every type whose values are bytes is read, whatever its endianness") {
  const Bytes wanted{0, 255, 7, 128};
  const std::string shape = "(1, 2, 2)";
  CHECK(read(npy("<i2", shape, data<std::int16_t>({0, 255, 7, 128}))).pixels == wanted);
  CHECK(read(npy(">i2", shape, data<std::int16_t>({0, 255, 7, 128}, true))).pixels == wanted);
  CHECK(read(npy("<i8", shape, data<std::int64_t>({0, 255, 7, 128}))).pixels == wanted);
  CHECK(read(npy(">u4", shape, data<std::uint32_t>({0, 255, 7, 128}, true))).pixels == wanted);
  CHECK(read(npy("<f4", shape, data<float>({0, 255, 7, 128}))).pixels == wanted);
  CHECK(read(npy(">f4", shape, data<float>({0, 255, 7, 128}, true))).pixels == wanted);
  CHECK(read(npy("<f8", shape, data<double>({-0.0, 255, 7, 128}))).pixels == wanted);
  CHECK(read(npy("<f2", shape, data<std::uint16_t>({0, 0x5bf8, 0x4700, 0x5800}))).pixels == wanted);
  CHECK(read(npy("|b1", shape, data<std::uint8_t>({0, 1, 1, 0}))).pixels == Bytes{0, 1, 1, 0});
  CHECK(read(npy("|i1", shape, data<std::uint8_t>({0, 1, 127, 0}))).pixels == Bytes{0, 1, 127, 0});
}

TEST_CASE("the first value that is no byte is named") {
  const std::string shape = "(1, 2, 2)";
  CHECK_THROWS_WITH(read(npy("<f4", shape, data<float>({0, 1, 0.5f, 2}))),
                    Contains("a.npy: its value at [0, 1, 0] is 0.5; expected whole numbers from 0 to 255"));
  CHECK_THROWS_WITH(read(npy("<f4", shape, data<float>({0, 1, 2, std::nanf("")}))), Contains("at [0, 1, 1] is nan"));
  CHECK_THROWS_WITH(read(npy("<f2", shape, data<std::uint16_t>({0, 0x7c00, 0, 0}))), Contains("at [0, 0, 1] is inf"));
  CHECK_THROWS_WITH(read(npy("<i2", shape, data<std::int16_t>({0, -1, 2, 3}))), Contains("at [0, 0, 1] is -1"));
  CHECK_THROWS_WITH(read(npy("<u8", shape, data<std::uint64_t>({1, 2, 3, 256}))), Contains("at [0, 1, 1] is 256"));
  CHECK_THROWS_WITH(read(npy("<i2", shape, data<std::int16_t>({0, 1, 256, 3}), true)), Contains("at [0, 0, 1] is 256"));
}

TEST_CASE("other types and other numbers of dimensions are refused") {
  for (const char* const type : {"<f16", "<c8", "|O", "<U3", "|S1", "<M8[s]", "<i3", "", "<", "|b2"}) {
    CHECK_THROWS_WITH(read(npy(type, "(1, 2, 2)", "abcd")), Contains("holds values of NumPy's type '"));
  }
  std::string records = npy("#", "(1,)", "abcd");
  records.replace(records.find("'#'"), 3, "[ ]");
  CHECK_THROWS_WITH(read(records), Contains("records of several fields"));
  for (const char* const shape : {"()", "(4,)", "(1, 1, 1, 2, 2)"}) {
    CHECK_THROWS_WITH(read(npy("|u1", shape, "abcd")), Contains("expected images [N, rows, columns]"));
  }
}

TEST_CASE("headers that are no such thing are refused") {
  const auto with = [](const std::string& from, const std::string& to) {
    std::string file = npy("|u1", "(1, 2, 2)", "abcd");
    return file.replace(file.find(from), from.size(), to);
  };
  CHECK_NOTHROW(read(npy("|u1", "(1, 2, 2)", "abcd")));
  CHECK_THROWS_WITH(read(with("'shape'", "'shade'")), Contains("unknown key 'shade'"));
  CHECK_THROWS_WITH(read(with("False", "false")), Contains("neither True nor False"));
  CHECK_THROWS_WITH(read(with("{", "[")), Contains("is no dictionary"));
  CHECK_THROWS_WITH(read(with("(1, 2, 2)", "(1, -, 2)")), Contains("a dimension that is no number"));
  CHECK_THROWS_WITH(read(with("'shape': (1, 2, 2)", "'descr': '|u1'    ")), Contains("the key 'descr' twice"));
  CHECK_THROWS_WITH(read(with("'shape': (1, 2, 2), }", "}                    ")), Contains("lacks one of the keys"));
  std::string long_header = npy("|u1", "(1, 2, 2)", "abcd", false, 2);
  long_header.replace(8, 4, "\xff\xff\xff\x7f");
  CHECK_THROWS_WITH(read(long_header), Contains("announces a .npy header of 2147483647 bytes"));
}

TEST_CASE("announced sizes are no reason to take memory") {
  CHECK_THROWS_WITH(read(npy("|u1", "(99999999999999999999, 2, 2)", "abcd")), Contains("beyond 2^40"));
  CHECK_THROWS_WITH(read(npy("|u1", "(1099511627776, 1099511627776, 1099511627776)", "abcd")),
                    Contains("expected at most 2^40"));
  CHECK_THROWS_WITH(read(npy("|u1", "(1, 65535, 65535)", "abcd")), Contains("moderate size"));
  CHECK_THROWS_WITH(read(npy("|u1", "(4000000000, 2, 2)", "abcd")), Contains("is truncated"));
  CHECK_THROWS_WITH(read(npy("<f8", "(4000000000, 2)", "abcd")), Contains("is truncated"));
  CHECK_THROWS_WITH(read(npy("|u1", "(0, 2, 2)", "")), Contains("at least one image"));
  CHECK_THROWS_WITH(read(npy("|u1", "(1, 2, 2)", "abcde")), Contains("holds more than the 4 bytes"));
}

TEST_CASE("a .npy file cut off anywhere is refused") {
  const std::string file = npy("<i2", "(1, 2, 2)", data<std::int16_t>({0, 1, 2, 3}));
  for (std::size_t length = 0; length < file.size(); ++length) {
    INFO("length " << length);
    CHECK_THROWS_AS(read(file.substr(0, length)), spinvp::InputError);
  }
}

TEST_CASE("labels are integers of any type") {
  const Folder folder;
  const auto labels = [&](const std::string& file) { return load_labels(folder.write("labels.npy", file)); };
  using Labels = std::vector<std::uint32_t>;
  CHECK(labels(npy("<i8", "(3,)", data<std::int64_t>({0, 999, 5}))) == Labels{0, 999, 5});
  CHECK(labels(npy("|u1", "(3, 1)", std::string("\x01\x02\xff", 3))) == Labels{1, 2, 255});
  CHECK_THROWS_WITH(labels(npy("<i8", "(2,)", data<std::int64_t>({0, -1}))),
                    Contains("value at [1] is -1; expected labels"));
  CHECK_THROWS_WITH(labels(npy("<f4", "(2,)", data<float>({0, 1}))), Contains("expected labels: integers [N]"));
  CHECK_THROWS_WITH(labels(npy("|u1", "(2, 2)", "abcd")), Contains("expected labels: integers [N]"));
}
