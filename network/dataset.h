#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "network/integer_graph.h"

namespace spinvp::network {

/// Images, and their labels where there are any, from IDX files (MNIST's format), plain or gzip-compressed.
struct Dataset {
  std::string images_file;
  std::string labels_file;  ///< empty without labels
  Shape shape;
  std::size_t count = 0;
  std::vector<std::uint8_t> pixels;  ///< count images, HWC each
  std::vector<std::uint8_t> labels;  ///< one an image, or none

  const std::uint8_t* image(std::size_t index) const { return pixels.data() + index * shape.elements(); }
};

/// Reads an IDX file of bytes with the dimensions [count, rows, columns] or [count, rows, columns, channels].
/// InputError names the file and what was expected when it is missing, no such file, truncated or too long.
Dataset load_images(const std::string& path);

/// Reads an IDX file of bytes with the dimension [count].
std::vector<std::uint8_t> load_labels(const std::string& path);

/// Both; InputError when their counts differ.
Dataset load_dataset(const std::string& images_path, const std::string& labels_path);

/// InputError unless the images have the shape that the network reads and every label is one of its scores.
void require_match(const Dataset& dataset, const IntegerGraph& graph);

}  // namespace spinvp::network
