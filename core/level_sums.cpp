#include "core/level_sums.h"

// Compiled once for each vector extension; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/level_sums.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace spinvp::bits::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

void add_all_levels(const std::uint64_t* rows, std::size_t row_words, const std::uint16_t* levels, std::size_t count,
                    std::int32_t* sums) {
  auto* const totals = reinterpret_cast<std::uint32_t*>(sums);
  for (std::size_t e = 0; e < count; ++e, rows += 2 * row_words) {
    for (std::size_t lane = 0; lane < row_words * 64; ++lane) {
      const std::uint32_t plus = rows[lane / 64] >> lane % 64 & 1;
      const std::uint32_t minus = rows[row_words + lane / 64] >> lane % 64 & 1;
      totals[lane] += levels[e] * (plus - minus);
    }
  }
}

#else

using Narrow = hn::CappedTag<std::int16_t, 32>;

// Lanes [first, first + vectors * Lanes(Narrow)), in numbers of 16 bits that these levels cannot exceed.
template <std::size_t vectors>
HWY_INLINE void add_lanes(const std::uint8_t* rows, std::size_t row_bytes, const std::uint16_t* levels,
                          std::size_t count, std::size_t first, std::int32_t* sums) {
  static_assert(vectors == 1 || vectors == 4, "totals are variables of their own");
  const Narrow d;
  const hn::Repartition<std::int32_t, Narrow> wide;
  const std::size_t step = hn::Lanes(d);
  auto total0 = hn::Zero(d);
  auto total1 = hn::Zero(d);
  auto total2 = hn::Zero(d);
  auto total3 = hn::Zero(d);
  const std::uint8_t* plus = rows + first / 8;
  const std::uint8_t* minus = plus + row_bytes;
  for (std::size_t e = 0; e < count; ++e, plus += 2 * row_bytes, minus += 2 * row_bytes) {
    const auto level = hn::Set(d, static_cast<std::int16_t>(levels[e]));
    const auto changed = [&](auto total, std::size_t vector) HWY_ATTR {
      const auto adds = hn::LoadMaskBits(d, plus + vector * step / 8);
      const auto subtracts = hn::LoadMaskBits(d, minus + vector * step / 8);
      return hn::Sub(hn::Add(total, hn::IfThenElseZero(adds, level)), hn::IfThenElseZero(subtracts, level));
    };
    total0 = changed(total0, 0);
    if (vectors == 4) {
      total1 = changed(total1, 1);
      total2 = changed(total2, 2);
      total3 = changed(total3, 3);
    }
  }
  const auto widen = [&](auto total, std::size_t vector) HWY_ATTR {
    std::int32_t* const to = sums + first + vector * step;
    const hn::Half<Narrow> half;
    const auto low = hn::PromoteTo(wide, hn::LowerHalf(half, total));
    const auto high = hn::PromoteTo(wide, hn::UpperHalf(half, total));
    hn::StoreU(hn::Add(hn::LoadU(wide, to), low), wide, to);
    hn::StoreU(hn::Add(hn::LoadU(wide, to + step / 2), high), wide, to + step / 2);
  };
  widen(total0, 0);
  if (vectors == 4) {
    widen(total1, 1);
    widen(total2, 2);
    widen(total3, 3);
  }
}

void add_all_levels(const std::uint64_t* rows, std::size_t row_words, const std::uint16_t* levels, std::size_t count,
                    std::int32_t* sums) {
  const std::size_t lanes = row_words * 64;
  const std::size_t step = hn::Lanes(Narrow());
  constexpr std::uint32_t most = 0x7FFF;
  for (std::size_t begin = 0; begin < count;) {
    std::uint32_t sum = 0;
    std::size_t end = begin;
    for (; end < count && sum + levels[end] <= most; ++end) {
      sum += levels[end];
    }
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(rows + begin * 2 * row_words);
    std::size_t lane = 0;
    for (; lane + 4 * step <= lanes; lane += 4 * step) {
      add_lanes<4>(bytes, row_words * 8, levels + begin, end - begin, lane, sums);
    }
    for (; lane < lanes; lane += step) {
      add_lanes<1>(bytes, row_words * 8, levels + begin, end - begin, lane, sums);
    }
    begin = end;
  }
}

#endif

}  // namespace spinvp::bits::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinvp::bits {

HWY_EXPORT(add_all_levels);

void add_levels(const std::uint64_t* rows, std::size_t row_words, const std::uint16_t* levels, std::size_t count,
                std::int32_t* sums) {
  HWY_DYNAMIC_DISPATCH(add_all_levels)(rows, row_words, levels, count, sums);
}

}  // namespace spinvp::bits
#endif
