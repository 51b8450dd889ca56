#include "ip/pim/check_parts.h"

#include <algorithm>

#include "core/bits.h"

namespace spinvp::checks {

using interface::ErrorCause;

CommandError bad(ErrorCause cause, std::uint64_t detail) {
  return {cause, static_cast<std::uint32_t>(std::min<std::uint64_t>(detail, 0xFFFFFFFFu))};
}

CommandError require(bool condition, std::uint32_t word) {
  return condition ? none : bad(ErrorCause::BadField, word);
}

CommandError aligned(std::uint32_t value, std::uint32_t word) {
  return value % 4 == 0 ? none : bad(ErrorCause::Misaligned, word);
}

CommandError first_of(std::initializer_list<CommandError> errors) {
  for (const CommandError& error : errors) {
    if (error.failed()) {
      return error;
    }
  }
  return none;
}

CommandError check_subarrays(const ChipConfig& config, std::uint64_t end) {
  return end <= config.subarrays() ? none : bad(ErrorCause::SubarrayRange, config.subarrays());
}

CommandError check_rows(const ChipConfig& config, std::uint64_t end) {
  return end <= config.rows() ? none : bad(ErrorCause::RowRange, config.rows());
}

CommandError check_buffer(const ChipConfig& config, std::uint64_t address, std::uint64_t bytes) {
  return bytes <= config.buffer.bytes && address <= config.buffer.bytes - bytes
             ? none
             : bad(ErrorCause::BufferRange, address + (bytes == 0 ? 0 : bytes - 1));
}

CommandError check_buffer_runs(const ChipConfig& config, std::uint64_t address, std::uint64_t count,
                               std::uint64_t stride, std::uint64_t bytes) {
  return check_buffer(config, address, (count - 1) * stride + bytes);
}

CommandError check_pad_level(std::uint32_t pad_level, std::uint32_t planes, std::uint32_t word) {
  return require(pad_level >> planes == 0, word);
}

CommandError check_planes(const ChipConfig& config, const PlanesGeometry& map, std::uint32_t pixel_word,
                          std::uint32_t row_word) {
  const std::uint64_t row_bytes = bits::bytes_for((map.width - 1) * map.pixel_pitch + map.bits_a_pixel);
  if (map.bits_a_pixel > map.pixel_pitch) {
    return bad(ErrorCause::BadField, pixel_word);
  }
  if (map.height > 1 && map.row_pitch < row_bytes) {
    return bad(ErrorCause::BadField, row_word);
  }
  return check_buffer(config, map.address,
                      (map.planes - 1) * map.plane_stride + (map.height - 1) * map.row_pitch + row_bytes);
}

}  // namespace spinvp::checks
