// The CPU on a TLM bus. SystemC elaborates once a process: ctest runs each case on its own.
#include "platform/cpu/cpu.h"

#include <tlm_utils/simple_target_socket.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "core/errors.h"
#include "platform/cpu/encode.h"

using namespace spinvp;
using namespace spinvp::platform;
using namespace rv32;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

constexpr std::uint32_t ram_base = 0x80000000;
constexpr std::uint32_t ram_size = 0x10000;
constexpr std::uint32_t handler = ram_base + 0x8000;
constexpr std::uint32_t device_base = 0x10000000;
constexpr std::uint32_t device_size = 0x100;

const sc_time period(10, SC_NS);

/// RAM at `ram_base` and a device at `device_base`; everything else is an address error. Writing the device lowers its
/// interrupt line, which it raises every `interrupt_period`, `interrupts_left` times.
struct Surroundings : sc_core::sc_module {
  tlm_utils::simple_target_socket<Surroundings> socket{"socket"};
  sc_core::sc_out<bool> irq{"irq"};

  std::vector<std::uint8_t> ram = std::vector<std::uint8_t>(ram_size);
  bool grants_dmi = true;
  sc_time device_delay = sc_core::SC_ZERO_TIME;
  sc_time interrupt_period = sc_core::SC_ZERO_TIME;
  int interrupts_left = 0;
  std::vector<sc_time> device_accesses;
  int transports = 0;

  SC_HAS_PROCESS(Surroundings);
  explicit Surroundings(sc_core::sc_module_name name) : sc_module(name) {
    socket.register_b_transport(this, &Surroundings::transport);
    socket.register_get_direct_mem_ptr(this, &Surroundings::direct_memory);
    SC_THREAD(raise);
    SC_METHOD(drive);
    sensitive << level_changed_;
  }

  void put(std::uint32_t address, std::initializer_list<std::uint32_t> words) {
    for (const std::uint32_t word : words) {
      std::memcpy(&ram[address - ram_base], &word, 4);
      address += 4;
    }
  }

  void drop_dmi() { socket->invalidate_direct_mem_ptr(ram_base, ram_base + ram_size - 1); }

 private:
  void raise() {
    while (interrupts_left-- > 0) {
      wait(interrupt_period);
      level_ = true;
      level_changed_.notify();
    }
  }

  void drive() { irq.write(level_); }

  void transport(tlm::tlm_generic_payload& transaction, sc_time& delay) {
    ++transports;
    const std::uint64_t address = transaction.get_address();
    const std::uint32_t length = transaction.get_data_length();
    if (address >= ram_base && address + length <= ram_base + ram_size) {
      std::uint8_t* const memory = &ram[address - ram_base];
      if (transaction.is_read()) std::memcpy(transaction.get_data_ptr(), memory, length);
      if (transaction.is_write()) std::memcpy(memory, transaction.get_data_ptr(), length);
      transaction.set_dmi_allowed(grants_dmi);
    } else if (address >= device_base && address < device_base + device_size) {
      device_accesses.push_back(sc_core::sc_time_stamp() + delay);
      delay += device_delay;
      if (transaction.is_read()) std::memset(transaction.get_data_ptr(), 0x5a, length);
      if (transaction.is_write()) {
        level_ = false;
        level_changed_.notify();
      }
    } else {
      transaction.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      return;
    }
    transaction.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  bool direct_memory(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) {
    dmi.set_dmi_ptr(ram.data());
    dmi.set_start_address(ram_base);
    dmi.set_end_address(ram_base + ram_size - 1);
    dmi.allow_read_write();
    return grants_dmi;
  }

  bool level_ = false;
  sc_core::sc_event level_changed_;
};

struct System : sc_core::sc_module {
  Cpu cpu;
  Surroundings surroundings{"surroundings"};
  sc_core::sc_signal<bool> external{"external"};
  sc_core::sc_signal<bool> quiet{"quiet"};

  explicit System(const sc_time& quantum = sc_time(1000, SC_NS), sc_core::sc_module_name name = "system")
      : sc_module(name), cpu("cpu", {period, ram_base, 0, quantum}) {
    cpu.bus.bind(surroundings.socket);
    surroundings.irq(external);
    cpu.external_irq(external);
    cpu.software_irq(quiet);
    cpu.timer_irq(quiet);
    cpu.core().set_csr(csr::mtvec, handler);
    cpu.core().set_reg(a1, device_base);
    cpu.core().set_reg(a2, ram_base + 0x4000);
  }

  void run_until_asleep() { sc_core::sc_start(); }
  std::uint32_t reg(unsigned index) const { return cpu.core().reg(index); }
};

}  // namespace

namespace {

/// The same program and expectations for both kinds of memory.
void check_sum_program(bool grants_dmi) {
  System system;
  system.surroundings.grants_dmi = grants_dmi;
  system.surroundings.put(ram_base, {addi(a3, zero, 100), add(a0, a0, a3), sw(a0, a2, 0), lw(a4, a2, 0),
                                     addi(a3, a3, -1), bne(a3, zero, -16), wfi});
  system.run_until_asleep();
  CHECK(system.reg(a4) == 5050);
  CHECK(system.cpu.instructions() == 502);
  CHECK(system.cpu.cycles() == 502);
  CHECK(sc_core::sc_time_stamp() == 502 * period);
  if (grants_dmi) {
    CHECK(system.surroundings.transports == 1);
  } else {
    CHECK(system.surroundings.transports == 2 * 502 + 200);
  }
}

}  // namespace

TEST_CASE("a program runs from direct memory after one transaction") {
  check_sum_program(true);
}

TEST_CASE("a program runs without direct memory, one transaction an access") {
  check_sum_program(false);
}

TEST_CASE("a CPU refuses a clock period of zero") {
  CHECK_THROWS_AS(Cpu("cpu", {sc_core::SC_ZERO_TIME, 0, 0, sc_core::SC_ZERO_TIME}), InputError);
}

TEST_CASE("a device sees each access at its exact time, whatever the quantum") {
  System system;
  system.surroundings.put(ram_base, {nop, nop, sw(zero, a1, 0), nop, lw(a0, a1, 4), wfi});
  system.run_until_asleep();
  REQUIRE(system.surroundings.device_accesses.size() == 2);
  CHECK(system.surroundings.device_accesses[0] == 2 * period);
  CHECK(system.surroundings.device_accesses[1] == 4 * period);
  CHECK(system.reg(a0) == 0x5a5a5a5a);
}

TEST_CASE("a device's delay is charged in whole clock cycles") {
  System system;
  system.surroundings.device_delay = sc_time(25, SC_NS);
  system.surroundings.put(ram_base, {sw(zero, a1, 0), csrrs(a0, csr::mcycle, zero), wfi});
  system.run_until_asleep();
  CHECK(system.reg(a0) == 4);
  CHECK(system.cpu.instructions() == 3);
  CHECK(sc_core::sc_time_stamp() == 6 * period);
}

TEST_CASE("an acknowledged level interrupt enters the handler once") {
  System system(sc_time(100, sc_core::SC_US));
  system.surroundings.interrupt_period = sc_time(1005, SC_NS);
  system.surroundings.interrupts_left = 5;
  system.cpu.core().set_csr(csr::mie, interrupt::external);
  system.cpu.core().set_csr(csr::mstatus, 1u << 3);
  system.surroundings.put(ram_base, {wfi, jal(zero, -4)});
  system.surroundings.put(handler, {addi(a0, a0, 1), sw(zero, a1, 0), mret});
  system.run_until_asleep();
  CHECK(system.reg(a0) == 5);
  CHECK(system.surroundings.device_accesses.size() == 5);
}

TEST_CASE("a busy CPU takes an interrupt within a quantum and acknowledges it once") {
  System system;
  system.surroundings.interrupt_period = sc_time(5003, SC_NS);
  system.surroundings.interrupts_left = 4;
  system.cpu.core().set_csr(csr::mie, interrupt::external);
  system.cpu.core().set_csr(csr::mstatus, 1u << 3);
  system.surroundings.put(ram_base, {addi(a4, a4, 1), addi(t0, zero, 4), bne(a0, t0, -8), wfi});
  system.surroundings.put(handler, {addi(a0, a0, 1), sw(zero, a1, 0), mret});
  system.run_until_asleep();
  CHECK(system.reg(a0) == 4);
  for (std::size_t i = 0; i < system.surroundings.device_accesses.size(); ++i) {
    const sc_time late = system.surroundings.device_accesses[i] - static_cast<double>(i + 1) * sc_time(5003, SC_NS);
    CHECK(late <= sc_time(1000, SC_NS) + 3 * period);
  }
}

TEST_CASE("sleep is measured, ends at a clock edge and counts in mcycle") {
  System system;
  system.surroundings.interrupt_period = sc_time(12345, SC_NS);
  system.surroundings.interrupts_left = 1;
  system.cpu.core().set_csr(csr::mie, interrupt::external);
  system.surroundings.put(ram_base,
                          {wfi, csrrs(a0, csr::mcycle, zero), csrrs(a3, csr::minstret, zero), sw(zero, a1, 0), wfi});
  system.run_until_asleep();
  CHECK(system.reg(a0) == 1235);
  CHECK(system.reg(a3) == 2);
  CHECK(system.cpu.sleep_time() == 1234 * period);
  CHECK(system.cpu.instructions() == 5);
}

TEST_CASE("a bus error becomes a precise trap") {
  System system;
  system.surroundings.put(ram_base, {nop, lw(a0, zero, 0x40)});
  system.surroundings.put(handler, {csrrs(a3, csr::mepc, zero), csrrs(a4, csr::mtval, zero), wfi});
  system.run_until_asleep();
  CHECK(system.reg(a3) == ram_base + 4);
  CHECK(system.reg(a4) == 0x40);
  CHECK(system.cpu.core().csr(csr::mcause) == static_cast<std::uint32_t>(Exception::LoadFault));
}

TEST_CASE("memory whose direct access is withdrawn goes on working through the bus") {
  System system;
  system.surroundings.put(ram_base, {addi(a0, a0, 1), jal(zero, -4)});
  sc_core::sc_start(100 * period);
  const int transports = system.surroundings.transports;
  system.surroundings.grants_dmi = false;
  system.surroundings.drop_dmi();
  sc_core::sc_start(20 * period);
  CHECK(system.surroundings.transports > transports);
  CHECK(system.reg(a0) > 50);
}

TEST_CASE("code that a DMA writes is executed once it is announced") {
  System system(sc_time(100, SC_NS));
  system.surroundings.put(ram_base, {addi(a0, a0, 1), jal(zero, -4)});
  sc_core::sc_start(100 * period);
  system.surroundings.put(ram_base, {wfi});
  system.cpu.invalidate_code(ram_base, 4);
  system.run_until_asleep();
  CHECK(system.cpu.instructions() < 115);
  CHECK(system.cpu.core().pc() == ram_base + 4);
}
