#include "core/bit_products.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace spinvp;

namespace {

/// Compares every pair with a count bit by bit; `fill` makes the words.
template <class Fill>
void check_products(std::size_t a_count, std::size_t b_count, std::size_t words, Fill fill) {
  CAPTURE(a_count, b_count, words);
  std::vector<std::uint64_t> a(a_count * words);
  std::vector<std::uint64_t> b(b_count * words);
  for (std::uint64_t& word : a) {
    word = fill();
  }
  for (std::uint64_t& word : b) {
    word = fill();
  }
  constexpr std::uint32_t untouched = 0xDEADBEEF;
  std::vector<std::uint32_t> counts(a_count * b_count + 1, untouched);
  bits::count_ones_of_products(a.data(), a_count, b.data(), b_count, words, counts.data());
  for (std::size_t i = 0; i < a_count; ++i) {
    for (std::size_t j = 0; j < b_count; ++j) {
      std::uint32_t ones = 0;
      for (std::size_t bit = 0; bit < words * 64; ++bit) {
        ones += (a[i * words + bit / 64] >> (bit % 64)) & (b[j * words + bit / 64] >> (bit % 64)) & 1u;
      }
      REQUIRE(counts[i * b_count + j] == ones);
    }
  }
  CHECK(counts.back() == untouched);
}

}  // namespace

TEST_CASE("the ones of every product of two rows are counted as bit by bit") {
  std::mt19937_64 random(6);
  for (const std::size_t words : {0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 24, 31}) {
    for (const std::size_t b_count : {0, 1, 3, 4, 5, 8, 13}) {
      for (const std::size_t a_count : {0, 1, 2, 3, 6}) {
        check_products(a_count, b_count, words, [&] { return random(); });
      }
    }
  }
}

TEST_CASE("the ones of products of long rows are counted") {
  std::mt19937_64 random(7);
  for (const std::size_t words : {123, 124, 125, 128, 250, 513}) {
    check_products(4, 5, words, [&] { return random(); });
  }
}

TEST_CASE("rows of nothing but ones do not overflow the counters of a byte") {
  for (const std::size_t words : {8, 124, 128, 250, 300}) {
    check_products(1, 5, words, [] { return ~std::uint64_t{0}; });
    check_products(4, 5, words, [] { return ~std::uint64_t{0}; });
  }
}

TEST_CASE("ones are counted as by looking at each bit") {
  std::mt19937_64 random(4);
  for (std::size_t word_count = 0; word_count < 40; ++word_count) {
    std::vector<std::uint64_t> words(word_count);
    std::uint32_t ones = 0;
    for (std::uint64_t& word : words) {
      word = random();
      for (unsigned bit = 0; bit < 64; ++bit) {
        ones += (word >> bit) & 1;
      }
    }
    REQUIRE(bits::count_ones(words.data(), word_count) == ones);
  }
}

TEST_CASE("ones of runs are those of each run alone") {
  std::mt19937_64 random(8);
  for (std::size_t words = 0; words < 20; ++words) {
    for (std::size_t count = 0; count < 7; ++count) {
      std::vector<std::uint64_t> runs(words * count);
      std::generate(runs.begin(), runs.end(), random);
      std::vector<std::uint32_t> ones(count + 1, 99);
      bits::count_ones_of_runs(runs.data(), count, words, ones.data());
      for (std::size_t run = 0; run < count; ++run) {
        REQUIRE(ones[run] == bits::count_ones(runs.data() + run * words, words));
      }
      REQUIRE(ones[count] == 99);
    }
  }
}
