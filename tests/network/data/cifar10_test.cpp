#include <catch2/catch.hpp>

#include "network/data/support/files.h"
#include "network/dataset.h"

using namespace spinvp::network;
using namespace spinvp::test;
using Catch::Contains;

namespace {

constexpr std::size_t plane = 32 * 32;

std::string record(int label, char red, char green, char blue) {
  return static_cast<char>(label) + std::string(plane, red) + std::string(plane, green) + std::string(plane, blue);
}

}  // namespace

TEST_CASE("CIFAR-10 records give images whose channels stand side by side, and labels") {
  const Folder folder;
  std::string bytes = record(3, 'r', 'g', 'b') + record(9, 'R', 'G', 'B');
  bytes[1 + plane + 33] = 'x';  // green, row 1, column 1
  for (const std::string& file : {bytes, compressed(bytes)}) {
    const Dataset dataset = load_images(folder.write("batch.bin", file));
    CHECK(dataset.count == 2);
    CHECK(dataset.shape == Shape{32, 32, 3});
    CHECK(dataset.labels == std::vector<std::uint32_t>{3, 9});
    CHECK(dataset.labels_file == dataset.images_file);
    CHECK(std::string(dataset.image(0), dataset.image(0) + 6) == "rgbrgb");
    CHECK(dataset.image(0)[33 * 3 + 1] == 'x');
    CHECK(std::string(dataset.image(1), dataset.image(1) + 3) == "RGB");
  }
}

TEST_CASE("labels of their own come before those in the images' file") {
  const Folder folder;
  const std::string images = folder.write("batch.bin", record(3, 'r', 'g', 'b'));
  const std::string labels = folder.write("labels", word(0x801) + word(1) + "\x07");
  const Dataset dataset = load_dataset(images, labels);
  CHECK(dataset.labels == std::vector<std::uint32_t>{7});
  CHECK(dataset.labels_file == labels);
}

TEST_CASE("CIFAR-10 files that end within a record or have no such labels are refused") {
  const Folder folder;
  const std::string one = record(3, 'r', 'g', 'b');
  CHECK_THROWS_WITH(load_images(folder.write("cut", one + one.substr(0, 100))),
                    Contains("cut: read as CIFAR-10 (3073 bytes a record), it ends 100 bytes into record 1"));
  CHECK_THROWS_WITH(
      load_images(folder.write("hundred", one + '\x0b' + one)),
      Contains("record 1 has the label 11, expected 0 to 9") && Contains("IDX (0x00000803") && Contains("PNG"));
  CHECK_THROWS_WITH(load_images(folder.write("short", one.substr(0, 3072))), Contains("expected IDX"));
}

TEST_CASE("the CIFAR-10 test images are read") {
  const std::string path = std::string(SPINVP_SOURCE_DIR) + "/../shared/data/cifar10/test_batch_1000.bin.gz";
  if (!std::filesystem::exists(path)) {
    WARN("no " << path << ": not tested");
    return;
  }
  const Dataset dataset = load_images(path);
  CHECK(dataset.count == 1000);
  CHECK(dataset.labels.size() == 1000);
  CHECK(dataset.shape == Shape{32, 32, 3});
}
