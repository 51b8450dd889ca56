#include "core/bit_transpose.h"

// Compiled once for each vector extension; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/bit_transpose.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace spinvp::bits::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t word_lanes = 64;

void transpose_bytes(const std::uint8_t* bytes, std::size_t words, std::uint64_t* rows, std::size_t row_words) {
#if HWY_TARGET == HWY_SCALAR
  for (std::size_t bit = 0; bit < 8; ++bit) {
    for (std::size_t word = 0; word < words; ++word) {
      std::uint64_t row = 0;
      for (std::size_t lane = 0; lane < word_lanes; ++lane) {
        row |= std::uint64_t{(bytes[word * word_lanes + lane] >> bit) & 1u} << lane;
      }
      rows[bit * row_words + word] = row;
    }
  }
#else
  const hn::CappedTag<std::int8_t, word_lanes> d;
  const std::size_t step = hn::Lanes(d);
  const auto zero = hn::Zero(d);
  for (std::size_t word = 0; word < words; ++word) {
    for (std::size_t lane = 0; lane < word_lanes; lane += step) {
      auto numbers = hn::LoadU(d, reinterpret_cast<const std::int8_t*>(bytes) + word * word_lanes + lane);
      for (std::size_t bit = 8; bit-- > 0;) {
        auto* const row = reinterpret_cast<std::uint8_t*>(rows + bit * row_words + word) + lane / 8;
        hn::StoreMaskBits(d, hn::Lt(numbers, zero), row);
        numbers = hn::Add(numbers, numbers);
      }
    }
  }
#endif
}

void transpose_rows(const std::uint64_t* rows, std::size_t row_words, std::uint32_t width, std::size_t lanes,
                    std::int32_t* numbers) {
  const hn::CappedTag<std::uint32_t, 32> d;
  const std::size_t step = hn::Lanes(d);
  const auto first_lanes = hn::Iota(d, 0);
  const auto one = hn::Set(d, 1);
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(rows);
  for (std::size_t first = 0; first < lanes; first += 32) {
    for (std::size_t lane = 0; lane < 32; lane += step) {
      const auto shifts = hn::Add(first_lanes, hn::Set(d, static_cast<std::uint32_t>(lane)));
      const auto bits = [&](std::uint32_t bit) HWY_ATTR {
        std::uint32_t word = 0;
        hwy::CopyBytes<4>(bytes + bit * row_words * 8 + first / 8, &word);
        return hn::And(hn::Shr(hn::Set(d, word), shifts), one);
      };
      auto sum = hn::Sub(hn::Zero(d), bits(width - 1));  // the top bit counts negative
      for (std::uint32_t bit = width - 1; bit-- > 0;) {
        sum = hn::Add(hn::Add(sum, sum), bits(bit));
      }
      hn::StoreU(sum, d, reinterpret_cast<std::uint32_t*>(numbers) + first + lane);
    }
  }
}

}  // namespace spinvp::bits::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinvp::bits {

HWY_EXPORT(transpose_bytes);
HWY_EXPORT(transpose_rows);

void rows_of_bytes(const std::uint8_t* bytes, std::size_t words, std::uint64_t* rows, std::size_t row_words) {
  HWY_DYNAMIC_DISPATCH(transpose_bytes)(bytes, words, rows, row_words);
}

void numbers_of_rows(const std::uint64_t* rows, std::size_t row_words, std::uint32_t width, std::size_t lanes,
                     std::int32_t* numbers) {
  HWY_DYNAMIC_DISPATCH(transpose_rows)(rows, row_words, width, lanes, numbers);
}

void rows_of_numbers(const std::int32_t* numbers, std::size_t words, std::uint32_t width, std::uint64_t* rows,
                     std::size_t row_words) {
  std::uint8_t bytes[64];
  std::uint64_t eight_rows[8];
  for (std::size_t word = 0; word < words; ++word, numbers += 64) {
    for (std::uint32_t first_bit = 0; first_bit < width; first_bit += 8) {
      for (std::size_t lane = 0; lane < 64; ++lane) {
        bytes[lane] = static_cast<std::uint8_t>(static_cast<std::uint32_t>(numbers[lane]) >> first_bit);
      }
      rows_of_bytes(bytes, 1, eight_rows, 1);
      const std::uint32_t count = width - first_bit < 8 ? width - first_bit : 8;
      for (std::uint32_t bit = 0; bit < count; ++bit) {
        rows[(first_bit + bit) * row_words + word] = eight_rows[bit];
      }
    }
  }
}

}  // namespace spinvp::bits
#endif
