#include "network/dataset.h"

#include <boost/iostreams/copy.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/errors.h"
#include "network/support/model_builder.h"

using namespace spinvp::network;
using Catch::Contains;

namespace {

/// A folder that goes when the test ends.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::path(SPINVP_BINARY_DIR) / "dataset_test" /
              Catch::getResultCapture().getCurrentTestName()) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(const std::string& name, const std::string& bytes) const {
    const std::string path = (path_ / name).string();
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

 private:
  std::filesystem::path path_;
};

std::string word(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

/// Two images of 2 x 3.
const std::string images = word(0x803) + word(2) + word(2) + word(3) + "abcdefABCDEF";
const std::string labels = word(0x801) + word(2) + std::string("\x00\x01", 2);

std::string compressed(const std::string& bytes) {
  std::istringstream plain(bytes);
  boost::iostreams::filtering_istream stream;
  stream.push(boost::iostreams::gzip_compressor());
  stream.push(plain);
  std::ostringstream result;
  boost::iostreams::copy(stream, result);
  return result.str();
}

}  // namespace

TEST_CASE("images and labels are read") {
  const Folder folder;
  const Dataset dataset = load_dataset(folder.write("images", images), folder.write("labels", labels));
  CHECK(dataset.count == 2);
  CHECK(dataset.shape == Shape{2, 3, 1});
  CHECK(std::string(dataset.image(1), dataset.image(1) + 6) == "ABCDEF");
  CHECK(dataset.labels == std::vector<std::uint8_t>{0, 1});
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
  CHECK_THROWS_WITH(load_images("no/such/file"), "no/such/file: cannot open the file");
  CHECK_THROWS_WITH(load_images(SPINVP_BINARY_DIR), Contains("is a folder"));
  CHECK_THROWS_WITH(load_images(folder.write("empty", "")), Contains("empty: ends within its header"));
  CHECK_THROWS_WITH(load_images(folder.write("labels", labels)), Contains("0x00000801; expected 0x00000803"));
  CHECK_THROWS_WITH(load_labels(folder.write("images", images)), Contains("0x00000803; expected 0x00000801"));
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
  CHECK_THROWS_WITH(require_match(dataset, fitting), Contains("label 1 is 2") && Contains("2 scores"));
  IntegerGraph other = fitting;
  other.input = {3, 2, 1};
  CHECK_THROWS_WITH(require_match(dataset, other),
                    Contains("images: holds images of 2 x 3 x 1") && Contains("3 x 2 x 1"));
}
