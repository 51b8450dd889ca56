#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "network/integer_graph.h"

namespace spinvp::bench {

/// What the platform is held against: the same network as plain native code on one core, one image at a time, without
/// chip, time or energy. Weights and feature maps are bit-packed; a layer gathers receptive fields, counts the ones of
/// field AND kernel, compares with thresholds, pools by OR of level bits. Shares no code with the simulator but the
/// description of the network. Feature maps keep a border of zeros and whole bytes a pixel.
class NativeAlexnet {
 public:
  /// Packs the weights. The graph: binary weights, rising thresholds, stride 1, max pooling after thresholds, channels
  /// in multiples of 8.
  explicit NativeAlexnet(const network::IntegerGraph& graph);

  /// Scores of one image, given as the platform gets it: a byte a value, HWC.
  const std::vector<std::int32_t>& run(const std::uint8_t* image);

  /// Which vectors the host's dispatch chose.
  static const char* instructions();

 private:
  struct Map {  ///< [plane][row][pixel][channel bit], with its border
    std::size_t row_bytes = 0;
    std::size_t plane_bytes = 0;
    std::vector<std::uint8_t> bits;
  };
  struct Level {  ///< of all kernels: the activation's level is at least this one
    std::vector<std::int32_t> thresholds;
  };
  struct PackedLayer {
    const network::Layer* layer = nullptr;
    std::size_t words = 0;               ///< of a kernel or a field, whole vectors
    std::vector<std::uint64_t> storage;  ///< of kernels, with room to align
    const std::uint64_t* kernels = nullptr;
    std::vector<Level> levels;
  };

  void gather(const PackedLayer& packed, const Map& map, std::size_t row);
  void activate(const PackedLayer& packed, std::size_t row);
  void pool(const PackedLayer& packed, Map& out, const network::Layer& next);

  const network::IntegerGraph graph_;
  std::vector<PackedLayer> layers_;
  std::vector<Map> maps_;  ///< input of every layer
  Map levels_;             ///< before pooling
  std::vector<std::uint64_t> field_storage_;
  std::uint64_t* fields_ = nullptr;       ///< of a row of pixels: [pixel][plane][word]
  std::vector<std::uint32_t> counts_;     ///< [pixel][plane][kernel]
  std::vector<std::int32_t> sums_;        ///< of a pixel: [kernel]
  std::vector<std::uint8_t> values_row_;  ///< a row of the image, with room for a whole vector
  std::vector<std::uint8_t> packed_row_;
  std::vector<std::uint8_t> pooled_;  ///< of a pixel: [level][byte]
};

}  // namespace spinvp::bench
