#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ip/pim/buffer_traffic.h"

namespace spinvp {

/// Where a map of levels lies in the buffer: bit m of channel c of pixel (y, x) is bit x * pixel_pitch + first_channel
/// + c of the bytes from address + m * plane_stride + y * row_pitch on.
struct PlaneMap {
  std::uint32_t address = 0;
  std::uint32_t planes = 0;
  std::uint32_t plane_stride = 0;
  std::uint32_t row_pitch = 0;
  std::uint32_t pixel_pitch = 0;
  std::uint32_t first_channel = 0;
  std::uint32_t channels = 0;

  std::uint64_t row_address(std::uint32_t plane, std::uint32_t row) const {
    return address + std::uint64_t{plane} * plane_stride + std::uint64_t{row} * row_pitch;
  }
  std::uint64_t first_bit(std::uint32_t pixel) const { return std::uint64_t{pixel} * pixel_pitch + first_channel; }
  /// No bits of others between pixels: a row is one run of bits.
  bool is_dense() const { return first_channel == 0 && pixel_pitch == channels; }
};

/// Turns bit-planes into levels and back, a map row at a time. A dense row is one access a plane, otherwise every pixel
/// is one; an access moves the bytes that hold its bits. Writing bits that do not fill whole bytes reads these first.
class PlanePacker {
 public:
  /// Levels of pixels [first, first + count) of a row, channels innermost; valid until the next call.
  const std::uint16_t* read(BufferTraffic& traffic, const PlaneMap& map, std::uint32_t row, std::uint32_t first,
                            std::uint32_t count);
  /// The same accesses for their own sake: a unit reads again what the model still knows.
  void read_again(BufferTraffic& traffic, const PlaneMap& map, std::uint32_t row, std::uint32_t first,
                  std::uint32_t count);
  /// Writes the low bits of `width` pixels from the row's start on. `levels` is readable `kernels::slack` elements
  /// behind its end.
  void write(BufferTraffic& traffic, const PlaneMap& map, std::uint32_t row, std::uint32_t width,
             const std::uint16_t* levels);

  /// Bits that went into and out of planes since the last call.
  std::uint64_t take_bits();

 private:
  void write_bits(BufferTraffic& traffic, std::uint64_t address, std::uint64_t bit, std::size_t count,
                  const std::uint8_t* source, std::size_t source_bit);

  std::uint64_t bits_ = 0;
  std::vector<std::uint8_t> planes_;  // of one row, without gaps
  std::vector<std::uint16_t> levels_;
  std::vector<std::uint8_t> merged_;
};

}  // namespace spinvp
