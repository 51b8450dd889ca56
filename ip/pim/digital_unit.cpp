#include "ip/pim/digital_unit.h"

#include <algorithm>
#include <cstring>

namespace spinvp {

using interface::DigitalCommand;
using interface::MultiplyCommand;
using interface::PackCommand;
using interface::PoolKind;
using interface::PoolStage;
using interface::ResidualKind;
using interface::SourceKind;

namespace {

Ledger::Block ledger_block(const ChipConfig& config) {
  Ledger::Block block;
  block.name = "digital_unit";
  block.costs[static_cast<std::size_t>(Event::Compare)] = config.digital.compare;
  block.costs[static_cast<std::size_t>(Event::Pool)] = config.digital.pool;
  block.costs[static_cast<std::size_t>(Event::PackBit)] = config.digital.pack_bit;
  block.costs[static_cast<std::size_t>(Event::Multiply)] = config.digital.multiply;
  block.leakage_watts = config.digital.leakage_watts;
  return block;
}

kernels::Reduction reduction_of(const DigitalCommand& command) {
  return command.pool_kind == PoolKind::Sum ? kernels::Reduction::Sum : kernels::Reduction::Max;
}

bool pools_values(const DigitalCommand& command) {
  return command.pool_kind != PoolKind::None && command.pool_stage == PoolStage::BeforeThresholds;
}

bool pools_levels(const DigitalCommand& command) {
  return command.pool_kind != PoolKind::None && command.pool_stage == PoolStage::AfterThresholds;
}

std::size_t output_row_values(const DigitalCommand& command) {
  return std::size_t{command.output_width} * command.channels;
}

// Positions of the map that the windows of one dimension see, all of them together.
std::uint64_t seen(std::uint32_t windows, std::uint32_t size, std::uint32_t stride, std::uint32_t pad,
                   std::uint32_t map) {
  std::uint64_t sum = 0;
  for (std::uint32_t window = 0; window < windows; ++window) {
    const std::uint32_t begin = window * stride;
    sum += std::min(begin + size - pad, map) - (std::max(begin, pad) - pad);
  }
  return sum;
}

std::uint64_t pooling_steps(const DigitalCommand& command) {
  return command.pool_kind == PoolKind::None ? 0
                                             : seen(command.output_height, command.pool_height, command.pool_stride_y,
                                                    command.pool_pad_y, command.height) *
                                                   seen(command.output_width, command.pool_width, command.pool_stride_x,
                                                        command.pool_pad_x, command.width) *
                                                   command.channels;
}

}  // namespace

DigitalUnit::DigitalUnit(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger)
    : sc_module(name),
      buffer("buffer", config.buffer.bytes),
      config_(config),
      ledger_(ledger),
      block_(ledger.add_block(ledger_block(config))),
      multipliers_(config.digital.multipliers) {
  commands.register_b_transport(this, &DigitalUnit::transport);
}

void DigitalUnit::transport(CommandTransaction& transaction, sc_core::sc_time& delay) {
  const Activity activity = activity_of(transaction.header());
  BufferTraffic traffic(buffer, activity);
  Work work;
  switch (transaction.header().opcode) {
    case DigitalCommand::opcode:
      digital(DigitalCommand::decode(transaction.words), traffic, work);
      break;
    case PackCommand::opcode:
      pack(PackCommand::decode(transaction.words), traffic, work);
      break;
    default:
      work.array = multipliers_.run(MultiplyCommand::decode(transaction.words), traffic, packer_);
  }
  traffic.settle();
  account(work, traffic, activity, delay);
}

void DigitalUnit::account(const Work& work, const BufferTraffic& traffic, Activity activity, sc_core::sc_time& delay) {
  ledger_.count(block_, Event::Compare, work.compares, activity);
  ledger_.count(block_, Event::Pool, work.pools, activity);
  ledger_.count(block_, Event::PackBit, packer_.take_bits(), activity);
  ledger_.count(block_, Event::Multiply, work.lane_multiplies + work.array.multiplies, activity);
  const auto rounded_up = [](std::uint64_t amount, std::uint64_t per_cycle) {
    return (amount + per_cycle - 1) / per_cycle;
  };
  const std::uint64_t steps = work.compares + work.pools + work.values + work.lane_multiplies;
  const std::uint64_t computing = rounded_up(steps, config_.digital.lanes) + work.array.cycles;
  const std::uint64_t moving = rounded_up(traffic.bytes(), config_.buffer.port_bytes);
  delay += config_.clock_period * static_cast<double>(std::max<std::uint64_t>({computing, moving, 1}));
}

void DigitalUnit::digital(const DigitalCommand& command, BufferTraffic& traffic, Work& work) {
  start(command, traffic);
  for (std::uint32_t row = 0; row < used_height_; ++row) {
    read_values(command, row, traffic);
    if (command.residual != ResidualKind::None) {
      read_residual(command, row, traffic);
    }
    if (command.threshold_bits == 0 || pools_values(command)) {
      pool_then_find_levels(command);
    } else {
      find_levels_then_pool(command);
    }
  }
  const std::uint64_t input_values = row_.size() * std::uint64_t{used_height_};
  const std::uint64_t output_values = output_row_values(command) * command.output_height;
  work.values = output_values;
  work.pools = pooling_steps(command);
  work.compares = command.threshold_bits * (pools_values(command) ? output_values : input_values);
  work.lane_multiplies =
      (command.residual != ResidualKind::None ? input_values : 0) + (command.affine != 0 ? output_values : 0);
  if (command.threshold_bits > 0) {
    write_levels(command, traffic);
  } else {
    write_values(command, traffic);
  }
}

void DigitalUnit::start(const DigitalCommand& command, BufferTraffic& traffic) {
  const std::uint32_t bits = command.threshold_bits;
  if (bits > 0 && command.residual != ResidualKind::None) {
    const std::size_t bytes = LevelTable<std::int64_t>::bytes(command.channels, bits);
    residual_table_.load(traffic.read(command.threshold_address, bytes), command.channels, bits);
  } else if (bits > 0) {
    const std::size_t bytes = LevelTable<std::int32_t>::bytes(command.channels, bits);
    table_.load(traffic.read(command.threshold_address, bytes), command.channels, bits);
  } else if (command.affine != 0) {
    const std::size_t bytes = command.channels * AffineTable::entry_bytes;
    affine_table_.load(traffic.read(command.threshold_address, bytes), command.channels);
  }
  // Rows and columns behind the last window are left alone.
  used_height_ = std::min(
      (command.output_height - 1) * command.pool_stride_y + command.pool_height - command.pool_pad_y, command.height);
  used_width_ = std::min((command.output_width - 1) * command.pool_stride_x + command.pool_width - command.pool_pad_x,
                         command.width);
  finished_ = 0;
  row_.resize(std::size_t{used_width_} * command.channels);
  const std::size_t output_values = output_row_values(command) * command.output_height;
  if (bits > 0) {
    level_row_.resize(row_.size());
    levels_.resize(output_values + kernels::slack);
  } else {
    values_.resize(output_values);
  }
  if (pools_values(command)) {
    pooled_row_.resize(output_row_values(command));
    start(value_pooler_, command);
  } else if (pools_levels(command)) {
    start(level_pooler_, command);
  }
}

template <class T>
void DigitalUnit::start(RowPooler<T>& pooler, const DigitalCommand& command) const {
  pooler.start(
      reduction_of(command),
      {command.pool_height, command.pool_width, command.pool_stride_y, command.pool_stride_x, command.output_height,
       command.output_width, command.channels, command.pool_pad_y, command.pool_pad_x, used_height_, used_width_});
}

void DigitalUnit::read_values(const DigitalCommand& command, std::uint32_t row, BufferTraffic& traffic) {
  if (command.source == SourceKind::Planes) {
    const PlaneMap map{command.accumulator_address,
                       command.source_planes,
                       command.source_plane_stride,
                       command.source_row_pitch,
                       command.source_pixel_pitch,
                       command.source_first_channel,
                       command.channels};
    const std::uint16_t* levels = packer_.read(traffic, map, row, 0, used_width_);
    std::copy(levels, levels + row_.size(), row_.begin());
    return;
  }
  const std::size_t pixel_bytes = std::size_t{command.channels} * 4;
  const std::uint64_t address =
      command.accumulator_address + std::uint64_t{row} * command.width * command.accumulator_pitch;
  if (command.accumulator_pitch == pixel_bytes) {
    std::memcpy(row_.data(), traffic.read(address, row_.size() * 4), row_.size() * 4);
    return;
  }
  for (std::uint32_t x = 0; x < used_width_; ++x) {
    std::memcpy(&row_[std::size_t{x} * command.channels],
                traffic.read(address + std::uint64_t{x} * command.accumulator_pitch, pixel_bytes), pixel_bytes);
  }
}

void DigitalUnit::read_residual(const DigitalCommand& command, std::uint32_t row, BufferTraffic& traffic) {
  residual_row_.resize(row_.size());
  if (command.residual == ResidualKind::Planes) {
    const PlaneMap map{command.residual_address,
                       command.residual_planes,
                       command.residual_plane_stride,
                       command.residual_row_pitch,
                       command.residual_pixel_pitch,
                       command.residual_first_channel,
                       command.channels};
    const std::uint16_t* levels = packer_.read(traffic, map, row, 0, used_width_);
    std::copy(levels, levels + row_.size(), residual_row_.begin());
  } else {
    const std::uint64_t pitch = command.residual_pixel_pitch / 8;
    const std::uint64_t address = command.residual_address + std::uint64_t{row} * command.residual_row_pitch +
                                  std::uint64_t{command.residual_first_channel} * 4;
    const std::size_t pixel_bytes = std::size_t{command.channels} * 4;
    for (std::uint32_t x = 0; x < used_width_; ++x) {
      std::memcpy(&residual_row_[std::size_t{x} * command.channels], traffic.read(address + x * pitch, pixel_bytes),
                  pixel_bytes);
    }
  }
}

void DigitalUnit::pool_then_find_levels(const DigitalCommand& command) {
  const std::size_t output_row = output_row_values(command);
  const bool levels = command.threshold_bits > 0;
  const bool monotone = command.pool_kind == PoolKind::Monotone;
  if (!pools_values(command)) {  // without thresholds
    std::copy(row_.begin(), row_.end(), values_.begin() + static_cast<std::ptrdiff_t>(finished_ * output_row));
    finish_values(command);
    return;
  }
  if (monotone) {  // the largest of what is flipped where thresholds fall is the smallest there
    kernels::flip(row_.data(), row_.size(), table_.thresholds());
  }
  value_pooler_.feed(row_.data());
  while (value_pooler_.finish(levels ? pooled_row_.data() : values_.data() + finished_ * output_row)) {
    if (!levels) {
      finish_values(command);
      continue;
    }
    kernels::find_levels(pooled_row_.data(), pooled_row_.size(), table_.thresholds(), monotone,
                         levels_.data() + finished_ * output_row);
    ++finished_;
  }
}

void DigitalUnit::finish_values(const DigitalCommand& command) {
  if (command.affine != 0) {
    const bool residual = command.residual != ResidualKind::None;
    affine_table_.apply(values_.data() + finished_ * output_row_values(command),
                        residual ? residual_row_.data() : nullptr, command.output_width, command.affine_shift);
  }
  ++finished_;
}

void DigitalUnit::find_levels_then_pool(const DigitalCommand& command) {
  const bool pools = pools_levels(command);
  const std::size_t output_row = output_row_values(command);
  std::uint16_t* const levels = pools ? level_row_.data() : levels_.data() + finished_ * output_row;
  if (command.residual != ResidualKind::None) {
    sums_.resize(row_.size());
    kernels::add_residual(row_.data(), residual_row_.data(), residual_table_.multipliers(), used_width_,
                          command.channels, command.fraction_bits, sums_.data());
    kernels::find_levels(sums_.data(), sums_.size(), residual_table_.thresholds(), false, levels);
  } else {
    kernels::find_levels(row_.data(), row_.size(), table_.thresholds(), false, levels);
  }
  if (!pools) {
    ++finished_;
    return;
  }
  level_pooler_.feed(levels);
  while (level_pooler_.finish(levels_.data() + finished_ * output_row)) {
    ++finished_;
  }
}

void DigitalUnit::write_levels(const DigitalCommand& command, BufferTraffic& traffic) {
  const PlaneMap map{command.output_address, command.output_bits,   command.plane_stride, command.row_pitch,
                     command.pixel_pitch,    command.first_channel, command.channels};
  if (command.threshold_bits > command.output_bits || command.pool_kind == PoolKind::Sum) {
    kernels::saturate(levels_.data(), levels_.size(), static_cast<std::uint16_t>((1u << command.output_bits) - 1));
  }
  for (std::uint32_t y = 0; y < command.output_height; ++y) {
    packer_.write(traffic, map, y, command.output_width, levels_.data() + y * output_row_values(command));
  }
}

void DigitalUnit::write_values(const DigitalCommand& command, BufferTraffic& traffic) {
  const std::uint64_t pixel_bytes = std::uint64_t{command.channels} * 4;
  const std::uint64_t pitch = command.pixel_pitch / 8;
  const std::int32_t* in = values_.data();
  for (std::uint32_t y = 0; y < command.output_height; ++y) {
    const std::uint64_t address =
        command.output_address + std::uint64_t{y} * command.row_pitch + std::uint64_t{command.first_channel} * 4;
    for (std::uint32_t x = 0; x < command.output_width; ++x, in += command.channels) {
      traffic.write(address + x * pitch, in, pixel_bytes);
    }
  }
}

void DigitalUnit::pack(const PackCommand& command, BufferTraffic& traffic, Work& work) {
  const PlaneMap map{command.output_address, command.planes,      command.plane_stride,
                     command.row_pitch,      command.pixel_pitch, 0,
                     command.channels};
  const std::size_t values = std::size_t{command.width} * command.channels;
  levels_.resize(values + kernels::slack);
  const bool interleaved = command.source_channel_stride == 1 && command.source_pixel_stride == command.channels;
  const bool planar = command.source_pixel_stride == 1;
  for (std::uint32_t y = 0; y < command.height; ++y) {
    const std::uint64_t address = command.source_address + std::uint64_t{y} * command.source_row_stride;
    if (interleaved) {
      const std::uint8_t* in = traffic.read(address, values);
      std::copy(in, in + values, levels_.begin());
    } else if (planar) {
      for (std::uint32_t c = 0; c < command.channels; ++c) {
        const std::uint8_t* in =
            traffic.read(address + std::uint64_t{c} * command.source_channel_stride, command.width);
        for (std::uint32_t x = 0; x < command.width; ++x) {
          levels_[std::size_t{x} * command.channels + c] = in[x];
        }
      }
    } else {
      std::uint16_t* out = levels_.data();
      for (std::uint32_t x = 0; x < command.width; ++x) {
        for (std::uint32_t c = 0; c < command.channels; ++c) {
          *out++ = *traffic.read(address + std::uint64_t{x} * command.source_pixel_stride +
                                     std::uint64_t{c} * command.source_channel_stride,
                                 1);
        }
      }
    }
    packer_.write(traffic, map, y, command.width, levels_.data());
    work.values += values;
  }
}

}  // namespace spinvp
