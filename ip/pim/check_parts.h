#pragma once

#include <cstdint>
#include <initializer_list>

#include "ip/pim/chip_config.h"
#include "ip/pim/command_protocol.h"

/// What the checks of commands are made of. Each returns what is wrong, or nothing; sums are 64 bits wide, so that no
/// field can wrap its way into range.
namespace spinvp::checks {

constexpr CommandError none{};

/// An error whose detail saturates at 32 bits.
CommandError bad(interface::ErrorCause cause, std::uint64_t detail);
/// BAD_FIELD of a word unless `condition`.
CommandError require(bool condition, std::uint32_t word);
/// MISALIGNED of a word unless `value` is a multiple of 4.
CommandError aligned(std::uint32_t value, std::uint32_t word);
CommandError first_of(std::initializer_list<CommandError> errors);

/// Sub-arrays, or rows, below `end` exist.
CommandError check_subarrays(const ChipConfig& config, std::uint64_t end);
CommandError check_rows(const ChipConfig& config, std::uint64_t end);

/// Bytes [address, address + bytes) of the buffer exist.
CommandError check_buffer(const ChipConfig& config, std::uint64_t address, std::uint64_t bytes);
/// `count` runs of `bytes` bytes, `stride` apart.
CommandError check_buffer_runs(const ChipConfig& config, std::uint64_t address, std::uint64_t count,
                               std::uint64_t stride, std::uint64_t bytes);

/// A level of positions outside the map has no bit beyond the planes; both stand in `word`.
CommandError check_pad_level(std::uint32_t pad_level, std::uint32_t planes, std::uint32_t word);

/// Bit-planes of a map: `planes` planes of `height` rows whose `width` pixels are `pixel_pitch` bits apart.
struct PlanesGeometry {
  std::uint64_t address, planes, plane_stride, height, row_pitch, width, pixel_pitch, bits_a_pixel;
};
/// The map lies in the buffer, and its pixels and rows do not overlap; `pixel_word` and `row_word` hold the pitches.
CommandError check_planes(const ChipConfig& config, const PlanesGeometry& map, std::uint32_t pixel_word,
                          std::uint32_t row_word);

}  // namespace spinvp::checks
