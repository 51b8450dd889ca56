#include "ip/pim/digital_unit.h"

#include <algorithm>
#include <cstring>

#include "core/bits.h"

namespace spinvp {

using interface::DigitalCommand;
using interface::PackCommand;
using interface::PoolKind;
using interface::PoolStage;

namespace {

Ledger::Block ledger_block(const ChipConfig& config) {
  Ledger::Block block;
  block.name = "digital_unit";
  block.costs[static_cast<std::size_t>(Event::Compare)] = config.digital.compare;
  block.costs[static_cast<std::size_t>(Event::Pool)] = config.digital.pool;
  block.costs[static_cast<std::size_t>(Event::PackBit)] = config.digital.pack_bit;
  block.leakage_watts = config.digital.leakage_watts;
  return block;
}

}  // namespace

DigitalUnit::DigitalUnit(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger)
    : sc_module(name),
      buffer("buffer", config.buffer.bytes),
      config_(config),
      ledger_(ledger),
      block_(ledger.add_block(ledger_block(config))) {
  commands.register_b_transport(this, &DigitalUnit::transport);
}

void DigitalUnit::transport(CommandTransaction& transaction, sc_core::sc_time& delay) {
  Work work;
  if (transaction.header().opcode == DigitalCommand::opcode) {
    digital(DigitalCommand::decode(transaction.words), work);
  } else {
    pack(PackCommand::decode(transaction.words), work);
  }
  account(work, activity_of(transaction.header()), delay);
}

void DigitalUnit::digital(const DigitalCommand& command, Work& work) {
  read_accumulators(command, work);
  const bool thresholds = command.threshold_bits > 0;
  if (thresholds) {
    read_thresholds(command, work);
  }
  if (thresholds && command.pool_stage == PoolStage::AfterThresholds) {
    threshold(command, work);
    pool(command, work);
  } else {
    pool(command, work);
    if (thresholds) {
      threshold(command, work);
    }
  }
  write_values(command, work);
}

void DigitalUnit::read_accumulators(const DigitalCommand& command, Work& work) {
  // Rows and columns that no window reaches are left alone.
  height_ = (command.output_height - 1) * command.pool_stride_y + command.pool_height;
  width_ = (command.output_width - 1) * command.pool_stride_x + command.pool_width;
  values_.resize(std::size_t{height_} * width_ * command.channels);
  const std::uint32_t pixel_bytes = command.channels * 4;
  const Activity activity = activity_of(command.header);
  std::int32_t* out = values_.data();
  for (std::uint32_t y = 0; y < height_; ++y) {
    for (std::uint32_t x = 0; x < width_; ++x) {
      const std::uint32_t address = command.accumulator_address + (y * command.width + x) * command.accumulator_pitch;
      std::memcpy(out, buffer.read(address, pixel_bytes, activity), pixel_bytes);
      out += command.channels;
    }
  }
  work.bytes += std::uint64_t{height_} * width_ * pixel_bytes;
}

void DigitalUnit::read_thresholds(const DigitalCommand& command, Work& work) {
  thresholds_.resize(std::size_t{command.channels} << command.threshold_bits);
  const auto bytes = static_cast<std::uint32_t>(thresholds_.size() * 4);
  std::memcpy(thresholds_.data(), buffer.read(command.threshold_address, bytes, activity_of(command.header)), bytes);
  work.bytes += bytes;
}

void DigitalUnit::pool(const DigitalCommand& command, Work& work) {
  if (command.pool_kind == PoolKind::None) {
    return;
  }
  const std::uint32_t channels = command.channels;
  pooled_.assign(std::size_t{command.output_height} * command.output_width * channels, 0);
  std::int32_t* out = pooled_.data();
  for (std::uint32_t y = 0; y < command.output_height; ++y) {
    for (std::uint32_t x = 0; x < command.output_width; ++x, out += channels) {
      for (std::uint32_t wy = 0; wy < command.pool_height; ++wy) {
        for (std::uint32_t wx = 0; wx < command.pool_width; ++wx) {
          const std::int32_t* in = values_.data() + ((std::size_t{y} * command.pool_stride_y + wy) * width_ +
                                                     std::size_t{x} * command.pool_stride_x + wx) *
                                                        channels;
          const bool first = wy == 0 && wx == 0;
          for (std::uint32_t c = 0; c < channels; ++c) {
            if (command.pool_kind == PoolKind::Max) {
              out[c] = first ? in[c] : std::max(out[c], in[c]);
            } else {  // wraps as the hardware's adder does
              out[c] =
                  static_cast<std::int32_t>(static_cast<std::uint32_t>(out[c]) + static_cast<std::uint32_t>(in[c]));
            }
          }
        }
      }
    }
  }
  work.pools += pooled_.size() * command.pool_height * command.pool_width;
  values_.swap(pooled_);
  height_ = command.output_height;
  width_ = command.output_width;
}

void DigitalUnit::threshold(const DigitalCommand& command, Work& work) {
  std::uint32_t channel = 0;
  for (std::int32_t& value : values_) {
    value = static_cast<std::int32_t>(level(value, channel, command.threshold_bits));
    channel = channel + 1 == command.channels ? 0 : channel + 1;
  }
  work.compares += values_.size() * command.threshold_bits;
}

std::uint32_t DigitalUnit::level(std::int32_t accumulator, std::uint32_t channel, std::uint32_t bits) const {
  const std::int32_t* table = thresholds_.data() + (std::size_t{channel} << bits);
  const bool falling = table[0] != 0;
  // Binary search: thresholds are sorted so that those passed come first.
  std::uint32_t passed = 0;
  for (std::uint32_t step = 1u << (bits - 1); step > 0; step >>= 1) {
    const std::int32_t threshold = table[passed + step];
    if (falling ? accumulator <= threshold : accumulator >= threshold) {
      passed += step;
    }
  }
  return passed;
}

void DigitalUnit::write_values(const DigitalCommand& command, Work& work) {
  const Activity activity = activity_of(command.header);
  work.values += values_.size();
  if (command.threshold_bits == 0) {
    const std::uint32_t pixel_bytes = command.channels * 4;
    for (std::uint32_t y = 0; y < height_; ++y) {
      for (std::uint32_t x = 0; x < width_; ++x) {
        const std::uint32_t address =
            command.output_address + y * command.row_pitch + x * (command.pixel_pitch / 8) + command.first_channel * 4;
        buffer.write(address, values_.data() + (std::size_t{y} * width_ + x) * command.channels, pixel_bytes, activity);
      }
    }
    work.bytes += values_.size() * 4;
    buffer.settle(activity);
    return;
  }
  const Planes planes{command.output_address, command.plane_stride, command.row_pitch,    command.pixel_pitch,
                      command.first_channel,  command.output_bits,  command.output_width, command.channels};
  for (std::uint32_t y = 0; y < height_; ++y) {
    write_planes(planes, y, values_.data() + std::size_t{y} * width_ * command.channels, activity, work);
  }
  buffer.settle(activity);
}

void DigitalUnit::pack(const PackCommand& command, Work& work) {
  const Activity activity = activity_of(command.header);
  const Planes planes{command.output_address, command.plane_stride, command.row_pitch, command.pixel_pitch, 0,
                      command.planes,         command.width,        command.channels};
  const std::int32_t mask = (1 << command.planes) - 1;
  values_.resize(std::size_t{command.width} * command.channels);
  for (std::uint32_t y = 0; y < command.height; ++y) {
    std::int32_t* out = values_.data();
    for (std::uint32_t x = 0; x < command.width; ++x) {
      for (std::uint32_t c = 0; c < command.channels; ++c) {
        const std::uint32_t address = command.source_address + y * command.source_row_stride +
                                      x * command.source_pixel_stride + c * command.source_channel_stride;
        *out++ = *buffer.read(address, 1, activity) & mask;
      }
    }
    work.values += values_.size();
    work.bytes += values_.size();
    write_planes(planes, y, values_.data(), activity, work);
  }
  buffer.settle(activity);
}

void DigitalUnit::write_planes(const Planes& planes, std::uint32_t row, const std::int32_t* values, Activity activity,
                               Work& work) {
  const std::int32_t largest = (1 << planes.planes) - 1;
  const bool contiguous = planes.first_channel == 0 && planes.pixel_pitch == planes.channels;
  const std::size_t run = contiguous ? std::size_t{planes.width} * planes.channels : planes.channels;
  const std::size_t runs = contiguous ? 1 : planes.width;
  for (std::uint32_t plane = 0; plane < planes.planes; ++plane) {
    const std::uint32_t address = planes.address + plane * planes.plane_stride + row * planes.row_pitch;
    for (std::size_t r = 0; r < runs; ++r) {
      plane_row_.assign(bits::bytes_for(run), 0);
      for (std::size_t i = 0; i < run; ++i) {
        const std::int32_t value = std::min(values[r * run + i], largest);
        plane_row_[i / 8] |= static_cast<std::uint8_t>(((value >> plane) & 1) << (i % 8));
      }
      write_bits(address, r * planes.pixel_pitch + planes.first_channel, run, plane_row_.data(), activity, work);
      work.packed_bits += run;
    }
  }
}

void DigitalUnit::write_bits(std::uint32_t address, std::size_t bit, std::size_t count, const std::uint8_t* source,
                             Activity activity, Work& work) {
  const auto first = static_cast<std::uint32_t>(address + bit / 8);
  const auto bytes = static_cast<std::uint32_t>(bits::bytes_for(bit % 8 + count));
  if (bit % 8 == 0 && count % 8 == 0) {
    buffer.write(first, source, bytes, activity);
    work.bytes += bytes;
    return;
  }
  merged_.resize(bytes);
  std::memcpy(merged_.data(), buffer.read(first, bytes, activity), bytes);
  bits::copy(merged_.data(), bit % 8, source, 0, count);
  buffer.write(first, merged_.data(), bytes, activity);
  work.bytes += 2 * std::uint64_t{bytes};
}

void DigitalUnit::account(const Work& work, Activity activity, sc_core::sc_time& delay) {
  ledger_.count(block_, Event::Compare, work.compares, activity);
  ledger_.count(block_, Event::Pool, work.pools, activity);
  ledger_.count(block_, Event::PackBit, work.packed_bits, activity);
  const std::uint64_t steps = work.compares + work.pools + work.values;
  const std::uint64_t computing = (steps + config_.digital.lanes - 1) / config_.digital.lanes;
  const std::uint64_t moving = (work.bytes + config_.buffer.port_bytes - 1) / config_.buffer.port_bytes;
  delay += config_.clock_period * static_cast<double>(std::max<std::uint64_t>({computing, moving, 1}));
}

}  // namespace spinvp
