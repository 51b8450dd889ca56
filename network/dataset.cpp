#include "network/dataset.h"

#include <fmt/format.h>

#include <filesystem>

#include "core/errors.h"
#include "network/data/cifar10.h"
#include "network/data/formats.h"
#include "network/data/idx.h"
#include "network/data/npy.h"
#include "network/data/png_folder.h"
#include "network/data/png_image.h"
#include "network/reference.h"

namespace spinvp::network {
namespace {

using data::ByteReader;

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw InputError(fmt::format("{}: {}", path, reason));
}

bool starts_as_zip(const std::vector<std::uint8_t>& start) {
  return start.size() >= 4 && start[0] == 'P' && start[1] == 'K' && start[2] == 3 && start[3] == 4;
}

std::uint32_t first_word(const std::vector<std::uint8_t>& start) {
  return std::uint32_t{start[0]} << 24 | std::uint32_t{start[1]} << 16 | std::uint32_t{start[2]} << 8 | start[3];
}

Dataset read_file(const std::string& path, const std::optional<Shape>& wanted) {
  ByteReader reader(path);
  const std::vector<std::uint8_t> start = reader.peek(data::cifar10_record_bytes);
  if (data::starts_as_npy(start)) {
    return data::read_npy_images(reader, wanted);
  }
  if (data::starts_as_idx(start) || start.size() < 4) {
    return data::read_idx_images(reader);
  }
  if (data::starts_as_png(start)) {
    fail(path, "is a PNG file; give the folder that holds the images");
  }
  if (starts_as_zip(start)) {
    fail(path, "is a ZIP archive, as .npz is; store the images alone with numpy.save");
  }
  if (data::starts_as_cifar10(start)) {
    return data::read_cifar10(reader);
  }
  fail(path, fmt::format("starts with {:#010x}; expected {}", first_word(start), data::image_formats));
}

std::string shape_text(const Shape& shape) {
  return fmt::format("{} x {} x {}", shape.height, shape.width, shape.channels);
}

/// The arrays that give images of this shape.
std::string arrays_text(const Shape& shape) {
  if (shape.height == 1 && shape.width == 1) {
    return fmt::format("[N, {}]", shape.channels);
  }
  if (shape.channels == 1) {
    return fmt::format("[N, {0}, {1}] or [N, {2}]", shape.height, shape.width, shape.elements());
  }
  return fmt::format("[N, {0}, {1}, {2}] or [N, {2}, {0}, {1}]", shape.height, shape.width, shape.channels);
}

bool is_flat(const Shape& shape) {
  return shape.height == 1 && shape.width == 1;
}

/// One channel leaves no doubt in which order rows of pixels and features stand.
void reshape(Dataset& dataset, const Shape& wanted) {
  const bool one_channel =
      (is_flat(dataset.shape) && wanted.channels == 1) || (is_flat(wanted) && dataset.shape.channels == 1);
  if (one_channel && dataset.shape.elements() == wanted.elements()) {
    dataset.shape = wanted;
  }
}

}  // namespace

Dataset load_images(const std::string& path, const std::optional<Shape>& wanted) {
  Dataset dataset = std::filesystem::is_directory(path) ? data::read_png_folder(path, wanted) : read_file(path, wanted);
  dataset.images_file = path;
  dataset.labels_file = dataset.labels.empty() ? "" : path;
  if (wanted) {
    reshape(dataset, *wanted);
  }
  return dataset;
}

std::vector<std::uint32_t> load_labels(const std::string& path) {
  ByteReader reader(path);
  const std::vector<std::uint8_t> start = reader.peek(8);
  if (data::starts_as_npy(start)) {
    return data::read_npy_labels(reader);
  }
  return data::read_idx_labels(reader);
}

Dataset load_dataset(const std::string& images_path, const std::string& labels_path,
                     const std::optional<Shape>& wanted) {
  Dataset dataset = load_images(images_path, wanted);
  dataset.labels_file = labels_path;
  dataset.classes.clear();
  dataset.labels = load_labels(labels_path);
  if (dataset.labels.size() != dataset.count) {
    fail(labels_path,
         fmt::format("holds {} labels, but {} holds {} images", dataset.labels.size(), images_path, dataset.count));
  }
  return dataset;
}

void require_shape(const Dataset& dataset, const Shape& wanted, const std::string& network_name) {
  if (dataset.shape == wanted) {
    return;
  }
  const std::string takes =
      fmt::format("network '{}' takes {} (rows x columns x channels)", network_name, shape_text(wanted));
  if (dataset.array.empty()) {
    fail(dataset.images_file, fmt::format("its images are {}, {}", shape_text(dataset.shape), takes));
  }
  const bool one_alone = dataset.array == fmt::format("[{}, {}]", wanted.height, wanted.width);
  fail(dataset.images_file,
       fmt::format("holds an array {}, {}: {}{}", dataset.array, takes, arrays_text(wanted),
                   one_alone ? fmt::format("; one image alone is [1, {}, {}]", wanted.height, wanted.width) : ""));
}

void require_labels(const Dataset& dataset, std::size_t classes, const std::string& network_name) {
  if (dataset.classes.size() > classes) {
    fail(dataset.images_file,
         fmt::format("holds {} folders of classes, but the network '{}' tells {} classes apart; '{}' is the first one "
                     "too many",
                     dataset.classes.size(), network_name, classes, dataset.classes[classes]));
  }
  for (std::size_t index = 0; index < dataset.labels.size(); ++index) {
    if (dataset.labels[index] >= classes) {
      fail(dataset.labels_file,
           fmt::format("label {} is {}, but the network '{}' tells {} classes apart, 0 to {}", index,
                       dataset.labels[index], network_name, classes, classes == 0 ? 0 : classes - 1));
    }
  }
}

void require_match(const Dataset& dataset, const IntegerGraph& graph) {
  require_shape(dataset, graph.input, graph.name);
  require_labels(dataset, graph.layers.empty() ? 0 : class_count(graph.layers.back().output.elements()), graph.name);
}

}  // namespace spinvp::network
