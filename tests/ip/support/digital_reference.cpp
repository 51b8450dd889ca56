#include "tests/ip/support/digital_reference.h"

#include <algorithm>
#include <cstring>

namespace spinvp::test {

using interface::DigitalCommand;
using interface::MultiplyCommand;
using interface::PoolKind;
using interface::PoolStage;
using interface::ResidualKind;
using interface::SourceKind;

namespace {

__extension__ using Wide = __int128;

template <class T>
T number_at(const Bytes& buffer, std::uint64_t address) {
  T value{};
  std::memcpy(&value, &buffer[address], sizeof(T));
  return value;
}

void put_bit(Bytes& buffer, std::uint64_t bit, bool value) {
  const auto mask = static_cast<std::uint8_t>(1u << bit % 8);
  buffer[bit / 8] = static_cast<std::uint8_t>(value ? buffer[bit / 8] | mask : buffer[bit / 8] & ~mask);
}

std::int64_t level_at(const Bytes& buffer, std::uint64_t address, std::uint64_t plane_stride, std::uint32_t planes,
                      std::uint64_t bit) {
  std::int64_t level = 0;
  for (std::uint32_t plane = 0; plane < planes; ++plane) {
    level |= std::int64_t{bit_of(buffer, (address + plane * plane_stride) * 8 + bit)} << plane;
  }
  return level;
}

std::int64_t source_at(const DigitalCommand& c, const Bytes& buffer, std::uint64_t y, std::uint64_t x,
                       std::uint64_t channel) {
  if (c.source == SourceKind::Planes) {
    return level_at(buffer, c.accumulator_address + y * c.source_row_pitch, c.source_plane_stride, c.source_planes,
                    x * c.source_pixel_pitch + c.source_first_channel + channel);
  }
  return number_at<std::int32_t>(buffer, c.accumulator_address + (y * c.width + x) * c.accumulator_pitch + channel * 4);
}

std::int64_t residual_at(const DigitalCommand& c, const Bytes& buffer, std::uint64_t y, std::uint64_t x,
                         std::uint64_t channel) {
  const std::uint64_t row = c.residual_address + y * c.residual_row_pitch;
  return c.residual == ResidualKind::Planes
             ? level_at(buffer, row, c.residual_plane_stride, c.residual_planes,
                        x * c.residual_pixel_pitch + c.residual_first_channel + channel)
             : number_at<std::int32_t>(buffer,
                                       row + x * c.residual_pixel_pitch / 8 + (c.residual_first_channel + channel) * 4);
}

// The value with its residual, as thresholds see it.
std::int64_t compared_at(const DigitalCommand& c, const Bytes& buffer, std::int64_t value, std::uint64_t y,
                         std::uint64_t x, std::uint64_t channel) {
  if (c.residual == ResidualKind::None) {
    return value;
  }
  const std::int64_t residual = residual_at(c, buffer, y, x, channel);
  const auto multiplier = number_at<std::int32_t>(buffer, c.threshold_address + (channel * 8 << c.threshold_bits) + 4);
  const Wide sum = Wide{value} * (Wide{1} << c.fraction_bits) + Wide{multiplier} * residual;
  return static_cast<std::int64_t>(sum);
}

bool falls(const DigitalCommand& c, const Bytes& buffer, std::uint64_t channel) {
  const std::uint64_t entry = c.residual == ResidualKind::None ? 4 : 8;
  return number_at<std::int32_t>(buffer, c.threshold_address + (channel * entry << c.threshold_bits)) != 0;
}

// By counting thresholds one by one.
std::int64_t level_of(const DigitalCommand& c, const Bytes& buffer, std::uint64_t channel, std::int64_t value) {
  const std::uint64_t entry = c.residual == ResidualKind::None ? 4 : 8;
  const std::uint64_t table = c.threshold_address + (channel * entry << c.threshold_bits);
  std::int64_t passed = 0;
  for (std::uint64_t i = 1; i < 1u << c.threshold_bits; ++i) {
    const std::int64_t threshold = entry == 4 ? number_at<std::int32_t>(buffer, table + i * entry)
                                              : number_at<std::int64_t>(buffer, table + i * entry);
    passed += (falls(c, buffer, channel) ? value <= threshold : value >= threshold) ? 1 : 0;
  }
  return passed;
}

std::int64_t affine_of(const DigitalCommand& c, const Bytes& buffer, std::uint64_t channel, std::int64_t value,
                       std::int64_t residual) {
  const std::uint64_t table = c.threshold_address + channel * 16;
  const Wide sum = Wide{value} * number_at<std::int32_t>(buffer, table) +
                   Wide{residual} * number_at<std::int32_t>(buffer, table + 4) +
                   number_at<std::int64_t>(buffer, table + 8);
  const Wide unit = Wide{1} << c.affine_shift;
  Wide doubled = 2 * sum + unit;  // floor(sum / unit + 1/2) = floor((2 sum + unit) / (2 unit))
  Wide result = doubled / (2 * unit);
  result -= doubled < 0 && doubled % (2 * unit) != 0 ? 1 : 0;
  return static_cast<std::int64_t>(std::min<Wide>(std::max<Wide>(result, INT32_MIN), INT32_MAX));
}

// One output value before it is written.
std::int64_t output_of(const DigitalCommand& c, const Bytes& before, std::uint64_t y, std::uint64_t x,
                       std::uint64_t channel) {
  const bool levels = c.threshold_bits > 0;
  const bool levels_first = levels && c.pool_stage == PoolStage::AfterThresholds;
  std::int64_t result = 0;
  bool first = true;
  for (std::uint32_t wy = 0; wy < c.pool_height; ++wy) {
    for (std::uint32_t wx = 0; wx < c.pool_width; ++wx) {
      const std::uint64_t in_y = y * c.pool_stride_y + wy - c.pool_pad_y;  // beyond the map where it is below zero
      const std::uint64_t in_x = x * c.pool_stride_x + wx - c.pool_pad_x;
      if (in_y >= c.height || in_x >= c.width) {
        continue;
      }
      std::int64_t value = source_at(c, before, in_y, in_x, channel);
      if (levels_first) {
        value = level_of(c, before, channel, compared_at(c, before, value, in_y, in_x, channel));
      }
      const bool smallest = c.pool_kind == PoolKind::Monotone && falls(c, before, channel);
      result = first                          ? value
               : c.pool_kind == PoolKind::Sum ? result + value
               : smallest                     ? std::min(result, value)
                                              : std::max(result, value);
      first = false;
    }
  }
  if (levels_first) {
    return std::min<std::int64_t>(result, (1 << c.output_bits) - 1);
  }
  result = static_cast<std::int32_t>(result);  // sums wrap
  if (!levels) {
    const bool residual = c.residual != ResidualKind::None;
    return c.affine != 0 ? affine_of(c, before, channel, result, residual ? residual_at(c, before, y, x, channel) : 0)
                         : result;
  }
  // Without pooling a residual meets the thresholds here.
  result = level_of(c, before, channel, compared_at(c, before, result, y, x, channel));
  return std::min<std::int64_t>(result, (1 << c.output_bits) - 1);
}

}  // namespace

Bytes digital_reference(const DigitalCommand& c, const Bytes& before) {
  Bytes after = before;
  for (std::uint64_t y = 0; y < c.output_height; ++y) {
    for (std::uint64_t x = 0; x < c.output_width; ++x) {
      for (std::uint64_t channel = 0; channel < c.channels; ++channel) {
        const std::int64_t value = output_of(c, before, y, x, channel);
        const std::uint64_t bit = (c.output_address + y * c.row_pitch) * 8 + x * c.pixel_pitch;
        if (c.threshold_bits == 0) {
          const auto raw = static_cast<std::int32_t>(value);
          std::memcpy(&after[bit / 8 + (c.first_channel + channel) * 4], &raw, 4);
          continue;
        }
        for (std::uint64_t plane = 0; plane < c.output_bits; ++plane) {
          put_bit(after, bit + plane * c.plane_stride * 8 + c.first_channel + channel, (value >> plane & 1) != 0);
        }
      }
    }
  }
  return after;
}

Bytes pack_reference(const interface::PackCommand& c, const Bytes& before) {
  Bytes after = before;
  for (std::uint64_t y = 0; y < c.height; ++y) {
    for (std::uint64_t x = 0; x < c.width; ++x) {
      for (std::uint64_t channel = 0; channel < c.channels; ++channel) {
        const std::uint8_t byte = before[c.source_address + y * c.source_row_stride + x * c.source_pixel_stride +
                                         channel * c.source_channel_stride];
        for (std::uint64_t plane = 0; plane < c.planes; ++plane) {
          put_bit(after,
                  (c.output_address + plane * c.plane_stride + y * c.row_pitch) * 8 + x * c.pixel_pitch + channel,
                  (byte >> plane & 1) != 0);
        }
      }
    }
  }
  return after;
}

Bytes multiply_reference(const MultiplyCommand& c, const Bytes& before) {
  Bytes after = before;
  for (std::uint64_t p = 0; p < c.pixels; ++p) {
    const auto output_y = static_cast<std::int64_t>((c.first_pixel + p) / c.output_width);
    const auto output_x = static_cast<std::int64_t>((c.first_pixel + p) % c.output_width);
    for (std::uint64_t kernel = 0; kernel < c.kernels; ++kernel) {
      std::int64_t sum = 0;
      for (std::uint64_t e = 0; e < c.elements; ++e) {
        const std::uint64_t element = c.first_element + e;
        const std::uint64_t channel = element % c.channels;
        const auto kx = static_cast<std::int64_t>(element / c.channels % c.kernel_width);
        const auto ky = static_cast<std::int64_t>(element / c.channels / c.kernel_width);
        const std::int64_t y = output_y * c.stride_y + c.start_y + ky * c.dilation_y;
        const std::int64_t x = output_x * c.stride_x + c.start_x + kx * c.dilation_x;
        const std::uint64_t address = c.weight_address + (kernel * c.elements + e) * c.weight_bytes;
        const std::int64_t weight =
            c.weight_bytes == 1 ? number_at<std::int8_t>(before, address) : number_at<std::int16_t>(before, address);
        const bool outside = y < 0 || y >= c.height || x < 0 || x >= c.width;
        sum += weight * (outside ? c.pad_level
                                 : level_at(before, c.map_address + static_cast<std::uint64_t>(y) * c.row_pitch,
                                            c.plane_stride, c.planes,
                                            static_cast<std::uint64_t>(x) * c.pixel_pitch + c.first_channel + channel));
      }
      const std::uint64_t address = c.accumulator_address + p * c.accumulator_pitch + kernel * 4;
      sum += c.accumulate != 0 ? number_at<std::int32_t>(before, address) : 0;
      const auto wrapped = static_cast<std::uint32_t>(sum);
      std::memcpy(&after[address], &wrapped, 4);
    }
  }
  return after;
}

}  // namespace spinvp::test
