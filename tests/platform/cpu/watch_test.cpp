// Watches: a run stops before it accesses watched bytes, whatever the access and however it would be executed.
#include <catch2/catch.hpp>

#include "platform/cpu/core_harness.h"
#include "platform/cpu/encode.h"

using namespace spinvp::platform;
using namespace rv32;

namespace {

constexpr std::uint32_t start = CoreHarness::ram_base;
constexpr std::uint32_t data = CoreHarness::data;
constexpr std::uint32_t amoadd = 0;

/// Expects a stop at `pc` for the byte at `address`, and the instruction not executed.
void check_stop(CoreHarness& hart, std::uint32_t pc, std::uint32_t address, bool is_write) {
  const std::uint64_t before = hart.core.instructions();
  REQUIRE(hart.core.run(1000) == StopReason::Watchpoint);
  CHECK(hart.core.pc() == pc);
  CHECK(hart.core.watch_hit().address == address);
  CHECK(hart.core.watch_hit().is_write == is_write);
  CHECK(hart.core.instructions() - before == (pc - start) / 4);
}

}  // namespace

TEST_CASE("a run stops before each kind of access to watched bytes, and the next run makes it") {
  struct Case {
    std::uint32_t code;
    bool is_write;
    std::uint32_t offset;  // of its first byte from data on
    std::uint32_t first;   // watched byte that it touches first
  };
  const Case one =
      GENERATE(Case{sw(a1, a2, 8), true, 8, 8}, Case{sw(a1, a2, 5), true, 5, 8}, Case{sw(a1, a2, 11), true, 11, 11},
               Case{sh(a1, a2, 7), true, 7, 8}, Case{sb(a1, a2, 11), true, 11, 11}, Case{lw(a0, a2, 8), false, 8, 8},
               Case{lh(a0, a2, 11), false, 11, 11}, Case{lb(a0, a2, 9), false, 9, 9});
  const bool warm = GENERATE(false, true);  // the fast path knows the memory already
  CoreHarness hart;
  hart.core.set_reg(a1, 0x55);
  hart.core.set_reg(a2, data);
  if (warm) {
    hart.program({lw(a0, a2, 0x100), sw(a1, a2, 0x100), lw(a0, a2, 0), sw(zero, a2, 0), wfi});
    hart.core.run(100);
    hart.core.set_pc(start);
    hart.core.invalidate(start, 64);
  }
  hart.program({sw(a1, a2, 12), lw(a0, a2, 12), lw(a0, a2, 4), sb(a1, a2, 7), one.code, wfi});
  hart.core.add_watch({data + 8, 4, true, true});
  check_stop(hart, start + 16, data + one.first, one.is_write);
  CHECK(hart.core.run(1000) == StopReason::WaitingForInterrupt);
  CHECK(hart.bus.accesses == 0);  // slower, but the same access
  if (one.is_write) CHECK(hart.ram[data + one.offset - start] == 0x55);
}

TEST_CASE("a watch of writes lets reads pass and one of reads writes") {
  for (const bool reads : {false, true}) {
    CoreHarness hart;
    hart.core.set_reg(a2, data);
    hart.program({lw(a0, a2, 0), sw(a1, a2, 0), lw(a0, a2, 0), sw(a1, a2, 0), wfi});
    hart.core.add_watch({data, 1, reads, !reads});
    check_stop(hart, reads ? start : start + 4, data, !reads);
    REQUIRE(hart.core.run(1000) == StopReason::Watchpoint);
    CHECK(hart.core.pc() == (reads ? start + 8 : start + 12));
    hart.core.clear_watches();
    CHECK(hart.core.run(1000) == StopReason::WaitingForInterrupt);
  }
}

TEST_CASE("atomics stop at watches as reads and as writes") {
  for (const std::uint32_t code : {amo(amoadd, a0, a2, a1), sc(a0, a2, a1), lr(a0, a2)}) {
    CoreHarness hart;
    hart.core.set_reg(a2, data);
    hart.program({nop, code, wfi});
    hart.core.add_watch({data + 3, 1, true, true});
    check_stop(hart, start + 4, data + 3, code == sc(a0, a2, a1));
    CHECK(hart.core.run(1000) == StopReason::WaitingForInterrupt);
  }
}

TEST_CASE("a watched access under a breakpoint stops twice, once for each") {
  CoreHarness hart;
  hart.core.set_reg(a2, data);
  hart.program({nop, sw(a1, a2, 0), wfi});
  hart.core.set_breakpoint(start + 4);
  hart.core.add_watch({data, 4, false, true});
  CHECK(hart.core.run(100) == StopReason::Breakpoint);
  CHECK(hart.core.run(100) == StopReason::Watchpoint);
  CHECK(hart.core.instructions() == 1);
  CHECK(hart.core.run(100) == StopReason::WaitingForInterrupt);
  CHECK(hart.core.instructions() == 3);
}

TEST_CASE("a watch stops before a device sees the access") {
  CoreHarness hart;
  std::uint32_t written = 0;
  hart.bus.on_write = [&written](std::uint32_t, std::uint32_t, std::uint32_t value) {
    written = value;
    return true;
  };
  hart.core.set_reg(a1, 7);
  hart.core.set_reg(a2, CoreHarness::unmapped);
  hart.program({sw(a1, a2, 4), wfi});
  hart.core.add_watch({CoreHarness::unmapped + 4, 4, false, true});
  check_stop(hart, start, CoreHarness::unmapped + 4, true);
  CHECK(written == 0);
  CHECK(hart.core.run(1000) == StopReason::WaitingForInterrupt);
  CHECK(written == 7);
}

TEST_CASE("watching memory changes neither results nor counts of the code around it") {
  const auto run = [](bool watched) {
    CoreHarness hart;
    hart.core.set_reg(a2, data);
    hart.core.set_reg(a3, 200);
    // A store and a load that wander over the watched byte's neighbours, in loops whose instructions are fused.
    hart.program({sw(a3, a2, 4), lw(a0, a2, 4), add(a4, a4, a0), sw(a4, a2, -8), lb(a0, a2, -5), add(a4, a4, a0),
                  addi(a2, a2, 1), addi(a3, a3, -1), bne(a3, zero, -32), wfi});
    if (watched) hart.core.add_watch({data + 0x1000, 1, true, true});
    if (watched) hart.core.add_watch({data + 0x67, 1, false, false});  // no access at all: the slow path alone
    CHECK(hart.core.run(100000) == StopReason::WaitingForInterrupt);
    return std::make_pair(hart.core.reg(a4), std::make_pair(hart.core.cycles(), hart.ram));
  };
  CHECK(run(true) == run(false));
}

TEST_CASE("an ebreak stops a run once where that is asked for, and traps in the next one") {
  CoreHarness hart;
  hart.program({nop, ebreak});
  hart.program({wfi}, CoreHarness::handler);
  hart.core.stop_at_ebreak(true);
  CHECK(hart.core.run(10) == StopReason::Ebreak);
  CHECK(hart.core.pc() == start + 4);
  CHECK(hart.cause() == 0);
  CHECK(hart.core.run(10) == StopReason::WaitingForInterrupt);
  CHECK(hart.cause() == static_cast<std::uint32_t>(Exception::Breakpoint));
  CHECK(hart.epc() == start + 4);
}

TEST_CASE("take_interrupt enters the handler without executing anything") {
  CoreHarness hart;
  hart.program({nop});
  CHECK_FALSE(hart.core.take_interrupt());
  hart.core.set_csr(csr::mie, interrupt::timer);
  hart.core.set_interrupt_lines(interrupt::timer);
  CHECK_FALSE(hart.core.take_interrupt());
  hart.core.set_csr(csr::mstatus, 8);
  CHECK(hart.core.take_interrupt());
  CHECK(hart.core.pc() == CoreHarness::handler);
  CHECK(hart.epc() == start);
  CHECK(hart.core.cycles() == 0);
  CHECK_FALSE(hart.core.take_interrupt());
}
