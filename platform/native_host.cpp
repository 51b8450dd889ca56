#include "platform/native_host.h"

#include <fmt/format.h>

#include <cstring>
#include <stdexcept>
#include <utility>

namespace spinvp::platform {
namespace {

/// Leaves the application through the frames of its C functions.
class BusError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

constexpr std::uint32_t word_bytes = 4;

/// The interrupt controller's registers, for context 0.
constexpr std::uint64_t plic_enable = 0x2000;
constexpr std::uint64_t plic_threshold = 0x200000;
constexpr std::uint64_t plic_claim = 0x200004;

/// So many interrupts in a row that are not the chip's mean that its line is stuck.
constexpr int most_strangers = 100;

}  // namespace

NativeHost::NativeHost(sc_core::sc_module_name name, NativeHostConfig config)
    : sc_module(name), config_(std::move(config)), tick_(1.0, sc_core::SC_US) {
  bus.register_invalidate_direct_mem_ptr(this, &NativeHost::invalidate);
  SC_HAS_PROCESS(NativeHost);
  SC_THREAD(run);
}

void NativeHost::run() {
  quantum_.reset();
  int code = bus_error_code;
  try {
    read_boot_info();
    enable_interrupt();
    app_.hal = hal();
    app_.print = [](void* self, const char* line) { static_cast<NativeHost*>(self)->config_.print(line); };
    app_.print_context = this;
    code = inference_run(&app_);
  } catch (const BusError& error) {
    config_.print(error.what());
  }
  quantum_.sync();
  config_.done(code);
}

void NativeHost::read_boot_info() {
  static_assert(sizeof(boot_info) == BOOT_INFO_BYTES);
  for (std::uint32_t offset = 0; offset < BOOT_INFO_BYTES; offset += word_bytes) {
    const std::uint32_t word = read32(config_.boot_info_address + offset);
    std::memcpy(reinterpret_cast<std::uint8_t*>(&app_.boot) + offset, &word, word_bytes);
  }
  if (app_.boot.timer_hz != 0) {
    tick_ = sc_core::sc_time(1.0 / app_.boot.timer_hz, sc_core::SC_SEC);
  }
}

void NativeHost::enable_interrupt() {
  const std::uint64_t plic = app_.boot.plic_base;
  const std::uint32_t source = app_.boot.pim_irq;
  if (plic == 0) {
    return;
  }
  write32(plic + std::uint64_t{source} * word_bytes, 1);
  write32(plic + plic_enable + source / 32 * word_bytes, 1u << source % 32);
  write32(plic + plic_threshold, 0);
}

void NativeHost::serve_interrupt() {
  const std::uint64_t plic = app_.boot.plic_base;
  const std::uint32_t source = plic == 0 ? 0 : read32(plic + plic_claim);
  strangers_ = pim_irq(&app_.device) ? 0 : strangers_ + 1;
  if (source != 0) {
    write32(plic + plic_claim, source);
  }
  if (strangers_ == most_strangers) {
    is_deaf_ = true;
    config_.print("interrupt: the chip's line stays high and is not listened to any more\n");
  }
}

std::uint32_t NativeHost::read32(std::uint64_t address) {
  std::uint32_t value = 0;
  if (const std::uint8_t* memory = direct_pointer(address, dmi_.is_read_allowed())) {
    std::memcpy(&value, memory, word_bytes);
    quantum_.inc(dmi_.get_read_latency() * word_bytes);
  } else {
    transport(tlm::TLM_READ_COMMAND, address, value);
  }
  return value;
}

void NativeHost::write32(std::uint64_t address, std::uint32_t value) {
  if (std::uint8_t* memory = direct_pointer(address, dmi_.is_write_allowed())) {
    std::memcpy(memory, &value, word_bytes);
    quantum_.inc(dmi_.get_write_latency() * word_bytes);
  } else {
    transport(tlm::TLM_WRITE_COMMAND, address, value);
  }
}

void NativeHost::barrier() {
  quantum_.sync();
}

void NativeHost::wait_for_interrupt(std::uint64_t deadline) {
  quantum_.sync();
  if (is_deaf_ || !external_irq.read()) {
    wait_for_line(deadline);
  }
  if (!is_deaf_ && external_irq.read()) {
    serve_interrupt();
  }
}

void NativeHost::wait_for_line(std::uint64_t deadline) {
  const std::uint64_t now = sc_core::sc_time_stamp().value();
  const std::uint64_t latest =
      (sc_core::sc_max_time().value() - now) / tick_.value();  // else the simulation ends before
  const std::uint64_t ticks_away = deadline > time() ? deadline - time() : 0;
  if (deadline == PIM_NO_DEADLINE || ticks_away >= latest) {
    sc_core::wait(external_irq.value_changed_event());
  } else {
    sc_core::wait(sc_core::sc_time::from_value(ticks_away * tick_.value()), external_irq.value_changed_event());
  }
}

std::uint64_t NativeHost::time() const {
  return quantum_.get_current_time().value() / tick_.value();
}

pim_hal NativeHost::hal() {
  pim_hal hal{};
  hal.context = this;
  hal.read32 = [](void* self, std::uint64_t address) { return static_cast<NativeHost*>(self)->read32(address); };
  hal.write32 = [](void* self, std::uint64_t address, std::uint32_t value) {
    static_cast<NativeHost*>(self)->write32(address, value);
  };
  hal.barrier = [](void* self) { static_cast<NativeHost*>(self)->barrier(); };
  hal.wait_for_interrupt = [](void* self, std::uint64_t deadline) {
    static_cast<NativeHost*>(self)->wait_for_interrupt(deadline);
  };
  hal.time = [](void* self) { return static_cast<NativeHost*>(self)->time(); };
  return hal;
}

void NativeHost::transport(tlm::tlm_command command, std::uint64_t address, std::uint32_t& value) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(word_bytes);
  payload.set_streaming_width(word_bytes);
  quantum_.sync();
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  bus->b_transport(payload, delay);
  quantum_.inc(delay);
  quantum_.sync();
  if (payload.is_response_error()) {
    throw BusError(fmt::format("native host: bus error: {} at {:#x}: {}\n",
                               command == tlm::TLM_READ_COMMAND ? "read" : "write", address,
                               payload.get_response_string()));
  }
  if (payload.is_dmi_allowed()) {
    dmi_.init();
    payload.set_address(address);
    has_dmi_ = bus->get_direct_mem_ptr(payload, dmi_);
  }
}

std::uint8_t* NativeHost::direct_pointer(std::uint64_t address, bool allowed) const {
  if (!has_dmi_ || !allowed || address < dmi_.get_start_address() || address > dmi_.get_end_address() ||
      dmi_.get_end_address() - address < word_bytes - 1) {
    return nullptr;
  }
  return dmi_.get_dmi_ptr() + (address - dmi_.get_start_address());
}

void NativeHost::invalidate(sc_dt::uint64 start, sc_dt::uint64 end) {
  if (has_dmi_ && start <= dmi_.get_end_address() && end >= dmi_.get_start_address()) {
    has_dmi_ = false;
  }
}

}  // namespace spinvp::platform
