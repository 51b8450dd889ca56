#include "ip/pim/digital_kernels.h"

#include <algorithm>

// Compiled once for each vector extension; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ip/pim/digital_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace spinvp::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Levels = hn::ScalableTag<std::uint16_t>;

// Calls `step` at the start of every vector in `count` elements. The last vector overlaps the one before rather than
// leave a rest; false when not even one fits.
template <class Step>
HWY_INLINE bool for_each_vector(std::size_t count, std::size_t lanes, const Step& step) {
  if (count < lanes) {
    return false;
  }
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    step(i);
  }
  if (i < count) {
    step(count - lanes);
  }
  return true;
}

template <class T>
HWY_INLINE std::uint16_t level_of(T value, const Thresholds<T>& table, std::size_t channel) {
  std::size_t passed = 0;
  for (std::size_t step = std::size_t{1} << (table.bits - 1); step > 0; step >>= 1) {
    passed += value >= table.thresholds[(passed + step - 1) * table.period + channel] ? step : 0;
  }
  return static_cast<std::uint16_t>(passed);
}

// All thresholds one by one; kBits 0: as many as the table says.
template <std::uint32_t kBits, class D, class V, class T = hn::TFromD<D>>
HWY_INLINE V count_passed(D d, V value, const Thresholds<T>& table, std::size_t channel) {
  const std::size_t thresholds = (std::size_t{1} << (kBits == 0 ? table.bits : kBits)) - 1;
  V passed = hn::Set(d, static_cast<T>(thresholds));
  for (std::size_t k = 0; k < thresholds; ++k) {
    const auto threshold = hn::LoadU(d, table.thresholds + k * table.period + channel);
    passed = hn::Add(passed, hn::VecFromMask(d, hn::Gt(threshold, value)));
  }
  return passed;
}

// Binary search in every lane.
template <class D, class V, class T = hn::TFromD<D>>
HWY_INLINE V search_passed(D d, V value, const Thresholds<T>& table, std::size_t channel) {
  V passed = hn::Zero(d);
  V place = hn::Iota(d, static_cast<T>(channel));  // of threshold `passed`
  for (std::size_t step = std::size_t{1} << (table.bits - 1); step > 0; step >>= 1) {
    const auto tried = hn::Add(place, hn::Set(d, static_cast<T>((step - 1) * table.period)));
    const auto is_beyond = hn::Gt(hn::GatherIndex(d, table.thresholds, tried), value);
    passed = hn::Add(passed, hn::IfThenZeroElse(is_beyond, hn::Set(d, static_cast<T>(step))));
    place = hn::Add(place, hn::IfThenZeroElse(is_beyond, hn::Set(d, static_cast<T>(step * table.period))));
  }
  return passed;
}

constexpr std::uint32_t most_bits_counted = 5;

template <std::uint32_t kBits, class D, class T = hn::TFromD<D>>
HWY_INLINE void find_period(D d, const T* values, const Thresholds<T>& table, bool flipped, std::uint16_t* levels) {
  const hn::Rebind<std::uint16_t, D> d_levels;
  for_each_vector(table.period, hn::Lanes(d), [&](std::size_t c) HWY_ATTR {
    auto value = hn::LoadU(d, values + c);
    if (!flipped) {
      value = hn::Xor(value, hn::LoadU(d, table.flips + c));
    }
    const auto passed = kBits == 0 && table.bits > most_bits_counted ? search_passed(d, value, table, c)
                                                                     : count_passed<kBits>(d, value, table, c);
    hn::StoreU(hn::TruncateTo(d_levels, hn::BitCast(hn::RebindToUnsigned<D>(), passed)), d_levels, levels + c);
  });
}

template <class T>
HWY_INLINE void find(const T* values, std::size_t count, const Thresholds<T>& table, bool flipped,
                     std::uint16_t* levels) {
  const hn::ScalableTag<T> d;
  std::size_t i = 0;
  for (; i + table.period <= count; i += table.period) {
    switch (table.bits) {
      case 1:
        find_period<1>(d, values + i, table, flipped, levels + i);
        break;
      case 2:
        find_period<2>(d, values + i, table, flipped, levels + i);
        break;
      case 3:
        find_period<3>(d, values + i, table, flipped, levels + i);
        break;
      default:
        find_period<0>(d, values + i, table, flipped, levels + i);
    }
  }
  for (std::size_t c = 0; i + c < count; ++c) {
    levels[i + c] = level_of(flipped ? values[i + c] : values[i + c] ^ table.flips[c], table, c);
  }
}

void find_levels_32(const std::int32_t* values, std::size_t count, const Thresholds<std::int32_t>& table, bool flipped,
                    std::uint16_t* levels) {
  find(values, count, table, flipped, levels);
}

void find_levels_64(const std::int64_t* values, std::size_t count, const Thresholds<std::int64_t>& table, bool flipped,
                    std::uint16_t* levels) {
  find(values, count, table, flipped, levels);
}

void flip_32(std::int32_t* values, std::size_t count, const Thresholds<std::int32_t>& table) {
  for (std::size_t i = 0; i < count; i += table.period) {
    const std::size_t run = std::min(table.period, count - i);
    for (std::size_t c = 0; c < run; ++c) {
      values[i + c] ^= table.flips[c];
    }
  }
}

void add_residual_64(const std::int32_t* values, const std::int32_t* residual, const std::int32_t* multipliers,
                     std::size_t pixels, std::size_t channels, std::uint32_t fraction_bits, std::int64_t* sums) {
  for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
    bool vectors = false;
#if HWY_TARGET != HWY_SCALAR
    const hn::ScalableTag<std::int64_t> d;
    const hn::Rebind<std::int32_t, decltype(d)> half;
    const hn::Repartition<std::int32_t, decltype(d)> d32;
    vectors = for_each_vector(channels, hn::Lanes(d), [&](std::size_t c) HWY_ATTR {
      const auto factor = hn::BitCast(d32, hn::PromoteTo(d, hn::LoadU(half, multipliers + c)));
      const auto other = hn::BitCast(d32, hn::PromoteTo(d, hn::LoadU(half, residual + c)));
      const auto shifted =
          hn::ShiftLeftSame(hn::PromoteTo(d, hn::LoadU(half, values + c)), static_cast<int>(fraction_bits));
      hn::StoreU(hn::Add(shifted, hn::MulEven(factor, other)), d, sums + c);
    });
#endif
    for (std::size_t c = 0; !vectors && c < channels; ++c) {
      sums[c] = values[c] * (std::int64_t{1} << fraction_bits) + std::int64_t{multipliers[c]} * residual[c];
    }
    values += channels;
    residual += channels;
    sums += channels;
  }
}

HWY_INLINE std::int32_t scalar_sum(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

HWY_INLINE std::uint16_t scalar_sum(std::uint16_t a, std::uint16_t b) {
  return static_cast<std::uint16_t>(std::min(a + b, 0xFFFF));
}

template <Reduction kReduction, class T>
HWY_INLINE T scalar_reduced(T a, T b) {
  return kReduction == Reduction::Max ? std::max(a, b) : scalar_sum(a, b);
}

template <Reduction kReduction, class V>
HWY_INLINE V reduced(V a, V b) {
  if constexpr (kReduction == Reduction::Max) {
    return hn::Max(a, b);
  } else if constexpr (sizeof(hn::TFromV<V>) == 2) {
    return hn::SaturatedAdd(a, b);
  } else {
    return hn::Add(a, b);
  }
}

template <Reduction kReduction, class T>
HWY_INLINE void reduce_all(T* into, const T* values, std::size_t count) {
  const hn::ScalableTag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;  // no overlap here: `into` is read as well
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(reduced<kReduction>(hn::LoadU(d, into + i), hn::LoadU(d, values + i)), d, into + i);
  }
  for (; i < count; ++i) {
    into[i] = scalar_reduced<kReduction>(into[i], values[i]);
  }
}

template <Reduction kReduction, class T>
HWY_INLINE void reduce_windows(const T* row, const RowWindows& windows, T* out) {
  const hn::ScalableTag<T> d;
  const std::size_t channels = windows.channels;
  for (std::size_t x = 0; x < windows.count; ++x) {
    const std::size_t begin = x * windows.stride;  // from the padding's first pixel on
    const std::size_t first = std::max(begin, windows.pad) - windows.pad;
    const std::size_t window = std::min(begin + windows.window - windows.pad, windows.width) - first;
    const T* in = row + first * channels;
    const bool vectors = for_each_vector(channels, hn::Lanes(d), [&](std::size_t c) HWY_ATTR {
      auto result = hn::LoadU(d, in + c);
      for (std::size_t w = 1; w < window; ++w) {
        result = reduced<kReduction>(result, hn::LoadU(d, in + w * channels + c));
      }
      hn::StoreU(result, d, out + c);
    });
    for (std::size_t c = 0; !vectors && c < channels; ++c) {
      T result = in[c];
      for (std::size_t w = 1; w < window; ++w) {
        result = scalar_reduced<kReduction>(result, in[w * channels + c]);
      }
      out[c] = result;
    }
    out += channels;
  }
}

void reduce_32(Reduction reduction, std::int32_t* into, const std::int32_t* values, std::size_t count) {
  reduction == Reduction::Max ? reduce_all<Reduction::Max>(into, values, count)
                              : reduce_all<Reduction::Sum>(into, values, count);
}

void reduce_16(Reduction reduction, std::uint16_t* into, const std::uint16_t* values, std::size_t count) {
  reduction == Reduction::Max ? reduce_all<Reduction::Max>(into, values, count)
                              : reduce_all<Reduction::Sum>(into, values, count);
}

void reduce_row_32(Reduction reduction, const std::int32_t* row, const RowWindows& windows, std::int32_t* out) {
  reduction == Reduction::Max ? reduce_windows<Reduction::Max>(row, windows, out)
                              : reduce_windows<Reduction::Sum>(row, windows, out);
}

void reduce_row_16(Reduction reduction, const std::uint16_t* row, const RowWindows& windows, std::uint16_t* out) {
  reduction == Reduction::Max ? reduce_windows<Reduction::Max>(row, windows, out)
                              : reduce_windows<Reduction::Sum>(row, windows, out);
}

void saturate_16(std::uint16_t* levels, std::size_t count, std::uint16_t largest) {
  const Levels d;
  const auto limit = hn::Set(d, largest);
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::Min(hn::LoadU(d, levels + i), limit), d, levels + i);
  }
  for (; i < count; ++i) {
    levels[i] = std::min(levels[i], largest);
  }
}

#if HWY_TARGET == HWY_SCALAR
void pack(const std::uint16_t* levels, std::size_t count, std::uint32_t plane, std::uint8_t* bits) {
  std::fill_n(bits, (count + 7) / 8, std::uint8_t{0});
  for (std::size_t i = 0; i < count; ++i) {
    bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (levels[i] >> plane & 1) << i % 8);
  }
}

void unpack(const std::uint8_t* bits, std::size_t stride, std::uint32_t planes, std::size_t count,
            std::uint16_t* levels) {
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t level = 0;
    for (std::uint32_t plane = 0; plane < planes; ++plane) {
      level |= (bits[plane * stride + i / 8] >> i % 8 & 1u) << plane;
    }
    levels[i] = static_cast<std::uint16_t>(level);
  }
}
#else
void pack(const std::uint16_t* levels, std::size_t count, std::uint32_t plane, std::uint8_t* bits) {
  const Levels d;
  const auto bit = hn::Set(d, static_cast<std::uint16_t>(1u << plane));
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t i = 0; i < count; i += lanes) {
    hn::StoreMaskBits(d, hn::TestBit(hn::LoadU(d, levels + i), bit), bits + i / 8);
  }
}

void unpack(const std::uint8_t* bits, std::size_t stride, std::uint32_t planes, std::size_t count,
            std::uint16_t* levels) {
  const Levels d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t i = 0; i < count; i += lanes) {
    auto level = hn::Zero(d);
    for (std::uint32_t plane = 0; plane < planes; ++plane) {
      const auto mask = hn::LoadMaskBits(d, bits + plane * stride + i / 8);
      level = hn::Or(level, hn::IfThenElseZero(mask, hn::Set(d, static_cast<std::uint16_t>(1u << plane))));
    }
    hn::StoreU(level, d, levels + i);
  }
}
#endif

}  // namespace spinvp::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinvp::kernels {

HWY_EXPORT(find_levels_32);
HWY_EXPORT(find_levels_64);
HWY_EXPORT(flip_32);
HWY_EXPORT(add_residual_64);
HWY_EXPORT(reduce_32);
HWY_EXPORT(reduce_16);
HWY_EXPORT(reduce_row_32);
HWY_EXPORT(reduce_row_16);
HWY_EXPORT(saturate_16);
HWY_EXPORT(pack);
HWY_EXPORT(unpack);

void find_levels(const std::int32_t* values, std::size_t count, const Thresholds<std::int32_t>& table, bool flipped,
                 std::uint16_t* levels) {
  HWY_DYNAMIC_DISPATCH(find_levels_32)(values, count, table, flipped, levels);
}

void find_levels(const std::int64_t* values, std::size_t count, const Thresholds<std::int64_t>& table, bool flipped,
                 std::uint16_t* levels) {
  HWY_DYNAMIC_DISPATCH(find_levels_64)(values, count, table, flipped, levels);
}

void flip(std::int32_t* values, std::size_t count, const Thresholds<std::int32_t>& table) {
  HWY_DYNAMIC_DISPATCH(flip_32)(values, count, table);
}

void add_residual(const std::int32_t* values, const std::int32_t* residual, const std::int32_t* multipliers,
                  std::size_t pixels, std::size_t channels, std::uint32_t fraction_bits, std::int64_t* sums) {
  HWY_DYNAMIC_DISPATCH(add_residual_64)(values, residual, multipliers, pixels, channels, fraction_bits, sums);
}

void reduce(Reduction reduction, std::int32_t* into, const std::int32_t* values, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(reduce_32)(reduction, into, values, count);
}

void reduce(Reduction reduction, std::uint16_t* into, const std::uint16_t* values, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(reduce_16)(reduction, into, values, count);
}

void reduce_row(Reduction reduction, const std::int32_t* row, const RowWindows& windows, std::int32_t* out) {
  HWY_DYNAMIC_DISPATCH(reduce_row_32)(reduction, row, windows, out);
}

void reduce_row(Reduction reduction, const std::uint16_t* row, const RowWindows& windows, std::uint16_t* out) {
  HWY_DYNAMIC_DISPATCH(reduce_row_16)(reduction, row, windows, out);
}

void saturate(std::uint16_t* levels, std::size_t count, std::uint16_t largest) {
  HWY_DYNAMIC_DISPATCH(saturate_16)(levels, count, largest);
}

void pack_plane(const std::uint16_t* levels, std::size_t count, std::uint32_t plane, std::uint8_t* bits) {
  HWY_DYNAMIC_DISPATCH(pack)(levels, count, plane, bits);
}

void unpack_planes(const std::uint8_t* bits, std::size_t stride, std::uint32_t planes, std::size_t count,
                   std::uint16_t* levels) {
  HWY_DYNAMIC_DISPATCH(unpack)(bits, stride, planes, count, levels);
}

}  // namespace spinvp::kernels
#endif
