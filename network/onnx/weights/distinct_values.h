#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spinvp::network::onnx {

/// The different values among many; few, or it gives up.
class DistinctValues {
 public:
  /// The levels of 8 bits, each with a few neighbours some units in the last place away, are fewer.
  static constexpr std::size_t most = 4096;

  DistinctValues() : slots_(slot_count, empty) {}

  /// False when there are too many.
  bool insert(double value);
  /// The values; starts anew.
  std::vector<double> take();

 private:
  static constexpr int slot_bits = 14;
  static constexpr std::size_t slot_count = std::size_t{1} << slot_bits;
  static constexpr std::uint16_t empty = 0xffff;

  std::vector<std::uint16_t> slots_;
  std::vector<std::size_t> used_;
  std::vector<double> values_;
};

}  // namespace spinvp::network::onnx
