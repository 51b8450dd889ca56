#include <catch2/catch.hpp>

#include "platform/cpu/core_harness.h"
#include "platform/cpu/encode.h"

using namespace spinvp::platform;
using namespace rv32;

namespace {

constexpr std::uint32_t start = CoreHarness::ram_base;
constexpr std::uint32_t mie_bit = 1u << 3;
constexpr std::uint32_t mpie_bit = 1u << 7;
constexpr std::uint32_t machine_mode = 3u << 11;
constexpr std::uint32_t is_interrupt = 1u << 31;

/// A hart that runs a field of no-operations with all interrupts enabled.
struct EnabledHart : CoreHarness {
  EnabledHart() {
    for (std::uint32_t offset = 0; offset < ram_size; offset += 4) put_word(ram_base + offset, nop);
    core.set_csr(csr::mie, interrupt::all);
    core.set_csr(csr::mstatus, mie_bit);
  }
};

}  // namespace

TEST_CASE("an enabled interrupt is taken at the next instruction boundary and masks further ones") {
  EnabledHart hart;
  hart.core.run(3);
  hart.core.set_interrupt_lines(interrupt::timer);
  hart.core.run(1);
  CHECK(hart.cause() == (is_interrupt | 7));
  CHECK(hart.epc() == start + 12);
  CHECK(hart.tval() == 0);
  CHECK(hart.core.pc() == CoreHarness::handler + 4);
  CHECK(hart.csr(csr::mstatus) == (machine_mode | mpie_bit));
  CHECK(hart.core.instructions() == 4);
  hart.core.run(5);
  CHECK(hart.core.pc() == CoreHarness::handler + 24);
}

TEST_CASE("external comes before software before timer") {
  EnabledHart hart;
  const std::uint32_t expected[] = {11, 3, 7};
  std::uint32_t lines = interrupt::all;
  for (const std::uint32_t cause : expected) {
    hart.core.set_interrupt_lines(lines);
    hart.core.set_csr(csr::mstatus, mie_bit);
    hart.core.run(1);
    CHECK(hart.cause() == (is_interrupt | cause));
    lines &= ~(1u << cause);
  }
}

TEST_CASE("mie and mstatus.MIE each keep an interrupt out") {
  EnabledHart hart;
  hart.core.set_interrupt_lines(interrupt::external);
  hart.core.set_csr(csr::mie, interrupt::timer);
  hart.core.run(2);
  CHECK(hart.core.pc() == start + 8);
  hart.core.set_csr(csr::mie, interrupt::external);
  hart.core.set_csr(csr::mstatus, 0);
  hart.core.run(2);
  CHECK(hart.core.pc() == start + 16);
  CHECK(hart.csr(csr::mip) == interrupt::external);
}

TEST_CASE("the instruction that enables interrupts completes before a pending one is taken") {
  EnabledHart hart;
  hart.core.set_csr(csr::mstatus, 0);
  hart.core.set_interrupt_lines(interrupt::software);
  hart.program({csrrsi(zero, csr::mstatus, mie_bit)});
  hart.core.run(2);
  CHECK(hart.epc() == start + 4);
  CHECK(hart.core.pc() == CoreHarness::handler + 4);
}

TEST_CASE("vectored mode sends interrupts to their slot and exceptions to the base") {
  EnabledHart hart;
  hart.core.set_csr(csr::mtvec, CoreHarness::handler | 1);
  hart.core.set_interrupt_lines(interrupt::external);
  hart.core.run(1);
  CHECK(hart.core.pc() == CoreHarness::handler + 4 * 11 + 4);
  hart.put_word(start, ecall);
  hart.core.set_pc(start);
  hart.core.run(1);
  CHECK(hart.core.pc() == CoreHarness::handler);
}

TEST_CASE("mret restores the interrupt enable and returns to mepc") {
  EnabledHart hart;
  hart.program({mret}, CoreHarness::handler);
  hart.core.set_interrupt_lines(interrupt::timer);
  hart.core.run(1);
  hart.core.set_interrupt_lines(0);
  CHECK(hart.core.pc() == start);
  CHECK(hart.csr(csr::mstatus) == (machine_mode | mie_bit | mpie_bit));
}

TEST_CASE("a level that stays high interrupts again right after mret") {
  EnabledHart hart;
  hart.program({mret}, CoreHarness::handler);
  hart.core.set_interrupt_lines(interrupt::timer);
  hart.core.run(10);
  CHECK(hart.core.pc() == start);  // ten times into the handler and back
}

TEST_CASE("wfi gives the host its time back until an enabled interrupt is pending") {
  EnabledHart hart;
  hart.program({wfi, addi(a0, zero, 1)});
  hart.core.set_csr(csr::mstatus, 0);
  CHECK(hart.core.run(100) == StopReason::WaitingForInterrupt);
  CHECK(hart.core.instructions() == 1);
  CHECK(hart.core.run(100) == StopReason::WaitingForInterrupt);
  CHECK(hart.core.instructions() == 1);
  hart.core.set_csr(csr::mie, interrupt::timer);
  hart.core.set_interrupt_lines(interrupt::external);
  CHECK(hart.core.run(1) == StopReason::WaitingForInterrupt);
  hart.core.set_interrupt_lines(interrupt::timer);
  CHECK(hart.core.run(1) == StopReason::InstructionLimit);
  CHECK(hart.core.reg(a0) == 1);  // interrupts are off: it goes on behind the wfi
}

TEST_CASE("an interrupt that ends a wfi returns behind it") {
  EnabledHart hart;
  hart.program({wfi});
  CHECK(hart.core.run(100) == StopReason::WaitingForInterrupt);
  hart.core.set_interrupt_lines(interrupt::software);
  hart.core.run(1);
  CHECK(hart.epc() == start + 4);
}

TEST_CASE("wfi with an interrupt pending does not wait") {
  EnabledHart hart;
  hart.program({wfi});
  hart.core.set_csr(csr::mstatus, 0);
  hart.core.set_interrupt_lines(interrupt::external);
  CHECK(hart.core.run(3) == StopReason::InstructionLimit);
  CHECK(hart.core.pc() == start + 12);
}

TEST_CASE("an interrupt raised by a store to a device is taken right after that store") {
  EnabledHart hart;
  hart.bus.on_write = [&hart](std::uint32_t, std::uint32_t, std::uint32_t) {
    hart.core.set_interrupt_lines(interrupt::external);
    return true;
  };
  hart.program({sw(zero, a1, 0), addi(a0, zero, 1)});
  hart.core.set_reg(a1, CoreHarness::unmapped);
  hart.core.run(2);
  CHECK(hart.epc() == start + 4);
  CHECK(hart.core.reg(a0) == 0);
}

TEST_CASE("a stop requested by a device takes effect at the instruction boundary") {
  EnabledHart hart;
  hart.bus.on_write = [&hart](std::uint32_t, std::uint32_t, std::uint32_t) {
    hart.core.request_stop();
    return true;
  };
  hart.program({sw(zero, a1, 0)});
  hart.core.set_reg(a1, CoreHarness::unmapped);
  CHECK(hart.core.run(100) == StopReason::StopRequested);
  CHECK(hart.core.pc() == start + 4);
  CHECK(hart.core.instructions() == 1);
  CHECK(hart.core.run(100) == StopReason::InstructionLimit);
}
