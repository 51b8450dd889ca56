#include "core/lane_sums.h"

// Compiled once for each vector extension; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/lane_sums.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace spinvp::bits::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::uint32_t most_width = 32;

std::size_t rows_an_operand(const LaneSums& work) {
  return std::size_t{work.planes} * (work.complemented ? 2 : 1);
}

std::size_t sign_words(const LaneSums& work) {
  return (work.sum_count + 63) / 64;
}

bool sign(const std::uint64_t* signs, std::size_t words, std::size_t operand, std::size_t sum) {
  return (signs[operand * words + sum / 64] >> (sum % 64) & 1) != 0;
}

/// One or several words of a row, in a vector.
template <class D>
class Columns {
 public:
  using V = hn::Vec<D>;

  Columns(const LaneSums& work, std::size_t first_word) : work_(work), first_word_(first_word) {}

  // Ones where an operand has a one. `sound` loses the ones where inverted rows or constants are not what they should
  // be.
  HWY_INLINE V survey(V& sound) const {
    V used = hn::Zero(d_);
    const std::size_t rows = rows_an_operand(work_);
    for (std::size_t operand = 0; operand < work_.operand_count; ++operand) {
      const std::uint64_t* plain = work_.operands + operand * rows * work_.row_words + first_word_;
      for (std::uint32_t plane = 0; plane < work_.planes; ++plane, plain += work_.row_words) {
        const V bits = hn::LoadU(d_, plain);
        used = hn::Or(used, bits);
        if (work_.complemented) {
          sound = hn::And(sound, hn::Xor(bits, hn::LoadU(d_, plain + work_.planes * work_.row_words)));
        }
      }
    }
    sound = hn::AndNot(hn::LoadU(d_, work_.zeros + first_word_), sound);
    sound = hn::And(sound, hn::LoadU(d_, work_.ones + first_word_));
    return used;
  }

  // sum += its operands, for each sum.
  HWY_INLINE void add() {
    Total all;
    const std::size_t words = sign_words(work_);
    for (std::size_t sum = 0; sum < work_.sum_count; ++sum) {
      std::size_t added = 0;
      std::size_t subtracted = 0;
      for (std::size_t operand = 0; operand < work_.operand_count; ++operand) {
        added += sign(work_.adds, words, operand, sum) ? 1 : 0;
        subtracted += sign(work_.subtracts, words, operand, sum) ? 1 : 0;
      }
      if (added + subtracted == 0) {
        continue;
      }
      Total plus;
      Total minus;
      // A sum of all operands is worth its while for several sums.
      const bool complete = work_.sum_count > 1 && added + subtracted == work_.operand_count;
      if (complete && all.count == 0) {
        for (std::size_t operand = 0; operand < work_.operand_count; ++operand) {
          accumulate(all, operand);
        }
      }
      // When every operand counts, the rarer sign says it all: plus - minus = 2 plus - all = all - 2 minus.
      const bool need_plus = !complete || added <= subtracted;
      const bool need_minus = !complete || added > subtracted;
      for (std::size_t operand = 0; operand < work_.operand_count; ++operand) {
        if (need_plus && sign(work_.adds, words, operand, sum)) {
          accumulate(plus, operand);
        } else if (need_minus && sign(work_.subtracts, words, operand, sum)) {
          accumulate(minus, operand);
        }
      }
      std::uint64_t* const rows = work_.sums + sum * work_.width * work_.row_words + first_word_;
      if (!complete) {
        apply(rows, plus, 0, minus, 0);
      } else if (need_plus) {
        apply(rows, plus, 1, all, 0);
      } else {
        apply(rows, all, 0, minus, 1);
      }
    }
  }

  // Carries out of the addition that made the sum in `sum_rows`: sum < operand, or sum <= operand with a carry in.
  HWY_INLINE void carries_out(const std::uint64_t* sum_rows, const std::uint64_t* operand_rows, bool subtract) const {
    const V ones = hn::Set(d_, ~std::uint64_t{0});
    V carry = subtract ? ones : hn::Zero(d_);
    for (std::uint32_t bit = 0; bit < work_.width; ++bit) {
      const V sum = hn::LoadU(d_, sum_rows + bit * work_.row_words + first_word_);
      V operand = subtract ? ones : hn::Zero(d_);
      if (bit < work_.planes) {
        operand = hn::LoadU(d_, operand_rows + bit * work_.row_words + first_word_);
      }
      const V differ = hn::Xor(sum, operand);
      carry = hn::Or(hn::And(differ, operand), hn::AndNot(differ, carry));
    }
    hn::StoreU(carry, d_, work_.carry + first_word_);
  }

 private:
  // A sum of operands, which needs more bits as it grows.
  struct Total {
    HWY_ALIGN std::uint64_t rows[most_width * hn::MaxLanes(D())];
    std::uint64_t count = 0;
    std::uint32_t bits = 0;
  };

  HWY_INLINE V load(const Total& total, std::uint32_t bit) const {
    return hn::Load(d_, total.rows + bit * hn::MaxLanes(d_));
  }
  HWY_INLINE void store(V bits, Total& total, std::uint32_t bit) const {
    hn::Store(bits, d_, total.rows + bit * hn::MaxLanes(d_));
  }

  HWY_INLINE void accumulate(Total& total, std::size_t operand) const {
    const std::uint64_t* row = work_.operands + operand * rows_an_operand(work_) * work_.row_words + first_word_;
    ++total.count;
    if (total.count == 1) {
      for (std::uint32_t bit = 0; bit < work_.planes; ++bit, row += work_.row_words) {
        store(hn::LoadU(d_, row), total, bit);
      }
      total.bits = work_.planes;
      return;
    }
    V carry = hn::Zero(d_);
    for (std::uint32_t bit = 0; bit < work_.planes; ++bit, row += work_.row_words) {
      const V a = load(total, bit);
      const V b = hn::LoadU(d_, row);
      const V differ = hn::Xor(a, b);
      store(hn::Xor(differ, carry), total, bit);
      carry = hn::Or(hn::And(a, b), hn::And(differ, carry));
    }
    for (std::uint32_t bit = work_.planes; bit < total.bits; ++bit) {
      const V a = load(total, bit);
      store(hn::Xor(a, carry), total, bit);
      carry = hn::And(a, carry);
    }
    const std::uint64_t largest = total.count * ((std::uint64_t{1} << work_.planes) - 1);
    if (total.bits < work_.width && largest >> total.bits != 0) {
      store(carry, total, total.bits++);
    }
  }

  // rows += (plus << plus_shift) - (minus << minus_shift), modulo 2^width.
  HWY_INLINE void apply(std::uint64_t* rows, const Total& plus, std::uint32_t plus_shift, const Total& minus,
                        std::uint32_t minus_shift) const {
    if (minus.count == 0) {
      apply_one<false>(rows, plus, plus_shift);
      return;
    }
    if (plus.count == 0) {
      apply_one<true>(rows, minus, minus_shift);
      return;
    }
    const V ones = hn::Set(d_, ~std::uint64_t{0});
    V plus_carry = hn::Zero(d_);
    V minus_carry = ones;
    for (std::uint32_t bit = 0; bit < work_.width; ++bit, rows += work_.row_words) {
      V sum = hn::LoadU(d_, rows);
      V operand = hn::Zero(d_);
      if (bit >= plus_shift && bit - plus_shift < plus.bits) {
        operand = load(plus, bit - plus_shift);
      }
      V differ = hn::Xor(sum, operand);
      V carry = hn::Or(hn::And(sum, operand), hn::And(differ, plus_carry));
      sum = hn::Xor(differ, plus_carry);
      plus_carry = carry;
      operand = ones;
      if (bit >= minus_shift && bit - minus_shift < minus.bits) {
        operand = hn::Xor(load(minus, bit - minus_shift), ones);
      }
      differ = hn::Xor(sum, operand);
      carry = hn::Or(hn::And(sum, operand), hn::And(differ, minus_carry));
      hn::StoreU(hn::Xor(differ, minus_carry), d_, rows);
      minus_carry = carry;
    }
  }

  // rows += total << shift, or rows -= total << shift: with a borrow for a carry.
  template <bool subtract>
  HWY_INLINE void apply_one(std::uint64_t* rows, const Total& total, std::uint32_t shift) const {
    rows += shift * work_.row_words;
    V carry = hn::Zero(d_);
    for (std::uint32_t bit = shift; bit < work_.width; ++bit, rows += work_.row_words) {
      const V sum = hn::LoadU(d_, rows);
      if (bit - shift < total.bits) {
        const V operand = load(total, bit - shift);
        const V differ = hn::Xor(sum, operand);
        hn::StoreU(hn::Xor(differ, carry), d_, rows);
        const V both = subtract ? hn::AndNot(sum, operand) : hn::And(sum, operand);
        carry = hn::Or(both, subtract ? hn::AndNot(differ, carry) : hn::And(differ, carry));
      } else {
        hn::StoreU(hn::Xor(sum, carry), d_, rows);
        carry = subtract ? hn::AndNot(sum, carry) : hn::And(sum, carry);
      }
    }
  }

  const LaneSums& work_;
  const std::size_t first_word_;
  const D d_{};
};

// Calls visit(tag, first word) for whole vectors of a row, then for the words that are left.
template <class Visit>
HWY_INLINE void for_words(std::size_t words, const Visit& visit) {
  const hn::CappedTag<std::uint64_t, 8> vectors;
  const hn::CappedTag<std::uint64_t, 1> single;
  std::size_t word = 0;
  for (; word + hn::Lanes(vectors) <= words; word += hn::Lanes(vectors)) {
    visit(vectors, word);
  }
  for (; word < words; ++word) {
    visit(single, word);
  }
}

// One column of word `word`, as integers. `changes` has room for what each sum changes by.
void add_column(const LaneSums& work, std::size_t word, std::uint32_t column, std::uint64_t* changes) {
  const std::size_t words = sign_words(work);
  const std::size_t rows = rows_an_operand(work) * work.row_words;
  for (std::size_t sum = 0; sum < work.sum_count; ++sum) {
    changes[sum] = 0;
  }
  for (std::size_t operand = 0; operand < work.operand_count; ++operand) {
    const std::uint64_t* row = work.operands + operand * rows + work.planes * work.row_words + word;
    std::uint64_t number = 0;
    for (std::uint32_t plane = 0; plane < work.planes; ++plane) {
      row -= work.row_words;
      number = number + number + (*row >> column & 1);
    }
    for (std::size_t first = 0; first < work.sum_count; first += 64) {
      const std::uint64_t adds = work.adds[operand * words + first / 64];
      const std::uint64_t subtracts = work.subtracts[operand * words + first / 64];
      const std::size_t count = work.sum_count - first < 64 ? work.sum_count - first : 64;
      for (std::size_t i = 0; i < count; ++i) {
        changes[first + i] += (number & (0 - (adds >> i & 1))) - (number & (0 - (subtracts >> i & 1)));
      }
    }
  }
  const std::uint64_t mask = std::uint64_t{1} << column;
  std::uint64_t* row = work.sums + word;
  for (std::size_t sum = 0; sum < work.sum_count; ++sum) {
    std::uint64_t change = changes[sum] << column | (column > 0 ? changes[sum] >> (64 - column) : 0);
    std::uint64_t carry = 0;
    for (std::uint32_t bit = 0; bit < work.width; ++bit, row += work.row_words) {
      const std::uint64_t before = *row;
      const std::uint64_t operand = change & mask;
      *row = before ^ operand ^ carry;
      carry = (before & operand) | (carry & (before ^ operand));
      change = change >> 1 | change << 63;
    }
  }
}

// The last addition that the adder makes; false when there is none.
bool find_last(const LaneSums& work, std::size_t& operand, std::size_t& sum) {
  const std::size_t words = sign_words(work);
  for (operand = work.operand_count; operand-- > 0;) {
    for (sum = work.sum_count; sum-- > 0;) {
      if (sign(work.adds, words, operand, sum) || sign(work.subtracts, words, operand, sum)) {
        return true;
      }
    }
  }
  return false;
}

bool add_all(const LaneSums& work, std::uint64_t* used, std::uint64_t* changes) {
  bool sound = true;
  for_words(work.row_words, [&](auto d, std::size_t word) HWY_ATTR {
    const auto ones = hn::Set(d, ~std::uint64_t{0});
    auto sound_bits = ones;
    const auto used_bits = Columns<decltype(d)>(work, word).survey(sound_bits);
    sound = sound && hn::AllTrue(d, hn::Eq(sound_bits, ones));
    hn::StoreU(used_bits, d, used + word);
  });
  if (!sound) {
    return false;
  }
  std::size_t lanes = 0;
  for (std::size_t word = 0; word < work.row_words; ++word) {
    lanes += used[word] != 0 ? hwy::PopCount(used[word]) : 0;
  }
  constexpr std::size_t few = 2;
  if (lanes <= few) {
    for (std::size_t word = 0; word < work.row_words; ++word) {
      for (std::uint64_t left = used[word]; left != 0; left &= left - 1) {
        add_column(work, word, static_cast<std::uint32_t>(hwy::Num0BitsBelowLS1Bit_Nonzero64(left)), changes);
      }
    }
  } else {
    for_words(work.row_words, [&](auto d, std::size_t word) HWY_ATTR {
      if (!hn::AllTrue(d, hn::Eq(hn::LoadU(d, used + word), hn::Zero(d)))) {
        Columns<decltype(d)>(work, word).add();
      }
    });
  }
  std::size_t operand = 0;
  std::size_t sum = 0;
  if (work.carry != nullptr && find_last(work, operand, sum)) {
    const bool subtract = sign(work.subtracts, sign_words(work), operand, sum);
    const std::uint64_t* const sum_rows = work.sums + sum * work.width * work.row_words;
    const std::uint64_t* const operand_rows =
        work.operands + (operand * rows_an_operand(work) + (subtract ? work.planes : 0)) * work.row_words;
    for_words(work.row_words, [&](auto d, std::size_t word) HWY_ATTR {
      Columns<decltype(d)>(work, word).carries_out(sum_rows, operand_rows, subtract);
    });
  }
  return true;
}

}  // namespace spinvp::bits::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <vector>

namespace spinvp::bits {

HWY_EXPORT(add_all);

bool add_lanes(const LaneSums& work) {
  constexpr std::size_t usual = 64;
  std::uint64_t used[usual];
  std::uint64_t changes[usual];
  if (work.row_words <= usual && work.sum_count <= usual) {
    return HWY_DYNAMIC_DISPATCH(add_all)(work, used, changes);
  }
  std::vector<std::uint64_t> more_used(work.row_words);
  std::vector<std::uint64_t> more_changes(work.sum_count);
  return HWY_DYNAMIC_DISPATCH(add_all)(work, more_used.data(), more_changes.data());
}

}  // namespace spinvp::bits
#endif
