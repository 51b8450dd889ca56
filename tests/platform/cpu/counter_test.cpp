#include <catch2/catch.hpp>

#include "platform/cpu/core_harness.h"
#include "platform/cpu/encode.h"

using namespace spinvp::platform;
using namespace rv32;

namespace {

constexpr std::uint32_t start = CoreHarness::ram_base;

}  // namespace

TEST_CASE("minstret counts what has retired before it is read") {
  CoreHarness hart;
  hart.program({nop, nop, csrrs(a0, csr::minstret, zero), csrrs(a1, csr::mcycle, zero), csrrs(a2, csr::instret, zero)});
  hart.core.run(5);
  CHECK(hart.core.reg(a0) == 2);
  CHECK(hart.core.reg(a1) == 3);
  CHECK(hart.core.reg(a2) == 4);
}

TEST_CASE("an instruction that traps takes a cycle and does not retire") {
  CoreHarness hart;
  hart.program({ecall});
  hart.program({csrrs(a0, csr::minstret, zero), csrrs(a1, csr::mcycle, zero)}, CoreHarness::handler);
  hart.core.run(3);
  CHECK(hart.core.reg(a0) == 0);
  CHECK(hart.core.reg(a1) == 2);
}

TEST_CASE("a counter shows a written value to the next instruction") {
  CoreHarness hart;
  hart.program({csrrw(zero, csr::minstret, a1), csrrs(a0, csr::minstret, zero), csrrw(zero, csr::minstreth, a2),
                csrrs(a3, csr::minstreth, zero), csrrs(a4, csr::minstret, zero)});
  hart.core.set_reg(a1, 1000);
  hart.core.set_reg(a2, 7);
  hart.core.run(5);
  CHECK(hart.core.reg(a0) == 1000);
  CHECK(hart.core.reg(a3) == 7);
  CHECK(hart.core.reg(a4) == 1003);
}

TEST_CASE("the low half of a counter carries into the high half") {
  CoreHarness hart;
  hart.program({csrrw(zero, csr::mcycle, a1), nop, csrrs(a0, csr::mcycleh, zero), csrrs(a2, csr::mcycle, zero)});
  hart.core.set_reg(a1, 0xffffffff);
  hart.core.run(4);
  CHECK(hart.core.reg(a0) == 1);
  CHECK(hart.core.reg(a2) == 1);
}

TEST_CASE("mcountinhibit stops each counter on its own") {
  CoreHarness hart;
  hart.program({csrrwi(zero, csr::mcountinhibit, 1), nop, nop, csrrs(a0, csr::mcycle, zero),
                csrrs(a1, csr::minstret, zero), csrrwi(zero, csr::mcountinhibit, 0), csrrs(a2, csr::mcycle, zero)});
  hart.core.run(7);
  CHECK(hart.core.reg(a0) == 1);
  CHECK(hart.core.reg(a1) == 4);
  CHECK(hart.core.reg(a2) == 1);
}

TEST_CASE("runs of any length add up to the same state and counts") {
  const std::uint64_t step = GENERATE(1, 2, 3, 7, 1000);
  CoreHarness hart;
  // sum of 1..200, with an ecall in each round that the handler skips
  hart.program({add(a0, a0, a1), addi(a1, a1, -1), ecall, bne(a1, zero, -12), wfi});
  hart.program({csrrs(t0, csr::mepc, zero), addi(t0, t0, 4), csrrw(zero, csr::mepc, t0), mret}, CoreHarness::handler);
  hart.core.set_reg(a1, 200);
  while (hart.core.run(step) == StopReason::InstructionLimit) {
  }
  CHECK(hart.core.reg(a0) == 200 * 201 / 2);
  CHECK(hart.core.instructions() == 200 * 7 + 1);
  CHECK(hart.core.cycles() == 200 * 8 + 1);
  CHECK(hart.core.pc() == start + 20);
}

TEST_CASE("calls between pages count exactly in runs of any length") {
  const std::uint64_t step = GENERATE(1, 2, 3, 5, 1000);
  constexpr std::uint32_t function = start + 2 * CodePage::bytes;
  CoreHarness hart;
  hart.program({jalr(ra, a2, 0), addi(a1, a1, -1), bne(a1, zero, -8), jal(zero, 2 * CodePage::bytes + 4)});
  hart.program({addi(a0, a0, 3), jalr(zero, ra, 0)}, function);
  hart.program({wfi}, function + 16);
  hart.core.set_reg(a1, 100);
  hart.core.set_reg(a2, function);
  while (hart.core.run(step) == StopReason::InstructionLimit) {
  }
  CHECK(hart.core.reg(a0) == 300);
  CHECK(hart.core.instructions() == 100 * 5 + 2);
  CHECK(hart.core.pc() == function + 20);
}

TEST_CASE("the counts are exact during a bus access") {
  CoreHarness hart;
  std::uint64_t seen = 0;
  hart.bus.on_read = [&](std::uint32_t, std::uint32_t, std::uint32_t&) {
    seen = hart.core.instructions();
    hart.core.add_cycles(10);
    return true;
  };
  hart.program({nop, nop, lw(a0, a1, 0), csrrs(a2, csr::mcycle, zero)});
  hart.core.set_reg(a1, CoreHarness::unmapped);
  hart.core.run(4);
  CHECK(seen == 2);
  CHECK(hart.core.reg(a2) == 13);
}

TEST_CASE("store-conditional succeeds after its load-reserved and only once") {
  CoreHarness hart;
  hart.program({lr(a0, a1), sc(a2, a1, a3), sc(a4, a1, a5)});
  hart.core.set_reg(a1, CoreHarness::data);
  hart.core.set_reg(a3, 5);
  hart.core.set_reg(a5, 6);
  hart.core.run(3);
  CHECK(hart.core.reg(a2) == 0);
  CHECK(hart.core.reg(a4) == 1);
  CHECK(hart.word(CoreHarness::data) == 5);
}

TEST_CASE("store-conditional fails at another address and after another writer") {
  CoreHarness hart;
  hart.program({lr(a0, a1), sc(a2, a3, a4), lr(a0, a1), sc(a5, a1, a4)});
  hart.core.set_reg(a1, CoreHarness::data);
  hart.core.set_reg(a3, CoreHarness::data + 4);
  hart.core.run(3);
  CHECK(hart.core.reg(a2) == 1);
  hart.core.invalidate(CoreHarness::data + 3, 1);
  hart.core.run(1);
  CHECK(hart.core.reg(a5) == 1);
  CHECK(hart.word(CoreHarness::data) == 0);
}

TEST_CASE("an AMO on the bus is a read followed by a write") {
  CoreHarness hart;
  std::uint32_t stored = 40;
  hart.bus.on_read = [&stored](std::uint32_t, std::uint32_t, std::uint32_t& value) {
    value = stored;
    return true;
  };
  hart.bus.on_write = [&stored](std::uint32_t, std::uint32_t, std::uint32_t value) {
    stored = value;
    return true;
  };
  hart.program({amo(0, a0, a1, a2)});
  hart.core.set_reg(a1, CoreHarness::unmapped);
  hart.core.set_reg(a2, 2);
  hart.core.run(1);
  CHECK(stored == 42);
  CHECK(hart.core.reg(a0) == 40);
}

TEST_CASE("loads from the bus are sign-extended as the instruction says") {
  CoreHarness hart;
  hart.bus.on_read = [](std::uint32_t, std::uint32_t, std::uint32_t& value) {
    value = 0xff80;
    return true;
  };
  hart.program({lh(a0, a1, 0), i_type(0x03, 5, a2, a1, 0)});
  hart.core.set_reg(a1, CoreHarness::unmapped);
  hart.core.run(2);
  CHECK(hart.core.reg(a0) == 0xffffff80);
  CHECK(hart.core.reg(a2) == 0xff80);
}
