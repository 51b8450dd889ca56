#include "core/lane_sums.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace spinvp;

namespace {

struct Shape {
  std::size_t row_words = 0;
  std::size_t operands = 0;
  std::size_t sums = 0;
  std::uint32_t planes = 0;
  std::uint32_t width = 0;
  bool complemented = false;
  std::size_t used_columns = 0;  ///< columns behind these have operands of zero
};

/// Rows in one piece as a sub-array has them: operands, sums, zeros, ones, carry.
struct Rows {
  Rows(const Shape& shape, std::mt19937_64& random)
      : shape_(shape),
        sum_row_(shape.operands * shape.planes * (shape.complemented ? 2 : 1)),
        constant_row_(sum_row_ + shape.sums * shape.width),
        words((constant_row_ + 3) * shape.row_words),
        sign_words_((shape.sums + 63) / 64),
        adds(shape.operands * sign_words_),
        subtracts(adds.size()) {
    for (std::uint64_t& word : words) {
      word = random();
    }
    for (std::size_t column = 0; column < columns(); ++column) {
      set_constant(column);
      for (std::size_t operand = 0; operand < shape_.operands; ++operand) {
        const std::uint32_t number = column < shape_.used_columns ? static_cast<std::uint32_t>(random()) : 0;
        for (std::uint32_t plane = 0; plane < shape_.planes; ++plane) {
          set(operand_row(operand) + plane, column, (number >> plane & 1) != 0);
          if (shape_.complemented) {
            set(operand_row(operand) + shape_.planes + plane, column, (number >> plane & 1) == 0);
          }
        }
      }
    }
    const auto kind = random() % 3;  // binary, ternary, mostly nothing
    for (std::size_t operand = 0; operand < shape_.operands; ++operand) {
      for (std::size_t sum = 0; sum < shape_.sums; ++sum) {
        const auto draw = random() % (kind == 0 ? 2 : kind == 1 ? 3 : 16);
        sign(adds, operand, sum, draw == 0);
        sign(subtracts, operand, sum, draw == 1 && shape_.complemented);
      }
    }
  }

  bool add_lanes(bool with_carry) {
    bits::LaneSums work;
    work.row_words = shape_.row_words;
    work.operands = words.data();
    work.operand_count = shape_.operands;
    work.planes = shape_.planes;
    work.complemented = shape_.complemented;
    work.sums = words.data() + sum_row_ * shape_.row_words;
    work.sum_count = shape_.sums;
    work.width = shape_.width;
    work.zeros = words.data() + constant_row_ * shape_.row_words;
    work.ones = work.zeros + shape_.row_words;
    work.carry = with_carry ? words.data() + (constant_row_ + 2) * shape_.row_words : nullptr;
    work.adds = adds.data();
    work.subtracts = subtracts.data();
    return bits::add_lanes(work);
  }

  // The adder, one column and one addition after the other.
  void add_integers(bool with_carry) {
    const std::uint64_t mask = (std::uint64_t{1} << shape_.width) - 1;
    for (std::size_t column = 0; column < columns(); ++column) {
      for (std::size_t operand = 0; operand < shape_.operands; ++operand) {
        for (std::size_t sum = 0; sum < shape_.sums; ++sum) {
          const bool subtract = signed_as(subtracts, operand, sum);
          if (!signed_as(adds, operand, sum) && !subtract) {
            continue;
          }
          std::uint64_t number = get(operand_row(operand), shape_.planes, column);
          number = subtract ? (~number & mask) + 1 : number;
          const std::uint64_t total = get(sum_row_ + sum * shape_.width, shape_.width, column) + number;
          for (std::uint32_t bit = 0; bit < shape_.width; ++bit) {
            set(sum_row_ + sum * shape_.width + bit, column, (total >> bit & 1) != 0);
          }
          if (with_carry) {
            set(constant_row_ + 2, column, total >> shape_.width != 0);
          }
        }
      }
    }
  }

  void flip(std::size_t row, std::size_t column) {
    words[row * shape_.row_words + column / 64] ^= std::uint64_t{1} << column % 64;
  }
  std::size_t columns() const { return shape_.row_words * 64; }
  std::size_t constant_row() const { return constant_row_; }

  std::size_t operand_row(std::size_t operand) const { return operand * shape_.planes * (shape_.complemented ? 2 : 1); }
  void set(std::size_t row, std::size_t column, bool value) {
    std::uint64_t& word = words[row * shape_.row_words + column / 64];
    word = (word & ~(std::uint64_t{1} << column % 64)) | std::uint64_t{value} << column % 64;
  }
  void set_constant(std::size_t column) {
    set(constant_row_, column, false);
    set(constant_row_ + 1, column, true);
  }
  std::uint64_t get(std::size_t row, std::uint32_t bits, std::size_t column) const {
    std::uint64_t number = 0;
    for (std::uint32_t bit = 0; bit < bits; ++bit) {
      number |= (words[(row + bit) * shape_.row_words + column / 64] >> column % 64 & 1) << bit;
    }
    return number;
  }
  void sign(std::vector<std::uint64_t>& signs, std::size_t operand, std::size_t sum, bool value) {
    signs[operand * sign_words_ + sum / 64] |= std::uint64_t{value} << sum % 64;
  }
  bool signed_as(const std::vector<std::uint64_t>& signs, std::size_t operand, std::size_t sum) const {
    return (signs[operand * sign_words_ + sum / 64] >> sum % 64 & 1) != 0;
  }

  const Shape shape_;
  const std::size_t sum_row_;
  const std::size_t constant_row_;
  std::vector<std::uint64_t> words;
  const std::size_t sign_words_;
  std::vector<std::uint64_t> adds;
  std::vector<std::uint64_t> subtracts;
};

void check(const Shape& shape, bool with_carry, std::mt19937_64& random) {
  Rows vectors(shape, random);
  Rows integers = vectors;
  CAPTURE(shape.row_words, shape.operands, shape.sums, shape.planes, shape.width, shape.complemented,
          shape.used_columns, with_carry);
  REQUIRE(vectors.add_lanes(with_carry));
  integers.add_integers(with_carry);
  REQUIRE((vectors.words == integers.words));
}

}  // namespace

TEST_CASE("sums of lanes are what adding integers gives, for all widths and shapes") {
  std::mt19937_64 random(3);
  for (std::uint32_t width = 1; width <= 32; ++width) {
    for (int round = 0; round < 12; ++round) {
      Shape shape;
      shape.width = width;
      shape.planes = 1 + static_cast<std::uint32_t>(random() % std::min<std::uint32_t>(width, 12));
      shape.row_words = 1 + random() % 9;
      shape.operands = 1 + random() % 12;
      shape.sums = round == 0 ? 1 + random() % 150 : 1 + random() % 9;
      shape.complemented = random() % 3 != 0;
      shape.used_columns = random() % 3 == 0 ? random() % 4 : 1 + random() % (shape.row_words * 64);
      check(shape, random() % 2 == 0, random);
    }
  }
}

TEST_CASE("many operands add up beyond a byte of carries") {
  std::mt19937_64 random(4);
  check({8, 300, 2, 8, 17, true, 512}, true, random);
  check({8, 300, 2, 8, 32, true, 512}, false, random);
  check({2, 1, 3, 5, 5, true, 100}, true, random);
}

TEST_CASE("rows that are not what an adder relies on are refused and left alone") {
  std::mt19937_64 random(5);
  const Shape shape{3, 4, 2, 6, 12, true, 50};
  const Rows sound(shape, random);
  const auto refused = [&](std::size_t row, std::size_t column) {
    Rows rows = sound;
    rows.flip(row, column);
    const auto before = rows.words;
    return !rows.add_lanes(true) && rows.words == before;
  };
  CHECK(refused(sound.constant_row(), 1));
  CHECK(refused(sound.constant_row(), 190));
  CHECK(refused(sound.constant_row() + 1, 100));
  CHECK(refused(0, 3));     // a bit and its inverse are equal
  CHECK(refused(11, 191));  // in a column that nobody uses
  Rows rows = sound;
  rows.flip(sound.constant_row() + 2, 7);  // the carry row's old contents do not matter
  CHECK(rows.add_lanes(true));
}
