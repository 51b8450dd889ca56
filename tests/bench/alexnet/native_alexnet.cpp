#include "tests/bench/alexnet/native_alexnet.h"

#include <cstring>
#include <stdexcept>

#include "tests/bench/alexnet/native_kernels.h"

namespace spinvp::bench {

using network::Layer;

namespace {

std::size_t size(int value) {
  return static_cast<std::size_t>(value);
}

std::uint64_t* align(std::vector<std::uint64_t>& storage, std::size_t words) {
  storage.assign(words + vector_bytes / 8, 0);
  auto address = reinterpret_cast<std::uintptr_t>(storage.data());
  address = (address + vector_bytes - 1) / vector_bytes * vector_bytes;
  return reinterpret_cast<std::uint64_t*>(address);
}

std::uint32_t ones_of(const std::uint64_t* words, std::size_t count) {
  std::uint32_t ones = 0;
  for (std::size_t i = 0; i < count; ++i) {
    ones += static_cast<std::uint32_t>(__builtin_popcountll(words[i]));
  }
  return ones;
}

}  // namespace

NativeAlexnet::NativeAlexnet(const network::IntegerGraph& graph) : graph_(graph) {
  std::size_t field_words = 0;
  std::size_t most_counts = 0;
  std::size_t most_level_bytes = 0;
  for (const Layer& layer : graph_.layers) {
    PackedLayer packed;
    packed.layer = &layer;
    const std::size_t bits = layer.weights_per_kernel();
    const std::size_t kernels = size(layer.kernels);
    if (layer.weight_kind != network::WeightKind::Binary || layer.stride_x != 1 || layer.stride_y != 1 ||
        layer.input.channels % 8 != 0 || kernels % 8 != 0) {
      throw std::invalid_argument("not a network that the native code knows");
    }
    packed.words = (bits + vector_bytes * 8 - 1) / (vector_bytes * 8) * vector_bytes / 8;
    std::uint64_t* const rows = align(packed.storage, kernels * packed.words);
    for (std::size_t kernel = 0; kernel < kernels; ++kernel) {
      for (std::size_t i = 0; i < bits; ++i) {
        if (layer.weights[kernel * bits + i] > 0) {
          rows[kernel * packed.words + i / 64] |= std::uint64_t{1} << (i % 64);
        }
      }
    }
    packed.kernels = rows;
    for (std::size_t level = 0; level + 1 < std::size_t{1} << layer.threshold_bits; ++level) {
      packed.levels.emplace_back();
      for (const network::ChannelThresholds& channel : layer.thresholds) {
        packed.levels.back().thresholds.push_back(channel.values[level]);
      }
    }
    const std::size_t width = size(layer.convolved.width);
    const std::size_t planes = size(layer.input_bits);
    field_words = std::max(field_words, width * planes * packed.words);
    most_counts = std::max(most_counts, width * planes * kernels);
    most_level_bytes = std::max(most_level_bytes, packed.levels.size() * layer.convolved.elements() / 8);

    Map map;
    map.row_bytes = size(layer.input.width + layer.pad_left + layer.pad_right) * size(layer.input.channels) / 8;
    map.plane_bytes = map.row_bytes * size(layer.input.height + layer.pad_top + layer.pad_bottom);
    map.bits.assign(map.plane_bytes * planes, 0);
    maps_.push_back(std::move(map));
    layers_.push_back(std::move(packed));
  }
  fields_ = align(field_storage_, field_words);
  counts_.resize(most_counts);
  sums_.resize(size(graph_.layers.back().kernels));
  levels_.bits.resize(most_level_bytes);
}

const std::vector<std::int32_t>& NativeAlexnet::run(const std::uint8_t* image) {
  const Layer& first = graph_.layers.front();
  const std::size_t row_values = size(first.input.width) * size(first.input.channels);
  const std::size_t border = size(first.pad_left) * size(first.input.channels) / 8;
  packed_row_.resize(row_values / 8 + vector_bytes);
  values_row_.resize(row_values + vector_bytes);
  for (std::size_t y = 0; y < size(first.input.height); ++y) {
    std::memcpy(values_row_.data(), image + y * row_values, row_values);
    for (std::size_t plane = 0; plane < size(first.input_bits); ++plane) {
      extract_plane(values_row_.data(), row_values, static_cast<int>(plane), packed_row_.data());
      Map& map = maps_.front();
      std::memcpy(map.bits.data() + plane * map.plane_bytes + (y + size(first.pad_top)) * map.row_bytes + border,
                  packed_row_.data(), row_values / 8);
    }
  }
  for (std::size_t index = 0; index < layers_.size(); ++index) {
    const PackedLayer& packed = layers_[index];
    const Layer& layer = *packed.layer;
    const std::size_t width = size(layer.convolved.width);
    for (std::size_t row = 0; row < size(layer.convolved.height); ++row) {
      gather(packed, maps_[index], row);
      count_products(fields_, width * size(layer.input_bits), packed.kernels, size(layer.kernels), packed.words,
                     counts_.data());
      activate(packed, row);
    }
    if (index + 1 < layers_.size()) {
      pool(packed, maps_[index + 1], graph_.layers[index + 1]);
    }
  }
  return sums_;
}

const char* NativeAlexnet::instructions() {
  return vector_extension();
}

// The receptive fields of a row of pixels.
void NativeAlexnet::gather(const PackedLayer& packed, const Map& map, std::size_t row) {
  const Layer& layer = *packed.layer;
  const std::size_t pixel_bytes = size(layer.input.channels) / 8;
  const std::size_t run_bytes = size(layer.kernel_width) * pixel_bytes;
  const std::size_t planes = size(layer.input_bits);
  for (std::size_t x = 0; x < size(layer.convolved.width); ++x) {
    for (std::size_t plane = 0; plane < planes; ++plane) {
      auto* field = reinterpret_cast<std::uint8_t*>(fields_ + (x * planes + plane) * packed.words);
      const std::uint8_t* from = map.bits.data() + plane * map.plane_bytes + row * map.row_bytes + x * pixel_bytes;
      for (int ky = 0; ky < layer.kernel_height; ++ky, field += run_bytes, from += map.row_bytes) {
        std::memcpy(field, from, run_bytes);
      }
      const std::size_t used = size(layer.kernel_height) * run_bytes;
      std::memset(field, 0, packed.words * 8 - used);
    }
  }
}

// Sums of a row of pixels, and what levels they reach.
void NativeAlexnet::activate(const PackedLayer& packed, std::size_t row) {
  const Layer& layer = *packed.layer;
  const std::size_t kernels = size(layer.kernels);
  const std::size_t planes = size(layer.input_bits);
  const std::size_t width = size(layer.convolved.width);
  const std::size_t plane_bytes = layer.convolved.elements() / 8;
  for (std::size_t x = 0; x < width; ++x) {
    std::uint32_t field_sum = 0;
    for (std::size_t plane = 0; plane < planes; ++plane) {
      field_sum += ones_of(fields_ + (x * planes + plane) * packed.words, packed.words) << plane;
    }
    combine_planes(counts_.data() + x * planes * kernels, kernels, planes, static_cast<std::int32_t>(field_sum),
                   sums_.data());
    for (std::size_t level = 0; level < packed.levels.size(); ++level) {
      compare(sums_.data(), packed.levels[level].thresholds.data(), kernels,
              levels_.bits.data() + level * plane_bytes + (row * width + x) * kernels / 8);
    }
  }
}

// The largest level of a window reaches what any of its levels reaches; then level bits become bit-planes.
void NativeAlexnet::pool(const PackedLayer& packed, Map& out, const Layer& next) {
  const Layer& layer = *packed.layer;
  const std::size_t pixel_bytes = size(layer.kernels) / 8;
  const std::size_t plane_bytes = layer.convolved.elements() / 8;
  const std::size_t row_bytes = size(layer.convolved.width) * pixel_bytes;
  pooled_.resize(packed.levels.size() * pixel_bytes);
  for (std::size_t y = 0; y < size(layer.output.height); ++y) {
    for (std::size_t x = 0; x < size(layer.output.width); ++x) {
      std::fill(pooled_.begin(), pooled_.end(), 0);
      for (std::size_t level = 0; level < packed.levels.size(); ++level) {
        std::uint8_t* const pooled = pooled_.data() + level * pixel_bytes;
        for (std::size_t wy = 0; wy < size(layer.pooling.kernel_height); ++wy) {
          for (std::size_t wx = 0; wx < size(layer.pooling.kernel_width); ++wx) {
            const std::uint8_t* const from = levels_.bits.data() + level * plane_bytes +
                                             (y * size(layer.pooling.stride_y) + wy) * row_bytes +
                                             (x * size(layer.pooling.stride_x) + wx) * pixel_bytes;
            for (std::size_t i = 0; i < pixel_bytes; ++i) {
              pooled[i] |= from[i];
            }
          }
        }
      }
      std::uint8_t* const pixel =
          out.bits.data() + (y + size(next.pad_top)) * out.row_bytes + (x + size(next.pad_left)) * pixel_bytes;
      if (packed.levels.size() == 1) {
        std::memcpy(pixel, pooled_.data(), pixel_bytes);
        continue;
      }
      const std::uint8_t* const reached = pooled_.data();
      for (std::size_t i = 0; i < pixel_bytes; ++i) {  // two bits: levels 1, 2 and 3
        const std::uint8_t two = reached[pixel_bytes + i];
        pixel[i] = static_cast<std::uint8_t>(reached[i] ^ two ^ reached[2 * pixel_bytes + i]);
        pixel[out.plane_bytes + i] = two;
      }
    }
  }
}

}  // namespace spinvp::bench
