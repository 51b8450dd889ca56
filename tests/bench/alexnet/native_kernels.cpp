#include "tests/bench/alexnet/native_kernels.h"

#define HWY_WANT_AVX3_DL 1
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/bench/alexnet/native_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace spinvp::bench::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR  // a host without vectors

void count_all(const std::uint64_t* fields, std::size_t field_count, const std::uint64_t* kernels,
               std::size_t kernel_count, std::size_t words, std::uint32_t* counts) {
  for (std::size_t f = 0; f < field_count; ++f) {
    for (std::size_t k = 0; k < kernel_count; ++k) {
      std::uint64_t ones = 0;
      for (std::size_t i = 0; i < words; ++i) {
        ones += hwy::PopCount(fields[f * words + i] & kernels[k * words + i]);
      }
      counts[f * kernel_count + k] = static_cast<std::uint32_t>(ones);
    }
  }
}

void compare_all(const std::int32_t* sums, const std::int32_t* thresholds, std::size_t kernels, std::uint8_t* bits) {
  for (std::size_t k = 0; k < kernels; ++k) {
    const unsigned bit = sums[k] >= thresholds[k] ? 1 : 0;
    bits[k / 8] = static_cast<std::uint8_t>(k % 8 == 0 ? bit : bits[k / 8] | bit << (k % 8));
  }
}

void extract_all(const std::uint8_t* values, std::size_t count, int plane, std::uint8_t* bits) {
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned bit = values[i] >> plane & 1u;
    bits[i / 8] = static_cast<std::uint8_t>(i % 8 == 0 ? bit : bits[i / 8] | bit << (i % 8));
  }
}

#else

using Bytes = hn::CappedTag<std::uint8_t, vector_bytes>;
using Words = hn::Repartition<std::uint64_t, Bytes>;
using Numbers = hn::Repartition<std::int32_t, Bytes>;
using ByteVector = hn::Vec<Bytes>;
using WordVector = hn::Vec<Words>;

// Four sums side by side: lane i of the result is the sum of the lanes of sums[i].
HWY_INLINE void add_lanes(WordVector a, WordVector b, WordVector c, WordVector d, std::uint32_t* counts) {
  const Words words;
  const auto ab = hn::Add(hn::InterleaveLower(words, a, b), hn::InterleaveUpper(words, a, b));
  const auto cd = hn::Add(hn::InterleaveLower(words, c, d), hn::InterleaveUpper(words, c, d));
  HWY_ALIGN std::uint64_t lanes[2 * vector_bytes / 8];
  const std::size_t n = hn::Lanes(words);
  hn::Store(ab, words, lanes);
  hn::Store(cd, words, lanes + n);
  std::uint64_t sums[4] = {};
  for (std::size_t block = 0; block < n; block += 2) {
    sums[0] += lanes[block];
    sums[1] += lanes[block + 1];
    sums[2] += lanes[n + block];
    sums[3] += lanes[n + block + 1];
  }
  for (std::size_t i = 0; i < 4; ++i) {
    counts[i] = static_cast<std::uint32_t>(sums[i]);
  }
}

#if HWY_TARGET <= HWY_AVX3_DL  // counts the ones of 64-bit lanes in one instruction

// Two fields by four kernels: eight counters, each load serves several.
template <std::size_t fields>
HWY_INLINE void count_block(const std::uint64_t* field, const std::uint64_t* kernel, std::size_t words,
                            std::uint32_t* counts, std::size_t kernel_count) {
  const Words d;
  const std::size_t lanes = hn::Lanes(d);
  WordVector sums[fields][4];
  for (std::size_t f = 0; f < fields; ++f) {
    for (auto& sum : sums[f]) {
      sum = hn::Zero(d);
    }
  }
  for (std::size_t word = 0; word < words; word += lanes) {
    WordVector k[4];
    for (std::size_t i = 0; i < 4; ++i) {
      k[i] = hn::Load(d, kernel + i * words + word);
    }
    for (std::size_t f = 0; f < fields; ++f) {
      const auto own = hn::Load(d, field + f * words + word);
      for (std::size_t i = 0; i < 4; ++i) {
        sums[f][i] = hn::Add(sums[f][i], hn::PopulationCount(hn::And(own, k[i])));
      }
    }
  }
  for (std::size_t f = 0; f < fields; ++f) {
    add_lanes(sums[f][0], sums[f][1], sums[f][2], sums[f][3], counts + f * kernel_count);
  }
}

void count_all(const std::uint64_t* fields, std::size_t field_count, const std::uint64_t* kernels,
               std::size_t kernel_count, std::size_t words, std::uint32_t* counts) {
  for (std::size_t k = 0; k < kernel_count; k += 4) {
    std::size_t f = 0;
    for (; f + 4 <= field_count; f += 4) {
      count_block<4>(fields + f * words, kernels + k * words, words, counts + f * kernel_count + k, kernel_count);
    }
    for (; f < field_count; ++f) {
      count_block<1>(fields + f * words, kernels + k * words, words, counts + f * kernel_count + k, kernel_count);
    }
  }
}

#else

HWY_INLINE ByteVector ones_of_bytes(ByteVector bits) {
  const Bytes d;
  HWY_ALIGN static constexpr std::uint8_t table[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
  const auto ones = hn::LoadDup128(d, table);
  const auto nibble = hn::Set(d, 0x0F);
  const auto high =
      hn::And(hn::BitCast(d, hn::ShiftRight<4>(hn::BitCast(hn::Repartition<std::uint16_t, Bytes>(), bits))), nibble);
  return hn::Add(hn::TableLookupBytes(ones, hn::And(bits, nibble)), hn::TableLookupBytes(ones, high));
}

// carry:a = a + b + c, bit by bit
HWY_INLINE ByteVector add_bits(ByteVector& a, ByteVector b, ByteVector c) {
  const auto half = hn::Xor(a, b);
  const auto carry = hn::Or(hn::And(a, b), hn::And(half, c));
  a = hn::Xor(half, c);
  return carry;
}

HWY_INLINE ByteVector add_bits(ByteVector& a, ByteVector b) {
  const auto carry = hn::And(a, b);
  a = hn::Xor(a, b);
  return carry;
}

HWY_INLINE ByteVector twice(ByteVector bytes) {
  return hn::Add(bytes, bytes);
}

// Carry-save adders fold seven vectors into three before their ones are counted, which is cheaper than counting seven.
HWY_INLINE WordVector count_row(const std::uint8_t* field, const std::uint8_t* kernel, std::size_t vectors) {
  const Bytes d;
  const std::size_t lanes = hn::Lanes(d);
  const auto product = [&](std::size_t i) HWY_ATTR {
    return hn::And(hn::Load(d, field + i * lanes), hn::Load(d, kernel + i * lanes));
  };
  auto total = hn::Zero(Words());
  std::size_t i = 0;
  while (i < vectors) {
    const std::size_t end = vectors - i > 28 ? i + 28 : vectors;  // a byte holds the ones of 31 vectors
    auto bytes = hn::Zero(d);
    for (; i + 7 <= end; i += 7) {
      auto ones = product(i);
      auto twos = add_bits(ones, product(i + 1), product(i + 2));
      const auto second = add_bits(ones, product(i + 3), product(i + 4));
      const auto third = add_bits(ones, product(i + 5), product(i + 6));
      const auto fours = add_bits(twos, second, third);
      const auto upper = hn::Add(ones_of_bytes(twos), twice(ones_of_bytes(fours)));
      bytes = hn::Add(bytes, hn::Add(ones_of_bytes(ones), twice(upper)));
    }
    for (; i + 3 <= end; i += 3) {
      auto ones = product(i);
      const auto twos = add_bits(ones, product(i + 1), product(i + 2));
      bytes = hn::Add(bytes, hn::Add(ones_of_bytes(ones), twice(ones_of_bytes(twos))));
    }
    for (; i < end; ++i) {
      bytes = hn::Add(bytes, ones_of_bytes(product(i)));
    }
    total = hn::Add(total, hn::SumsOf8(bytes));
  }
  return total;
}

// One field by many kernels: fully connected layers.
void count_one(const std::uint64_t* field, const std::uint64_t* kernels, std::size_t kernel_count, std::size_t words,
               std::uint32_t* counts) {
  const std::size_t vectors = words / hn::Lanes(Words());
  const auto* const own = reinterpret_cast<const std::uint8_t*>(field);
  for (std::size_t k = 0; k < kernel_count; k += 4) {
    const auto* const kernel = reinterpret_cast<const std::uint8_t*>(kernels + k * words);
    const auto a = count_row(own, kernel, vectors);
    const auto b = count_row(own, kernel + words * 8, vectors);
    const auto c = count_row(own, kernel + words * 16, vectors);
    const auto e = count_row(own, kernel + words * 24, vectors);
    add_lanes(a, b, c, e, counts + k);
  }
}

// Several fields: they are split into their nibbles once, so that a product needs no masks and shifts of its own; the
// kernel's upper nibbles are moved down once for four fields.
constexpr std::size_t split_bytes = 24 * 1024;

HWY_INLINE ByteVector moved_down(ByteVector bits) {
  const hn::Repartition<std::uint16_t, Bytes> pairs;
  return hn::BitCast(Bytes(), hn::ShiftRight<4>(hn::BitCast(pairs, bits)));
}

HWY_INLINE ByteVector ones_of_nibbles(ByteVector nibbles) {
  HWY_ALIGN static constexpr std::uint8_t table[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
  return hn::TableLookupBytes(hn::LoadDup128(Bytes(), table), nibbles);
}

template <std::size_t fields>
HWY_INLINE void count_some(const std::uint8_t* split, const std::uint8_t* kernel, std::size_t vectors,
                           std::uint32_t* sums) {
  const Bytes d;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t field = vectors * 2 * lanes;
  auto a = hn::Zero(d);
  auto b = hn::Zero(d);
  auto c = hn::Zero(d);
  auto e = hn::Zero(d);
  for (std::size_t i = 0; i < vectors; ++i, split += 2 * lanes) {
    const auto low = hn::Load(d, kernel + i * lanes);
    const auto high = moved_down(low);
    const auto ones = [&](const std::uint8_t* own) HWY_ATTR {
      return hn::Add(ones_of_nibbles(hn::And(low, hn::Load(d, own))),
                     ones_of_nibbles(hn::And(high, hn::Load(d, own + lanes))));
    };
    a = hn::Add(a, ones(split));
    if (fields > 1) {
      b = hn::Add(b, ones(split + field));
      c = hn::Add(c, ones(split + 2 * field));
      e = hn::Add(e, ones(split + 3 * field));
    }
  }
  add_lanes(hn::SumsOf8(a), hn::SumsOf8(b), hn::SumsOf8(c), hn::SumsOf8(e), sums);
}

void count_all(const std::uint64_t* fields, std::size_t field_count, const std::uint64_t* kernels,
               std::size_t kernel_count, std::size_t words, std::uint32_t* counts) {
  const Bytes d;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t vectors = words * 8 / lanes;
  const std::size_t field_bytes = words * 16;
  if (field_count == 1 || vectors > 31 || 4 * field_bytes > split_bytes) {  // a byte holds the ones of 31 bytes
    for (std::size_t f = 0; f < field_count; ++f) {
      count_one(fields + f * words, kernels, kernel_count, words, counts + f * kernel_count);
    }
    return;
  }
  HWY_ALIGN static thread_local std::uint8_t split[split_bytes];
  const auto nibble = hn::Set(d, 0x0F);
  const std::size_t at_once = split_bytes / field_bytes / 4 * 4;
  for (std::size_t first = 0; first < field_count; first += at_once) {
    const std::size_t last = first + at_once < field_count ? first + at_once : field_count;
    std::uint8_t* out = split;
    for (std::size_t f = first; f < last; ++f) {
      const auto* const field = reinterpret_cast<const std::uint8_t*>(fields + f * words);
      for (std::size_t i = 0; i < vectors; ++i, out += 2 * lanes) {
        const auto bits = hn::Load(d, field + i * lanes);
        hn::Store(hn::And(bits, nibble), d, out);
        hn::Store(hn::And(moved_down(bits), nibble), d, out + lanes);
      }
    }
    for (std::size_t k = 0; k < kernel_count; ++k) {
      const auto* const kernel = reinterpret_cast<const std::uint8_t*>(kernels + k * words);
      std::uint32_t sums[4];
      std::size_t f = first;
      for (; f + 4 <= last; f += 4) {
        count_some<4>(split + (f - first) * field_bytes, kernel, vectors, sums);
        for (std::size_t i = 0; i < 4; ++i) {
          counts[(f + i) * kernel_count + k] = sums[i];
        }
      }
      for (; f < last; ++f) {
        count_some<1>(split + (f - first) * field_bytes, kernel, vectors, sums);
        counts[f * kernel_count + k] = sums[0];
      }
    }
  }
}

#endif

void compare_all(const std::int32_t* sums, const std::int32_t* thresholds, std::size_t kernels, std::uint8_t* bits) {
  const hn::CappedTag<std::int32_t, 8> d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t k = 0; k < kernels; k += 8) {
    unsigned below = 0;
    for (std::size_t i = 0; i < 8; i += lanes) {
      std::uint8_t mask[8] = {};
      hn::StoreMaskBits(d, hn::Lt(hn::LoadU(d, sums + k + i), hn::LoadU(d, thresholds + k + i)), mask);
      below |= static_cast<unsigned>(mask[0]) << i;
    }
    bits[k / 8] = static_cast<std::uint8_t>(~below);
  }
}

void extract_all(const std::uint8_t* values, std::size_t count, int plane, std::uint8_t* bits) {
  const Bytes d;
  const auto bit = hn::Set(d, static_cast<std::uint8_t>(1u << plane));
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t i = 0; i < count; i += lanes) {
    std::uint8_t mask[8] = {};
    hn::StoreMaskBits(d, hn::Ne(hn::And(hn::LoadU(d, values + i), bit), hn::Zero(d)), mask);
    for (std::size_t byte = 0; byte < lanes / 8; ++byte) {
      bits[i / 8 + byte] = mask[byte];
    }
  }
}

#endif

void combine_all(const std::uint32_t* counts, std::size_t kernels, std::size_t planes, std::int32_t field_sum,
                 std::int32_t* sums) {
  for (std::size_t k = 0; k < kernels; ++k) {
    std::uint32_t count = counts[k];
    for (std::size_t plane = 1; plane < planes; ++plane) {
      count += counts[plane * kernels + k] << plane;
    }
    sums[k] = static_cast<std::int32_t>(2 * count) - field_sum;
  }
}

const char* extension() {
  return hwy::TargetName(HWY_TARGET);
}

}  // namespace spinvp::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinvp::bench {

HWY_EXPORT(count_all);
HWY_EXPORT(combine_all);
HWY_EXPORT(compare_all);
HWY_EXPORT(extract_all);
HWY_EXPORT(extension);

void count_products(const std::uint64_t* fields, std::size_t field_count, const std::uint64_t* kernels,
                    std::size_t kernel_count, std::size_t words, std::uint32_t* counts) {
  HWY_DYNAMIC_DISPATCH(count_all)(fields, field_count, kernels, kernel_count, words, counts);
}

void combine_planes(const std::uint32_t* counts, std::size_t kernels, std::size_t planes, std::int32_t field_sum,
                    std::int32_t* sums) {
  HWY_DYNAMIC_DISPATCH(combine_all)(counts, kernels, planes, field_sum, sums);
}

void compare(const std::int32_t* sums, const std::int32_t* thresholds, std::size_t kernels, std::uint8_t* bits) {
  HWY_DYNAMIC_DISPATCH(compare_all)(sums, thresholds, kernels, bits);
}

void extract_plane(const std::uint8_t* values, std::size_t count, int plane, std::uint8_t* bits) {
  HWY_DYNAMIC_DISPATCH(extract_all)(values, count, plane, bits);
}

const char* vector_extension() {
  return HWY_DYNAMIC_DISPATCH(extension)();
}

}  // namespace spinvp::bench
#endif
