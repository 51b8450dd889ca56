#pragma once

#include <optional>
#include <string>

#include "network/dataset.h"

namespace spinvp::network::data {

/// Reads a folder of PNG files of one size. Files in it: images in natural order of their names (2 before 10), without
/// labels. Sub-folders with files: classes, numbered in the byte order of their names (10 before 2, as training tools
/// do), with labels. Names that begin with a dot are left out. InputError names the file or folder that does not fit;
/// `wanted`, where it is known, is what all images must have.
Dataset read_png_folder(const std::string& path, const std::optional<Shape>& wanted);

/// Whether `a` comes before `b` when runs of digits count as numbers.
bool natural_less(const std::string& a, const std::string& b);

}  // namespace spinvp::network::data
