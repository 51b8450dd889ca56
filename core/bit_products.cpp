#include "core/bit_products.h"

// Compiled once for each vector extension; the best one is chosen at run time.
#define HWY_WANT_AVX3_DL 1
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/bit_products.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace spinvp::bits::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR
using Bytes = hn::ScalableTag<std::uint8_t>;
using Words = hn::Repartition<std::uint64_t, Bytes>;

// A row of up to this many vectors counts at most 255 ones in a byte.
constexpr std::size_t most_byte_sums = 31;
constexpr std::size_t rows_at_once = 4;

// Ones in each byte.
template <class V>
HWY_INLINE V ones_of_bytes(V bits) {
  const Bytes d;
  HWY_ALIGN static constexpr std::uint8_t ones_of_nibble[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
  const auto table = hn::LoadDup128(d, ones_of_nibble);
  const auto low_nibbles = hn::Set(d, 0x0F);
  const auto low = hn::And(bits, low_nibbles);
  const auto high = hn::ShiftRight<4>(bits);
  return hn::Add(hn::TableLookupBytes(table, low), hn::TableLookupBytes(table, high));
}

// Ones of (a AND b_0) ... (a AND b_3), `vectors` vectors each, spread over the 64-bit lanes of sums[0..3].
template <class V64>
HWY_INLINE void count_four(const std::uint8_t* a, const std::uint8_t* b, std::size_t stride, std::size_t vectors,
                           V64* sums) {
  const Bytes d;
  const Words d64;
  const std::size_t width = hn::Lanes(d);
  auto sum0 = hn::Zero(d64);
  auto sum1 = hn::Zero(d64);
  auto sum2 = hn::Zero(d64);
  auto sum3 = hn::Zero(d64);
#if HWY_TARGET <= HWY_AVX3_DL  // counts 64-bit lanes in one instruction
  const auto ones = [&](hn::Vec<Bytes> own, const std::uint8_t* other)
                        HWY_ATTR { return hn::PopulationCount(hn::BitCast(d64, hn::And(own, hn::LoadU(d, other)))); };
  for (std::size_t i = 0; i < vectors; ++i) {
    const auto own = hn::LoadU(d, a + i * width);
    const std::uint8_t* other = b + i * width;
    sum0 = hn::Add(sum0, ones(own, other));
    sum1 = hn::Add(sum1, ones(own, other + stride));
    sum2 = hn::Add(sum2, ones(own, other + 2 * stride));
    sum3 = hn::Add(sum3, ones(own, other + 3 * stride));
  }
#else
  const auto ones = [&](hn::Vec<Bytes> own, const std::uint8_t* other)
                        HWY_ATTR { return ones_of_bytes(hn::And(own, hn::LoadU(d, other))); };
  for (std::size_t first = 0; first < vectors; first += most_byte_sums) {
    const std::size_t last = first + most_byte_sums < vectors ? first + most_byte_sums : vectors;
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
#endif
  sums[0] = sum0;
  sums[1] = sum1;
  sums[2] = sum2;
  sums[3] = sum3;
}

// Adds the lanes of four vectors: a transposing reduction.
template <class V64>
HWY_INLINE void add_lanes(const V64* sums, std::uint32_t* counts) {
  const Words d64;
  const auto pair01 = hn::Add(hn::InterleaveLower(d64, sums[0], sums[1]), hn::InterleaveUpper(d64, sums[0], sums[1]));
  const auto pair23 = hn::Add(hn::InterleaveLower(d64, sums[2], sums[3]), hn::InterleaveUpper(d64, sums[2], sums[3]));
  HWY_ALIGN std::uint64_t lanes[2 * HWY_MAX_BYTES / 8];
#if HWY_MAX_BYTES == 32
  const auto all = hn::Add(hn::ConcatLowerLower(d64, pair23, pair01), hn::ConcatUpperUpper(d64, pair23, pair01));
  hn::Store(all, d64, lanes);
  for (std::size_t row = 0; row < rows_at_once; ++row) {
    counts[row] = static_cast<std::uint32_t>(lanes[row]);
  }
#else
  // Each 128-bit block of a pair holds one partial sum of both rows.
  const std::size_t n = hn::Lanes(d64);
  hn::Store(pair01, d64, lanes);
  hn::Store(pair23, d64, lanes + n);
  for (std::size_t row = 0; row < rows_at_once; ++row) {
    std::uint64_t sum = 0;
    for (std::size_t block = 0; block < n; block += 2) {
      sum += lanes[row / 2 * n + block + row % 2];
    }
    counts[row] = static_cast<std::uint32_t>(sum);
  }
#endif
}

#endif

HWY_INLINE std::uint32_t count_rest(const std::uint64_t* a, const std::uint64_t* b, std::size_t words) {
  std::uint32_t ones = 0;
  for (std::size_t i = 0; i < words; ++i) {
    ones += static_cast<std::uint32_t>(hwy::PopCount(a[i] & b[i]));
  }
  return ones;
}

void count_all(const std::uint64_t* a, std::size_t a_count, const std::uint64_t* b, std::size_t b_count,
               std::size_t words, std::uint32_t* counts) {
#if HWY_TARGET == HWY_SCALAR
  for (std::size_t i = 0; i < a_count; ++i) {
    for (std::size_t j = 0; j < b_count; ++j) {
      counts[i * b_count + j] = count_rest(a + i * words, b + j * words, words);
    }
  }
#else
  const std::size_t lanes = hn::Lanes(Words());
  const std::size_t vectors = words / lanes;
  const std::size_t whole = vectors * lanes;  // words that vectors take
  const std::size_t by_four = vectors > 0 ? b_count / rows_at_once * rows_at_once : 0;
  hn::Vec<Words> sums[rows_at_once];
  for (std::size_t i = 0; i < a_count; ++i) {
    const std::uint64_t* own = a + i * words;
    std::uint32_t* out = counts + i * b_count;
    for (std::size_t j = 0; j < by_four; j += rows_at_once) {
      const std::uint64_t* other = b + j * words;
      count_four(reinterpret_cast<const std::uint8_t*>(own), reinterpret_cast<const std::uint8_t*>(other), words * 8,
                 vectors, sums);
      add_lanes(sums, out + j);
      for (std::size_t row = 0; whole < words && row < rows_at_once; ++row) {
        out[j + row] += count_rest(own + whole, other + row * words + whole, words - whole);
      }
    }
    for (std::size_t j = by_four; j < b_count; ++j) {
      out[j] = count_rest(own, b + j * words, words);
    }
  }
#endif
}

}  // namespace spinvp::bits::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinvp::bits {

HWY_EXPORT(count_all);

void count_ones_of_products(const std::uint64_t* a, std::size_t a_count, const std::uint64_t* b, std::size_t b_count,
                            std::size_t words, std::uint32_t* counts) {
  HWY_DYNAMIC_DISPATCH(count_all)(a, a_count, b, b_count, words, counts);
}

}  // namespace spinvp::bits
#endif
