#include "ip/pim/row_gather.h"

#include <algorithm>

#include "core/bits.h"

namespace spinvp {

using interface::GatherRowsCommand;

namespace {

// Sets the first `count` bits to `value`.
void fill_bits(std::uint64_t* words, std::size_t count, bool value) {
  const std::size_t full = count / bits::bits_per_word;
  std::fill_n(words, full, value ? ~std::uint64_t{0} : 0);
  if (const std::size_t rest = count % bits::bits_per_word; rest != 0) {
    const std::uint64_t mask = (std::uint64_t{1} << rest) - 1;
    words[full] = value ? words[full] | mask : words[full] & ~mask;
  }
}

}  // namespace

RowGather::RowGather(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger)
    : sc_module(name), buffer("buffer", config.buffer.bytes), rows("rows", config), config_(config) {
  commands.register_b_transport(this, &RowGather::transport);
  Ledger::Block block;
  block.name = "row_gather";
  block.leakage_watts = config.gather.leakage_watts;
  ledger.add_block(block);
}

void RowGather::transport(CommandTransaction& transaction, sc_core::sc_time& delay) {
  const auto command = GatherRowsCommand::decode(transaction.words);
  const Activity activity = activity_of(command.header);
  const std::size_t field_bits = std::size_t{command.kernel_height} * command.kernel_width * command.channels;
  const std::size_t row_bits = std::size_t{command.tiles} * config_.columns();
  // Rows are written right from the field when zeros or bits of their own stand behind what is asked for.
  const bool aligned =
      command.first_bit % bits::bits_per_word == 0 &&
      (command.bit_count == row_bits || std::size_t{command.first_bit} + command.bit_count >= field_bits);
  field_.assign(std::max(bits::words_for(field_bits), bits::words_for(command.first_bit + row_bits)), 0);
  tiles_.assign(bits::words_for(row_bits), 0);
  const std::uint64_t* const words = aligned ? field_.data() + command.first_bit / bits::bits_per_word : tiles_.data();

  std::uint64_t bytes_read = 0;
  sc_core::sc_time writing = sc_core::SC_ZERO_TIME;
  for (std::uint32_t pixel = 0; pixel < command.pixels; ++pixel) {
    const std::uint32_t replica = pixel / command.pixels_per_replica;
    const std::uint32_t local = pixel % command.pixels_per_replica;
    for (std::uint32_t plane = 0; plane < command.planes; ++plane) {
      bytes_read += assemble(command, std::uint64_t{command.first_pixel} + pixel, plane, activity);
      if (!aligned) {
        bits::copy(reinterpret_cast<std::uint8_t*>(tiles_.data()), 0,
                   reinterpret_cast<const std::uint8_t*>(field_.data()), command.first_bit, command.bit_count);
      }
      rows.write({command.first_subarray + replica * command.subarrays, command.subarrays, 1},
                 command.first_row + (local * command.planes + plane) * command.tiles, command.tiles, words, activity,
                 writing);
    }
  }
  buffer.settle(activity);
  rows.settle(activity, writing);
  const std::uint64_t reading_cycles = (bytes_read + config_.buffer.port_bytes - 1) / config_.buffer.port_bytes;
  delay += std::max(writing, config_.clock_period * static_cast<double>(reading_cycles));
}

std::uint64_t RowGather::assemble(const GatherRowsCommand& command, std::uint64_t pixel, std::uint32_t plane,
                                  Activity activity) {
  auto* const field = reinterpret_cast<std::uint8_t*>(field_.data());
  const std::uint32_t plane_address = command.map_address + plane * command.plane_stride;
  const std::int64_t first_y =
      command.start_y + static_cast<std::int64_t>(pixel / command.output_width) * command.stride_y;
  const std::int64_t first_x =
      command.start_x + static_cast<std::int64_t>(pixel % command.output_width) * command.stride_x;
  const std::int64_t last_y = first_y + std::int64_t{command.kernel_height - 1} * command.dilation_y;
  const std::int64_t last_x = first_x + std::int64_t{command.kernel_width - 1} * command.dilation_x;
  if (first_y < 0 || first_x < 0 || last_y >= command.height || last_x >= command.width) {
    // Inside, the field before is overwritten completely. Bits behind the field stay zero.
    const std::size_t field_bits = std::size_t{command.kernel_height} * command.kernel_width * command.channels;
    fill_bits(field_.data(), field_bits, (command.pad_level >> plane & 1) != 0);
  }
  // Neighbouring pixels stand side by side in the map as in the field: one copy a kernel row.
  const bool contiguous =
      command.dilation_x == 1 && command.first_channel == 0 && command.pixel_pitch == command.channels;

  std::uint64_t bytes_read = 0;
  const auto copy_run = [&](std::int64_t y, std::int64_t x, std::size_t field_bit, std::size_t bit_count) {
    const std::size_t bit = static_cast<std::size_t>(x) * command.pixel_pitch + command.first_channel;
    const std::uint32_t address =
        plane_address + static_cast<std::uint32_t>(y) * command.row_pitch + static_cast<std::uint32_t>(bit / 8);
    const auto bytes = static_cast<std::uint32_t>(bits::bytes_for(bit % 8 + bit_count));
    bits::copy(field, field_bit, buffer.read(address, bytes, activity), bit % 8, bit_count);
    bytes_read += bytes;
  };

  for (std::uint32_t ky = 0; ky < command.kernel_height; ++ky) {
    const std::int64_t y = first_y + std::int64_t{ky} * command.dilation_y;
    if (y < 0 || y >= command.height) {
      continue;
    }
    const std::size_t row_bit = std::size_t{ky} * command.kernel_width * command.channels;
    if (contiguous) {
      const std::int64_t from = std::max<std::int64_t>(first_x, 0);
      const std::int64_t to = std::min<std::int64_t>(first_x + command.kernel_width, command.width);
      if (from < to) {
        copy_run(y, from, row_bit + static_cast<std::size_t>(from - first_x) * command.channels,
                 static_cast<std::size_t>(to - from) * command.channels);
      }
      continue;
    }
    for (std::uint32_t kx = 0; kx < command.kernel_width; ++kx) {
      const std::int64_t x = first_x + std::int64_t{kx} * command.dilation_x;
      if (x >= 0 && x < command.width) {
        copy_run(y, x, row_bit + std::size_t{kx} * command.channels, command.channels);
      }
    }
  }
  return bytes_read;
}

}  // namespace spinvp
