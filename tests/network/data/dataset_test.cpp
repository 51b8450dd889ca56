#include "network/dataset.h"

#include <catch2/catch.hpp>

#include "core/errors.h"
#include "network/data/support/files.h"
#include "network/support/model_builder.h"

using namespace spinvp::network;
using namespace spinvp::test;
using Catch::Contains;

namespace {

/// Two images of 2 x 3.
const std::string images = word(0x803) + word(2) + word(2) + word(3) + "abcdefABCDEF";
const std::string labels = word(0x801) + word(2) + std::string("\x00\x01", 2);

std::string text(const Dataset& dataset) {
  return {dataset.pixels.begin(), dataset.pixels.end()};
}

}  // namespace

TEST_CASE("images and labels are read") {
  const Folder folder;
  const Dataset dataset = load_dataset(folder.write("images", images), folder.write("labels", labels));
  CHECK(dataset.count == 2);
  CHECK(dataset.shape == Shape{2, 3, 1});
  CHECK(std::string(dataset.image(1), dataset.image(1) + 6) == "ABCDEF");
  CHECK(dataset.labels == std::vector<std::uint32_t>{0, 1});
}

TEST_CASE("compressed files are read by what they hold, whatever their name") {
  const Folder folder;
  CHECK(load_images(folder.write("images.gz", compressed(images))).count == 2);
  CHECK(load_labels(folder.write("labels", compressed(labels))).size() == 2);
}

TEST_CASE("images may have channels") {
  const Folder folder;
  const std::string colour = word(0x804) + word(1) + word(1) + word(2) + word(3) + "rgbRGB";
  CHECK(load_images(folder.write("colour", colour)).shape == Shape{1, 2, 3});
}

TEST_CASE("data set files that are wrong are refused by name") {
  const Folder folder;
  CHECK_THROWS_WITH(load_images("no/such/file"), "no/such/file: cannot open the file: No such file or directory");
  CHECK_THROWS_WITH(load_labels(SPINVP_BINARY_DIR), Contains("is a folder; expected a file"));
  CHECK_THROWS_WITH(load_images(folder.path()), Contains("is a folder without PNG files"));
  CHECK_THROWS_WITH(load_images(folder.write("empty", "")), Contains("empty: ends within its header"));
  CHECK_THROWS_WITH(load_images(folder.write("labels", labels)),
                    Contains("0x00000801: these are labels; expected 0x00000803"));
  CHECK_THROWS_WITH(load_labels(folder.write("images", images)),
                    Contains("0x00000803: these are images; expected labels: 0x00000801"));
  CHECK_THROWS_WITH(load_images(folder.write("long", images + "x")), Contains("more than the 12 bytes"));
  CHECK_THROWS_WITH(load_labels(folder.write("long", labels + "x")), Contains("more than the 2 bytes"));
  CHECK_THROWS_WITH(load_images(folder.write("none", word(0x803) + word(0) + word(2) + word(3))),
                    Contains("at least one image"));
  CHECK_THROWS_WITH(load_images(folder.write("huge", word(0x803) + word(1) + word(0xffffffff) + word(0xffffffff))),
                    Contains("moderate size"));
  CHECK_THROWS_WITH(load_images(folder.write("lie", word(0x803) + word(0xffffffff) + word(2) + word(3))),
                    Contains("is truncated"));
}

TEST_CASE("a file cut off anywhere is refused") {
  const Folder folder;
  const std::string packed = compressed(images);
  for (std::size_t length = 0; length < images.size(); ++length) {
    CHECK_THROWS_AS(load_images(folder.write("cut", images.substr(0, length))), spinvp::InputError);
  }
  for (std::size_t length = 0; length < packed.size(); ++length) {
    INFO("length " << length);
    CHECK_THROWS_AS(load_images(folder.write("cut.gz", packed.substr(0, length))), spinvp::InputError);
  }
}

TEST_CASE("images and labels must agree in number") {
  const Folder folder;
  const std::string one_label = word(0x801) + word(1) + "a";
  CHECK_THROWS_WITH(load_dataset(folder.write("images", images), folder.write("labels", one_label)),
                    Contains("labels: holds 1 labels, but") && Contains("holds 2 images"));
}

TEST_CASE("a data set must fit its network") {
  const Folder folder;
  spinvp::test::ModelBuilder builder;
  const IntegerGraph fitting =
      spinvp::test::import(builder.image(1, 2, 3).conv({2, 1, 2, 3}, spinvp::test::Numbers(12, 1.0f)));
  Dataset dataset = load_dataset(folder.write("images", images), folder.write("labels", labels));
  CHECK_NOTHROW(require_match(dataset, fitting));
  dataset.labels[1] = 2;
  CHECK_THROWS_WITH(require_match(dataset, fitting), Contains("label 1 is 2") && Contains("2 classes"));
  IntegerGraph other = fitting;
  other.input = {3, 2, 1};
  CHECK_THROWS_WITH(require_match(dataset, other),
                    Contains("images: its images are 2 x 3 x 1") && Contains("3 x 2 x 1"));
}

TEST_CASE("an array of another shape is refused with its own shape and those that fit") {
  const Folder folder;
  const auto refuse = [&](const std::string& shape, const std::string& data, const Shape& wanted) {
    require_shape(load_images(folder.write("a.npy", npy("|u1", shape, data)), wanted), wanted, "net");
  };
  CHECK_THROWS_WITH(refuse("(1, 3, 1, 2)", "abcdef", {2, 2, 3}),
                    Contains("a.npy: holds an array [1, 3, 1, 2], network 'net' takes 2 x 2 x 3") &&
                        Contains("[N, 2, 2, 3] or [N, 3, 2, 2]"));
  CHECK_THROWS_WITH(refuse("(2, 3)", "abcdef", {2, 3, 1}),
                    Contains("[N, 2, 3] or [N, 6]") && Contains("one image alone is [1, 2, 3]"));
  CHECK_NOTHROW(refuse("(1, 2, 3)", "abcdef", {2, 3, 1}));
}

TEST_CASE("grey images become the features of a flat network, and features its images") {
  const Folder folder;
  const std::string path = folder.write("images", images);
  const Dataset flat = load_images(path, Shape{1, 1, 6});
  CHECK(flat.shape == Shape{1, 1, 6});
  CHECK(text(flat) == "abcdefABCDEF");
  CHECK(load_images(path, Shape{1, 1, 5}).shape == Shape{2, 3, 1});
  const std::string features = folder.write("features", npy("|u1", "(2, 6)", "abcdefABCDEF"));
  CHECK(load_images(features, Shape{2, 3, 1}).shape == Shape{2, 3, 1});
  CHECK(load_images(features, Shape{1, 2, 3}).shape == Shape{1, 1, 6});  // which channel first?
}

TEST_CASE("what is none of the formats is refused with all that would be taken") {
  const Folder folder;
  CHECK_THROWS_WITH(load_images(folder.write("text", "just a text")),
                    Contains("text: starts with 0x6a757374; expected IDX") && Contains(".npy") &&
                        Contains("CIFAR-10") && Contains("PNG"));
  CHECK_THROWS_WITH(load_images(folder.write("a.npz", "PK\x03\x04" + std::string(100, 'x'))), Contains("ZIP archive"));
  CHECK_THROWS_WITH(load_images(folder.write("a.png", "\x89PNG\r\n\x1a\n" + std::string(100, 'x'))),
                    Contains("a.png: is a PNG file; give the folder"));
}
