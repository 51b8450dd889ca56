#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>

#include "network/support/model_builder.h"

namespace spinvp::test {

/// What random models are drawn from: whole numbers of an engine that gives the same ones everywhere.
class Draws {
 public:
  explicit Draws(unsigned seed) : engine_(seed) {}

  int whole(int low, int high) {
    const auto count = static_cast<std::uint32_t>(high - low + 1);
    return low + static_cast<int>(engine_() % count);
  }
  /// One in `times`.
  bool rarely(int times) { return whole(1, times) == 1; }
  bool evenly() { return rarely(2); }
  float real(double low, double high) {
    return static_cast<float>(low + (high - low) * (static_cast<double>(engine_()) / 4294967296.0));
  }
  float signed_real(double low, double high) { return evenly() ? real(low, high) : -real(low, high); }
  template <typename T>
  T pick(std::initializer_list<T> choices) {
    return choices.begin()[whole(0, static_cast<int>(choices.size()) - 1)];
  }
  Numbers reals(std::size_t count, double low, double high) {
    Numbers values(count);
    for (float& value : values) {
      value = real(low, high);
    }
    return values;
  }

 private:
  std::mt19937 engine_;
};

/// A constant of one number in one of the shapes that exporters give it.
inline std::string drawn_scalar(ModelBuilder& builder, Draws& draws, float value) {
  return draws.evenly() ? builder.scalar(value) : builder.constant({1}, {value});
}

/// A constant of a number a channel, for a value of `rank` dimensions with the channels second.
inline std::string drawn_channels(ModelBuilder& builder, Draws& draws, const Numbers& values, std::size_t rank) {
  Dims dims = draws.evenly() ? Dims{static_cast<std::int64_t>(values.size())}
                             : Dims{1, static_cast<std::int64_t>(values.size())};
  dims.resize(dims.size() + rank - 2, 1);
  return builder.constant(dims, values);
}

}  // namespace spinvp::test
