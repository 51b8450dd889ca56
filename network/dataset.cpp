#include "network/dataset.h"

#include <fmt/format.h>

#include <filesystem>

#include "core/errors.h"
#include "network/data/cifar10.h"
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
  fail(path,
       fmt::format("starts with {:#010x}; expected IDX (0x00000803 or 0x00000804), NumPy's .npy, CIFAR-10 binary "
                   "(records of {} bytes, the first a label from 0 to 9), any of them plain or gzip-compressed, or "
                   "a folder of PNG files",
                   first_word(start), data::cifar10_record_bytes));
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
  dataset.labels = load_labels(labels_path);
  if (dataset.labels.size() != dataset.count) {
    fail(labels_path,
         fmt::format("holds {} labels, but {} holds {} images", dataset.labels.size(), images_path, dataset.count));
  }
  return dataset;
}

void require_match(const Dataset& dataset, const IntegerGraph& graph) {
  if (!(dataset.shape == graph.input)) {
    fail(dataset.images_file,
         fmt::format("holds images of {} x {} x {}, but the network '{}' reads {} x {} x {} (rows, columns, channels)",
                     dataset.shape.height, dataset.shape.width, dataset.shape.channels, graph.name, graph.input.height,
                     graph.input.width, graph.input.channels));
  }
  const std::size_t classes = graph.layers.empty() ? 0 : class_count(graph.layers.back().output.elements());
  for (std::size_t index = 0; index < dataset.labels.size(); ++index) {
    if (dataset.labels[index] >= classes) {
      fail(dataset.labels_file,
           fmt::format("label {} is {}, but the network '{}' tells {} classes apart, 0 to {}", index,
                       dataset.labels[index], graph.name, classes, classes == 0 ? 0 : classes - 1));
    }
  }
}

}  // namespace spinvp::network
