#include "core/bit_products.h"

#include <algorithm>

// Compiled once for each vector extension; the best one is chosen at run time.
#define HWY_WANT_AVX3_DL 1
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/bit_products.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace spinvp::bits::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

HWY_INLINE std::uint32_t count_rest(const std::uint64_t* a, const std::uint64_t* b, std::size_t words) {
  std::uint32_t ones = 0;
  for (std::size_t i = 0; i < words; ++i) {
    ones += static_cast<std::uint32_t>(hwy::PopCount(a[i] & b[i]));
  }
  return ones;
}

#if HWY_TARGET == HWY_SCALAR

void count_all(const std::uint64_t* a, std::size_t a_count, const std::uint64_t* b, std::size_t b_count,
               std::size_t words, std::uint32_t* counts) {
  for (std::size_t i = 0; i < a_count; ++i) {
    for (std::size_t j = 0; j < b_count; ++j) {
      counts[i * b_count + j] = count_rest(a + i * words, b + j * words, words);
    }
  }
}

#else

using Bytes = hn::ScalableTag<std::uint8_t>;
using Words = hn::Repartition<std::uint64_t, Bytes>;
using ByteVector = hn::Vec<Bytes>;
using WordVector = hn::Vec<Words>;

// Rows b that are taken together: each load of a row a then serves all of them, and their sums are added up together.
constexpr std::size_t together = 4;

// The sums of the lanes of four vectors.
HWY_INLINE void add_lanes(WordVector a, WordVector b, WordVector c, WordVector d, std::uint32_t* counts) {
  const Words words;
  // Each 128-bit block holds one partial sum of both rows.
  const auto ab = hn::Add(hn::InterleaveLower(words, a, b), hn::InterleaveUpper(words, a, b));
  const auto cd = hn::Add(hn::InterleaveLower(words, c, d), hn::InterleaveUpper(words, c, d));
#if HWY_MAX_BYTES == 32
  const auto all = hn::Add(hn::ConcatLowerLower(words, cd, ab), hn::ConcatUpperUpper(words, cd, ab));
  hn::StoreU(hn::TruncateTo(hn::Rebind<std::uint32_t, Words>(), all), hn::Rebind<std::uint32_t, Words>(), counts);
#else
  HWY_ALIGN std::uint64_t lanes[2 * HWY_MAX_BYTES / 8];
  const std::size_t n = hn::Lanes(words);
  hn::Store(ab, words, lanes);
  hn::Store(cd, words, lanes + n);
  std::uint64_t sums[together] = {};
  for (std::size_t block = 0; block < n; block += 2) {
    sums[0] += lanes[block];
    sums[1] += lanes[block + 1];
    sums[2] += lanes[n + block];
    sums[3] += lanes[n + block + 1];
  }
  for (std::size_t row = 0; row < together; ++row) {
    counts[row] = static_cast<std::uint32_t>(sums[row]);
  }
#endif
}

#if HWY_TARGET <= HWY_AVX3_DL  // counts the ones of 64-bit lanes in one instruction

// `rows` rows of a by four of b: every load serves several products.
template <std::size_t rows>
HWY_INLINE void count_block(const std::uint64_t* a, const std::uint64_t* b, std::size_t words, std::size_t vectors,
                            std::uint32_t* counts, std::size_t b_count) {
  const Words d;
  const std::size_t lanes = hn::Lanes(d);
  WordVector sums[rows][together];
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < together; ++j) {
      sums[i][j] = hn::Zero(d);
    }
  }
  for (std::size_t word = 0; word < vectors * lanes; word += lanes) {
    WordVector other[together];
    for (std::size_t j = 0; j < together; ++j) {
      other[j] = hn::LoadU(d, b + j * words + word);
    }
    for (std::size_t i = 0; i < rows; ++i) {
      const auto own = hn::LoadU(d, a + i * words + word);
      for (std::size_t j = 0; j < together; ++j) {
        sums[i][j] = hn::Add(sums[i][j], hn::PopulationCount(hn::And(own, other[j])));
      }
    }
  }
  for (std::size_t i = 0; i < rows; ++i) {
    add_lanes(sums[i][0], sums[i][1], sums[i][2], sums[i][3], counts + i * b_count);
  }
}

// All rows of a by four of b.
HWY_INLINE void count_group(const std::uint64_t* a, std::size_t a_count, const std::uint64_t* b, std::size_t words,
                            std::size_t vectors, std::uint32_t* counts, std::size_t b_count) {
  std::size_t i = 0;
  for (; i + 4 <= a_count; i += 4) {
    count_block<4>(a + i * words, b, words, vectors, counts + i * b_count, b_count);
  }
  for (; i < a_count; ++i) {
    count_block<1>(a + i * words, b, words, vectors, counts + i * b_count, b_count);
  }
}

#else

// A byte counts the ones of at most this many bytes.
constexpr std::size_t most_byte_sums = 31;

HWY_INLINE ByteVector ones_of_nibbles(ByteVector nibbles) {
  const Bytes d;
  HWY_ALIGN static constexpr std::uint8_t ones_of_nibble[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
  return hn::TableLookupBytes(hn::LoadDup128(d, ones_of_nibble), nibbles);
}

HWY_INLINE ByteVector upper_nibbles_below(ByteVector bits) {  // what stands above them is to be ignored
  const hn::Repartition<std::uint16_t, Bytes> pairs;
  return hn::BitCast(Bytes(), hn::ShiftRight<4>(hn::BitCast(pairs, bits)));
}

// One row of a by four of b.
HWY_INLINE void count_row(const std::uint8_t* a, const std::uint8_t* b, std::size_t stride, std::size_t vectors,
                          std::uint32_t* counts) {
  const Bytes d;
  const Words d64;
  const std::size_t width = hn::Lanes(d);
  const auto low = hn::Set(d, 0x0F);
  auto sum0 = hn::Zero(d64);
  auto sum1 = hn::Zero(d64);
  auto sum2 = hn::Zero(d64);
  auto sum3 = hn::Zero(d64);
  const auto ones = [&](ByteVector own, const std::uint8_t* other) HWY_ATTR {
    const auto both = hn::And(own, hn::LoadU(d, other));
    return hn::Add(ones_of_nibbles(hn::And(both, low)), ones_of_nibbles(hn::And(upper_nibbles_below(both), low)));
  };
  for (std::size_t first = 0; first < vectors; first += most_byte_sums) {
    const std::size_t last = std::min(vectors, first + most_byte_sums);
    auto bytes0 = hn::Zero(d);
    auto bytes1 = hn::Zero(d);
    auto bytes2 = hn::Zero(d);
    auto bytes3 = hn::Zero(d);
    for (std::size_t i = first; i < last; ++i) {
      const auto own = hn::LoadU(d, a + i * width);
      const std::uint8_t* other = b + i * width;
      bytes0 = hn::Add(bytes0, ones(own, other));
      bytes1 = hn::Add(bytes1, ones(own, other + stride));
      bytes2 = hn::Add(bytes2, ones(own, other + 2 * stride));
      bytes3 = hn::Add(bytes3, ones(own, other + 3 * stride));
    }
    sum0 = hn::Add(sum0, hn::SumsOf8(bytes0));
    sum1 = hn::Add(sum1, hn::SumsOf8(bytes1));
    sum2 = hn::Add(sum2, hn::SumsOf8(bytes2));
    sum3 = hn::Add(sum3, hn::SumsOf8(bytes3));
  }
  add_lanes(sum0, sum1, sum2, sum3, counts);
}

// Rows cut into lower and upper nibbles: what is ANDed with them needs no cutting any more.
struct Nibbles {
  static constexpr std::size_t most_vectors = 256;
  HWY_ALIGN std::uint8_t bytes[most_vectors * 2 * HWY_MAX_BYTES];

  HWY_INLINE void cut_row(const std::uint8_t* bits, std::size_t row, std::size_t vectors) {
    const Bytes d;
    const std::size_t width = hn::Lanes(d);
    const auto low = hn::Set(d, 0x0F);
    std::uint8_t* out = bytes + row * vectors * 2 * width;
    for (std::size_t i = 0; i < vectors; ++i, out += 2 * width) {
      const auto both = hn::LoadU(d, bits + i * width);
      hn::Store(hn::And(both, low), d, out);
      hn::Store(hn::And(upper_nibbles_below(both), low), d, out + width);
    }
  }
};

// `rows` (1 to 4) rows that were cut by one that was not; counts are `stride` apart.
template <std::size_t rows>
HWY_INLINE void count_cut(const std::uint8_t* cut, const std::uint8_t* other, std::size_t vectors,
                          std::uint32_t* counts, std::size_t stride) {
  const Bytes d;
  const std::size_t width = hn::Lanes(d);
  const std::size_t row = vectors * 2 * width;
  auto bytes0 = hn::Zero(d);
  auto bytes1 = hn::Zero(d);
  auto bytes2 = hn::Zero(d);
  auto bytes3 = hn::Zero(d);
  for (std::size_t i = 0; i < vectors; ++i, cut += 2 * width) {
    const auto lower = hn::LoadU(d, other + i * width);
    const auto upper = upper_nibbles_below(lower);
    const auto ones = [&](const std::uint8_t* own) HWY_ATTR {
      return hn::Add(ones_of_nibbles(hn::And(lower, hn::Load(d, own))),
                     ones_of_nibbles(hn::And(upper, hn::Load(d, own + width))));
    };
    bytes0 = hn::Add(bytes0, ones(cut));
    if (rows > 1) {
      bytes1 = hn::Add(bytes1, ones(cut + row));
    }
    if (rows > 2) {
      bytes2 = hn::Add(bytes2, ones(cut + 2 * row));
    }
    if (rows > 3) {
      bytes3 = hn::Add(bytes3, ones(cut + 3 * row));
    }
  }
  std::uint32_t sums[together];
  add_lanes(hn::SumsOf8(bytes0), hn::SumsOf8(bytes1), hn::SumsOf8(bytes2), hn::SumsOf8(bytes3), sums);
  for (std::size_t i = 0; i < rows; ++i) {
    counts[i * stride] = sums[i];
  }
}

// All rows of a, which are cut, by all of b.
void count_by_cutting(const std::uint64_t* a, std::size_t a_count, const std::uint64_t* b, std::size_t b_count,
                      std::size_t words, std::size_t vectors, std::uint32_t* counts) {
  const std::size_t row = vectors * 2 * hn::Lanes(Bytes());
  const std::size_t at_once = Nibbles::most_vectors / vectors;
  Nibbles nibbles;
  for (std::size_t first = 0; first < a_count; first += at_once) {
    const std::size_t rows = std::min(at_once, a_count - first);
    for (std::size_t i = 0; i < rows; ++i) {
      nibbles.cut_row(reinterpret_cast<const std::uint8_t*>(a + (first + i) * words), i, vectors);
    }
    for (std::size_t j = 0; j < b_count; ++j) {
      const auto* const other = reinterpret_cast<const std::uint8_t*>(b + j * words);
      if (j + 4 < b_count) {  // may stand in memory that was not used for long
        for (std::size_t word = 0; word < words; word += 8) {
          __builtin_prefetch(b + (j + 4) * words + word);
        }
      }
      std::uint32_t* const out = counts + first * b_count + j;
      std::size_t i = 0;
      for (; i + 4 <= rows; i += 4) {
        count_cut<4>(nibbles.bytes + i * row, other, vectors, out + i * b_count, b_count);
      }
      switch (rows - i) {
        case 3:
          count_cut<3>(nibbles.bytes + i * row, other, vectors, out + i * b_count, b_count);
          break;
        case 2:
          count_cut<2>(nibbles.bytes + i * row, other, vectors, out + i * b_count, b_count);
          break;
        case 1:
          count_cut<1>(nibbles.bytes + i * row, other, vectors, out + i * b_count, b_count);
          break;
        default:
          break;
      }
    }
  }
}

// All rows of a by four of b.
HWY_INLINE void count_group(const std::uint64_t* a, std::size_t a_count, const std::uint64_t* b, std::size_t words,
                            std::size_t vectors, std::uint32_t* counts, std::size_t b_count) {
  for (std::size_t i = 0; i < a_count; ++i) {
    count_row(reinterpret_cast<const std::uint8_t*>(a + i * words), reinterpret_cast<const std::uint8_t*>(b), words * 8,
              vectors, counts + i * b_count);
  }
}

#endif

void count_all(const std::uint64_t* a, std::size_t a_count, const std::uint64_t* b, std::size_t b_count,
               std::size_t words, std::uint32_t* counts) {
  const std::size_t lanes = hn::Lanes(Words());
  const std::size_t vectors = words / lanes;
  const std::size_t whole = vectors * lanes;  // words that vectors take
  std::size_t done = 0;
#if HWY_TARGET > HWY_AVX3_DL
  constexpr std::size_t worth_cutting = 3;
  if (a_count >= worth_cutting && vectors > 0 && vectors <= most_byte_sums) {
    count_by_cutting(a, a_count, b, b_count, words, vectors, counts);
    done = b_count;
  }
#endif
  if (vectors > 0 && b_count >= together) {
    while (done < b_count) {
      const std::size_t first = std::min(done, b_count - together);  // the last group may overlap the one before
      const std::size_t ahead =
          std::min(first + 2 * together, b_count) * words;  // may stand in memory not used for long
      for (std::size_t word = (first + together) * words; word < ahead; word += 8) {
        __builtin_prefetch(b + word);
      }
      count_group(a, a_count, b + first * words, words, vectors, counts + first, b_count);
      done = first + together;
    }
  }
  for (std::size_t i = 0; i < a_count; ++i) {
    for (std::size_t j = 0; whole < words && j < done; ++j) {
      counts[i * b_count + j] += count_rest(a + i * words + whole, b + j * words + whole, words - whole);
    }
    for (std::size_t j = done; j < b_count; ++j) {
      counts[i * b_count + j] = count_rest(a + i * words, b + j * words, words);
    }
  }
}

#endif

void count_runs(const std::uint64_t* runs, std::size_t count, std::size_t words, std::uint32_t* ones) {
  for (std::size_t run = 0; run < count; ++run, runs += words) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < words; ++i) {
      sum += hwy::PopCount(runs[i]);
    }
    ones[run] = static_cast<std::uint32_t>(sum);
  }
}

}  // namespace spinvp::bits::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinvp::bits {

HWY_EXPORT(count_all);
HWY_EXPORT(count_runs);

void count_ones_of_products(const std::uint64_t* a, std::size_t a_count, const std::uint64_t* b, std::size_t b_count,
                            std::size_t words, std::uint32_t* counts) {
  HWY_DYNAMIC_DISPATCH(count_all)(a, a_count, b, b_count, words, counts);
}

void count_ones_of_runs(const std::uint64_t* runs, std::size_t count, std::size_t words, std::uint32_t* ones) {
  HWY_DYNAMIC_DISPATCH(count_runs)(runs, count, words, ones);
}

std::uint32_t count_ones(const std::uint64_t* words, std::size_t word_count) {
  std::uint32_t ones = 0;
  count_ones_of_runs(words, 1, word_count, &ones);
  return ones;
}

}  // namespace spinvp::bits
#endif
