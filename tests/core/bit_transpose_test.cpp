#include "core/bit_transpose.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace spinvp;

TEST_CASE("bytes of lanes become eight rows of bits") {
  std::mt19937_64 random(11);
  for (const std::size_t words : {1, 2, 3, 8, 9}) {
    const std::size_t row_words = words + 2;
    std::vector<std::uint8_t> bytes(words * 64);
    for (std::uint8_t& byte : bytes) {
      byte = static_cast<std::uint8_t>(random());
    }
    constexpr std::uint64_t untouched = 0xDEADBEEFDEADBEEF;
    std::vector<std::uint64_t> rows(8 * row_words, untouched);
    bits::rows_of_bytes(bytes.data(), words, rows.data(), row_words);
    for (std::size_t bit = 0; bit < 8; ++bit) {
      for (std::size_t lane = 0; lane < words * 64; ++lane) {
        REQUIRE((rows[bit * row_words + lane / 64] >> lane % 64 & 1) == (bytes[lane] >> bit & 1u));
      }
      CHECK(rows[bit * row_words + words] == untouched);
      CHECK(rows[bit * row_words + words + 1] == untouched);
    }
  }
}

TEST_CASE("rows of bits become numbers in two's complement, of every width") {
  std::mt19937_64 random(12);
  for (std::uint32_t width = 1; width <= 32; ++width) {
    for (const std::size_t words : {1, 3, 8}) {
      const std::size_t row_words = words + 1;
      std::vector<std::uint64_t> rows(width * row_words);
      for (std::uint64_t& word : rows) {
        word = random();
      }
      const std::size_t lanes = words * 64 - random() % 64;
      std::vector<std::int32_t> numbers(words * 64);
      bits::numbers_of_rows(rows.data(), row_words, width, lanes, numbers.data());
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        std::int64_t expected = 0;
        for (std::uint32_t bit = 0; bit < width; ++bit) {
          const auto one = static_cast<std::int64_t>(rows[bit * row_words + lane / 64] >> lane % 64 & 1);
          expected += (bit + 1 == width ? -one : one) * (std::int64_t{1} << bit);
        }
        CAPTURE(width, words, lane);
        REQUIRE(numbers[lane] == expected);
      }
    }
  }
}

TEST_CASE("rows of numbers give the numbers back, and rows between them stay") {
  std::mt19937_64 random(5);
  for (std::uint32_t width = 1; width <= 32; ++width) {
    for (const std::size_t words : {1, 3, 8}) {
      const std::size_t row_words = words + random() % 3;
      std::vector<std::int32_t> numbers(words * 64);
      for (std::int32_t& number : numbers) {
        number = static_cast<std::int32_t>(random());
      }
      std::vector<std::uint64_t> rows(width * row_words, 0xABCDEF);
      bits::rows_of_numbers(numbers.data(), words, width, rows.data(), row_words);
      for (std::uint32_t bit = 0; bit < width; ++bit) {
        for (std::size_t word = 0; word < row_words; ++word) {
          std::uint64_t expected = word < words ? 0 : 0xABCDEF;
          for (std::size_t lane = 0; lane < 64 && word < words; ++lane) {
            expected |= std::uint64_t{static_cast<std::uint32_t>(numbers[word * 64 + lane]) >> bit & 1} << lane;
          }
          REQUIRE(rows[bit * row_words + word] == expected);
        }
      }
    }
  }
}
