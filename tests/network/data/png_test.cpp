#include <png.h>

#include <catch2/catch.hpp>

#include "core/errors.h"
#include "network/data/png_folder.h"
#include "network/data/support/files.h"
#include "network/dataset.h"

using namespace spinvp::network;
using namespace spinvp::test;
using Catch::Contains;

namespace {

std::string grey(const std::string& pixels) {
  return png({static_cast<std::uint32_t>(pixels.size()), 1, 8, PNG_COLOR_TYPE_GRAY, {pixels}});
}

std::string text(const Dataset& dataset) {
  return {dataset.pixels.begin(), dataset.pixels.end()};
}

/// The images of a folder with this file alone.
Dataset only(const std::string& file) {
  const Folder folder;
  folder.write("a.png", file);
  return load_images(folder.path());
}

}  // namespace

TEST_CASE("a folder of PNG files gives images in natural order of their names, without labels") {
  const Folder folder;
  folder.write("img10.png", grey("cc"));
  folder.write("img2.PNG", grey("bb"));
  folder.write("img1.png", grey("aa"));
  folder.write(".hidden", "no image");
  const Dataset dataset = load_images(folder.path());
  CHECK(dataset.count == 3);
  CHECK(dataset.shape == Shape{1, 2, 1});
  CHECK(text(dataset) == "aabbcc");
  CHECK(dataset.labels.empty());
}

TEST_CASE("numbers in names count as numbers") {
  using data::natural_less;
  CHECK(natural_less("a2", "a10"));
  CHECK(natural_less("a02b", "a2c"));
  CHECK(natural_less("9", "10"));
  CHECK(natural_less("a", "a1"));
  CHECK(natural_less("a01", "a1") != natural_less("a1", "a01"));
  CHECK_FALSE(natural_less("a1", "a1"));
}

TEST_CASE("a folder of a class beyond the network's is named") {
  const Folder folder;
  for (const char* const name : {"ant/1.png", "bee/1.png", "cat/1.png"}) {
    folder.write(name, grey("a"));
  }
  const Dataset dataset = load_images(folder.path());
  CHECK(dataset.classes == std::vector<std::string>{"ant", "bee", "cat"});
  CHECK_NOTHROW(require_labels(dataset, 3, "net"));
  CHECK_THROWS_WITH(require_labels(dataset, 2, "net"),
                    Contains("holds 3 folders of classes, but the network 'net' tells 2 classes apart; 'cat'"));
}

TEST_CASE("sub-folders are classes in the order of their names") {
  const Folder folder;
  folder.write("cat/2.png", grey("b"));
  folder.write("cat/1.png", grey("a"));
  folder.write("dog/1.png", grey("c"));
  folder.write("10/1.png", grey("0"));
  folder.write("9/1.png", grey("9"));
  const Dataset dataset = load_images(folder.path());
  CHECK(text(dataset) == "09abc");
  CHECK(dataset.labels == std::vector<std::uint32_t>{0, 1, 2, 2, 3});
  CHECK(dataset.labels_file == folder.path());
}

TEST_CASE("grey, colour and palette images are read as their numbers stand in the file") {
  const Dataset colour = only(png({2, 1, 8, PNG_COLOR_TYPE_RGB, {"rgbRGB"}}));
  CHECK(colour.shape == Shape{1, 2, 3});
  CHECK(text(colour) == "rgbRGB");
  const Dataset palette =
      only(png({2, 1, 8, PNG_COLOR_TYPE_PALETTE, {std::string("\1\0", 2)}, {'r', 'g', 'b', 'R', 'G', 'B'}}));
  CHECK(palette.shape == Shape{1, 2, 3});
  CHECK(text(palette) == "RGBrgb");
  const Dataset bits = only(png({4, 1, 2, PNG_COLOR_TYPE_GRAY, {"\x1b"}}));
  CHECK(bits.pixels == std::vector<std::uint8_t>{0, 85, 170, 255});
  Png bent{2, 1, 8, PNG_COLOR_TYPE_GRAY, {"az"}};
  bent.gamma = 0.2;
  CHECK(text(only(png(bent))) == "az");
}

TEST_CASE("interlaced images are read") {
  Png image{3, 3, 8, PNG_COLOR_TYPE_GRAY, {"abc", "def", "ghi"}};
  image.interlaced = true;
  CHECK(text(only(png(image))) == "abcdefghi");
}

TEST_CASE("alpha is left out where all is opaque, and refused where it is not") {
  CHECK(text(only(png({2, 1, 8, PNG_COLOR_TYPE_RGB_ALPHA, {"rgb\xffRGB\xff"}}))) == "rgbRGB");
  CHECK(text(only(png({2,
                       1,
                       8,
                       PNG_COLOR_TYPE_GRAY_ALPHA,
                       {"a\xff"
                        "b\xff"}}))) == "ab");
  CHECK_THROWS_WITH(only(png({2, 1, 8, PNG_COLOR_TYPE_RGB_ALPHA, {"rgb\xffRGB\xfe"}})),
                    Contains("a.png: is transparent at row 0, column 1"));
  CHECK_THROWS_WITH(only(png({1, 1, 8, PNG_COLOR_TYPE_PALETTE, {std::string("\0", 1)}, {'r', 'g', 'b'}, {0}})),
                    Contains("is transparent"));
}

TEST_CASE("16 bits a channel are refused") {
  CHECK_THROWS_WITH(only(png({1, 1, 16, PNG_COLOR_TYPE_GRAY, {"ab"}})), Contains("a.png: has 16 bits a channel"));
}

TEST_CASE("all images have one size, the network's where it is known") {
  const Folder folder;
  folder.write("1.png", grey("ab"));
  folder.write("2.png", grey("abc"));
  CHECK_THROWS_WITH(load_images(folder.path()),
                    Contains("2.png: has 1 x 3 x 1, but the images before it have 1 x 2 x 1"));
  CHECK_THROWS_WITH(load_images(folder.path(), Shape{1, 4, 1}),
                    Contains("1.png: has 1 x 2 x 1, but the network reads"));
  const Folder mixed;
  mixed.write("1.png", grey("ab"));
  mixed.write("2.png", png({2, 1, 8, PNG_COLOR_TYPE_RGB, {"rgbRGB"}}));
  CHECK_THROWS_WITH(load_images(mixed.path()), Contains("2.png: has 1 x 2 x 3"));
}

TEST_CASE("folders of another kind are refused") {
  const Folder mixed;
  mixed.write("1.png", grey("ab"));
  mixed.write("cat/1.png", grey("ab"));
  CHECK_THROWS_WITH(load_images(mixed.path()), Contains("holds files ('1.png') and folders ('cat')"));
  const Folder other;
  other.write("1.png", grey("ab"));
  other.write("2.jpg", "photo");
  CHECK_THROWS_WITH(load_images(other.path()), Contains("2.jpg: stands in a folder of images"));
  const Folder deep;
  deep.write("cat/small/1.png", grey("ab"));
  CHECK_THROWS_WITH(load_images(deep.path()), Contains("cat: holds a folder ('small')"));
  const Folder hollow;
  hollow.write("cat/.keep", "");
  CHECK_THROWS_WITH(load_images(hollow.path()), Contains("cat: is the folder of a class, but without PNG files"));
}

TEST_CASE("PNG files that are damaged, cut off or of huge size are refused by name") {
  CHECK_THROWS_WITH(only("just a text"), Contains("a.png: is not a PNG file"));
  const std::string file = png({3, 2, 8, PNG_COLOR_TYPE_GRAY, {"abc", "def"}});
  for (std::size_t length = 0; length + 12 < file.size(); ++length) {  // all but the end's own chunk
    INFO("length " << length);
    CHECK_THROWS_AS(only(file.substr(0, length)), spinvp::InputError);
  }
  for (std::size_t at = 8; at + 12 < file.size(); ++at) {
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x41);
    INFO("byte " << at);
    CHECK_THROWS_AS(only(damaged), spinvp::InputError);
  }
}

TEST_CASE("a small PNG file that announces a huge image takes no memory for it") {
  // The header's chunk with a size of its own and the checksum that belongs to it.
  const auto announcing = [](std::uint32_t width, std::uint32_t height) {
    std::string file = grey("a");
    std::string chunk = "IHDR" + word(width) + word(height) + file.substr(24, 5);
    std::uint32_t crc = 0xffffffff;
    for (const char c : chunk) {
      crc ^= static_cast<std::uint8_t>(c);
      for (int bit = 0; bit < 8; ++bit) {
        crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
      }
    }
    return file.substr(0, 12) + chunk + word(~crc) + file.substr(33);
  };
  CHECK(text(only(announcing(1, 1))) == "a");
  CHECK_THROWS_WITH(only(announcing(8000, 8000)), Contains("announces 8000 x 8000 pixels, more than its"));
  CHECK_THROWS_AS(only(announcing(0x7fffffff, 0x7fffffff)), spinvp::InputError);
  CHECK_THROWS_AS(only(announcing(0, 5)), spinvp::InputError);
}
