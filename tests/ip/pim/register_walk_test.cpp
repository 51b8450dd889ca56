// Every register of the description through every kind of access, on a real chip through its host socket. What a
// register has to do is computed from the description alone; no register is named but those whose effects are looked
// at.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "ip/pim/register_file.h"
#include "tests/ip/support/streams.h"

using namespace spinvp;
using namespace spinvp::test;
using interface::Access;
using interface::RegisterInfo;
namespace view = spinvp::interface;
namespace registers = spinvp::interface::registers;
namespace fields = spinvp::interface::fields;

namespace {

using Values = std::map<std::string, std::uint32_t>;  // by name, so that a difference names its registers

/// What the registers hold by the description, while the chip itself does nothing.
class Model {
 public:
  /// Capabilities are up to the build of the chip: as they were found.
  explicit Model(const Values& found) {
    for (const RegisterInfo& info : view::register_table) {
      stored_[info.offset] = info.is_capability ? found.at(info.name) : info.reset;
    }
  }
  std::uint32_t read(const RegisterInfo& info) const {
    return info.access == Access::Wo ? 0 : stored_.at(info.storage);
  }
  Values read_all() const {
    Values values;
    for (const RegisterInfo& info : view::register_table) {
      values[info.name] = read(info);
    }
    return values;
  }
  void write(const RegisterInfo& info, std::uint32_t value, std::uint32_t lanes = 0xFFFFFFFF) {
    const std::uint32_t written = value & lanes & info.implemented;
    std::uint32_t& bits = stored_.at(info.storage);
    if (info.access == Access::Rw) {
      bits = ((bits & ~lanes) | written) & ~info.acts;
    } else if (info.access == Access::W1c) {
      cleared += (bits & written) != 0;
      bits &= ~written;
    } else if (info.access == Access::W1s) {
      set += (~bits & written) != 0;
      bits |= written;
    }
  }

  int cleared = 0;  ///< writes that cleared a bit of a W1C register
  int set = 0;      ///< writes that set a bit of a W1S register

 private:
  std::map<std::uint32_t, std::uint32_t> stored_;
};

struct Walk {
  ChipBench bench{"bench", small_chip(32, 64, 2, 3, 4096, Detail::Fast)};

  Values read_all() {
    Values values;
    for (const RegisterInfo& info : view::register_table) {
      values[info.name] = bench.read_register(info.offset);
    }
    return values;
  }
  Values debug_read_all() {
    Values values;
    for (const RegisterInfo& info : view::register_table) {
      std::uint32_t value = 0;
      REQUIRE(bench.debug_read(info.offset, value) == 4);
      values[info.name] = value;
    }
    return values;
  }
  bool irq() {
    bench.run_for(sc_core::SC_ZERO_TIME);
    bench.run_for(sc_core::SC_ZERO_TIME);
    return bench.irq.read();
  }
};

std::vector<std::uint32_t> patterns() {
  std::vector<std::uint32_t> all{0xFFFFFFFF, 0, 0xA5A5A5A5, 0x5A5A5A5A};
  for (std::uint32_t bit = 0; bit < 32; ++bit) {
    all.push_back(1u << bit);
  }
  return all;
}

// Something else than the reset value wherever software can write.
void scribble(Walk& walk) {
  for (const RegisterInfo& info : view::register_table) {
    walk.bench.write_register(info.offset, 0x5A5A5A5B & ~info.acts);
  }
}

}  // namespace

TEST_CASE("every register starts at its reset value, and capabilities say something") {
  Walk walk;
  const Values found = walk.read_all();
  CHECK(found == Model(found).read_all());
  for (const RegisterInfo& info : view::register_table) {
    CAPTURE(info.name);
    CHECK((found.at(info.name) & ~info.implemented) == 0);
    CHECK((!info.is_capability || found.at(info.name) != 0));
  }
}

TEST_CASE("every pattern written to every register does what its access says, and nothing to another register") {
  Walk walk;
  Model model(walk.read_all());
  for (int round = 0; round < 2; ++round) {  // bits set in the first are there to be cleared in the second
    for (const RegisterInfo& info : view::register_table) {
      for (const std::uint32_t pattern : patterns()) {
        const std::uint32_t value = pattern & ~info.acts;
        CAPTURE(info.name, value);
        walk.bench.write_register(info.offset, value);
        model.write(info, value);
        REQUIRE(walk.bench.read_register(info.offset) == model.read(info));
      }
      REQUIRE(walk.read_all() == model.read_all());
    }
  }
  CHECK(model.cleared > 0);
  CHECK(model.set > 0);
}

TEST_CASE("random writes to all registers in any order do what the description says") {
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  Walk walk;
  Model model(walk.read_all());
  const std::size_t count = sizeof(view::register_table) / sizeof(view::register_table[0]);
  for (int i = 0; i < 2000; ++i) {
    const RegisterInfo& info = view::register_table[random.number(0, count - 1)];
    const std::uint32_t value = random.word() & ~info.acts;
    walk.bench.write_register(info.offset, value);
    model.write(info, value);
    REQUIRE(walk.bench.read_register(info.offset) == model.read(info));
  }
  CHECK(walk.read_all() == model.read_all());
  CHECK(model.cleared > 0);
  CHECK(model.set > 0);
}

TEST_CASE("a bit that acts reads 0, and a reset by software brings every register to its reset value") {
  Walk walk;
  const Model fresh(walk.read_all());
  for (const RegisterInfo& info : view::register_table) {
    CAPTURE(info.name);
    scribble(walk);
    walk.bench.write_register(registers::control, 0);  // no stream may start
    walk.bench.write_register(info.offset, info.acts);
    CHECK((walk.bench.read_register(info.offset) & info.acts) == 0);
    walk.bench.write_register(registers::control, fields::control_reset.mask());
    CHECK(walk.read_all() == fresh.read_all());
  }
}

TEST_CASE("a doorbell of a chip that is not enabled does nothing but say so") {
  Walk walk;
  Values expected = walk.read_all();
  walk.bench.write_register(registers::doorbell, fields::doorbell_start.mask());
  expected["STATUS"] = fields::status_rejected.mask();
  CHECK(walk.read_all() == expected);
}

TEST_CASE("while the reset pin is held every register reads its reset value and every write is ignored") {
  Walk walk;
  const Model fresh(walk.read_all());
  scribble(walk);
  walk.bench.reset.write(true);
  walk.bench.run_for(sc_core::sc_time(1, sc_core::SC_NS));
  CHECK(walk.read_all() == fresh.read_all());
  for (const RegisterInfo& info : view::register_table) {
    walk.bench.write_register(info.offset, 0xFFFFFFFF);
    walk.bench.write_register(info.offset, info.implemented & ~info.acts);
  }
  CHECK(walk.read_all() == fresh.read_all());
  CHECK_FALSE(walk.irq());
  walk.bench.reset.write(false);
  walk.bench.run_for(sc_core::sc_time(1, sc_core::SC_NS));
  CHECK(walk.read_all() == fresh.read_all());
}

TEST_CASE("debug reads see every register as software does and change none") {
  Walk walk;
  const Model fresh(walk.read_all());
  CHECK(walk.debug_read_all() == fresh.read_all());
  scribble(walk);
  view::SignalCommand signal;
  signal.value = 7;
  REQUIRE(walk.bench.run_stream(stream_of(signal)).done);
  const Values first = walk.debug_read_all();
  CHECK(walk.debug_read_all() == first);
  CHECK(walk.read_all() == first);
  CHECK(walk.debug_read_all() == first);
  CHECK(first.at("SIGNAL_VALUE") == 7);
}

TEST_CASE("an offset without a register is refused, and no register changes") {
  Walk walk;
  std::set<std::uint32_t> known;
  for (const RegisterInfo& info : view::register_table) {
    known.insert(info.offset);
  }
  scribble(walk);
  const Values before = walk.read_all();
  std::uint32_t data = 0xFFFFFFFF;
  std::size_t holes = 0;
  for (std::uint32_t offset = 0; offset < 0x1000; offset += 4) {
    if (known.count(offset) != 0) {
      continue;
    }
    CAPTURE(offset);
    REQUIRE(walk.bench.access(tlm::TLM_WRITE_COMMAND, offset, &data, 4) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    REQUIRE(walk.bench.access(tlm::TLM_READ_COMMAND, offset, &data, 4) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    ++holes;
  }
  CHECK(holes + known.size() == 0x400u);
  CHECK(walk.read_all() == before);
}

TEST_CASE(
    "IRQ_FORCE raises the interrupt line as a real cause does, IRQ_STATUS lowers it, STATUS knows nothing of it") {
  Walk walk;
  for (const view::BitField cause : {fields::irq_force_done, fields::irq_force_error, fields::irq_force_signal}) {
    CAPTURE(cause.low);
    walk.bench.write_register(registers::irq_enable, 0);
    walk.bench.write_register(registers::irq_force, cause.mask());
    CHECK_FALSE(walk.irq());
    CHECK(walk.bench.read_register(registers::irq_status) == cause.mask());
    CHECK(walk.bench.read_register(registers::irq_force) == cause.mask());
    walk.bench.write_register(registers::irq_enable, cause.mask());
    CHECK(walk.irq());
    walk.bench.write_register(registers::irq_force, 0);
    CHECK(walk.irq());
    walk.bench.write_register(registers::irq_status, cause.mask());
    CHECK_FALSE(walk.irq());
    walk.bench.write_register(registers::irq_force, cause.mask());
    CHECK(walk.irq());
    walk.bench.write_register(registers::irq_status, 0xFFFFFFFF);
    CHECK_FALSE(walk.irq());
  }
  CHECK(walk.bench.read_register(registers::status) == 0);
}

TEST_CASE("a write of some bits of a register leaves its others, whatever its access") {
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  RegisterFile file;
  Values zero_capabilities;
  for (const RegisterInfo& info : view::register_table) {
    zero_capabilities[info.name] = 0;
  }
  Model model(zero_capabilities);
  const std::size_t count = sizeof(view::register_table) / sizeof(view::register_table[0]);
  for (int i = 0; i < 2000; ++i) {
    const RegisterInfo& info = view::register_table[random.number(0, count - 1)];
    const std::uint32_t value = random.word();
    const std::uint32_t lanes = random.word();
    CAPTURE(info.name, value, lanes);
    REQUIRE(file.write(info.offset, value, lanes));
    model.write(info, value, lanes);
    std::uint32_t found = 0;
    REQUIRE(file.read(info.offset, found));
    REQUIRE(found == model.read(info));
  }
}
