#include "ip/pim/banks.h"

#include <string>
#include <utility>

namespace spinvp {
namespace {

void set_cost(Ledger::Block& block, Event event, Femtojoules cost) {
  block.costs[static_cast<std::size_t>(event)] = cost;
}

Ledger::BlockId add_subarray_block(Ledger& ledger, const std::string& bank, const ChipConfig& config) {
  Ledger::Block block;
  block.name = bank + ".subarrays";
  set_cost(block, Event::RowRead, config.subarray.read_energy);
  set_cost(block, Event::RowAnd2, config.subarray.and2_energy);
  set_cost(block, Event::RowOr2, config.subarray.and2_energy);
  set_cost(block, Event::RowXor2, config.subarray.xor2_energy);
  set_cost(block, Event::RowAnd3, config.subarray.maj3_energy);
  set_cost(block, Event::RowOr3, config.subarray.maj3_energy);
  set_cost(block, Event::RowMaj3, config.subarray.maj3_energy);
  set_cost(block, Event::RowFullAdd, config.subarray.full_add_energy);
  set_cost(block, Event::RowWrite, config.subarray.write_energy);
  block.leakage_watts = config.subarray.leakage_watts * config.subarrays_per_bank;
  return ledger.add_block(block);
}

Ledger::BlockId add_accumulator_block(Ledger& ledger, const std::string& bank, const ChipConfig& config) {
  Ledger::Block block;
  block.name = bank + ".accumulators";
  set_cost(block, Event::BitCount, config.accumulator.bit_count);
  set_cost(block, Event::ShiftAccumulate, config.accumulator.shift_accumulate);
  set_cost(block, Event::NvStore, config.accumulator.nv_store);
  block.leakage_watts = config.accumulator.leakage_watts * config.subarrays_per_bank;
  return ledger.add_block(block);
}

Ledger::BlockId add_adder_block(Ledger& ledger, const std::string& bank, const ChipConfig& config) {
  Ledger::Block block;
  block.name = bank + ".adders";
  set_cost(block, Event::AdderStep, config.adder.step);
  set_cost(block, Event::PackBit, config.digital.pack_bit);
  block.leakage_watts = config.adder.leakage_watts * config.subarrays_per_bank;
  return ledger.add_block(block);
}

}  // namespace

Banks::Banks(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger) : sc_module(name) {
  commands.register_b_transport(this, &Banks::transport);
  rows.register_b_transport(this, &Banks::transport_row);
  rows.register_get_direct_mem_ptr(this, &Banks::direct_row_pointer);

  const bool adds = config.adder.scheme != AdditionScheme::None;
  BankBlocks accumulator_blocks;
  BankBlocks adder_blocks;
  for (std::uint32_t bank = 0; bank < config.banks; ++bank) {
    const std::string bank_name = "bank" + std::to_string(bank);
    const Ledger::BlockId block = add_subarray_block(ledger, bank_name, config);
    for (std::uint32_t i = 0; i < config.subarrays_per_bank; ++i) {
      const auto index = static_cast<std::uint32_t>(subarrays_.size());
      subarrays_.push_back(std::make_unique<SubArray>(config.subarray_config(index), ledger, block));
    }
    if (config.accumulator.present) {
      accumulator_blocks.push_back(add_accumulator_block(ledger, bank_name, config));
    }
    if (adds) {
      adder_blocks.push_back(add_adder_block(ledger, bank_name, config));
    }
  }
  if (config.accumulator.present) {
    accumulator_ = std::make_unique<AndAccumulator>("accumulators", config, ledger, std::move(accumulator_blocks));
    accumulator_->rows.socket.bind(rows);
    to_accumulator_.bind(accumulator_->commands);
  }
  if (adds) {
    adder_ = std::make_unique<InMemoryAdder>("adders", config, ledger, adder_blocks);
    adder_->rows.socket.bind(rows);
    to_adder_.bind(adder_->commands);
    level_adder_ = std::make_unique<LevelAdder>("level_adders", config, ledger, std::move(adder_blocks));
    level_adder_->rows.socket.bind(rows);
    to_level_adder_.bind(level_adder_->commands);
  }
}

void Banks::bind_buffer(GlobalBuffer& buffer) {
  if (accumulator_ != nullptr) {
    accumulator_->buffer.socket.bind(buffer.ports);
  }
  if (adder_ != nullptr) {
    adder_->buffer.socket.bind(buffer.ports);
    level_adder_->buffer.socket.bind(buffer.ports);
  }
}

void Banks::transport(CommandTransaction& transaction, sc_core::sc_time& delay) {
  switch (transaction.header().opcode) {
    case interface::AndAccCommand::opcode:
      to_accumulator_->b_transport(transaction, delay);
      break;
    case interface::AddLevelsCommand::opcode:
    case interface::ReadLanesCommand::opcode:
      to_level_adder_->b_transport(transaction, delay);
      break;
    default:
      to_adder_->b_transport(transaction, delay);
  }
}

void Banks::transport_row(int, RowTransaction& transaction, sc_core::sc_time& delay) {
  transaction.ok = transaction.subarray < subarrays_.size();
  if (transaction.ok) {
    subarrays_[transaction.subarray]->transport(transaction, delay);
  }
}

bool Banks::direct_row_pointer(int, RowTransaction& transaction, tlm::tlm_dmi& dmi) {
  return transaction.subarray < subarrays_.size() && subarrays_[transaction.subarray]->direct_pointer(dmi);
}

}  // namespace spinvp
