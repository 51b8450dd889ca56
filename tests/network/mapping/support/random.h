#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>

namespace spinvp::test {

/// Draws from a seed that the test prints.
class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}

  int integer(int low, int high) { return low + static_cast<int>(engine_() % static_cast<unsigned>(high - low + 1)); }
  bool one_in(int n) { return integer(1, n) == 1; }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[integer(0, static_cast<int>(choices.size()) - 1)];
  }

 private:
  std::mt19937 engine_;
};

}  // namespace spinvp::test
