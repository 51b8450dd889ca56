#include "firmware/chip_system.h"

#include <cstring>
#include <stdexcept>

#include "ip/config/chip_file.h"

namespace spinvp::test {
namespace {

platform::MemoryConfig memory_config() {
  platform::MemoryConfig config;
  config.size = 4 << 20;
  return config;
}

std::uint64_t now() {
  return sc_core::sc_time_stamp().value() / sc_core::sc_time(1, sc_core::SC_NS).value();
}

}  // namespace

ChipSystem::ChipSystem(sc_core::sc_module_name name, std::function<void(ChipSystem&)> program)
    : sc_module(name),
      device("pim", load_chip_config(SPINVP_SOURCE_DIR "/configs/chips/imce.yaml")),
      memory("memory", memory_config()),
      program_(std::move(program)) {
  registers.bind(device.host);
  device.dma.bind(memory.socket);
  device.irq.bind(irq);
  device.reset.bind(reset_);
  SC_HAS_PROCESS(ChipSystem);
  SC_THREAD(run);
}

void ChipSystem::run() {
  program_(*this);
  sc_core::sc_stop();
}

std::uint64_t ChipSystem::add(const std::vector<std::uint8_t>& bytes) {
  const std::uint64_t address = next_;
  next_ += (bytes.size() + 127) / 64 * 64;
  if (next_ > memory.size()) {
    throw std::logic_error("the memory is full");
  }
  std::memcpy(memory.data() + address, bytes.data(), bytes.size());
  return address;
}

std::vector<std::int32_t> ChipSystem::words(std::uint64_t address, std::size_t count) const {
  std::vector<std::int32_t> values(count);
  std::memcpy(values.data(), memory.data() + address, count * sizeof values[0]);
  return values;
}

std::uint32_t ChipSystem::access(tlm::tlm_command command, std::uint64_t address, std::uint32_t value) {
  if (address < chip_base) {
    std::uint8_t* word = memory.data() + address;
    std::memcpy(command == tlm::TLM_READ_COMMAND ? reinterpret_cast<std::uint8_t*>(&value) : word,
                command == tlm::TLM_READ_COMMAND ? word : reinterpret_cast<std::uint8_t*>(&value), sizeof value);
    return value;
  }
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(address - chip_base);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(sizeof value);
  payload.set_streaming_width(sizeof value);
  sc_core::sc_time delay;
  registers->b_transport(payload, delay);
  sc_core::wait(delay);
  if (payload.is_response_error()) {
    throw std::logic_error("the chip refused an access of its driver");
  }
  return value;
}

void ChipSystem::wait_for_interrupt(std::uint64_t deadline) {
  if (!irq.read()) {
    const std::uint64_t start = now();
    if (deadline == PIM_NO_DEADLINE) {
      sc_core::wait(irq.posedge_event());
    } else {
      sc_core::wait(sc_core::sc_time(deadline > start ? static_cast<double>(deadline - start) : 0.0, sc_core::SC_NS),
                    irq.posedge_event());
    }
  }
  if (irq.read()) {
    pim_irq(&handle);
  }
}

pim_hal ChipSystem::hal() {
  pim_hal hal{};
  hal.context = this;
  hal.read32 = [](void* self, std::uint64_t address) {
    return static_cast<ChipSystem*>(self)->access(tlm::TLM_READ_COMMAND, address, 0);
  };
  hal.write32 = [](void* self, std::uint64_t address, std::uint32_t value) {
    static_cast<ChipSystem*>(self)->access(tlm::TLM_WRITE_COMMAND, address, value);
  };
  hal.barrier = [](void*) {};
  hal.wait_for_interrupt = [](void* self, std::uint64_t deadline) {
    static_cast<ChipSystem*>(self)->wait_for_interrupt(deadline);
  };
  hal.time = [](void*) { return now(); };
  return hal;
}

}  // namespace spinvp::test
