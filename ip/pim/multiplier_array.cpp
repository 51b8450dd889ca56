#include "ip/pim/multiplier_array.h"

#include <algorithm>
#include <cstring>

#include "ip/pim/dot_products.h"

namespace spinvp {

using interface::MultiplyCommand;

namespace {

std::uint64_t blocks_of(std::uint64_t count, std::uint64_t size) {
  return (count + size - 1) / size;
}

// a / b rounded up, b > 0.
std::int64_t divide_up(std::int64_t a, std::int64_t b) {
  return a > 0 ? (a + b - 1) / b : -(-a / b);
}

PlaneMap map_of(const MultiplyCommand& command) {
  return {command.map_address, command.planes,        command.plane_stride, command.row_pitch,
          command.pixel_pitch, command.first_channel, command.channels};
}

}  // namespace

MultiplierArray::Work MultiplierArray::run(const MultiplyCommand& command, BufferTraffic& traffic,
                                           PlanePacker& packer) {
  command_ = &command;
  traffic_ = &traffic;
  packer_ = &packer;
  stride_ = blocks_of(command.elements, kernels::dot_alignment) * kernels::dot_alignment;
  const std::uint64_t pixels_across = blocks_of(command.pixels, multipliers_) * command.kernels;
  const std::uint64_t kernels_across = blocks_of(command.kernels, multipliers_) * command.pixels;
  const auto block = [](std::uint64_t first, std::uint64_t end, std::uint32_t size) {
    return Range{first, static_cast<std::uint32_t>(std::min<std::uint64_t>(size, end - first))};
  };
  if (pixels_across <= kernels_across) {
    for (std::uint64_t pixel = 0; pixel < command.pixels; pixel += multipliers_) {
      for (std::uint64_t kernel = 0; kernel < command.kernels; kernel += sums_per_multiplier) {
        run_block(block(pixel, command.pixels, multipliers_), block(kernel, command.kernels, sums_per_multiplier),
                  kernel == 0);
      }
    }
  } else {
    for (std::uint64_t kernel = 0; kernel < command.kernels; kernel += multipliers_) {
      for (std::uint64_t pixel = 0; pixel < command.pixels; pixel += sums_per_multiplier) {
        run_block(block(pixel, command.pixels, sums_per_multiplier), block(kernel, command.kernels, multipliers_),
                  true);
      }
    }
  }
  const std::uint64_t multiplies = std::uint64_t{command.pixels} * command.kernels * command.elements;
  return {multiplies, std::min(pixels_across, kernels_across) * command.elements};
}

// `new_fields`: the pixels are not those of the block before.
void MultiplierArray::run_block(Range pixels, Range kernels, bool new_fields) {
  keep_levels_ = new_fields;
  if (new_fields) {
    fields_.assign(pixels.count * stride_, static_cast<std::int16_t>(command_->pad_level));  // the map comes over it
  }
  fetch_fields(pixels);
  read_weights(kernels);
  sums_.resize(std::size_t{pixels.count} * kernels.count);
  kernels::dot_products(fields_.data(), pixels.count, weights_.data(), kernels.count, command_->elements, stride_,
                        sums_.data());
  write_sums(pixels, kernels);
}

void MultiplierArray::fetch_fields(Range pixels) {
  const std::uint64_t row_elements = std::uint64_t{command_->kernel_width} * command_->channels;
  const std::uint64_t last_element = std::uint64_t{command_->first_element} + command_->elements - 1;
  const auto first_row = static_cast<std::uint32_t>(command_->first_element / row_elements);
  const auto last_row = static_cast<std::uint32_t>(last_element / row_elements);
  for (std::uint32_t done = 0; done < pixels.count;) {
    const std::uint64_t pixel = command_->first_pixel + pixels.first + done;
    const auto column = static_cast<std::uint32_t>(pixel % command_->output_width);
    const std::uint32_t count = std::min(pixels.count - done, command_->output_width - column);
    for (std::uint32_t kernel_row = first_row; kernel_row <= last_row; ++kernel_row) {
      fetch_kernel_row({pixel, count}, done, kernel_row);
    }
    done += count;
  }
}

// One kernel row for neighbouring pixels of one output row, the first of which is number `place` of the block.
void MultiplierArray::fetch_kernel_row(Range pixels, std::uint32_t place, std::uint32_t kernel_row) {
  const MultiplyCommand& c = *command_;
  const std::uint64_t row_elements = std::uint64_t{c.kernel_width} * c.channels;
  // Elements of this row, counted from its start, and the part of the kernel's width that they touch.
  const std::uint64_t row_start = kernel_row * row_elements;
  const std::uint64_t low = std::max<std::uint64_t>(c.first_element, row_start) - row_start;
  const std::uint64_t high =
      std::min(std::uint64_t{c.first_element} + c.elements, row_start + row_elements) - row_start;
  const auto first_kx = static_cast<std::int64_t>(low / c.channels);
  const auto last_kx = static_cast<std::int64_t>((high - 1) / c.channels);

  const auto output_row = static_cast<std::int64_t>(pixels.first / c.output_width);
  const auto output_column = static_cast<std::int64_t>(pixels.first % c.output_width);
  const std::int64_t y = output_row * c.stride_y + c.start_y + std::int64_t{kernel_row} * c.dilation_y;
  const std::int64_t left = output_column * c.stride_x + c.start_x;
  const std::int64_t begin = std::max<std::int64_t>(0, left + first_kx * c.dilation_x);
  const std::int64_t end = std::min<std::int64_t>(
      c.width, left + (std::int64_t{pixels.count} - 1) * c.stride_x + last_kx * c.dilation_x + 1);
  if (y < 0 || y >= c.height || begin >= end) {
    return;
  }
  PlaneMap map = map_of(c);
  std::uint32_t first_channel = 0;
  if (first_kx == last_kx) {  // perhaps only some channels of it
    first_channel = static_cast<std::uint32_t>(low % c.channels);
    map.first_channel += first_channel;
    map.channels = static_cast<std::uint32_t>(high - low);
  }
  const auto map_row = static_cast<std::uint32_t>(y);
  const auto first_pixel = static_cast<std::uint32_t>(begin);
  const auto map_pixels = static_cast<std::uint32_t>(end - begin);
  if (!keep_levels_) {
    packer_->read_again(*traffic_, map, map_row, first_pixel, map_pixels);
    return;
  }
  const std::uint16_t* const levels = packer_->read(*traffic_, map, map_row, first_pixel, map_pixels);
  for (std::uint32_t p = 0; p < pixels.count; ++p) {
    const std::int64_t x0 = left + std::int64_t{p} * c.stride_x;
    std::int16_t* const field = fields_.data() + (place + p) * stride_;
    const std::int64_t from = std::max(first_kx, divide_up(-x0, c.dilation_x));
    const std::int64_t to = std::min(last_kx, x0 >= c.width ? -1 : (c.width - 1 - x0) / c.dilation_x);
    for (std::int64_t kx = from; kx <= to;) {
      // Without dilation the positions of a field are neighbours on the map as well.
      const std::int64_t positions = c.dilation_x == 1 && first_kx != last_kx ? to - kx + 1 : 1;
      const std::uint64_t first = std::max<std::uint64_t>(low, kx * c.channels);
      const std::uint64_t last = std::min<std::uint64_t>(high, (kx + positions) * c.channels);
      const std::uint64_t source = static_cast<std::uint64_t>(x0 + kx * c.dilation_x - begin) * map.channels +
                                   (first - static_cast<std::uint64_t>(kx) * c.channels - first_channel);
      std::memcpy(field + (row_start + first - c.first_element), levels + source, (last - first) * 2);
      kx += positions;
    }
  }
}

void MultiplierArray::read_weights(Range kernels) {
  const std::uint64_t bytes = std::uint64_t{command_->elements} * command_->weight_bytes;
  weights_.resize(kernels.count * stride_);
  for (std::uint32_t k = 0; k < kernels.count; ++k) {
    const std::uint8_t* in = traffic_->read(command_->weight_address + (kernels.first + k) * bytes, bytes);
    std::int16_t* const out = weights_.data() + k * stride_;
    kernels::widen(in, command_->weight_bytes, command_->elements, out);
    std::fill(out + command_->elements, out + stride_, std::int16_t{0});
  }
}

void MultiplierArray::write_sums(Range pixels, Range kernels) {
  const std::size_t bytes = std::size_t{kernels.count} * 4;
  for (std::uint32_t p = 0; p < pixels.count; ++p) {
    std::uint32_t* const sums = sums_.data() + std::size_t{p} * kernels.count;
    const std::uint64_t address =
        command_->accumulator_address + (pixels.first + p) * command_->accumulator_pitch + kernels.first * 4;
    if (command_->accumulate != 0) {
      const std::uint8_t* in = traffic_->read(address, bytes);
      for (std::uint32_t k = 0; k < kernels.count; ++k) {
        std::uint32_t before = 0;
        std::memcpy(&before, in + k * 4, 4);
        sums[k] += before;
      }
    }
    traffic_->write(address, sums, bytes);
  }
}

}  // namespace spinvp
