#include "platform/cpu/cpu.h"

#include <algorithm>
#include <cstring>

#include "core/errors.h"

namespace spinvp::platform {
namespace {

/// So many that no decoding ahead and no retry of a working system comes near.
constexpr int most_refused_fetches = 16;

}  // namespace

sc_core::sc_time Cpu::QuantumKeeper::compute_local_quantum() {
  return quantum_;
}

sc_core::sc_time Cpu::QuantumKeeper::remaining() const {
  const sc_core::sc_time now = get_current_time();
  return m_next_sync_point > now ? m_next_sync_point - now : sc_core::SC_ZERO_TIME;
}

Cpu::Cpu(sc_core::sc_module_name name, const CpuConfig& config)
    : sc_core::sc_module(name),
      config_(config),
      core_(*this, config.reset_pc, config.hart_id),
      quantum_keeper_(config.quantum) {
  if (config.clock_period == sc_core::SC_ZERO_TIME) {
    throw InputError(std::string(this->name()) + ": the clock period of a CPU must not be zero");
  }
  bus.register_invalidate_direct_mem_ptr(this, &Cpu::invalidate_direct_memory);
  SC_HAS_PROCESS(Cpu);
  SC_THREAD(execute);
}

void Cpu::execute() {
  start_time_ = sc_core::sc_time_stamp();
  quantum_keeper_.reset();
  if (debugger_ != nullptr) halt(HaltReason::Start);
  while (true) {
    sample_interrupts();
    if (resume_ == Resume::Step || resume_ == Resume::StepWithoutInterrupts) {
      step();
      continue;
    }
    const std::uint64_t cycles = quantum_keeper_.remaining().value() / config_.clock_period.value();
    const StopReason reason = run(std::max<std::uint64_t>(cycles, 1));
    if (reason == StopReason::WaitingForInterrupt) {
      sleep();
    } else {
      synchronise(core_.cycles());
    }
    if (debugger_ != nullptr) halt_after(reason);
  }
}

StopReason Cpu::run(std::uint64_t cycles) {
  if (observers_.empty()) return core_.run(cycles);
  // As many attempts as one run would make, with the same looks at interrupts.
  for (; cycles > 0; --cycles) {
    if (core_.take_interrupt()) {
      for (CpuObserver* observer : observers_) observer->interrupt_entered(core_);
    }
    for (CpuObserver* observer : observers_) observer->before_instruction(core_);
    const std::uint64_t before = core_.cycles();
    const StopReason reason = core_.run(1);
    if (core_.cycles() != before) {
      for (CpuObserver* observer : observers_) observer->after_instruction(core_);
    }
    if (reason != StopReason::InstructionLimit) return reason;
  }
  return StopReason::InstructionLimit;
}

void Cpu::step() {
  const bool takes_interrupts = resume_ == Resume::Step;
  if (!takes_interrupts) core_.set_interrupt_lines(0);
  if (core_.take_interrupt()) {
    for (CpuObserver* observer : observers_) observer->interrupt_entered(core_);
    halt(HaltReason::Step);
    return;
  }
  const StopReason reason = run(1);
  if (reason == StopReason::WaitingForInterrupt) {
    sleep();
    if (!takes_interrupts && core_.interrupt_pending()) core_.set_pc(core_.pc());  // awake without an interrupt
    if (!halt_wanted()) return;  // the step itself is still to be made
  }
  synchronise(core_.cycles());
  if (reason == StopReason::InstructionLimit) {
    halt(HaltReason::Step);
  } else {
    halt_after(reason);
  }
}

void Cpu::halt_after(StopReason reason) {
  if (reason == StopReason::Breakpoint) {
    halt(HaltReason::Breakpoint);
  } else if (reason == StopReason::Watchpoint) {
    halt(HaltReason::Watch);
  } else if (reason == StopReason::Ebreak) {
    halt(HaltReason::Ebreak);
  } else if (other_write_) {
    halt(HaltReason::OtherWrite);
  } else if (debugger_->wants_halt()) {
    halt(HaltReason::Request);
  }
}

void Cpu::halt(HaltReason reason) {
  sample_interrupts();
  const bool other_write = reason == HaltReason::OtherWrite;
  const Halt halt{reason, other_write ? *other_write_ : core_.watch_hit()};
  if (other_write) other_write_.reset();
  resume_ = debugger_->halted(halt);
  if (other_write && (resume_ == Resume::Step || resume_ == Resume::StepWithoutInterrupts)) {
    // Debuggers step over an instruction to see what it has written; here no instruction has.
    resume_ = debugger_->halted({HaltReason::Step, {}});
  }
  if (resume_ == Resume::Detach) {
    debugger_ = nullptr;
    other_write_.reset();
    resume_ = Resume::Run;
  }
  while (resume_ == Resume::Never) wait();
}

void Cpu::sleep() {
  synchronise(core_.cycles());
  sample_interrupts();
  while (!core_.interrupt_pending() && !halt_wanted()) {
    wait_for_wake_up();
    sample_interrupts();
  }
  const std::uint64_t now = time_to_cycles(sc_core::sc_time_stamp() - start_time_);
  const std::uint64_t slept = now > core_.cycles() ? now - core_.cycles() : 0;
  sleep_cycles_ += slept;
  core_.add_cycles(slept);
  synchronise(core_.cycles());
}

void Cpu::wait_for_wake_up() {
  const sc_core::sc_time poll_period(10, sc_core::SC_US);  // between two looks at the debugger
  const sc_core::sc_event_or_list lines =
      software_irq.value_changed_event() | timer_irq.value_changed_event() | external_irq.value_changed_event();
  if (debugger_ == nullptr) {
    wait(lines);
  } else if (!sc_core::sc_pending_activity()) {
    debugger_->wait_for_request();
  } else {
    wait(poll_period, lines | other_write_event_);
  }
}

bool Cpu::halt_wanted() {
  return debugger_ != nullptr && (other_write_ || debugger_->wants_halt());
}

void Cpu::memory_written(std::uint64_t address, std::uint64_t length) {
  core_.invalidate(address, length);
  if (core_.watches().empty() || other_write_) return;
  other_write_ = core_.watches().hit(address, length, true);
  if (other_write_) {
    core_.request_stop();
    other_write_event_.notify();
  }
}

void Cpu::synchronise(std::uint64_t cycle) {
  const sc_core::sc_time local = start_time_ + cycles_to_time(cycle);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (local > now) {
    quantum_keeper_.set(local - now);
    quantum_keeper_.sync();
  } else {
    quantum_keeper_.reset();
  }
}

void Cpu::sample_interrupts() {
  core_.set_interrupt_lines((software_irq.read() ? interrupt::software : 0) |
                            (timer_irq.read() ? interrupt::timer : 0) |
                            (external_irq.read() ? interrupt::external : 0));
}

sc_core::sc_time Cpu::cycles_to_time(std::uint64_t cycles) const {
  return sc_core::sc_time::from_value(config_.clock_period.value() * cycles);
}

std::uint64_t Cpu::time_to_cycles(const sc_core::sc_time& time) const {
  const std::uint64_t period = config_.clock_period.value();
  return time.value() / period + (time.value() % period != 0 ? 1 : 0);
}

bool Cpu::fetch(std::uint32_t address, std::uint16_t& halfword) {
  std::uint8_t data[sizeof halfword];
  if (!transport(tlm::TLM_READ_COMMAND, address, data, sizeof data)) {
    stop_when_locked_up(address);
    return false;
  }
  std::memcpy(&halfword, data, sizeof halfword);
  return true;
}

void Cpu::stop_when_locked_up(std::uint32_t address) {
  const bool same = refused_ > 0 && address == refused_address_ && core_.instructions() == refused_at_;
  refused_address_ = address;
  refused_at_ = core_.instructions();
  refused_ = same ? refused_ + 1 : 1;
  while (refused_ == most_refused_fetches) {
    wait();  // for nothing: no process wakes it
  }
}

bool Cpu::read(std::uint32_t address, std::uint32_t length, std::uint32_t& value) {
  std::uint8_t data[sizeof value] = {};
  const bool ok = transport(tlm::TLM_READ_COMMAND, address, data, length);
  if (ok) std::memcpy(&value, data, sizeof value);
  synchronise(core_.cycles() + 1);
  sample_interrupts();
  return ok;
}

bool Cpu::write(std::uint32_t address, std::uint32_t length, std::uint32_t value) {
  std::uint8_t data[sizeof value];
  std::memcpy(data, &value, sizeof value);
  const bool ok = transport(tlm::TLM_WRITE_COMMAND, address, data, length);
  synchronise(core_.cycles() + 1);
  sample_interrupts();
  return ok;
}

bool Cpu::transport(tlm::tlm_command command, std::uint32_t address, std::uint8_t* data, std::uint32_t length) {
  synchronise(core_.cycles());
  tlm::tlm_generic_payload transaction;
  transaction.set_command(command);
  transaction.set_address(address);
  transaction.set_data_ptr(data);
  transaction.set_data_length(length);
  transaction.set_streaming_width(length);
  transaction.set_byte_enable_ptr(nullptr);
  transaction.set_dmi_allowed(false);
  transaction.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  bus->b_transport(transaction, delay);
  // The target may also have waited instead of annotating its delay.
  const std::uint64_t end = time_to_cycles(sc_core::sc_time_stamp() + delay - start_time_);
  if (end > core_.cycles()) core_.add_cycles(end - core_.cycles());
  if (transaction.is_response_error()) return false;
  if (transaction.is_dmi_allowed()) request_direct_memory(command, address);
  return true;
}

void Cpu::request_direct_memory(tlm::tlm_command command, std::uint32_t address) {
  tlm::tlm_generic_payload transaction;
  transaction.set_command(command);
  transaction.set_address(address);
  tlm::tlm_dmi dmi;
  if (!bus->get_direct_mem_ptr(transaction, dmi) || !dmi.is_read_allowed()) return;
  constexpr sc_dt::uint64 last_address = 0xffffffffu;
  const sc_dt::uint64 first = dmi.get_start_address();
  const sc_dt::uint64 last = std::min(dmi.get_end_address(), last_address);
  if (first > address || last < address) return;
  const bool data = !config_.data_over_bus;
  core_.add_memory(
      {static_cast<std::uint32_t>(first), last - first + 1, dmi.get_dmi_ptr(), data && dmi.is_write_allowed(), data});
}

void Cpu::invalidate_direct_memory(sc_dt::uint64 first, sc_dt::uint64 last) {
  core_.remove_memory(first, last);
}

}  // namespace spinvp::platform
