#pragma once

#include <cstddef>
#include <cstdint>

/// The inner loops of the digital unit on the widest vectors that the host has. Values of a map's row stand pixel by
/// pixel, channels innermost. No array may overlap another one.
namespace spinvp::kernels {

/// Writers of levels and readers of plane bits may touch this many elements, and bytes, behind the last one.
constexpr std::size_t slack = 64;

/// Thresholds of every channel, turned so that all of them rise: `flips[c]` is 0, or -1 where the channel falls;
/// `thresholds[k * period + c]` is threshold k of channel c with its bits inverted where flips[c] is -1. For a falling
/// channel v <= T is the same as ~v >= ~T. Channels are repeated until `period` is at least `slack` / 2.
template <class T>
struct Thresholds {
  const T* flips;
  const T* thresholds;
  std::size_t period;  ///< a multiple of the channels
  std::uint32_t bits;  ///< of a level: 2^bits - 1 thresholds
};

/// levels[i] = thresholds passed by values[i]; `flipped` says that values come through flip() already.
void find_levels(const std::int32_t* values, std::size_t count, const Thresholds<std::int32_t>& table, bool flipped,
                 std::uint16_t* levels);
void find_levels(const std::int64_t* values, std::size_t count, const Thresholds<std::int64_t>& table, bool flipped,
                 std::uint16_t* levels);
/// values[i] ^= the flip of its channel.
void flip(std::int32_t* values, std::size_t count, const Thresholds<std::int32_t>& table);

/// sums[i] = values[i] * 2^fraction_bits + multipliers[channel of i] * residual[i]. No sum leaves 64 bits: both parts
/// are at most 2^62, and not both of them are -2^62.
void add_residual(const std::int32_t* values, const std::int32_t* residual, const std::int32_t* multipliers,
                  std::size_t pixels, std::size_t channels, std::uint32_t fraction_bits, std::int64_t* sums);

/// Sums of levels saturate, those of int32 values wrap.
enum class Reduction { Max, Sum };
/// into[i] = into[i] reduced with values[i].
void reduce(Reduction reduction, std::int32_t* into, const std::int32_t* values, std::size_t count);
void reduce(Reduction reduction, std::uint16_t* into, const std::uint16_t* values, std::size_t count);
/// Windows along a row: out[x][c] = reduction over w < window of row[x * stride + w - pad][c], as far as these lie on
/// the row's `width` pixels; each window has one that does.
struct RowWindows {
  std::size_t count, window, stride, channels, pad, width;
};
void reduce_row(Reduction reduction, const std::int32_t* row, const RowWindows& windows, std::int32_t* out);
void reduce_row(Reduction reduction, const std::uint16_t* row, const RowWindows& windows, std::uint16_t* out);

/// levels[i] = the smaller of levels[i] and `largest`.
void saturate(std::uint16_t* levels, std::size_t count, std::uint16_t largest);
/// Bit i of `bits` = bit `plane` of levels[i]. Reads up to `slack` levels and writes up to `slack` bytes too many.
void pack_plane(const std::uint16_t* levels, std::size_t count, std::uint32_t plane, std::uint8_t* bits);
/// levels[i] = sum over planes m of bit i of (bits + m * stride) times 2^m. Reads up to `slack` bytes and writes up to
/// `slack` levels too many.
void unpack_planes(const std::uint8_t* bits, std::size_t stride, std::uint32_t planes, std::size_t count,
                   std::uint16_t* levels);

}  // namespace spinvp::kernels
