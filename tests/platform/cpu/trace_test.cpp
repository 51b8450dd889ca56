// What the interpreter does for speed must not be seen: a program ends in the same state whether it runs at once, with
// traces and pairs, or instruction by instruction, without.
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "platform/cpu/core_harness.h"
#include "platform/cpu/encode.h"
#include "platform/cpu/handlers.h"
#include "platform/cpu/random_instruction.h"

using namespace spinvp::platform;
using namespace rv32;

namespace {

constexpr std::uint32_t start = CoreHarness::ram_base;

/// An instruction that is decoded to `operation`.
std::uint32_t encode(Operation operation, std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2) {
  constexpr std::int32_t skip_one = 8;
  switch (operation) {
    case Operation::Constant:
      return lui(rd, 0x12345000);
    case Operation::Move:
      return addi(rd, rs1, 0);
    case Operation::Addi:
      return addi(rd, rs1, 52);
    case Operation::Andi:
      return i_type(0x13, 7, rd, rs1, 0x3fc);
    case Operation::Slli:
      return i_type(0x13, 1, rd, rs1, 3);
    case Operation::Srli:
      return i_type(0x13, 5, rd, rs1, 2);
    case Operation::Add:
      return add(rd, rs1, rs2);
    case Operation::Sub:
      return r_type(0x33, 0, 0x20, rd, rs1, rs2);
    case Operation::Xor:
      return r_type(0x33, 4, 0, rd, rs1, rs2);
    case Operation::Or:
      return r_type(0x33, 6, 0, rd, rs1, rs2);
    case Operation::And:
      return r_type(0x33, 7, 0, rd, rs1, rs2);
    case Operation::Mul:
      return r_type(0x33, 0, 1, rd, rs1, rs2);
    case Operation::Lb:
      return lb(rd, rs1, 4);
    case Operation::Lbu:
      return i_type(0x03, 4, rd, rs1, 4);
    case Operation::Lw:
      return lw(rd, rs1, 4);
    case Operation::Sb:
      return sb(rs2, rs1, 8);
    case Operation::Sw:
      return sw(rs2, rs1, 8);
    case Operation::Beq:
      return beq(rs1, rs2, skip_one);
    case Operation::Bne:
      return bne(rs1, rs2, skip_one);
    case Operation::Blt:
      return b_type(4, rs1, rs2, skip_one);
    case Operation::Bge:
      return b_type(5, rs1, rs2, skip_one);
    case Operation::Bltu:
      return b_type(6, rs1, rs2, skip_one);
    case Operation::Bgeu:
      return b_type(7, rs1, rs2, skip_one);
    case Operation::JumpNear:
      return jal(zero, skip_one);
    default:
      FAIL("the tests cannot encode operation " << static_cast<int>(operation));
      return 0;
  }
}

struct OperationPair {
  const char* name;
  Operation first;
  Operation second;
};

constexpr OperationPair pairs[] = {
#define SPINVP_PAIR(first, second) {#first " " #second, Operation::first, Operation::second},
    SPINVP_RV32_FUSED_PAIRS(SPINVP_PAIR) SPINVP_RV32_ORDERED_PAIRS(SPINVP_PAIR)
#undef SPINVP_PAIR
};

/// Two harts side by side.
struct Twins {
  CoreHarness fast;
  CoreHarness slow;

  template <typename Do>
  void both(Do action) {
    action(fast);
    action(slow);
  }
  void run(std::uint64_t count) {
    fast.core.run(count);
    for (std::uint64_t i = 0; i < count; ++i) slow.core.run(1);
  }
  bool same() const {
    bool same = fast.core.pc() == slow.core.pc() && fast.core.instructions() == slow.core.instructions() &&
                fast.core.cycles() == slow.core.cycles() && fast.ram == slow.ram;
    for (unsigned i = 0; i < 32; ++i) same = same && fast.core.reg(i) == slow.core.reg(i);
    for (const std::uint32_t number : {csr::mepc, csr::mcause, csr::mtval, csr::mstatus}) {
      same = same && fast.csr(number) == slow.csr(number);
    }
    return same;
  }
};

}  // namespace

TEST_CASE("every pair does what its instructions do, wherever its operands come from and wherever the run ends") {
  // Each instruction writes its own register; addresses and values may come from any of them.
  constexpr std::uint32_t earlier = a4, before = a0, first = a1, second = a2, other = a3;
  const std::uint32_t program_length = 7;
  Twins twins;
  int failures = 0;
  for (const OperationPair& pair : pairs) {
    for (const std::uint32_t first_operand : {before, earlier, other}) {
      for (const std::uint32_t second_operand : {first, before, other}) {
        for (const bool swapped : {false, true}) {
          const std::uint32_t program[] = {
              addi(earlier, other, 12),
              addi(before, other, 16),
              swapped ? encode(pair.first, first, other, first_operand)
                      : encode(pair.first, first, first_operand, other),
              swapped ? encode(pair.second, second, other, second_operand)
                      : encode(pair.second, second, second_operand, other),
              add(t0, first, second),
              add(t1, before, t0),
              wfi,
          };
          for (std::uint32_t length = 1; length <= program_length; ++length) {
            twins.both([&](CoreHarness& hart) {
              for (std::uint32_t i = 0; i < program_length; ++i) hart.put_word(start + 4 * i, program[i]);
              hart.put_word(CoreHarness::data + 4, 0x81020384);
              hart.put_word(CoreHarness::data + 20, CoreHarness::data + 64);
              hart.core.invalidate(start, 4 * program_length);
              for (const std::uint32_t reg : {earlier, before, first, second, other, static_cast<std::uint32_t>(t0)}) {
                hart.core.set_reg(reg, CoreHarness::data);
              }
              hart.core.set_pc(start);
            });
            twins.run(length);
            if (!twins.same() && ++failures < 5) {
              CAPTURE(pair.name, first_operand, second_operand, swapped, length);
              FAIL_CHECK("one by one, the end is another");
            }
          }
        }
      }
    }
  }
  CHECK(failures == 0);
}

TEST_CASE("results from before a slow instruction are found behind it") {
  const std::uint32_t middle =
      GENERATE(lw(a1, a5, 0), lw(zero, a5, 0), sw(a0, a5, 0), csrrs(a1, csr::mscratch, zero),
               csrrw(zero, csr::mscratch, a0), amo(0, a1, a5, a0), amo(0, zero, a5, a0), addi(zero, a0, 1), 0x0000000f);
  Twins twins;
  twins.both([&](CoreHarness& hart) {
    hart.bus.on_read = [](std::uint32_t, std::uint32_t, std::uint32_t& value) {
      value = 77;
      return true;
    };
    hart.bus.on_write = [](std::uint32_t, std::uint32_t, std::uint32_t) { return true; };
    hart.core.set_reg(a5, CoreHarness::unmapped);
  });
  for (const std::uint32_t reader : {a4, a0, a1}) {
    twins.both([&](CoreHarness& hart) {
      hart.program({addi(a4, a3, 5), addi(a0, a3, 6), middle, addi(a2, reader, 1), add(t0, reader, a2), wfi});
      hart.core.invalidate(start, 24);
      hart.core.set_pc(start);
    });
    twins.run(6);
    CAPTURE(middle, reader);
    CHECK(twins.same());
  }
}

TEST_CASE("random programs end the same at once and one by one, also when they change themselves and trap") {
  constexpr std::uint32_t seed = 99;
  constexpr std::uint32_t code_bytes = 1024;
  constexpr Group groups[] = {Group::Arithmetic, Group::Arithmetic, Group::Compressed, Group::Compressed,
                              Group::Memory,     Group::Jump,       Group::Multiply,   Group::Atomic};
  Random random(seed);
  std::uint64_t retired = 0;
  for (int program = 0; program < 60; ++program) {
    Twins twins;
    std::vector<std::uint8_t> code(code_bytes + 4);
    for (std::uint32_t offset = 0; offset < code_bytes;) {
      const std::uint32_t bits = random_instruction(random, groups[random() % std::size(groups)]);
      std::memcpy(&code[offset], &bits, 4);
      offset += (bits & 3u) == 3u ? 4 : 2;
    }
    std::uint32_t registers[32];
    for (std::uint32_t& value : registers) {
      // Some point into the program, so that it jumps into itself and stores into itself.
      value = random() % 4 == 0 ? start + (static_cast<std::uint32_t>(random()) % code_bytes & ~1u)
                                : random_value(random, CoreHarness::data, 0x1000);
    }
    twins.both([&](CoreHarness& hart) {
      std::copy(code.begin(), code.end(), hart.ram.begin());
      // A trap goes on where the program's second register points to, which each trap moves.
      hart.program({addi(sp, sp, 6), i_type(0x13, 7, sp, sp, code_bytes - 2), lui(t2, start), add(t2, t2, sp),
                    csrrw(zero, csr::mepc, t2), mret},
                   CoreHarness::handler);
      for (unsigned i = 0; i < 32; ++i) hart.core.set_reg(i, registers[i]);
    });
    for (int part = 0; part < 20; ++part) {
      twins.run(random() % 300);
      CAPTURE(seed, program, part, twins.fast.core.pc(), twins.slow.core.pc());
      REQUIRE(twins.same());
    }
    retired += twins.fast.core.instructions();
  }
  CHECK(retired > 60 * 20 * 75);
}

TEST_CASE("a loop whose body another trace has jumped into is left for new code when it changes") {
  CoreHarness hart;
  // The outer loop enters the inner one in its middle and jumps back; traces of both are linked by then.
  hart.program({addi(a0, a0, 1), addi(a1, a1, 1), addi(a2, a2, -1), bne(a2, zero, -8), addi(a2, zero, 2),
                addi(a3, a3, -1), bne(a3, zero, -24), wfi});
  hart.core.set_reg(a2, 2);
  hart.core.set_reg(a3, 1000);
  hart.core.run(200);
  hart.program({addi(a1, a1, 100)}, start + 4);
  hart.core.invalidate(start + 4, 4);
  const std::uint32_t a1_before = hart.core.reg(a1);
  hart.core.run(9);  // once around, wherever it was
  CHECK(hart.core.reg(a1) >= a1_before + 100);
}

TEST_CASE("code with more traces than a page holds goes on with new ones") {
  CoreHarness hart;
  constexpr std::uint32_t count = CodePage::bytes / 4 - 1;
  for (std::uint32_t i = 0; i < count; ++i) hart.put_word(start + 4 * i, addi(a0, a0, 1));
  hart.put_word(start + 4 * count, jal(zero, -static_cast<std::int32_t>(4 * count)));
  for (std::uint32_t i = 0; i < 3 * count; ++i) hart.core.run(1);  // a trace from each address
  CHECK(hart.core.reg(a0) == 3 * count - 2);
  CHECK(hart.core.instructions() == 3 * count);
  hart.core.run(count + 1);
  CHECK(hart.core.reg(a0) == 4 * count - 2);
}

TEST_CASE("an interrupt that a load in the middle of a trace raises is taken before the next instruction") {
  CoreHarness hart;
  hart.bus.on_read = [&hart](std::uint32_t, std::uint32_t, std::uint32_t&) {
    hart.core.set_interrupt_lines(interrupt::timer);
    return true;
  };
  hart.program({addi(a0, a0, 1), addi(a1, a1, 1), lw(a2, a3, 0), addi(a0, a0, 1), addi(a1, a1, 1)});
  hart.program({nop}, CoreHarness::handler);
  hart.core.set_reg(a3, CoreHarness::unmapped);
  hart.core.set_csr(csr::mie, interrupt::timer);
  hart.core.set_csr(csr::mstatus, 8);
  hart.core.run(4);
  CHECK(hart.epc() == start + 12);
  CHECK(hart.core.reg(a0) == 1);
  CHECK(hart.core.cycles() == 4);
}
