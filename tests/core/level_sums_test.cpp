#include "core/level_sums.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace spinvp;

TEST_CASE("levels are added where the first row of an element has ones and subtracted where the second one has") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 200; ++round) {
    const std::size_t row_words = 1 + random() % 9;
    const std::size_t count = random() % 200;
    const std::uint64_t most = round % 3 == 0 ? 0x7FFF : round % 3 == 1 ? 255 : 1;
    std::vector<std::uint64_t> rows(count * 2 * row_words);
    std::vector<std::uint16_t> levels(count);
    std::vector<std::int32_t> sums(row_words * 64);
    for (std::uint64_t& word : rows) {
      word = random() & random();
      word |= round % 5 == 0 ? ~std::uint64_t{0} : 0;  // the same sign everywhere
    }
    for (std::uint16_t& level : levels) {
      level = static_cast<std::uint16_t>(round % 7 == 0 ? most : random() % (most + 1));
    }
    for (std::size_t e = 0; e < count && round % 10 == 0; ++e) {
      std::fill_n(rows.begin() + (2 * e + 1) * row_words, row_words, 0);
    }
    for (std::int32_t& sum : sums) {
      sum = static_cast<std::int32_t>(random());
    }
    std::vector<std::uint32_t> expected(sums.begin(), sums.end());
    for (std::size_t e = 0; e < count; ++e) {
      for (std::size_t lane = 0; lane < expected.size(); ++lane) {
        const std::uint64_t* const pair = rows.data() + 2 * e * row_words + lane / 64;
        expected[lane] += (pair[0] >> lane % 64 & 1) != 0 ? levels[e] : 0u;
        expected[lane] -= (pair[row_words] >> lane % 64 & 1) != 0 ? levels[e] : 0u;
      }
    }
    bits::add_levels(rows.data(), row_words, levels.data(), count, sums.data());
    REQUIRE((std::vector<std::uint32_t>(sums.begin(), sums.end()) == expected));
  }
}
