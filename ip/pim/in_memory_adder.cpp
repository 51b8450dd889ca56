#include "ip/pim/in_memory_adder.h"

#include <algorithm>
#include <cstring>

#include "core/bit_transpose.h"
#include "core/bits.h"
#include "core/lane_sums.h"

namespace spinvp {

using interface::AddAccCommand;
using interface::ReadSumsCommand;
using interface::WeightKind;

namespace {

std::uint32_t senses_a_bit(const ChipConfig& config) {
  return config.adder.scheme == AdditionScheme::A ? 2 : 1;
}

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

InMemoryAdder::InMemoryAdder(sc_core::sc_module_name name, const ChipConfig& config, std::uint32_t first_subarray,
                             Ledger& ledger, Ledger::BlockId block)
    : sc_module(name),
      buffer("buffer", config.buffer.bytes),
      config_(config),
      first_subarray_(first_subarray),
      ledger_(ledger),
      block_(block),
      row_(config.row_words()),
      direct_(config.subarrays_per_bank),
      asked_(config.subarrays_per_bank) {
  commands.register_b_transport(this, &InMemoryAdder::transport);
}

std::uint32_t InMemoryAdder::cycles_a_bit(const ChipConfig& config) {
  const std::uint32_t sensing = senses_a_bit(config) * config.read_cycles();
  const std::uint32_t writing = config.write_cycles();
  const std::uint32_t sum = config.adder.sum_write_cycle ? sensing + writing : std::max(sensing, writing);
  return sum + (config.adder.carry_write_back ? writing : 0);
}

void InMemoryAdder::transport(CommandTransaction& transaction, sc_core::sc_time& delay) {
  const auto header = transaction.header();
  const SubarrayRange range = computing_subarrays(transaction.words);
  const auto slowest = [&](const auto& run) {
    std::uint64_t cycles = 0;
    for (std::uint32_t local = 0; local < config_.subarrays_per_bank; ++local) {
      if (range.holds(first_subarray_ + local)) {
        cycles = std::max(cycles, run(local));
      }
    }
    return cycles;
  };
  std::uint64_t cycles = 0;
  if (header.opcode == AddAccCommand::opcode) {
    const auto command = AddAccCommand::decode(transaction.words);
    cycles = slowest([&](std::uint32_t local) { return add(command, local); });
  } else {
    const auto command = ReadSumsCommand::decode(transaction.words);
    cycles = slowest([&](std::uint32_t local) { return read_sums(command, local); });
  }
  buffer.settle(activity_of(header));
  settle(activity_of(header));
  delay += config_.clock_period * static_cast<double>(cycles);
}

std::uint64_t InMemoryAdder::add(const AddAccCommand& command, std::uint32_t local) {
  const Share kernels = kernels_of(command, first_subarray_ + local);
  if (kernels.count == 0) {
    return 0;
  }
  const Activity activity = activity_of(command.header);
  const std::uint32_t cleared = command.clear != 0 ? kernels.count * command.width : 0;
  clear(command, local, cleared);
  read_signs(command, kernels);
  if (!add_directly(command, local, kernels.count)) {
    add_by_rows(command, local, kernels.count);
  }
  const std::uint64_t bits = signs_.additions * command.width;
  const std::uint64_t writes = bits * (config_.adder.carry_write_back ? 2 : 1) + cleared;
  ledger_.count(block_, Event::Addition, signs_.additions, activity);
  ledger_.count(block_, Event::AdditionSkipped, std::uint64_t{command.elements} * kernels.count - signs_.additions,
                activity);
  ledger_.count(block_, Event::AdderStep, bits * senses_a_bit(config_) + writes, activity);
  const std::uint64_t adding = bits * cycles_a_bit(config_) + std::uint64_t{cleared} * config_.write_cycles();
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

void InMemoryAdder::clear(const AddAccCommand& command, std::uint32_t local, std::uint32_t row_count) {
  const Activity activity = activity_of(command.header);
  if (std::uint64_t* const bits = direct_rows(local)) {
    const std::size_t words = row_.size();
    std::fill_n(bits + command.accumulator_row * words, row_count * words, 0);
    account(local, RowOperation::Write, row_count);
    return;
  }
  std::fill(row_.begin(), row_.end(), 0);
  for (std::uint32_t i = 0; i < row_count; ++i) {
    write(local, command.accumulator_row + i, row_.data(), activity);
  }
}

// Detail fast. False when the sub-array wants to see every operation, or holds constants or inverted rows that are
// none.
bool InMemoryAdder::add_directly(const AddAccCommand& command, std::uint32_t local, std::uint32_t kernels) {
  std::uint64_t* const bits = direct_rows(local);
  if (bits == nullptr) {
    return false;
  }
  const auto row = [&](std::uint32_t index) { return bits + index * row_.size(); };
  bits::LaneSums work;
  work.row_words = row_.size();
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
  const std::uint64_t steps = signs_.additions * command.width;
  if (config_.adder.scheme == AdditionScheme::A) {
    account(local, RowOperation::Carry, steps);
    account(local, RowOperation::Sum, steps);
  } else {
    account(local, RowOperation::FullAdd, steps);
  }
  account(local, RowOperation::Write, steps * (config_.adder.carry_write_back ? 2 : 1));
  return true;
}

void InMemoryAdder::add_by_rows(const AddAccCommand& command, std::uint32_t local, std::uint32_t kernels) {
  for (std::uint32_t element = 0; element < command.elements; ++element) {
    const std::uint32_t operand_row = command.operand_row + element * rows_an_element(command);
    for (std::uint32_t kernel = 0; kernel < kernels; ++kernel) {
      const std::size_t word = std::size_t{element} * signs_.words + kernel / 64;
      const bool adds = (signs_.adds[word] >> kernel % 64 & 1) != 0;
      const bool subtracts = (signs_.subtracts[word] >> kernel % 64 & 1) != 0;
      if (adds || subtracts) {
        add_one(command, local, operand_row + (subtracts ? command.activation_planes : 0),
                command.accumulator_row + kernel * command.width, subtracts);
      }
    }
  }
}

// One addition, bit by bit. The rows that an operation raises are distinct: constants stand in either for the carry of
// bit 0 or for an operand's upper bits, never for both.
void InMemoryAdder::add_one(const AddAccCommand& command, std::uint32_t local, std::uint32_t operand_row,
                            std::uint32_t accumulator_row, bool subtract) {
  const std::uint32_t constant_row = command.constant_row + (subtract ? 1 : 0);
  const std::uint32_t carry_row = command.constant_row + 2;
  const bool writes_carry = config_.adder.carry_write_back;
  RowTransaction step;
  step.activity = activity_of(command.header);
  step.operation = RowOperation::PresetCarry;
  step.preset = subtract;
  operate(local, step);
  for (std::uint32_t bit = 0; bit < command.width; ++bit) {
    step.row = bit < command.activation_planes ? operand_row + bit : constant_row;
    step.second_row = accumulator_row + bit;
    step.third_row = bit == 0 ? constant_row : carry_row;
    step.latched_third = bit > 0 && !writes_carry;
    if (config_.adder.scheme == AdditionScheme::A) {
      step.operation = RowOperation::Carry;
      operate(local, step);
      if (writes_carry) {
        write(local, carry_row, step.carried, step.activity);
      }
      step.operation = RowOperation::Sum;
      operate(local, step);
      write(local, accumulator_row + bit, step.sensed, step.activity);
      continue;
    }
    step.operation = RowOperation::FullAdd;
    operate(local, step);
    std::copy_n(step.sensed, row_.size(), row_.data());
    if (writes_carry) {
      write(local, carry_row, step.carried, step.activity);
    }
    write(local, accumulator_row + bit, row_.data(), step.activity);
  }
}

std::uint64_t InMemoryAdder::read_sums(const ReadSumsCommand& command, std::uint32_t local) {
  const Share kernels = kernels_of(command, first_subarray_ + local);
  const Share pixels = pixels_of(command, first_subarray_ + local);
  if (kernels.count == 0 || pixels.count == 0) {
    return 0;
  }
  const Activity activity = activity_of(command.header);
  const std::uint64_t row_count = std::uint64_t{kernels.count} * command.width;
  const std::size_t words = row_.size();
  const std::uint64_t* sums = nullptr;
  std::vector<std::uint64_t> sensed;
  if (const std::uint64_t* const bits = direct_rows(local)) {
    sums = bits + command.accumulator_row * words;
    account(local, RowOperation::Read, row_count);
  } else {
    sensed.resize(row_count * words);
    RowTransaction sense;
    sense.activity = activity;
    for (std::uint32_t i = 0; i < row_count; ++i) {
      sense.row = command.accumulator_row + i;
      operate(local, sense);
      std::copy_n(sense.sensed, words, sensed.data() + i * words);
    }
    sums = sensed.data();
  }

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
  ledger_.count(block_, Event::AdderStep, row_count, activity);
  ledger_.count(block_, Event::PackBit, row_count * pixels.count, activity);
  const std::uint64_t moved = std::uint64_t{bytes} * pixels.count * (command.accumulate != 0 ? 2 : 1);
  return std::max(row_count * config_.read_cycles(),
                  (moved + config_.buffer.port_bytes - 1) / config_.buffer.port_bytes);
}

std::uint64_t* InMemoryAdder::direct_rows(std::uint32_t local) {
  if (!asked_[local]) {
    asked_[local] = true;
    RowTransaction transaction;
    tlm::tlm_dmi dmi;
    if (rows[static_cast<int>(local)]->get_direct_mem_ptr(transaction, dmi)) {
      direct_[local] = reinterpret_cast<std::uint64_t*>(dmi.get_dmi_ptr());
    }
  }
  return direct_[local];
}

void InMemoryAdder::operate(std::uint32_t local, RowTransaction& transaction) {
  sc_core::sc_time own = sc_core::SC_ZERO_TIME;  // cycles_a_bit() says how operations overlap
  rows[static_cast<int>(local)]->b_transport(transaction, own);
  sc_assert(transaction.ok);  // ranges were checked before
}

void InMemoryAdder::write(std::uint32_t local, std::uint32_t row, const std::uint64_t* words, Activity activity) {
  RowTransaction transaction;
  transaction.operation = RowOperation::Write;
  transaction.row = row;
  transaction.data = words;
  transaction.activity = activity;
  operate(local, transaction);
}

void InMemoryAdder::account(std::uint32_t local, RowOperation operation, std::uint64_t times) {
  pending_[static_cast<std::size_t>(operation)] += times;
  pending_local_ = local;
}

void InMemoryAdder::settle(Activity activity) {
  for (std::size_t operation = 0; operation < pending_.size(); ++operation) {
    if (pending_[operation] == 0) {
      continue;
    }
    RowTransaction transaction;
    transaction.operation = static_cast<RowOperation>(operation);
    transaction.activity = activity;
    transaction.accounted = pending_[operation];
    pending_[operation] = 0;
    operate(pending_local_, transaction);
  }
}

}  // namespace spinvp
