#include "ip/pim/plane_map.h"

#include <cstring>

#include "core/bits.h"
#include "ip/pim/digital_kernels.h"

namespace spinvp {
namespace {

// Calls `run(bytes, plane, run's index, first bit in the bytes, bits)` for every access that reading pixels takes.
template <class Run>
void for_each_run(BufferTraffic& traffic, const PlaneMap& map, std::uint32_t row, std::uint32_t first,
                  std::uint32_t count, const Run& run) {
  const std::size_t bit_count = map.is_dense() ? std::size_t{count} * map.channels : map.channels;
  const std::uint32_t runs = map.is_dense() ? 1 : count;
  for (std::uint32_t plane = 0; plane < map.planes; ++plane) {
    const std::uint64_t address = map.row_address(plane, row);
    for (std::uint32_t r = 0; r < runs; ++r) {
      const std::uint64_t bit = map.first_bit(first + r);
      run(traffic.read(address + bit / 8, bits::bytes_for(bit % 8 + bit_count)), plane, r, bit % 8, bit_count);
    }
  }
}

}  // namespace

const std::uint16_t* PlanePacker::read(BufferTraffic& traffic, const PlaneMap& map, std::uint32_t row,
                                       std::uint32_t first, std::uint32_t count) {
  const std::size_t values = std::size_t{count} * map.channels;
  const std::size_t stride = bits::bytes_for(values) + kernels::slack;
  if (planes_.size() < map.planes * stride) {
    planes_.resize(map.planes * stride);
  }
  if (levels_.size() < values + kernels::slack) {
    levels_.resize(values + kernels::slack);
  }
  for_each_run(traffic, map, row, first, count,
               [&](const std::uint8_t* in, std::uint32_t plane, std::size_t run, std::size_t bit, std::size_t length) {
                 bits::copy(planes_.data() + plane * stride, run * length, in, bit, length);
               });
  kernels::unpack_planes(planes_.data(), stride, map.planes, values, levels_.data());
  bits_ += values * map.planes;
  return levels_.data();
}

void PlanePacker::read_again(BufferTraffic& traffic, const PlaneMap& map, std::uint32_t row, std::uint32_t first,
                             std::uint32_t count) {
  for_each_run(traffic, map, row, first, count,
               [](const std::uint8_t*, std::uint32_t, std::size_t, std::size_t, std::size_t) {});
  bits_ += std::uint64_t{count} * map.channels * map.planes;
}

void PlanePacker::write(BufferTraffic& traffic, const PlaneMap& map, std::uint32_t row, std::uint32_t width,
                        const std::uint16_t* levels) {
  const std::size_t values = std::size_t{width} * map.channels;
  if (planes_.size() < bits::bytes_for(values) + kernels::slack) {
    planes_.resize(bits::bytes_for(values) + kernels::slack);
  }
  const std::size_t run = map.is_dense() ? values : map.channels;
  const std::uint32_t runs = map.is_dense() ? 1 : width;
  for (std::uint32_t plane = 0; plane < map.planes; ++plane) {
    kernels::pack_plane(levels, values, plane, planes_.data());
    const std::uint64_t address = map.row_address(plane, row);
    for (std::uint32_t r = 0; r < runs; ++r) {
      write_bits(traffic, address, map.first_bit(r), run, planes_.data(), r * run);
    }
  }
  bits_ += values * map.planes;
}

void PlanePacker::write_bits(BufferTraffic& traffic, std::uint64_t address, std::uint64_t bit, std::size_t count,
                             const std::uint8_t* source, std::size_t source_bit) {
  const std::uint64_t first = address + bit / 8;
  const std::size_t bytes = bits::bytes_for(bit % 8 + count);
  if (bit % 8 == 0 && count % 8 == 0 && source_bit % 8 == 0) {
    traffic.write(first, source + source_bit / 8, bytes);
    return;
  }
  merged_.resize(bytes);
  if (bit % 8 != 0 || count % 8 != 0) {
    std::memcpy(merged_.data(), traffic.read(first, bytes), bytes);
  }
  bits::copy(merged_.data(), bit % 8, source, source_bit, count);
  traffic.write(first, merged_.data(), bytes);
}

std::uint64_t PlanePacker::take_bits() {
  const std::uint64_t bits = bits_;
  bits_ = 0;
  return bits;
}

}  // namespace spinvp
