#include "firmware/mock_system.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "ip/interface/pim_interface.h"
#include "ip/interface/pim_view.h"

namespace spinvp::test {
namespace {

constexpr std::uint32_t register_space = 0x1000;

const interface::RegisterInfo& find_register(std::uint32_t offset) {
  for (const interface::RegisterInfo& info : interface::register_table) {
    if (info.offset == offset) {
      return info;
    }
  }
  throw std::logic_error(fmt::format("access to offset {:#x}, where there is no register", offset));
}

}  // namespace

MockChip::MockChip() {
  capabilities_ = {{PIM_REG_CAP_ARRAY, 512u << 16 | 256u},
                   {PIM_REG_CAP_BANKS, 8u << 16 | 4u},
                   {PIM_REG_CAP_BUFFER, 65536u},
                   {PIM_REG_CAP_ENGINES, PIM_CAP_ENGINES_AND_ACCUMULATE_MASK | 8u << PIM_CAP_ENGINES_MAX_PLANES_SHIFT},
                   {PIM_REG_CAP_CLOCK, 200000u},
                   {PIM_REG_CAP_FEATURES, PIM_CAP_FEATURES_STREAM_CHECK_MASK}};
  for (const interface::RegisterInfo& info : interface::register_table) {
    const auto capability = capabilities_.find(info.offset);
    registers_[info.offset] = capability == capabilities_.end() ? info.reset : capability->second;
  }
}

std::uint32_t MockChip::read(std::uint32_t offset) {
  const interface::RegisterInfo& info = find_register(offset);
  if (info.access == interface::Access::Wo) {
    throw std::logic_error(fmt::format("read of the write-only register {}", info.name));
  }
  return registers_[offset];
}

void MockChip::write(std::uint32_t offset, std::uint32_t value, std::uint64_t now) {
  const interface::RegisterInfo& info = find_register(offset);
  if (info.access == interface::Access::Ro) {
    throw std::logic_error(fmt::format("write of the read-only register {}", info.name));
  }
  if ((value & ~info.implemented) != 0) {
    throw std::logic_error(fmt::format("{:#x} sets reserved bits of {}", value, info.name));
  }
  if (offset == PIM_REG_CONTROL && (value & PIM_CONTROL_RESET_MASK) != 0) {
    reset();
  } else if (offset == PIM_REG_DOORBELL) {
    ring(now);
  } else if (info.access == interface::Access::W1c) {
    registers_[offset] &= ~value;
  } else {
    registers_[offset] = value;
  }
}

void MockChip::reset() {
  const std::uint32_t stuck = reset_works ? 0u : PIM_STATUS_BUSY_MASK;
  for (const interface::RegisterInfo& info : interface::register_table) {
    const bool is_constant = capabilities_.count(info.offset) != 0 || info.offset <= PIM_REG_VERSION;
    if (!is_constant) {
      registers_[info.offset] = info.reset;
    }
  }
  registers_[PIM_REG_STATUS] |= stuck;
  end_time_ = PIM_NO_DEADLINE;
}

std::uint64_t MockChip::pair(std::uint32_t low_offset) {
  return registers_[low_offset] | std::uint64_t{registers_[low_offset + 4]} << 32;
}

void MockChip::ring(std::uint64_t now) {
  std::uint32_t& status = registers_[PIM_REG_STATUS];
  const bool is_enabled = (registers_[PIM_REG_CONTROL] & PIM_CONTROL_ENABLE_MASK) != 0;
  if (!hears_doorbells || !is_enabled || (status & PIM_STATUS_BUSY_MASK) != 0) {
    status |= PIM_STATUS_REJECTED_MASK;
    return;
  }
  status = PIM_STATUS_BUSY_MASK;
  const Doorbell doorbell{pair(PIM_REG_STREAM_ADDRESS_LO), registers_[PIM_REG_STREAM_BYTES],
                          pair(PIM_REG_BASE_NETWORK_LO),   pair(PIM_REG_BASE_INPUT_LO),
                          pair(PIM_REG_BASE_OUTPUT_LO),    pair(PIM_REG_BASE_SCRATCH_LO)};
  doorbells.push_back(doorbell);
  end_ = on_stream(doorbell);
  end_time_ = end_.kind == StreamEnd::Kind::Never ? PIM_NO_DEADLINE : now + end_.ticks;
}

void MockChip::advance(std::uint64_t now) {
  if (end_time_ != PIM_NO_DEADLINE && now >= end_time_) {
    end_time_ = PIM_NO_DEADLINE;
    finish();
  }
}

void MockChip::finish() {
  if (end_.kind == StreamEnd::Kind::Done) {
    registers_[PIM_REG_STATUS] = sets_done ? PIM_STATUS_DONE_MASK : 0u;
    registers_[PIM_REG_IRQ_STATUS] |= PIM_IRQ_STATUS_DONE_MASK;
    return;
  }
  registers_[PIM_REG_STATUS] = PIM_STATUS_ERROR_MASK;
  registers_[PIM_REG_IRQ_STATUS] |= PIM_IRQ_STATUS_ERROR_MASK;
  registers_[PIM_REG_ERROR_CAUSE] = end_.cause;
  registers_[PIM_REG_ERROR_DETAIL] = end_.detail;
  registers_[PIM_REG_ERROR_ADDRESS_LO] = static_cast<std::uint32_t>(end_.address);
  registers_[PIM_REG_ERROR_ADDRESS_HI] = static_cast<std::uint32_t>(end_.address >> 32);
}

MockSystem::MockSystem() {
  add_chip(chip_base);
}

MockChip& MockSystem::add_chip(std::uint64_t base) {
  return chips_[base];
}

pim_hal MockSystem::hal() {
  pim_hal hal{};
  hal.context = this;
  hal.read32 = [](void* self, std::uint64_t address) { return static_cast<MockSystem*>(self)->read32(address); };
  hal.write32 = [](void* self, std::uint64_t address, std::uint32_t value) {
    static_cast<MockSystem*>(self)->write32(address, value);
  };
  hal.barrier = [](void*) {};
  hal.wait_for_interrupt = [](void* self, std::uint64_t deadline) {
    static_cast<MockSystem*>(self)->wait_for_interrupt(deadline);
  };
  hal.time = [](void* self) { return static_cast<MockSystem*>(self)->now_; };
  return hal;
}

std::uint32_t MockSystem::read32(std::uint64_t address) {
  if (address % 4 != 0) {
    throw std::logic_error(fmt::format("misaligned read at {:#x}", address));
  }
  const auto chip = chips_.upper_bound(address);
  if (chip != chips_.begin() && address - std::prev(chip)->first < register_space) {
    return std::prev(chip)->second.read(static_cast<std::uint32_t>(address - std::prev(chip)->first));
  }
  const auto word = memory_.find(address);
  return word == memory_.end() ? 0xDEADBEEFu : word->second;
}

void MockSystem::write32(std::uint64_t address, std::uint32_t value) {
  if (address % 4 != 0) {
    throw std::logic_error(fmt::format("misaligned write at {:#x}", address));
  }
  const auto chip = chips_.upper_bound(address);
  if (chip != chips_.begin() && address - std::prev(chip)->first < register_space) {
    std::prev(chip)->second.write(static_cast<std::uint32_t>(address - std::prev(chip)->first), value, now_);
    return;
  }
  memory_[address] = value;
}

void MockSystem::load(std::uint64_t address, const std::vector<std::uint8_t>& bytes) {
  for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    memory_[address + i] = bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16 | std::uint32_t{bytes[i + 3]} << 24;
  }
}

bool MockSystem::irq() const {
  return std::any_of(chips_.begin(), chips_.end(), [](const auto& chip) { return chip.second.irq(); });
}

void MockSystem::advance_to(std::uint64_t time) {
  now_ = std::max(now_, time);
  for (auto& [base, chip] : chips_) {
    chip.advance(now_);
  }
}

void MockSystem::call_handler() {
  constexpr int many = 100;
  while (interrupt_handler && irq()) {
    if (++handler_calls > many) {
      throw std::logic_error("the interrupt handler is entered again and again");
    }
    interrupt_handler();
  }
}

void MockSystem::pass(std::uint64_t ticks) {
  advance_to(now_ + ticks);
  if (!interrupt_is_lost) {
    call_handler();
  }
}

void MockSystem::wait_for_interrupt(std::uint64_t deadline) {
  ++waits;
  if (spurious_wakes > 0) {
    --spurious_wakes;
    return;
  }
  std::uint64_t wake = deadline;
  if (!interrupt_is_lost) {
    for (const auto& [base, chip] : chips_) {
      wake = std::min(wake, chip.next_event());
    }
  }
  if (wake == PIM_NO_DEADLINE) {
    throw std::logic_error("the driver would sleep forever");
  }
  advance_to(wake);
  if (!interrupt_is_lost) {
    call_handler();
  }
}

}  // namespace spinvp::test
