#include "ip/pim/bank.h"

#include <string>

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

Bank::Bank(sc_core::sc_module_name name, const ChipConfig& config, std::uint32_t first_subarray, Ledger& ledger)
    : sc_module(name), first_subarray_(first_subarray) {
  commands.register_b_transport(this, &Bank::transport);
  rows.register_b_transport(this, &Bank::transport_row);
  rows.register_get_direct_mem_ptr(this, &Bank::direct_row_pointer);

  const Ledger::BlockId subarray_block = add_subarray_block(ledger, basename(), config);
  for (std::uint32_t i = 0; i < config.subarrays_per_bank; ++i) {
    const std::string index = std::to_string(i);
    subarrays_.push_back(std::make_unique<SubArray>(
        ("subarray" + index).c_str(), config.subarray_config(first_subarray + i), ledger, subarray_block));
    to_subarrays_.bind(subarrays_.back()->rows);
  }
  if (config.accumulator.present) {
    const Ledger::BlockId block = add_accumulator_block(ledger, basename(), config);
    accumulator_ = std::make_unique<AndAccumulator>("accumulators", config, first_subarray, ledger, block);
    for (const auto& subarray : subarrays_) {
      accumulator_->rows.bind(subarray->rows);
    }
    to_accumulator_.bind(accumulator_->commands);
  }
  if (config.adder.scheme != AdditionScheme::None) {
    const Ledger::BlockId block = add_adder_block(ledger, basename(), config);
    adder_ = std::make_unique<InMemoryAdder>("adder", config, first_subarray, ledger, block);
    level_adder_ = std::make_unique<LevelAdder>("level_adder", config, first_subarray, ledger, block);
    for (const auto& subarray : subarrays_) {
      adder_->rows.socket.bind(subarray->rows);
      level_adder_->rows.socket.bind(subarray->rows);
    }
    to_adder_.bind(adder_->commands);
    to_level_adder_.bind(level_adder_->commands);
  }
}

void Bank::bind_buffer(GlobalBuffer& buffer) {
  if (accumulator_ != nullptr) {
    accumulator_->buffer.socket.bind(buffer.ports);
  }
  if (adder_ != nullptr) {
    adder_->buffer.socket.bind(buffer.ports);
    level_adder_->buffer.socket.bind(buffer.ports);
  }
}

void Bank::transport(CommandTransaction& transaction, sc_core::sc_time& delay) {
  switch (transaction.header().opcode) {
    case interface::AndAccCommand::opcode:
      to_accumulator_[0]->b_transport(transaction, delay);
      break;
    case interface::AddLevelsCommand::opcode:
    case interface::ReadLanesCommand::opcode:
      to_level_adder_[0]->b_transport(transaction, delay);
      break;
    default:
      to_adder_[0]->b_transport(transaction, delay);
  }
}

void Bank::transport_row(int, RowTransaction& transaction, sc_core::sc_time& delay) {
  const std::uint32_t local = transaction.subarray - first_subarray_;
  transaction.ok = local < subarrays_.size();
  if (transaction.ok) {
    to_subarrays_[static_cast<int>(local)]->b_transport(transaction, delay);
  }
}

bool Bank::direct_row_pointer(int, RowTransaction& transaction, tlm::tlm_dmi& dmi) {
  const std::uint32_t local = transaction.subarray - first_subarray_;
  return local < subarrays_.size() && to_subarrays_[static_cast<int>(local)]->get_direct_mem_ptr(transaction, dmi);
}

}  // namespace spinvp
