#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>

#include "core/errors.h"
#include "network/support/model_builder.h"

using namespace spinvp::network;
using namespace spinvp::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// A model in a folder of its own, the weights of its one layer, {1, -1} as float32, in another file.
class SplitModel {
 public:
  SplitModel() : root_(fs::temp_directory_path() / ("spinvp-" + std::to_string(std::random_device()()))) {
    fs::create_directories(folder());
    write("weights.bin", {1, -1});
  }
  ~SplitModel() { fs::remove_all(root_); }

  fs::path folder() const { return root_ / "model"; }

  void write(const fs::path& name, const std::vector<float>& weights) const {
    std::ofstream(folder() / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(weights.data()),
               static_cast<std::streamsize>(weights.size() * sizeof(float)));
  }

  std::string refusal(const std::vector<std::pair<std::string, std::string>>& entries,
                      const Dims& dims = {2, 1, 1, 1}) const {
    ModelBuilder builder;
    builder.image(1, 1, 1).conv({2, 1, 1, 1}, {1, -1}, {}, "layer");
    auto* tensor = builder.proto().mutable_graph()->mutable_initializer(1);
    tensor->clear_float_data();
    tensor->clear_dims();
    for (const std::int64_t dim : dims) {
      tensor->add_dims(dim);
    }
    tensor->set_data_location(::onnx::TensorProto::EXTERNAL);
    for (const auto& [key, value] : entries) {
      auto* entry = tensor->add_external_data();
      entry->set_key(key);
      entry->set_value(value);
    }
    const std::string path = (folder() / "model.onnx").string();
    std::ofstream(path, std::ios::binary) << builder.bytes();
    try {
      weights_ = import_onnx(path).layers[0].weights;
    } catch (const spinvp::InputError& error) {
      return error.what();
    }
    return "";
  }

  const std::vector<std::int16_t>& weights() const { return weights_; }

 private:
  fs::path root_;
  mutable std::vector<std::int16_t> weights_;
};

}  // namespace

TEST_CASE("weights are read from a file beside the model, from where it says") {
  const SplitModel model;
  const std::vector<std::int16_t> expected{1, -1};
  CHECK(model.refusal({{"location", "weights.bin"}}) == "");
  CHECK(model.weights() == expected);
  fs::create_directories(model.folder() / "data");
  model.write("data/many.bin", {7, 8, 1, -1, 9});
  CHECK(model.refusal({{"location", "data/many.bin"}, {"offset", "8"}, {"length", "8"}}) == "");
  CHECK(model.weights() == expected);
}

TEST_CASE("paths that leave the model's folder are refused") {
  const SplitModel model;
  CHECK_THAT(
      model.refusal({{"location", "../../etc/passwd"}}),
      Contains("initialiser 'constant2': its data stands in '../../etc/passwd', which leaves the model's folder"));
  CHECK_THAT(model.refusal({{"location", "data/../weights.bin"}}), Contains("which leaves the model's folder"));
  CHECK_THAT(model.refusal({{"location", "/etc/passwd"}}), Contains("an absolute path"));
  std::ofstream(model.folder() / ".." / "outside.bin") << "12345678";
  fs::create_symlink(model.folder() / ".." / "outside.bin", model.folder() / "link.bin");
  CHECK_THAT(model.refusal({{"location", "link.bin"}}), Contains("a link that leaves the model's folder"));
  fs::create_directory_symlink(model.folder() / "..", model.folder() / "up");
  CHECK_THAT(model.refusal({{"location", "up/outside.bin"}}), Contains("a link that leaves the model's folder"));
}

TEST_CASE("files that are missing, no files or too short are refused") {
  const SplitModel model;
  CHECK_THAT(model.refusal({{"location", "nothing.bin"}}), Contains("'nothing.bin', which cannot be found"));
  CHECK_THAT(model.refusal({}), Contains("which is not named"));
  CHECK_THAT(model.refusal({{"location", "."}}), Contains("which is no file"));
  model.write("short.bin", {1});
  CHECK_THAT(model.refusal({{"location", "short.bin"}}),
             Contains("needs 8 bytes from offset 0 of 'short.bin', which has 4"));
  const std::string last = std::to_string(std::numeric_limits<std::uint64_t>::max());
  CHECK_THAT(model.refusal({{"location", "weights.bin"}, {"offset", last}}), Contains("which has 8"));
  CHECK_THAT(model.refusal({{"location", "weights.bin"}, {"offset", "-4"}}), Contains("the offset '-4'"));
  CHECK_THAT(model.refusal({{"location", "weights.bin"}, {"length", "4"}}), Contains("has the length 4"));
  CHECK_THAT(model.refusal({{"location", "weights.bin"}}, {1 << 29, 1, 1, 1}), Contains("needs 2147483648 bytes"));
}

TEST_CASE("a model in memory has no files beside it") {
  ModelBuilder builder;
  builder.image(1, 1, 1).conv({1, 1, 1, 1}, {1});
  auto* tensor = builder.proto().mutable_graph()->mutable_initializer(1);
  tensor->clear_float_data();
  tensor->set_data_location(::onnx::TensorProto::EXTERNAL);
  CHECK_THAT(refusal(builder), Contains("save the model with its weights inside"));
}
