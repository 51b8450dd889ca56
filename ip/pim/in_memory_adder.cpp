#include "ip/pim/in_memory_adder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/bit_transpose.h"
#include "core/bits.h"
#include "core/lane_sums.h"

namespace spinvp {

using interface::AddAccCommand;
using interface::ReadSumsCommand;
using interface::WeightKind;

namespace {

// Rows from one element's operand to the next: without subtraction there are no inverted ones.
std::uint32_t rows_an_element(const AddAccCommand& command) {
  return command.activation_planes * (command.weight_kind == WeightKind::Unsigned ? 1 : 2);
}

// Bits [first, first + count) of the bytes, from bit 0 on, the rest of the last word zero.
void copy_bits(const std::uint8_t* bytes, std::uint32_t first, std::uint32_t count, std::uint64_t* words) {
  const std::uint32_t byte_count = (first % 8 + count + 7) / 8;
  if (byte_count <= 8) {
    std::uint64_t value = 0;
    for (std::uint32_t i = 0; i < byte_count; ++i) {
      value |= std::uint64_t{bytes[i]} << (8 * i);
    }
    words[0] = value >> first % 8 & (~std::uint64_t{0} >> (64 - count));
    return;
  }
  std::fill_n(words, bits::words_for(count), 0);
  bits::copy(reinterpret_cast<std::uint8_t*>(words), 0, bytes, first % 8, count);
}

}  // namespace

InMemoryAdder::InMemoryAdder(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger, BankBlocks blocks)
    : sc_module(name),
      rows("rows", config),
      buffer("buffer", config.buffer.bytes),
      config_(config),
      bit_cycles_(cycles_a_bit(config)),
      write_cycles_(config.write_cycles()),
      ledger_(ledger),
      blocks_(std::move(blocks)) {
  commands.register_b_transport(this, &InMemoryAdder::transport);
}

std::uint32_t InMemoryAdder::cycles_a_bit(const ChipConfig& config) {
  const std::uint32_t sensing = AdderRows::senses_a_bit(config) * config.read_cycles();
  const std::uint32_t writing = config.write_cycles();
  const std::uint32_t sum = config.adder.sum_write_cycle ? sensing + writing : std::max(sensing, writing);
  return sum + (config.adder.carry_write_back ? writing : 0);
}

void InMemoryAdder::transport(CommandTransaction& transaction, sc_core::sc_time& delay) {
  const auto header = transaction.header();
  const auto slowest = [&](const auto& run) {
    std::uint64_t cycles = 0;
    for_banks(computing_subarrays(transaction.words), config_.subarrays_per_bank,
              [&](std::uint32_t bank, SubarrayRange subarrays) {
                for (std::uint32_t subarray = subarrays.first; subarray < subarrays.end; ++subarray) {
                  cycles = std::max(cycles, run(subarray, blocks_[bank]));
                }
                rows.settle(activity_of(header));
              });
    return cycles;
  };
  std::uint64_t cycles = 0;
  if (header.opcode == AddAccCommand::opcode) {
    const auto command = AddAccCommand::decode(transaction.words);
    cycles = slowest([&](std::uint32_t subarray, Ledger::BlockId block) { return add(command, subarray, block); });
  } else {
    const auto command = ReadSumsCommand::decode(transaction.words);
    cycles =
        slowest([&](std::uint32_t subarray, Ledger::BlockId block) { return read_sums(command, subarray, block); });
  }
  buffer.settle(activity_of(header));
  delay += config_.clock_period * static_cast<double>(cycles);
}

std::uint64_t InMemoryAdder::add(const AddAccCommand& command, std::uint32_t subarray, Ledger::BlockId block) {
  const Share kernels = kernels_of(command, subarray);
  if (kernels.count == 0) {
    return 0;
  }
  const Activity activity = activity_of(command.header);
  const std::uint32_t cleared = command.clear != 0 ? kernels.count * command.width : 0;
  if (cleared > 0) {
    rows.clear(subarray, command.accumulator_row, cleared, activity);
  }
  read_signs(command, kernels);
  if (!add_directly(command, subarray, kernels.count)) {
    add_by_rows(command, subarray, kernels.count);
  }
  const std::uint64_t bits = signs_.additions * command.width;
  const std::uint64_t writes = bits * (config_.adder.carry_write_back ? 2 : 1) + cleared;
  ledger_.count(block, Event::Addition, signs_.additions, activity);
  ledger_.count(block, Event::AdditionSkipped, std::uint64_t{command.elements} * kernels.count - signs_.additions,
                activity);
  ledger_.count(block, Event::AdderStep, bits * AdderRows::senses_a_bit(config_) + writes, activity);
  const std::uint64_t adding = bits * bit_cycles_ + std::uint64_t{cleared} * write_cycles_;
  const std::uint64_t reading = (signs_.bytes + config_.buffer.port_bytes - 1) / config_.buffer.port_bytes;
  return std::max(adding, reading);
}

// Element by element, as the adder asks for them.
void InMemoryAdder::read_signs(const AddAccCommand& command, Share kernels) {
  const Activity activity = activity_of(command.header);
  const bool ternary = command.weight_kind == WeightKind::Ternary;
  const auto bytes = static_cast<std::uint32_t>(bits::bytes_for(kernels.first % 8 + kernels.count));
  signs_.words = static_cast<std::uint32_t>(bits::words_for(kernels.count));
  signs_.adds.resize(std::size_t{command.elements} * signs_.words);
  signs_.subtracts.resize(std::size_t{command.elements} * signs_.words);
  signs_.additions = 0;
  signs_.bytes = std::uint64_t{command.elements} * bytes * (ternary ? 2 : 1);
  for (std::uint32_t element = 0; element < command.elements; ++element) {
    const std::uint32_t address = command.sign_address + element * command.sign_pitch + kernels.first / 8;
    std::uint64_t* const adds = signs_.adds.data() + std::size_t{element} * signs_.words;
    std::uint64_t* const subtracts = signs_.subtracts.data() + std::size_t{element} * signs_.words;
    copy_bits(buffer.read(address, bytes, activity), kernels.first, kernels.count, adds);
    if (ternary) {
      const std::uint32_t behind = static_cast<std::uint32_t>(bits::bytes_for(command.kernels));
      copy_bits(buffer.read(address + behind, bytes, activity), kernels.first, kernels.count, subtracts);
    }
    for (std::uint32_t word = 0; word < signs_.words; ++word) {
      const std::uint32_t left = kernels.count - word * 64;
      const std::uint64_t mask = left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
      if (ternary) {  // added and subtracted is nothing
        const std::uint64_t both = adds[word] & subtracts[word];
        adds[word] ^= both;
        subtracts[word] ^= both;
      } else {
        subtracts[word] = command.weight_kind == WeightKind::Binary ? ~adds[word] & mask : 0;
      }
      signs_.additions += static_cast<std::uint64_t>(__builtin_popcountll(adds[word] | subtracts[word]));
    }
  }
}

// Detail fast. False when the sub-array wants to see every operation, or holds constants or inverted rows that are
// none.
bool InMemoryAdder::add_directly(const AddAccCommand& command, std::uint32_t subarray, std::uint32_t kernels) {
  std::uint64_t* const bits = rows.direct(subarray);
  if (bits == nullptr) {
    return false;
  }
  const auto row = [&](std::uint32_t index) { return bits + index * config_.row_words(); };
  bits::LaneSums work;
  work.row_words = config_.row_words();
  work.operands = row(command.operand_row);
  work.operand_count = command.elements;
  work.planes = command.activation_planes;
  work.complemented = command.weight_kind != WeightKind::Unsigned;
  work.sums = row(command.accumulator_row);
  work.sum_count = kernels;
  work.width = command.width;
  work.zeros = row(command.constant_row);
  work.ones = row(command.constant_row + 1);
  work.carry = config_.adder.carry_write_back ? row(command.constant_row + 2) : nullptr;
  work.adds = signs_.adds.data();
  work.subtracts = signs_.subtracts.data();
  if (!bits::add_lanes(work)) {
    return false;
  }
  rows.account_bits(subarray, signs_.additions * command.width);
  return true;
}

void InMemoryAdder::add_by_rows(const AddAccCommand& command, std::uint32_t subarray, std::uint32_t kernels) {
  for (std::uint32_t element = 0; element < command.elements; ++element) {
    const std::uint32_t operand_row = command.operand_row + element * rows_an_element(command);
    for (std::uint32_t kernel = 0; kernel < kernels; ++kernel) {
      const std::size_t word = std::size_t{element} * signs_.words + kernel / 64;
      const bool adds = (signs_.adds[word] >> kernel % 64 & 1) != 0;
      const bool subtracts = (signs_.subtracts[word] >> kernel % 64 & 1) != 0;
      if (adds || subtracts) {
        add_one(command, subarray, operand_row + (subtracts ? command.activation_planes : 0),
                command.accumulator_row + kernel * command.width, subtracts);
      }
    }
  }
}

// One addition, bit by bit. The rows that an operation raises are distinct: constants stand in either for the carry of
// bit 0 or for an operand's upper bits, never for both.
void InMemoryAdder::add_one(const AddAccCommand& command, std::uint32_t subarray, std::uint32_t operand_row,
                            std::uint32_t accumulator_row, bool subtract) {
  const std::uint32_t constant_row = command.constant_row + (subtract ? 1 : 0);
  const Activity activity = activity_of(command.header);
  RowTransaction preset;
  preset.activity = activity;
  preset.operation = RowOperation::PresetCarry;
  preset.preset = subtract;
  rows.operate(subarray, preset);
  AdderRows::Bit step;
  step.carry_row = command.constant_row + 2;
  for (std::uint32_t bit = 0; bit < command.width; ++bit) {
    step.operand_row = bit < command.activation_planes ? operand_row + bit : constant_row;
    step.accumulator_row = accumulator_row + bit;
    step.carry_in_row = bit == 0 ? constant_row : step.carry_row;
    step.carry_latched = bit > 0 && !config_.adder.carry_write_back;
    rows.add_bit(subarray, step, activity);
  }
}

std::uint64_t InMemoryAdder::read_sums(const ReadSumsCommand& command, std::uint32_t subarray, Ledger::BlockId block) {
  const Share kernels = kernels_of(command, subarray);
  const Share pixels = pixels_of(command, subarray);
  if (kernels.count == 0 || pixels.count == 0) {
    return 0;
  }
  const Activity activity = activity_of(command.header);
  const std::uint64_t row_count = std::uint64_t{kernels.count} * command.width;
  const std::size_t words = config_.row_words();
  const std::uint64_t* const sums =
      rows.read(subarray, command.accumulator_row, static_cast<std::uint32_t>(row_count), activity);
  const std::size_t lanes = bits::words_for(pixels.count) * 64;
  std::vector<std::int32_t> numbers(kernels.count * lanes);  // [kernel][lane]
  for (std::uint32_t kernel = 0; kernel < kernels.count; ++kernel) {
    bits::numbers_of_rows(sums + std::size_t{kernel} * command.width * words, words, command.width, pixels.count,
                          numbers.data() + kernel * lanes);
  }
  const std::uint32_t bytes = kernels.count * 4;
  std::vector<std::uint32_t> pixel_sums(kernels.count);
  for (std::uint32_t pixel = 0; pixel < pixels.count; ++pixel) {
    const std::uint32_t address =
        command.accumulator_address + (pixels.first + pixel) * command.accumulator_pitch + kernels.first * 4;
    const std::uint8_t* const held = command.accumulate != 0 ? buffer.read(address, bytes, activity) : nullptr;
    for (std::uint32_t kernel = 0; kernel < kernels.count; ++kernel) {
      std::uint32_t before = 0;
      if (held != nullptr) {
        std::memcpy(&before, held + kernel * 4, 4);
      }
      pixel_sums[kernel] = before + static_cast<std::uint32_t>(numbers[kernel * lanes + pixel]);
    }
    buffer.write(address, pixel_sums.data(), bytes, activity);
  }
  ledger_.count(block, Event::AdderStep, row_count, activity);
  ledger_.count(block, Event::PackBit, row_count * pixels.count, activity);
  const std::uint64_t moved = std::uint64_t{bytes} * pixels.count * (command.accumulate != 0 ? 2 : 1);
  return std::max(row_count * config_.read_cycles(),
                  (moved + config_.buffer.port_bytes - 1) / config_.buffer.port_bytes);
}

}  // namespace spinvp
