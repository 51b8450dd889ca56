#include <catch2/catch.hpp>

#include "platform/cpu/core_harness.h"
#include "platform/cpu/encode.h"

using namespace spinvp::platform;
using namespace rv32;

namespace {

constexpr std::uint32_t start = CoreHarness::ram_base;

}  // namespace

TEST_CASE("a store into code that has run is executed, with and without fence.i") {
  const std::uint32_t fence = GENERATE(fence_i, nop);
  CoreHarness hart;
  // Twice around: the first round replaces `addi a0, a0, 1` by `addi a0, a0, 100`.
  hart.program({addi(a0, a0, 1), sw(a1, a2, 0), fence, addi(a3, a3, -1), bne(a3, zero, -16), ebreak});
  hart.core.set_reg(a1, addi(a0, a0, 100));
  hart.core.set_reg(a2, start);
  hart.core.set_reg(a3, 3);
  hart.core.run(3 * 5);
  CHECK(hart.core.reg(a0) == 201);
  CHECK(hart.core.instructions() == 15);
}

TEST_CASE("a store may change the very next instruction") {
  CoreHarness hart;
  hart.program({nop, sw(a1, a2, 8), addi(a0, a0, 1), ebreak});
  hart.core.set_reg(a2, CoreHarness::data);
  hart.core.run(3);  // decodes all of it
  hart.core.set_reg(a1, addi(a0, a0, 50));
  hart.core.set_reg(a2, start);
  hart.core.set_pc(start);
  hart.core.run(3);
  CHECK(hart.core.reg(a0) == 51);
}

TEST_CASE("a store may overwrite itself and still completes") {
  CoreHarness hart;
  hart.program({sw(a1, a2, 0), addi(a0, a0, 1), ebreak});
  hart.core.set_reg(a1, addi(a0, a0, 50));
  hart.core.set_reg(a2, start);
  hart.core.run(2);
  CHECK(hart.core.reg(a0) == 1);
  CHECK(hart.core.pc() == start + 8);
  hart.core.set_pc(start);
  hart.core.run(2);
  CHECK(hart.core.reg(a0) == 52);
}

TEST_CASE("a byte store into the upper half of an instruction is noticed") {
  CoreHarness hart;
  hart.program({addi(a0, a0, 1), sb(a1, a2, 3), addi(a3, a3, -1), bne(a3, zero, -12)});
  hart.core.set_reg(a1, 0x02);  // imm[11:4] = 2: addi a0, a0, 33
  hart.core.set_reg(a2, start);
  hart.core.set_reg(a3, 2);
  hart.core.run(8);
  CHECK(hart.core.reg(a0) == 1 + 33);
}

TEST_CASE("an instruction across a page boundary is noticed when either half changes") {
  CoreHarness hart;
  const std::uint32_t boundary = start + CodePage::bytes;
  const std::uint32_t first = addi(a0, zero, 1);
  const std::uint32_t second = addi(a0, zero, 0x7ff);
  hart.put_word(boundary - 2, first);
  hart.program({sh(a1, a2, 0), jalr(zero, a3, 0)});
  hart.core.set_reg(a1, second >> 16);
  hart.core.set_reg(a2, boundary);
  hart.core.set_reg(a3, boundary - 2);
  hart.core.set_pc(boundary - 2);
  hart.core.run(1);
  CHECK(hart.core.reg(a0) == 1);
  CHECK(hart.core.pc() == boundary + 2);
  hart.core.set_pc(start);
  hart.core.run(3);
  CHECK(hart.core.reg(a0) == 0x7ff);
}

TEST_CASE("a DMA into code is executed once it is announced") {
  CoreHarness hart;
  hart.program({addi(a0, zero, 1), addi(a0, a0, 1), ebreak});
  hart.core.run(2);
  CHECK(hart.core.reg(a0) == 2);
  hart.program({addi(a0, zero, 10), addi(a0, a0, 10)});
  hart.core.invalidate(0, 0x100000000);  // whatever range: only what lies in memory counts
  hart.core.set_pc(start);
  hart.core.run(2);
  CHECK(hart.core.reg(a0) == 20);
}

TEST_CASE("an announcement that overflows the address space does no harm") {
  CoreHarness hart;
  hart.program({addi(a0, zero, 1)});
  hart.core.run(1);
  hart.core.invalidate(start, ~std::uint64_t{0});
  hart.core.invalidate(~std::uint64_t{0}, 1);
  hart.core.invalidate(start, 0);
  hart.core.set_pc(start);
  hart.core.run(1);
  CHECK(hart.core.instructions() == 2);
}

TEST_CASE("fence.i makes a change visible that nobody announced") {
  CoreHarness hart;
  hart.program({addi(a0, zero, 1), fence_i, jal(zero, -8)});
  hart.core.run(4);
  hart.program({addi(a0, zero, 9)});
  hart.core.set_pc(start);
  hart.core.run(1);
  CHECK(hart.core.reg(a0) == 1);
  hart.core.run(2);
  hart.core.run(1);
  CHECK(hart.core.reg(a0) == 9);
}

TEST_CASE("data beside code stays cheap and right: only what is hit is forgotten") {
  CoreHarness hart;
  // The counter at offset 20 shares a line with the loop that increments it.
  hart.program({lw(a0, a2, 20), addi(a0, a0, 1), sw(a0, a2, 20), bne(a0, a3, -12), ebreak});
  hart.core.set_reg(a2, start);
  hart.core.set_reg(a3, 1000);
  hart.core.run(4000);
  CHECK(hart.word(start + 20) == 1000);
  CHECK(hart.core.pc() == start + 16);
}

TEST_CASE("code on the bus is fetched each time it runs") {
  CoreHarness hart;
  std::uint32_t value = 1;
  hart.bus.on_fetch = [&value](std::uint32_t address, std::uint16_t& halfword) {
    const std::uint32_t code[] = {addi(a0, a0, static_cast<std::int32_t>(value)), jal(zero, -4)};
    halfword = static_cast<std::uint16_t>(code[address / 4 % 2] >> (8 * (address & 2u)));
    return true;
  };
  hart.core.set_pc(CoreHarness::unmapped);
  hart.core.run(2);
  value = 10;
  hart.core.run(2);
  CHECK(hart.core.reg(a0) == 11);
  CHECK(hart.bus.accesses == 8);
}

TEST_CASE("direct memory that disappears while it is executed is not touched again") {
  CoreHarness hart;
  std::vector<std::uint8_t> overlay(4096);
  hart.core.add_memory({0x20000000, overlay.size(), overlay.data(), true});
  const std::uint32_t code[] = {sw(zero, a1, 0), addi(a0, zero, 5)};
  std::memcpy(overlay.data(), code, sizeof code);
  hart.bus.on_write = [&](std::uint32_t, std::uint32_t, std::uint32_t) {
    hart.core.remove_memory(0x20000000, 0x20000fff);
    overlay.clear();
    overlay.shrink_to_fit();
    return true;
  };
  hart.core.set_reg(a1, CoreHarness::unmapped);
  hart.core.set_pc(0x20000000);
  hart.core.run(2);
  CHECK(hart.cause() == static_cast<std::uint32_t>(Exception::FetchFault));
  CHECK(hart.epc() == 0x20000004);
  CHECK(hart.core.reg(a0) == 0);
}
