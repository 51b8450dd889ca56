#include <catch2/catch.hpp>

#include "platform/cpu/core_harness.h"
#include "platform/cpu/encode.h"

using namespace spinvp::platform;
using namespace rv32;

namespace {

constexpr std::uint32_t start = CoreHarness::ram_base;

/// Four rounds of a loop whose neighbours are all fused into pairs.
void load_loop(CoreHarness& hart) {
  hart.program({addi(a0, a0, 1), addi(a1, a1, 2), addi(a2, a2, 3), addi(a3, a3, -1), bne(a3, zero, -16), wfi});
  hart.core.set_reg(a3, 4);
}

}  // namespace

TEST_CASE("a run stops at a breakpoint before its instruction, in each round of a loop") {
  const std::uint32_t slot = GENERATE(0u, 1u, 2u, 3u, 4u);
  const bool executed_before = GENERATE(false, true);
  CoreHarness hart;
  load_loop(hart);
  if (executed_before) {
    hart.core.run(100);
    hart.core.set_pc(start);
    load_loop(hart);
  }
  const std::uint64_t before = hart.core.instructions();
  hart.core.set_breakpoint(start + 4 * slot);
  for (std::uint64_t round = 0; round < 4; ++round) {
    REQUIRE(hart.core.run(1000) == StopReason::Breakpoint);
    REQUIRE(hart.core.pc() == start + 4 * slot);
    REQUIRE(hart.core.instructions() - before == round * 5 + slot);
  }
  CHECK(hart.core.run(1000) == StopReason::WaitingForInterrupt);
  CHECK(hart.core.instructions() - before == 21);
}

TEST_CASE("a breakpoint reached at the end of a run stops the next one, and is then stepped over") {
  CoreHarness hart;
  load_loop(hart);
  hart.core.set_breakpoint(start + 4);
  CHECK(hart.core.run(1) == StopReason::InstructionLimit);
  CHECK(hart.core.run(1) == StopReason::Breakpoint);
  CHECK(hart.core.run(0) == StopReason::InstructionLimit);
  CHECK(hart.core.instructions() == 1);
  CHECK(hart.core.run(1) == StopReason::InstructionLimit);
  CHECK(hart.core.pc() == start + 8);
  CHECK(hart.core.reg(a1) == 2);
}

TEST_CASE("pass_breakpoint executes one instruction under a breakpoint, but a second arrival stops") {
  CoreHarness hart;
  hart.program({jal(zero, 0)});
  hart.core.set_breakpoint(start);
  hart.core.pass_breakpoint();
  CHECK(hart.core.run(10) == StopReason::Breakpoint);
  CHECK(hart.core.instructions() == 1);
  hart.core.set_pc(start);  // somebody came here anew
  CHECK(hart.core.run(10) == StopReason::Breakpoint);
  CHECK(hart.core.instructions() == 1);
}

TEST_CASE("a cleared breakpoint is gone") {
  CoreHarness hart;
  load_loop(hart);
  hart.core.set_breakpoint(start + 4);
  CHECK(hart.core.run(100) == StopReason::Breakpoint);
  hart.core.clear_breakpoint(start + 4);
  hart.core.clear_breakpoint(start + 8);  // never set
  CHECK(hart.core.run(100) == StopReason::WaitingForInterrupt);
  CHECK(hart.core.reg(a0) == 4);
}

TEST_CASE("a breakpoint outlives changes of its code, fence.i and new direct memory") {
  CoreHarness hart;
  hart.program({sw(a1, a2, 8), fence_i, addi(a0, a0, 1), wfi});
  hart.core.set_reg(a1, addi(a0, a0, 50));
  hart.core.set_reg(a2, start);
  hart.core.set_breakpoint(start + 8);
  CHECK(hart.core.run(100) == StopReason::Breakpoint);
  hart.core.invalidate(start, 16);
  hart.core.remove_memory(start, start);
  hart.core.add_memory({start, CoreHarness::ram_size, hart.ram.data(), true});
  hart.core.set_pc(start);
  CHECK(hart.core.run(100) == StopReason::Breakpoint);
  CHECK(hart.core.pc() == start + 8);
  CHECK(hart.core.run(100) == StopReason::WaitingForInterrupt);
  CHECK(hart.core.reg(a0) == 50);
}

TEST_CASE("an interrupt comes before the breakpoint, which stops the return from the handler") {
  CoreHarness hart;
  load_loop(hart);
  hart.program({csrrwi(zero, csr::mie, 0), mret}, CoreHarness::handler);
  hart.core.set_breakpoint(start + 4);
  CHECK(hart.core.run(100) == StopReason::Breakpoint);
  hart.core.set_csr(csr::mstatus, 8);
  hart.core.set_csr(csr::mie, interrupt::timer);
  hart.core.set_interrupt_lines(interrupt::timer);
  CHECK(hart.core.run(100) == StopReason::Breakpoint);
  CHECK(hart.core.pc() == start + 4);
  CHECK(hart.core.instructions() == 3);
}

TEST_CASE("a breakpoint on an interrupt's handler is hit also when the interrupt starts the run") {
  CoreHarness hart;
  load_loop(hart);
  hart.core.set_breakpoint(start);
  hart.core.set_breakpoint(CoreHarness::handler);
  CHECK(hart.core.run(100) == StopReason::Breakpoint);
  hart.core.set_csr(csr::mstatus, 8);
  hart.core.set_csr(csr::mie, interrupt::timer);
  hart.core.set_interrupt_lines(interrupt::timer);
  CHECK(hart.core.run(100) == StopReason::Breakpoint);
  CHECK(hart.core.pc() == CoreHarness::handler);
  CHECK(hart.core.instructions() == 0);
}

TEST_CASE("a breakpoint in code on the bus stops before it is fetched") {
  CoreHarness hart;
  std::uint32_t last = 0;
  hart.bus.on_fetch = [&last](std::uint32_t address, std::uint16_t& halfword) {
    last = address;
    halfword = c_nop;
    return true;
  };
  hart.core.set_pc(CoreHarness::unmapped);
  hart.core.set_breakpoint(CoreHarness::unmapped + 4);
  CHECK(hart.core.run(100) == StopReason::Breakpoint);
  CHECK(last == CoreHarness::unmapped + 2);
  CHECK(hart.core.pc() == CoreHarness::unmapped + 4);
  CHECK(hart.core.run(1) == StopReason::InstructionLimit);
  CHECK(last == CoreHarness::unmapped + 4);
}

TEST_CASE("breakpoints stop at instructions across a page boundary and across the end of memory") {
  CoreHarness hart;
  constexpr std::uint32_t boundary = start + CodePage::bytes;
  constexpr std::uint32_t last = start + CoreHarness::ram_size - 2;
  hart.put_word(boundary - 2, jalr(zero, a0, 0));
  hart.put_half(last, static_cast<std::uint16_t>(nop));
  hart.bus.on_fetch = [](std::uint32_t, std::uint16_t& halfword) {
    halfword = static_cast<std::uint16_t>(nop >> 16);
    return true;
  };
  hart.core.set_reg(a0, last);
  hart.core.set_breakpoint(boundary - 2);
  hart.core.set_breakpoint(last);
  hart.core.set_pc(boundary - 2);
  CHECK(hart.core.run(100) == StopReason::Breakpoint);
  CHECK(hart.core.run(100) == StopReason::Breakpoint);
  CHECK(hart.core.pc() == last);
  CHECK(hart.core.run(1) == StopReason::InstructionLimit);
  CHECK(hart.core.pc() == last + 4);
}
