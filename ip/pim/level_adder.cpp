#include "ip/pim/level_adder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/bit_transpose.h"
#include "core/bits.h"
#include "core/level_sums.h"
#include "ip/pim/in_memory_adder.h"

namespace spinvp {

using interface::AddLevelsCommand;
using interface::ReadLanesCommand;

LevelAdder::LevelAdder(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger, BankBlocks blocks)
    : sc_module(name),
      rows("rows", config),
      buffer("buffer", config.buffer.bytes),
      config_(config),
      ledger_(ledger),
      blocks_(std::move(blocks)),
      numbers_(config.columns()),
      carry_(config.row_words()) {
  commands.register_b_transport(this, &LevelAdder::transport);
}

void LevelAdder::transport(CommandTransaction& transaction, sc_core::sc_time& delay) {
  const auto header = transaction.header();
  std::uint64_t cycles = 0;
  for_banks(computing_subarrays(transaction.words), config_.subarrays_per_bank,
            [&](std::uint32_t bank, SubarrayRange subarrays) {
              const std::uint64_t own =
                  header.opcode == AddLevelsCommand::opcode
                      ? add_levels(AddLevelsCommand::decode(transaction.words), subarrays, blocks_[bank])
                      : read_lanes(ReadLanesCommand::decode(transaction.words), subarrays, blocks_[bank]);
              rows.settle(activity_of(header));
              cycles = std::max(cycles, own);
            });
  buffer.settle(activity_of(header));
  delay += config_.clock_period * static_cast<double>(cycles);
}

std::uint64_t LevelAdder::add_levels(const AddLevelsCommand& command, SubarrayRange subarrays, Ledger::BlockId block) {
  const Activity activity = activity_of(command.header);
  const std::uint32_t cleared = command.clear != 0 ? command.accumulator_width : 0;
  const bool loads_carry = config_.adder.scheme == AdditionScheme::A;
  std::uint64_t bytes_read = 0;
  std::uint64_t slowest = 0;
  bool part_known = false;
  std::uint32_t part = 0;
  for (std::uint32_t subarray = subarrays.first; subarray < subarrays.end; ++subarray) {
    const std::uint32_t own_part = (subarray - command.first_subarray) / command.subarrays;
    if (!part_known || own_part != part) {
      part_known = true;
      part = own_part;
      read_levels(command, share_of(part, command.elements_per_part, command.elements));
      bytes_read += levels_.bytes;
    }
    if (cleared > 0) {
      rows.clear(subarray, command.accumulator_row, cleared, activity);
    }
    if (levels_.additions > 0) {
      if (std::uint64_t* const bits = rows.direct(subarray)) {
        add_directly(command, subarray, bits);
      } else {
        add_by_rows(command, subarray);
      }
    }
    const std::uint64_t loads = loads_carry ? levels_.additions : 0;
    const std::uint64_t senses = levels_.bits * AdderRows::senses_a_bit(config_) + loads;
    const std::uint64_t writes = levels_.bits * (config_.adder.carry_write_back ? 2 : 1) + cleared;
    ledger_.count(block, Event::Addition, levels_.additions, activity);
    ledger_.count(block, Event::AdditionSkipped, levels_.values.size() - levels_.additions, activity);
    ledger_.count(block, Event::AdderStep, senses + writes, activity);
    slowest = std::max(slowest, levels_.bits * InMemoryAdder::cycles_a_bit(config_) + loads * config_.read_cycles() +
                                    std::uint64_t{cleared} * config_.write_cycles());
  }
  return std::max(slowest, (bytes_read + config_.buffer.port_bytes - 1) / config_.buffer.port_bytes);
}

void LevelAdder::read_levels(const AddLevelsCommand& command, Share elements) {
  levels_.values.assign(elements.count, 0);
  levels_.additions = 0;
  levels_.bits = 0;
  levels_.bytes = 0;
  for (std::uint32_t done = 0; done < elements.count;) {
    const std::uint32_t element = command.first_element + elements.first + done;
    const std::uint32_t channel = element % command.channels;
    const std::uint32_t count = std::min(command.channels - channel, elements.count - done);
    read_run(command, element / command.channels, channel, count, levels_.values.data() + done);
    done += count;
  }
  for (const std::uint16_t level : levels_.values) {
    if (level != 0) {
      ++levels_.additions;
      levels_.bits += command.accumulator_width - static_cast<std::uint32_t>(__builtin_ctz(level));
    }
  }
}

void LevelAdder::read_run(const AddLevelsCommand& command, std::uint32_t position, std::uint32_t first,
                          std::uint32_t count, std::uint16_t* values) {
  const std::uint32_t ky = position / command.kernel_width;
  const std::uint32_t kx = position % command.kernel_width;
  const std::int64_t output_y = command.first_pixel / command.output_width;
  const std::int64_t output_x = command.first_pixel % command.output_width;
  const std::int64_t y = command.start_y + output_y * command.stride_y + std::int64_t{ky} * command.dilation_y;
  const std::int64_t x = command.start_x + output_x * command.stride_x + std::int64_t{kx} * command.dilation_x;
  if (y < 0 || y >= command.height || x < 0 || x >= command.width) {
    std::fill_n(values, count, static_cast<std::uint16_t>(command.pad_level));
    return;
  }
  const std::size_t bit = static_cast<std::size_t>(x) * command.pixel_pitch + command.first_channel + first;
  const std::uint32_t address =
      command.map_address + static_cast<std::uint32_t>(y) * command.row_pitch + static_cast<std::uint32_t>(bit / 8);
  const auto bytes = static_cast<std::uint32_t>(bits::bytes_for(bit % 8 + count));
  for (std::uint32_t plane = 0; plane < command.planes; ++plane) {
    const std::uint8_t* const source =
        buffer.read(address + plane * command.plane_stride, bytes, activity_of(command.header));
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t level_bit = bits::get(source, bit % 8 + i) ? 1u << plane : 0;
      values[i] = static_cast<std::uint16_t>(values[i] | level_bit);
    }
  }
  levels_.bytes += std::uint64_t{bytes} * command.planes;
}

template <class Step>
void LevelAdder::for_bits(const AddLevelsCommand& command, std::uint32_t element, const Step& step) const {
  const std::uint32_t level = levels_.values[element];
  const std::uint32_t adding_row = command.weight_row + 2 * element;
  const std::uint32_t subtracting_row = adding_row + 1;
  const auto first = static_cast<std::uint32_t>(__builtin_ctz(level));
  AdderRows::Bit bit;
  bit.carry_row = command.carry_row;
  for (std::uint32_t i = first; i < command.accumulator_width; ++i) {
    bit.operand_row = (level >> i & 1) != 0 ? adding_row : subtracting_row;
    bit.accumulator_row = command.accumulator_row + i;
    bit.carry_in_row = i == first ? subtracting_row : command.carry_row;
    bit.carry_latched = i > first && !config_.adder.carry_write_back;
    step(bit);
  }
}

void LevelAdder::add_by_rows(const AddLevelsCommand& command, std::uint32_t subarray) {
  const Activity activity = activity_of(command.header);
  for (std::uint32_t element = 0; element < levels_.values.size(); ++element) {
    if (levels_.values[element] == 0) {
      continue;
    }
    if (config_.adder.scheme == AdditionScheme::A) {
      RowTransaction load;
      load.operation = RowOperation::ReadCarry;
      load.row = command.weight_row + 2 * element + 1;
      load.activity = activity;
      rows.operate(subarray, load);
    }
    for_bits(command, element, [&](const AdderRows::Bit& bit) { rows.add_bit(subarray, bit, activity); });
  }
}

// Detail fast: integers for all additions but the last, whose bits are taken one by one because its carry stays behind.
void LevelAdder::add_directly(const AddLevelsCommand& command, std::uint32_t subarray, std::uint64_t* bits) {
  const std::size_t words = config_.row_words();
  std::uint64_t* const accumulators = bits + command.accumulator_row * words;
  std::uint32_t last = static_cast<std::uint32_t>(levels_.values.size()) - 1;
  while (levels_.values[last] == 0) {
    --last;
  }
  bits::numbers_of_rows(accumulators, words, command.accumulator_width, config_.columns(), numbers_.data());
  bits::add_levels(bits + command.weight_row * words, words, levels_.values.data(), last, numbers_.data());
  bits::rows_of_numbers(numbers_.data(), words, command.accumulator_width, accumulators, words);

  const std::uint64_t* const carry_in = bits + (command.weight_row + 2 * last + 1) * words;
  std::copy_n(carry_in, words, carry_.data());
  for_bits(command, last, [&](const AdderRows::Bit& bit) {
    const std::uint64_t* const operands = bits + bit.operand_row * words;
    std::uint64_t* const sums = bits + bit.accumulator_row * words;
    for (std::size_t word = 0; word < words; ++word) {
      const std::uint64_t differ = sums[word] ^ operands[word];
      const std::uint64_t carry = (sums[word] & operands[word]) | (differ & carry_[word]);
      sums[word] = differ ^ carry_[word];
      carry_[word] = carry;
    }
  });
  if (config_.adder.carry_write_back) {
    std::copy(carry_.begin(), carry_.end(), bits + command.carry_row * words);
  }
  if (config_.adder.scheme == AdditionScheme::A) {
    rows.account(subarray, RowOperation::ReadCarry, levels_.additions);
  }
  rows.account_bits(subarray, levels_.bits);
}

std::uint64_t LevelAdder::read_lanes(const ReadLanesCommand& command, SubarrayRange subarrays, Ledger::BlockId block) {
  const Activity activity = activity_of(command.header);
  const std::uint32_t width = command.accumulator_width;
  std::uint64_t bytes_moved = 0;
  for (std::uint32_t subarray = subarrays.first; subarray < subarrays.end; ++subarray) {
    const std::uint32_t part = (subarray - command.first_subarray) / command.subarrays;
    const Share kernels =
        share_of((subarray - command.first_subarray) % command.subarrays, config_.columns(), command.kernels);
    const std::uint64_t* const accumulators = rows.read(subarray, command.accumulator_row, width, activity);
    bits::numbers_of_rows(accumulators, config_.row_words(), width, kernels.count, numbers_.data());
    const std::uint32_t address = command.accumulator_address + kernels.first * 4;
    const std::uint32_t bytes = kernels.count * 4;
    const bool adds = part > 0 || command.accumulate != 0;
    if (adds) {
      const std::uint8_t* const held = buffer.read(address, bytes, activity);
      for (std::uint32_t kernel = 0; kernel < kernels.count; ++kernel) {
        std::uint32_t before = 0;
        std::memcpy(&before, held + kernel * 4, 4);
        numbers_[kernel] = static_cast<std::int32_t>(before + static_cast<std::uint32_t>(numbers_[kernel]));
      }
    }
    buffer.write(address, numbers_.data(), bytes, activity);
    bytes_moved += std::uint64_t{bytes} * (adds ? 2 : 1);
    ledger_.count(block, Event::AdderStep, width, activity);
    ledger_.count(block, Event::PackBit, std::uint64_t{width} * kernels.count, activity);
  }
  return std::max<std::uint64_t>(std::uint64_t{width} * config_.read_cycles(),
                                 (bytes_moved + config_.buffer.port_bytes - 1) / config_.buffer.port_bytes);
}

}  // namespace spinvp
