#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "network/integer_graph.h"

namespace spinvp::network {

/// Images, and their labels where there are any.
struct Dataset {
  std::string images_file;
  std::string labels_file;  ///< the images' file where it holds the labels too; empty without labels
  Shape shape;
  std::size_t count = 0;
  std::vector<std::uint8_t> pixels;   ///< count images, HWC each
  std::vector<std::uint32_t> labels;  ///< one an image, or none
  std::vector<std::string> classes;   ///< the folders whose numbers the labels are, where there are such
  std::string array;  ///< the shape of a NumPy array as the file has it: "[N, rows, columns]"; else empty

  const std::uint8_t* image(std::size_t index) const { return pixels.data() + index * shape.elements(); }
};

/// Reads images in any of the formats of network/data/, recognised by what the file holds, plain or gzip-compressed:
/// IDX (MNIST's), CIFAR-10's binary version, NumPy's .npy; or a folder of PNG files. CIFAR-10 and folders of folders
/// bring labels. `wanted` is the shape that the network reads, where it is known: it decides how an array of four
/// dimensions is meant, and one-channel images and flat features of as many values become each other. InputError names
/// the file and what was expected when it is missing, of no known format, truncated or too long.
Dataset load_images(const std::string& path, const std::optional<Shape>& wanted = std::nullopt);

/// Reads labels: IDX bytes, or .npy integers.
std::vector<std::uint32_t> load_labels(const std::string& path);

/// Both; the labels' file comes before labels that stand beside the images. InputError when their counts differ.
Dataset load_dataset(const std::string& images_path, const std::string& labels_path,
                     const std::optional<Shape>& wanted = std::nullopt);

/// InputError unless the images have the shape that the network reads.
void require_shape(const Dataset& dataset, const Shape& wanted, const std::string& network_name);

/// InputError unless every label is one of the network's classes.
void require_labels(const Dataset& dataset, std::size_t classes, const std::string& network_name);

/// Both.
void require_match(const Dataset& dataset, const IntegerGraph& graph);

}  // namespace spinvp::network
