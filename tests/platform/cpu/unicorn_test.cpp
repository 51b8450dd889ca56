// Random instructions and short programs, compared with Unicorn in registers, pc and memory. What Unicorn does
// otherwise is listed in `left_out`; every other difference fails.
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "platform/cpu/core_harness.h"
#include "platform/cpu/decode.h"
#include "platform/cpu/encode.h"
#include "platform/cpu/random_instruction.h"
#include "platform/cpu/rv32_core.h"
#include "platform/cpu/unicorn_oracle.h"

using namespace spinvp::platform;

namespace {

constexpr std::uint32_t code_base = 0x80000000;
constexpr std::uint32_t code_size = 0x100000;
constexpr std::uint32_t slot_size = 64;  // one test's code
constexpr std::uint32_t slots = code_size / slot_size;
constexpr std::uint32_t data_base = 0x90000000;
constexpr std::uint32_t data_size = 0x2000;

/// The same hart twice, ours and Unicorn's, with data of their own. Code is written before either runs, because Unicorn
/// does not notice that it changes, and translates ahead to wherever a jump leads.
struct Pair {
  TestBus bus;
  std::vector<std::uint8_t>& code;
  std::vector<std::uint8_t> our_data = std::vector<std::uint8_t>(data_size);
  std::vector<std::uint8_t> oracle_data = std::vector<std::uint8_t>(data_size);
  Rv32Core core{bus, code_base, 0};
  UnicornOracle oracle;

  explicit Pair(std::vector<std::uint8_t>& code_memory) : code(code_memory) {
    core.add_memory({code_base, code_size, code.data(), false});
    core.add_memory({data_base, data_size, our_data.data(), true});
    oracle.map(code_base, code.data(), code_size, UC_PROT_READ | UC_PROT_EXEC);
    oracle.map(data_base, oracle_data.data(), data_size, UC_PROT_READ | UC_PROT_WRITE);
  }

  HartState random_state(Random& random, std::uint32_t pc) {
    HartState state;
    state.pc = pc;
    for (unsigned i = 1; i < 32; ++i) state.x[i] = random_value(random, data_base, data_size);
    const std::uint32_t offset = static_cast<std::uint32_t>(random()) % (data_size - 4);
    const auto value = static_cast<std::uint32_t>(random());
    std::memcpy(&our_data[offset], &value, 4);
    std::memcpy(&oracle_data[offset], &value, 4);
    return state;
  }

  void load(const HartState& state) {
    for (unsigned i = 1; i < 32; ++i) core.set_reg(i, state.x[i]);
    core.set_pc(state.pc);
  }

  bool same_registers(const HartState& expected) const {
    bool same = true;
    for (unsigned i = 1; i < 32; ++i) same = same && core.reg(i) == expected.x[i];
    return same && core.reg(0) == 0;
  }
};

void put(std::vector<std::uint8_t>& code, std::uint32_t offset, std::uint32_t bits) {
  std::memcpy(&code[offset], &bits, 4);
}

/// Unicorn reports a jump to nowhere as a failed jump; on a hart the jump retires and the next fetch fails.
bool trapped(uc_err error) {
  return error != UC_ERR_OK && error != UC_ERR_FETCH_UNMAPPED && error != UC_ERR_FETCH_PROT;
}

bool is_compressed(std::uint32_t bits) {
  return (bits & 3u) != 3u;
}

/// What this hart does not have and Unicorn's does, and what has tests of its own because it concerns CSRs.
bool left_out(std::uint32_t bits) {
  if (is_compressed(bits)) {  // c.fld, c.flw, c.fsd, c.fsw and their stack forms
    return (bits & 1u) == 0 && (bits >> 13 & 1u) == 1;
  }
  switch (bits & 0x7fu) {
    case 0x07:  // F and D: loads, stores, fused multiply-adds, arithmetic
    case 0x27:
    case 0x43:
    case 0x47:
    case 0x4b:
    case 0x4f:
    case 0x53:
    case 0x73:  // CSRs, ecall, ebreak, mret, wfi
      return true;
    default:
      return false;
  }
}

/// What must trap here and Unicorn lets pass: the cause it must trap with.
std::optional<Exception> unicorn_is_lenient(std::uint32_t bits, const HartState& state) {
  if (is_compressed(bits)) {
    const std::uint32_t group = (bits & 3u) << 3 | (bits >> 13 & 7u);
    const bool bit12 = (bits >> 12 & 1u) != 0;
    const bool and_immediate = (bits >> 10 & 3u) == 2;
    constexpr std::uint32_t reserved = 0 << 3 | 4;
    constexpr std::uint32_t arithmetic = 1 << 3 | 4;
    constexpr std::uint32_t c_slli = 2 << 3 | 0;
    if (group == reserved) return Exception::IllegalInstruction;  // runs as a no-operation
    // Shifts by 32 and more, and RV64's c.subw and c.addw
    if (group == arithmetic && bit12 && !and_immediate) return Exception::IllegalInstruction;
    if (group == c_slli && bit12) return Exception::IllegalInstruction;
    return std::nullopt;
  }
  const bool store_conditional = (bits & 0x7fu) == 0x2f && (bits >> 12 & 7u) == 2 && bits >> 27 == 3;
  // It compares with the reservation first and never looks at the alignment of an SC that fails.
  if (store_conditional && state.x[bits >> 15 & 31u] % 4 != 0) return Exception::StoreMisaligned;
  return std::nullopt;
}

}  // namespace

TEST_CASE("random single instructions of every extension do what Unicorn says") {
  constexpr std::uint32_t seed = 20240611;
  constexpr int batches = 20;
  constexpr Group groups[] = {Group::Arithmetic, Group::Multiply,   Group::Memory, Group::Jump,
                              Group::Atomic,     Group::Compressed, Group::AnyWord};
  Random random(seed);
  int compared = 0;
  int traps = 0;
  for (int batch = 0; batch < batches; ++batch) {
    std::vector<std::uint8_t> code(code_size);
    for (std::uint32_t slot = 0; slot < slots; ++slot) {
      put(code, slot * slot_size, random_instruction(random, groups[slot % std::size(groups)]));
    }
    Pair pair(code);
    for (std::uint32_t slot = 0; slot < slots; ++slot) {
      std::uint32_t bits;
      std::memcpy(&bits, &code[slot * slot_size], sizeof bits);
      if (left_out(bits)) continue;
      HartState expected = pair.random_state(random, code_base + slot * slot_size);
      const HartState before = expected;
      pair.load(before);
      const std::uint64_t retired = pair.core.instructions();
      pair.core.run(1);
      const bool we_trapped = pair.core.instructions() == retired;
      const uc_err error = pair.oracle.run(expected, 1);
      if (const auto cause = unicorn_is_lenient(bits, before)) {
        CAPTURE(bits);
        REQUIRE(we_trapped);
        REQUIRE(pair.core.csr(csr::mcause) == static_cast<std::uint32_t>(*cause));
        continue;
      }
      if (we_trapped && error == UC_ERR_WRITE_UNMAPPED) {
        // A misaligned store over the end of memory: Unicorn has written the part inside.
        std::memcpy(pair.oracle_data.data(), pair.our_data.data(), data_size);
      }
      const bool same_end = we_trapped ? trapped(error) : !trapped(error) && pair.core.pc() == expected.pc;
      ++compared;
      traps += we_trapped ? 1 : 0;
      if (!same_end || !pair.same_registers(expected) || pair.our_data != pair.oracle_data) {
        CAPTURE(seed, batch, slot, bits, error, we_trapped, pair.core.pc(), expected.pc);
        CAPTURE(pair.core.csr(csr::mcause), before.x[bits >> 15 & 31], before.x[bits >> 20 & 31]);
        FAIL_CHECK("differs from Unicorn");
        std::memcpy(pair.oracle_data.data(), pair.our_data.data(), data_size);
      }
    }
  }
  CAPTURE(traps);
  CHECK(compared > 250000);
}

TEST_CASE("random short programs do what Unicorn says") {
  constexpr std::uint32_t seed = 7;
  constexpr int batches = 2;
  constexpr std::uint32_t length = 12;
  constexpr Group groups[] = {Group::Arithmetic, Group::Multiply, Group::Arithmetic, Group::Compressed, Group::Memory};
  Random random(seed);
  const auto plain = [](std::uint32_t bits) {
    const Operation operation = decode(bits).operation;
    return operation != Operation::Illegal && operation != Operation::Ebreak && operation != Operation::Jalr &&
           operation != Operation::Jal && (operation < Operation::Beq || operation > Operation::Bgeu);
  };
  int compared = 0;
  for (int batch = 0; batch < batches; ++batch) {
    std::vector<std::uint8_t> code(code_size);
    for (std::uint32_t slot = 0; slot < slots; ++slot) {
      std::uint32_t offset = slot * slot_size;
      for (std::uint32_t i = 0; i < length; ++i) {
        std::uint32_t bits;
        do {
          bits = random_instruction(random, groups[random() % std::size(groups)]);
        } while (left_out(bits) || !plain(bits));
        if (random() % 6 == 0) bits = rv32::b_type(random() % 2, random() % 8, random() % 8, 8);
        put(code, offset, bits);
        offset += is_compressed(bits) ? 2 : 4;
      }
      while (offset + 4 <= (slot + 1) * slot_size) {
        put(code, offset, rv32::nop);
        offset += 4;
      }
    }
    Pair pair(code);
    for (std::uint32_t slot = 0; slot < slots; ++slot) {
      HartState expected = pair.random_state(random, code_base + slot * slot_size);
      pair.load(expected);
      const std::uint64_t retired = pair.core.instructions();
      pair.core.run(length);
      if (pair.core.instructions() - retired < length) {
        // Something trapped. Where exactly, Unicorn cannot say: the single instructions above cover that.
        std::memcpy(pair.oracle_data.data(), pair.our_data.data(), data_size);
        continue;
      }
      const uc_err error = pair.oracle.run(expected, length);
      ++compared;
      if (trapped(error) || pair.core.pc() != expected.pc || !pair.same_registers(expected) ||
          pair.our_data != pair.oracle_data) {
        CAPTURE(seed, batch, slot, error, pair.core.pc(), expected.pc);
        FAIL_CHECK("differs from Unicorn");
        std::memcpy(pair.oracle_data.data(), pair.our_data.data(), data_size);
      }
    }
  }
  CHECK(compared > 2000);
}
