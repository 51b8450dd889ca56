#include "network/data/png_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "core/errors.h"
#include "network/data/byte_reader.h"
#include "network/data/png_image.h"

namespace spinvp::network::data {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw InputError(fmt::format("{}: {}", path, reason));
}

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

bool is_png_name(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".png";
}

struct Listing {
  std::vector<std::string> files;    ///< in natural order
  std::vector<std::string> folders;  ///< in byte order
};

Listing list(const std::string& path) {
  Listing listing;
  std::error_code error;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.front() == '.') {
      continue;
    }
    if (entry->is_directory()) {
      listing.folders.push_back(name);
    } else if (is_png_name(entry->path())) {
      listing.files.push_back(name);
    } else {
      fail(entry->path().string(), "stands in a folder of images, but its name does not end in .png");
    }
  }
  if (error) {
    fail(path, "cannot read the folder");
  }
  std::sort(listing.files.begin(), listing.files.end(), natural_less);
  std::sort(listing.folders.begin(), listing.folders.end());
  return listing;
}

std::string shape_text(const Shape& shape) {
  return fmt::format("{} x {} x {}", shape.height, shape.width, shape.channels);
}

void add_image(Dataset& dataset, const std::string& path, const std::optional<Shape>& wanted) {
  const PngImage image = read_png(path, [&](const Shape& shape) {
    if (dataset.count > 0 && !(shape == dataset.shape)) {
      fail(path, fmt::format("has {}, but the images before it have {} (rows x columns x channels)", shape_text(shape),
                             shape_text(dataset.shape)));
    }
    if (wanted && !(shape == *wanted)) {
      fail(path, fmt::format("has {}, but the network reads {} (rows x columns x channels)", shape_text(shape),
                             shape_text(*wanted)));
    }
  });
  dataset.shape = image.shape;
  dataset.pixels.insert(dataset.pixels.end(), image.pixels.begin(), image.pixels.end());
  ++dataset.count;
}

}  // namespace

bool natural_less(const std::string& a, const std::string& b) {
  std::size_t i = 0;
  std::size_t j = 0;
  const auto run = [](const std::string& text, std::size_t& at) {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) {
      ++at;
    }
    const std::size_t first = std::min(text.find_first_not_of('0', begin), at);
    return text.substr(first, at - first);
  };
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string left = run(a, i);
      const std::string right = run(b, j);
      if (left != right) {
        return left.size() != right.size() ? left.size() < right.size() : left < right;
      }
    } else if (a[i] != b[j]) {
      return a[i] < b[j];
    } else {
      ++i;
      ++j;
    }
  }
  const bool a_ended = i == a.size();
  const bool b_ended = j == b.size();
  return a_ended != b_ended ? a_ended : a < b;  // equal but for leading zeros: some order, always the same
}

Dataset read_png_folder(const std::string& path, const std::optional<Shape>& wanted) {
  const Listing top = list(path);
  if (top.files.empty() && top.folders.empty()) {
    fail(path, "is a folder without PNG files");
  }
  if (!top.files.empty() && !top.folders.empty()) {
    fail(path, fmt::format("holds files ('{}') and folders ('{}'); expected PNG files, or a folder of them a class",
                           top.files.front(), top.folders.front()));
  }
  Dataset dataset;
  for (const std::string& file : top.files) {
    add_image(dataset, path + "/" + file, wanted);
  }
  for (std::size_t label = 0; label < top.folders.size(); ++label) {
    const std::string folder = path + "/" + top.folders[label];
    const Listing inside = list(folder);
    if (!inside.folders.empty()) {
      fail(folder, fmt::format("holds a folder ('{}'); expected the PNG files of a class", inside.folders.front()));
    }
    if (inside.files.empty()) {
      fail(folder, "is the folder of a class, but without PNG files");
    }
    for (const std::string& file : inside.files) {
      add_image(dataset, folder + "/" + file, wanted);
      dataset.labels.push_back(static_cast<std::uint32_t>(label));
    }
  }
  dataset.classes = top.folders;
  return dataset;
}

}  // namespace spinvp::network::data
