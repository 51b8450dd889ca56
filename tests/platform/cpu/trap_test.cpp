#include <catch2/catch.hpp>

#include "platform/cpu/core_harness.h"
#include "platform/cpu/encode.h"

using namespace spinvp::platform;
using namespace rv32;

namespace {

constexpr std::uint32_t start = CoreHarness::ram_base;

/// Executes one instruction that must trap, and checks the trap and that it did not retire.
void check_trap(CoreHarness& hart, Exception exception, std::uint32_t pc, std::uint32_t value) {
  const std::uint64_t retired = hart.core.instructions();
  hart.core.set_pc(pc);
  CHECK(hart.core.run(1) == StopReason::InstructionLimit);
  CHECK(hart.core.instructions() == retired);
  CHECK(hart.core.pc() == CoreHarness::handler);
  CHECK(hart.cause() == static_cast<std::uint32_t>(exception));
  CHECK(hart.epc() == pc);
  CHECK(hart.tval() == value);
}

}  // namespace

TEST_CASE("an illegal encoding traps with the encoding in mtval") {
  CoreHarness hart;
  const std::uint32_t encodings[] = {
      0xffffffff,
      0x0000007f,                      // no such opcode
      amo(0x05, a0, a1, a2),           // no such AMO
      amo(0x02, a0, a1, a2),           // lr.w with rs2
      r_type(0x2f, 3, 0, a0, a1, a2),  // a 64-bit AMO
      0x00003003,                      // ld
      0x02101013,                      // slli by 33
      0x10200073,                      // sret
      0x12000073,                      // sfence.vma
      csrrs(a0, 0x180, zero),          // satp: no such CSR here
      csrrs(a0, 0xc01, zero),          // time: read the timer instead
      csrrw(a0, csr::mhartid, a1),     // read-only
      csrrsi(a0, csr::mhartid, 1),     // read-only
  };
  for (const std::uint32_t encoding : encodings) {
    CAPTURE(encoding);
    hart.program({encoding});
    hart.core.invalidate(start, 4);
    check_trap(hart, Exception::IllegalInstruction, start, encoding);
  }
}

TEST_CASE("an illegal compressed encoding traps with its sixteen bits in mtval") {
  CoreHarness hart;
  const std::uint16_t encodings[] = {
      0x0000,  // defined illegal
      0x000c,  // c.addi4spn with immediate 0
      0x6101,  // c.addi16sp with immediate 0
      0x6581,  // c.lui with immediate 0
      0x9005,  // c.srli by 33
      0x9405,  // c.srai by 33
      0x1502,  // c.slli by 32
      0x8002,  // c.jr x0
      0x4002,  // c.lwsp x0
      0x9c01,  // c.subw
      0x2000,  // c.fld
  };
  for (const std::uint16_t encoding : encodings) {
    CAPTURE(encoding);
    hart.put_half(start, encoding);
    hart.put_half(start + 2, 0xabcd);
    hart.core.invalidate(start, 4);
    check_trap(hart, Exception::IllegalInstruction, start, encoding);
  }
}

TEST_CASE("reading a read-only CSR without writing it is legal") {
  CoreHarness hart;
  hart.program({csrrs(a0, csr::mhartid, zero), csrrs(a1, csr::misa, zero)});
  hart.core.run(2);
  CHECK(hart.core.instructions() == 2);
  CHECK(hart.core.reg(a1) == 0x40001105);
}

TEST_CASE("ecall and ebreak trap at their own address") {
  CoreHarness hart;
  hart.program({nop, ecall, ebreak});
  check_trap(hart, Exception::EnvironmentCall, start + 4, 0);
  check_trap(hart, Exception::Breakpoint, start + 8, start + 8);
  hart.put_half(start + 12, c_ebreak);
  check_trap(hart, Exception::Breakpoint, start + 12, start + 12);
}

TEST_CASE("a load the bus refuses traps with the address and leaves the destination alone") {
  CoreHarness hart;
  hart.program({lw(a0, a1, 8), lb(a0, a1, 3)});
  hart.core.set_reg(a0, 77);
  hart.core.set_reg(a1, CoreHarness::unmapped);
  check_trap(hart, Exception::LoadFault, start, CoreHarness::unmapped + 8);
  check_trap(hart, Exception::LoadFault, start + 4, CoreHarness::unmapped + 3);
  CHECK(hart.core.reg(a0) == 77);
}

TEST_CASE("a store the bus refuses traps with the address") {
  CoreHarness hart;
  hart.program({sw(a0, a1, -4), sb(a0, a1, 1)});
  hart.core.set_reg(a1, CoreHarness::unmapped);
  check_trap(hart, Exception::StoreFault, start, CoreHarness::unmapped - 4);
  check_trap(hart, Exception::StoreFault, start + 4, CoreHarness::unmapped + 1);
}

TEST_CASE("a jump to nowhere retires and the fetch traps at the target") {
  CoreHarness hart;
  hart.program({jalr(ra, a1, 0)});
  hart.core.set_reg(a1, CoreHarness::unmapped);
  hart.core.run(1);
  CHECK(hart.core.instructions() == 1);
  CHECK(hart.core.reg(ra) == start + 4);
  check_trap(hart, Exception::FetchFault, CoreHarness::unmapped, CoreHarness::unmapped);
}

TEST_CASE("a fetch that fails in its second half traps with that half's address") {
  CoreHarness hart;
  const std::uint32_t last = CoreHarness::ram_base + CoreHarness::ram_size - 2;
  hart.put_half(last, 0x0013);
  check_trap(hart, Exception::FetchFault, last, last + 2);
}

TEST_CASE("an instruction may lie half in direct memory and half on the bus") {
  CoreHarness hart;
  const std::uint32_t last = CoreHarness::ram_base + CoreHarness::ram_size - 2;
  const std::uint32_t bits = addi(a0, zero, 55);
  hart.put_half(last, static_cast<std::uint16_t>(bits));
  hart.bus.on_fetch = [bits](std::uint32_t, std::uint16_t& halfword) {
    halfword = static_cast<std::uint16_t>(bits >> 16);
    return true;
  };
  hart.core.set_pc(last);
  hart.core.run(1);
  CHECK(hart.core.reg(a0) == 55);
  CHECK(hart.core.pc() == last + 4);
}

TEST_CASE("misaligned loads and stores work in direct memory and trap on the bus") {
  CoreHarness hart;
  hart.bus.on_read = [](std::uint32_t, std::uint32_t, std::uint32_t&) { return true; };
  hart.bus.on_write = [](std::uint32_t, std::uint32_t, std::uint32_t) { return true; };
  hart.program({sw(a0, a1, 1), lw(a2, a1, 1), lh(a2, a3, 1), sw(a2, a3, 2)});
  hart.core.set_reg(a0, 0x12345678);
  hart.core.set_reg(a1, CoreHarness::data);
  hart.core.set_reg(a3, CoreHarness::unmapped);
  hart.core.run(2);
  CHECK(hart.core.reg(a2) == 0x12345678);
  CHECK(hart.word(CoreHarness::data) == 0x34567800);
  check_trap(hart, Exception::LoadMisaligned, start + 8, CoreHarness::unmapped + 1);
  check_trap(hart, Exception::StoreMisaligned, start + 12, CoreHarness::unmapped + 2);
  CHECK(hart.bus.accesses == 0);
}

TEST_CASE("a store to read-only memory goes to the bus, which refuses it") {
  CoreHarness hart;
  std::uint8_t rom[16] = {1, 2, 3, 4};
  hart.core.add_memory({0x1000, sizeof rom, rom, false});
  hart.program({lw(a0, a1, 0), sw(a0, a1, 4)});
  hart.core.set_reg(a1, 0x1000);
  hart.core.run(1);
  CHECK(hart.core.reg(a0) == 0x04030201);
  check_trap(hart, Exception::StoreFault, start + 4, 0x1004);
}

TEST_CASE("an AMO or SC must be aligned, also in memory, and a refused AMO is a store fault") {
  CoreHarness hart;
  hart.program({amo(0, a0, a1, a2), sc(a0, a1, a2), lr(a0, a1), amo(0, a0, a3, a2), lr(a0, a3)});
  hart.core.set_reg(a1, CoreHarness::data + 2);
  hart.core.set_reg(a3, CoreHarness::unmapped);
  check_trap(hart, Exception::StoreMisaligned, start, CoreHarness::data + 2);
  check_trap(hart, Exception::StoreMisaligned, start + 4, CoreHarness::data + 2);
  check_trap(hart, Exception::LoadMisaligned, start + 8, CoreHarness::data + 2);
  check_trap(hart, Exception::StoreFault, start + 12, CoreHarness::unmapped);
  check_trap(hart, Exception::LoadFault, start + 16, CoreHarness::unmapped);
}

TEST_CASE("a trap in the middle of straight-line code has the exact pc and count") {
  CoreHarness hart;
  hart.program({addi(a0, a0, 1), addi(a0, a0, 1), lw(a2, a1, 0), addi(a0, a0, 1)});
  hart.program({addi(a4, zero, 9), ebreak}, CoreHarness::handler);
  hart.core.set_reg(a1, CoreHarness::unmapped);
  hart.core.run(4);
  CHECK(hart.core.reg(a0) == 2);
  CHECK(hart.core.reg(a4) == 9);
  CHECK(hart.epc() == start + 8);
  CHECK(hart.core.instructions() == 3);
  CHECK(hart.core.cycles() == 4);
}

TEST_CASE("a trap without a handler goes on trapping and never hangs a run") {
  CoreHarness hart;
  hart.core.set_csr(csr::mtvec, CoreHarness::unmapped);
  hart.program({ecall});
  CHECK(hart.core.run(1000) == StopReason::InstructionLimit);
  CHECK(hart.core.instructions() == 0);
  CHECK(hart.core.cycles() == 1000);
  CHECK(hart.cause() == static_cast<std::uint32_t>(Exception::FetchFault));
}
