#include "ip/pim/lane_gather.h"

#include <algorithm>

#include "core/bit_transpose.h"
#include "core/bits.h"

namespace spinvp {

using interface::GatherLanesCommand;

LaneGather::LaneGather(sc_core::sc_module_name name, const ChipConfig& config)
    : sc_module(name),
      buffer("buffer", config.buffer.bytes),
      rows("rows", config),
      config_(config),
      eight_rows_(std::size_t{8} * config.row_words()) {
  commands.register_b_transport(this, &LaneGather::transport);
}

void LaneGather::transport(CommandTransaction& transaction, sc_core::sc_time& delay) {
  const auto command = GatherLanesCommand::decode(transaction.words);
  const Activity activity = activity_of(command.header);
  const std::uint32_t row_words = config_.row_words();
  const std::uint32_t row_count = command.elements * command.planes * (1 + command.complement);
  block_.resize(std::size_t{row_count} * row_words);

  std::uint64_t bytes_read = 0;
  sc_core::sc_time writing = sc_core::SC_ZERO_TIME;
  for (std::uint32_t replica = 0; replica < command.replicas; ++replica) {
    const Share pixels = share_of(replica, command.pixels_per_replica, command.pixels);
    if (pixels.count == 0) {
      break;
    }
    for (std::uint32_t element = 0; element < command.elements;) {
      const std::uint32_t position = (command.first_element + element) / command.channels;
      Run run;
      run.ky = position / command.kernel_width;
      run.kx = position % command.kernel_width;
      run.first_channel = (command.first_element + element) % command.channels;
      run.channels = std::min(command.channels - run.first_channel, command.elements - element);
      run.first_element = element;
      find_run(command, run, pixels);
      for (std::uint32_t plane = 0; plane < command.planes; ++plane) {
        bytes_read += read_run(command, run, plane, activity);
        place_run(command, run, plane);
      }
      element += run.channels;
    }
    rows.write({command.first_subarray + replica * command.subarrays, command.subarrays, 1}, command.first_row,
               row_count, block_.data(), activity, writing);
  }
  buffer.settle(activity);
  rows.settle(activity, writing);
  const std::uint64_t reading_cycles = (bytes_read + config_.buffer.port_bytes - 1) / config_.buffer.port_bytes;
  delay += std::max(writing, config_.clock_period * static_cast<double>(reading_cycles));
}

// Where the lanes of a replica find a run, on every plane.
void LaneGather::find_run(const GatherLanesCommand& command, const Run& run, Share pixels) {
  lane_places_.clear();
  pad_lanes_.clear();
  const std::uint64_t first_pixel = std::uint64_t{command.first_pixel} + pixels.first;
  auto output_y = static_cast<std::int64_t>(first_pixel / command.output_width);
  auto output_x = static_cast<std::int64_t>(first_pixel % command.output_width);
  for (std::uint32_t lane = 0; lane < pixels.count; ++lane) {
    const std::int64_t y = command.start_y + output_y * command.stride_y + std::int64_t{run.ky} * command.dilation_y;
    const std::int64_t x = command.start_x + output_x * command.stride_x + std::int64_t{run.kx} * command.dilation_x;
    if (++output_x == command.output_width) {
      output_x = 0;
      ++output_y;
    }
    if (y < 0 || y >= command.height || x < 0 || x >= command.width) {
      pad_lanes_.push_back(lane);
      continue;
    }
    const std::size_t bit =
        static_cast<std::size_t>(x) * command.pixel_pitch + command.first_channel + run.first_channel;
    LanePlace place;
    place.lane = lane;
    place.offset = static_cast<std::uint32_t>(y) * command.row_pitch + static_cast<std::uint32_t>(bit / 8);
    place.shift = bit % 8;
    place.bytes = static_cast<std::uint32_t>(bits::bytes_for(place.shift + run.channels));
    lane_places_.push_back(place);
  }
}

std::uint64_t LaneGather::read_run(const GatherLanesCommand& command, const Run& run, std::uint32_t plane,
                                   Activity activity) {
  const std::size_t lanes = std::size_t{config_.row_words()} * 64;
  const std::size_t groups = bits::bytes_for(run.channels);
  lane_bytes_.assign(groups * lanes, 0);
  if ((command.pad_level >> plane & 1) != 0) {
    for (const std::uint32_t lane : pad_lanes_) {
      for (std::size_t group = 0; group < groups; ++group) {
        lane_bytes_[group * lanes + lane] = 0xFF;
      }
    }
  }
  const std::uint32_t plane_address = command.map_address + plane * command.plane_stride;
  std::uint64_t bytes_read = 0;
  for (const LanePlace& place : lane_places_) {
    const std::uint8_t* const source = buffer.read(plane_address + place.offset, place.bytes, activity);
    bytes_read += place.bytes;
    std::uint8_t* const to = lane_bytes_.data() + place.lane;
    for (std::size_t group = 0; group < groups; ++group) {
      const std::uint32_t next = group + 1 < place.bytes ? source[group + 1] : 0;
      to[group * lanes] = static_cast<std::uint8_t>((source[group] | next << 8) >> place.shift);
    }
  }
  return bytes_read;
}

void LaneGather::place_run(const GatherLanesCommand& command, const Run& run, std::uint32_t plane) {
  const std::size_t row_words = config_.row_words();
  const std::size_t lanes = row_words * 64;
  const std::uint32_t rows_an_element = command.planes * (1 + command.complement);
  for (std::uint32_t channel = 0; channel < run.channels; ++channel) {
    if (channel % 8 == 0) {
      bits::rows_of_bytes(lane_bytes_.data() + channel / 8 * lanes, row_words, eight_rows_.data(), row_words);
    }
    const std::uint64_t* const from = eight_rows_.data() + channel % 8 * row_words;
    std::uint64_t* const to = block_.data() + ((run.first_element + channel) * rows_an_element + plane) * row_words;
    std::copy_n(from, row_words, to);
    if (command.complement != 0) {
      std::transform(from, from + row_words, to + command.planes * row_words, [](std::uint64_t word) { return ~word; });
    }
  }
}

}  // namespace spinvp
