#pragma once

#include <cstdint>
#include <random>
#include <vector>

/// A fully connected layer with ternary weights on inputs of two bits, in plain C++ and in the chip's bit-planes.
struct Layer {
  static constexpr std::uint32_t inputs = 512;  // one row of the chip
  static constexpr std::uint32_t neurons = 16;
  static constexpr std::uint32_t weight_planes = 2;  // ternary: plane 0 minus plane 1
  static constexpr std::uint32_t input_planes = 2;
  static constexpr std::uint32_t row_bytes = inputs / 8;

  std::vector<int> weights = std::vector<int>(neurons * inputs);
  std::vector<int> levels = std::vector<int>(inputs);

  Layer() {
    std::mt19937 random(1);
    for (int& weight : weights) {
      weight = static_cast<int>(random() % 3) - 1;
    }
    for (int& level : levels) {
      level = static_cast<int>(random() % 4);
    }
  }

  /// What the chip has to find.
  std::int32_t sum(std::uint32_t neuron) const {
    std::int32_t sum = 0;
    for (std::uint32_t i = 0; i < inputs; ++i) {
      sum += weights[neuron * inputs + i] * levels[i];
    }
    return sum;
  }

  /// Rows of bits, bit i of a row in bit i % 8 of byte i / 8: every neuron's plane 0 and plane 1 ...
  std::vector<std::uint8_t> weight_rows() const {
    std::vector<std::uint8_t> rows(neurons * weight_planes * row_bytes);
    for (std::uint32_t n = 0; n < neurons; ++n) {
      for (std::uint32_t i = 0; i < inputs; ++i) {
        const int weight = weights[n * inputs + i];
        set(rows, 2 * n, i, weight == 1);
        set(rows, 2 * n + 1, i, weight == -1);
      }
    }
    return rows;
  }

  /// ... and the low and the high bits of the inputs.
  std::vector<std::uint8_t> input_rows() const {
    std::vector<std::uint8_t> rows(input_planes * row_bytes);
    for (std::uint32_t i = 0; i < inputs; ++i) {
      set(rows, 0, i, (levels[i] & 1) != 0);
      set(rows, 1, i, (levels[i] & 2) != 0);
    }
    return rows;
  }

 private:
  static void set(std::vector<std::uint8_t>& rows, std::uint32_t row, std::uint32_t column, bool bit) {
    rows[row * row_bytes + column / 8] |= static_cast<std::uint8_t>((bit ? 1 : 0) << column % 8);
  }
};
