#include <catch2/catch.hpp>
#include <random>

#include "platform/bus.h"
#include "platform/memory.h"
#include "support/worker.h"
#include "tests/support/protocol_checker.h"

using namespace spinvp;
using namespace spinvp::platform;
using sc_core::SC_NS;
using sc_core::sc_time;
using test::ProtocolChecker;

namespace {

constexpr std::uint64_t ram_base = 0x80000000;
constexpr std::uint64_t rom_base = 0x1000;
constexpr auto reads = tlm::TLM_READ_COMMAND;
constexpr auto writes = tlm::TLM_WRITE_COMMAND;

sc_time ns(double time) {
  return sc_time(time, SC_NS);
}

BusConfig approximate(BusArbitration arbitration = BusArbitration::RoundRobin, std::uint32_t outstanding = 4) {
  BusConfig config;
  config.latency = ns(10);
  config.initiators = {"first", "second", "third"};
  config.regions = {{"ram", ram_base, 0x1000}, {"rom", rom_base, 0x100}, {"empty", 0x90000000, 0x1000}};
  config.timing = TimingStyle::Approximate;
  config.arbitration = arbitration;
  config.outstanding = outstanding;
  return config;
}

BusConfig loose() {
  BusConfig config = approximate();
  config.timing = TimingStyle::Loose;
  return config;
}

/// A bus with RAM, of which 64 bytes take 30 + 8 * 5 = 70 ns and 4 bytes 35 ns, and ROM that takes no time. Checkers
/// stand on all links.
struct System : sc_core::sc_module {
  Bus bus;
  Memory ram{"ram", MemoryConfig{0x1000, false, ns(30), ns(5), 8}};
  Memory rom{"rom", MemoryConfig{0x100, true, {}, {}, 8}};
  ProtocolChecker<> at_ram{"at_ram", {true, false}};
  ProtocolChecker<> at_rom{"at_rom", {true, false}};
  std::vector<std::unique_ptr<ProtocolChecker<>>> at_initiators;

  System(sc_core::sc_module_name name, const BusConfig& config) : sc_module(name), bus("bus", config) {
    bus.region("ram").bind(at_ram.target);
    at_ram.initiator.bind(ram.socket);
    bus.region("rom").bind(at_rom.target);
    at_rom.initiator.bind(rom.socket);
  }
  void connect(Worker& worker, const char* initiator) {
    at_initiators.push_back(
        std::make_unique<ProtocolChecker<>>(sc_core::sc_gen_unique_name("at_initiator"), test::LinkEnds{false, true}));
    worker.socket.bind(at_initiators.back()->target);
    at_initiators.back()->initiator.bind(bus.initiator(initiator));
  }
  std::string complaints() const {
    std::string all = at_ram.complaints() + at_rom.complaints();
    for (const auto& checker : at_initiators) {
      all += checker->complaints();
    }
    return all;
  }
};

/// Three initiators: two that speak in four and in two phases, and one that calls and waits. On a loosely-timed bus all
/// of them call.
struct Crowd : System {
  Worker first;
  Worker second{"second", std::nullopt};
  Worker third;

  Crowd(sc_core::sc_module_name name, const BusConfig& config)
      : System(name, config),
        first("first", phases(config, Worker::ResponseEnd::Call)),
        third("third", phases(config, Worker::ResponseEnd::Completed)) {
    connect(first, "first");
    connect(second, "second");
    connect(third, "third");
  }
  sc_time waiting() const {
    return bus.traffic("first").waiting + bus.traffic("second").waiting + bus.traffic("third").waiting;
  }
  static std::optional<Worker::ResponseEnd> phases(const BusConfig& config, Worker::ResponseEnd end) {
    return config.timing == TimingStyle::Approximate ? std::optional(end) : std::nullopt;
  }
};

/// Reads and writes of all shapes, some of them wrong, in a part of the RAM of its own, of the ROM, and beside.
Worker::Script random_script(std::mt19937& random, std::uint64_t part, int accesses) {
  const auto number = [&](unsigned from, unsigned to) {
    return std::uniform_int_distribution<unsigned>(from, to)(random);
  };
  Worker::Script script;
  for (int i = 0; i < accesses; ++i) {
    Access access;
    access.at = ns(number(0, 40) * accesses);
    access.command = number(0, 1) == 0 ? reads : writes;
    const unsigned kind = number(0, 19);
    access.address = kind == 0   ? 0x2000
                     : kind == 1 ? 0x90000000
                     : kind < 4  ? rom_base
                                 : ram_base + part + number(0, 60);
    access.data.resize(number(1, 4) == 1 ? number(1, 64) : 4);
    for (std::uint8_t& byte : access.data) {
      byte = static_cast<std::uint8_t>(number(0, 255));
    }
    if (number(0, 3) == 0) {
      access.enables.resize(number(1, static_cast<unsigned>(access.data.size())));
      for (std::uint8_t& byte : access.enables) {
        byte = number(0, 1) == 0 ? 0 : 0xff;
      }
    }
    access.width = number(0, 3) == 0 ? number(1, 8) : ~0u;
    script.push_back(access);
  }
  std::sort(script.begin(), script.end(), [](const Access& a, const Access& b) { return a.at < b.at; });
  return script;
}

void run() {
  sc_core::sc_start(sc_time(1, sc_core::SC_MS));
}

}  // namespace

TEST_CASE("a transaction that waits for nobody takes as long as loosely timed, in whatever phases") {
  Crowd crowd("crowd", approximate());
  System plain("plain", loose());
  Worker caller("caller", std::nullopt);
  plain.connect(caller, "first");
  const auto script = [](double at) {
    Worker::Script some;
    for (const auto& [address, length] :
         {std::pair{ram_base, 4}, {ram_base + 8, 64}, {rom_base, 16}, {std::uint64_t{0x2000}, 4}}) {
      some.push_back({ns(at), reads, address, std::vector<std::uint8_t>(static_cast<std::size_t>(length))});
      at += 200;
    }
    return some;
  };
  const Worker::Script& first = crowd.first.add(script(0));
  const Worker::Script& second = crowd.second.add(script(1000));
  const Worker::Script& third = crowd.third.add(script(2000));
  const Worker::Script& expected = caller.add(script(0));
  run();
  const std::vector<double> latencies{45, 80, 10, 10};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(expected[i].end - expected[i].at == ns(latencies[i]));
    for (const Worker::Script* script_of : {&first, &second, &third}) {
      CHECK((*script_of)[i].end - (*script_of)[i].at == ns(latencies[i]));
      CHECK((*script_of)[i].status == expected[i].status);
    }
  }
  CHECK(crowd.bus.traffic("second").transactions == 4);
  CHECK(crowd.waiting() == sc_core::SC_ZERO_TIME);
  CHECK(crowd.complaints() + plain.complaints() == "");
}

TEST_CASE("initiators that meet at the RAM take turns, and the bus knows how long they waited") {
  Crowd crowd("crowd", approximate());
  const Access& first = crowd.first.add(ns(0), ram_base, 64);
  const Access& again = crowd.first.add(ns(0), ram_base, 4);
  const Access& second = crowd.second.add(ns(0), ram_base, 64);
  const Access& third = crowd.third.add(ns(5), ram_base, 64);
  const Access& elsewhere = crowd.third.add(ns(5), rom_base, 64);
  run();
  CHECK(first.end == ns(70 + 10));
  CHECK(second.end == ns(2 * 70 + 10));
  CHECK(third.end == ns(3 * 70 + 10));
  CHECK(again.end == ns(3 * 70 + 35 + 10));
  CHECK(elsewhere.end == ns(5 + 10));
  CHECK(crowd.bus.traffic("first").waiting == ns(3 * 70));
  CHECK(crowd.bus.traffic("second").waiting == ns(70));
  CHECK(crowd.bus.traffic("third").waiting == ns(2 * 70 - 5));
  CHECK(crowd.bus.traffic("first").delayed == 1);
  CHECK(crowd.complaints() == "");
}

TEST_CASE("with fixed priorities the initiator that stands first in the configuration goes first") {
  Crowd crowd("crowd", approximate(BusArbitration::FixedPriority));
  const Access& third = crowd.third.add(ns(0), ram_base, 64);
  const Access& second = crowd.second.add(ns(1), ram_base, 64);
  const Access& second_again = crowd.second.add(ns(1), ram_base, 64);
  const Access& first = crowd.first.add(ns(60), ram_base, 64);
  run();
  CHECK(third.end == ns(70 + 10));
  CHECK(first.end == ns(2 * 70 + 10));
  CHECK(second.end == ns(3 * 70 + 10));
  CHECK(second_again.end == ns(4 * 70 + 10));
  CHECK(crowd.complaints() == "");
}

TEST_CASE("of those that ask at the same time the first in the configuration goes first, whoever called first") {
  Crowd crowd("crowd", approximate(BusArbitration::FixedPriority));
  const Access& third = crowd.third.add(ns(7), ram_base, 4);
  const Access& second = crowd.second.add(ns(7), ram_base, 4);
  const Access& first = crowd.first.add(ns(7), ram_base, 4);
  run();
  CHECK(first.end == ns(7 + 35 + 10));
  CHECK(second.end == ns(7 + 2 * 35 + 10));
  CHECK(third.end == ns(7 + 3 * 35 + 10));
}

TEST_CASE("an initiator with as much outstanding as the bus takes is held back, the others are not") {
  Crowd crowd("crowd", approximate(BusArbitration::FixedPriority, 1));
  const Access& busy = crowd.first.add(ns(0), ram_base, 64);
  const Access& held = crowd.first.add(ns(0), rom_base, 4);
  const Access& other = crowd.third.add(ns(0), rom_base, 4);
  run();
  CHECK(busy.end == ns(80));
  CHECK(held.end == ns(80 + 10));  // its END_REQ comes when the response of the other one has ended
  CHECK(other.end == ns(10));
  CHECK(crowd.bus.traffic("first").waiting == ns(80));
  CHECK(crowd.complaints() == "");
}

TEST_CASE("beats occupy the way to a region even if its target is faster") {
  BusConfig config = approximate();
  config.beat_latency = ns(2);
  config.beat_bytes = 16;
  Crowd crowd("crowd", config);
  const Access& first = crowd.first.add(ns(0), rom_base, 64);
  const Access& second = crowd.second.add(ns(3), rom_base, 20);
  const Access& third = crowd.third.add(ns(3), rom_base, 4);
  run();
  CHECK(first.end == ns(10));
  CHECK(second.end == ns(4 * 2 + 10));
  CHECK(third.end == ns(4 * 2 + 2 * 2 + 10));
}

TEST_CASE("who calls outside of threads and cannot wait is served at once") {
  Crowd crowd("crowd", approximate());
  const Access& first = crowd.first.add(ns(0), ram_base, 64);
  sc_core::sc_start(ns(20));
  std::uint8_t bytes[4] = {};
  tlm::tlm_generic_payload payload;
  payload.set_command(reads);
  payload.set_address(ram_base);
  payload.set_data_ptr(bytes);
  payload.set_data_length(4);
  payload.set_streaming_width(4);
  sc_time delay = ns(1);
  crowd.bus.initiator("second").get_base_export()->b_transport(payload, delay);
  CHECK(delay == ns(1 + 35 + 10));
  CHECK(payload.is_response_ok());
  CHECK(payload.get_address() == ram_base);
  run();
  CHECK(first.end == ns(80));
}

TEST_CASE("a thread that is killed while it waits leaves the bus to the others") {
  Crowd crowd("crowd", approximate());
  crowd.first.add(ns(0), ram_base, 64);
  const Access& second = crowd.second.add(ns(1), ram_base, 64);
  const Access& third = crowd.third.add(ns(2), ram_base, 64);
  const Access& later = crowd.second.add(ns(400), ram_base, 64);
  sc_core::sc_spawn([&] {
    sc_core::wait(ns(20));
    crowd.second.threads[0].kill();
  });
  run();
  CHECK(second.status == tlm::TLM_INCOMPLETE_RESPONSE);
  CHECK(third.end == ns(2 * 70 + 10));
  CHECK(later.end == ns(400 + 70 + 10));
}

TEST_CASE("under random traffic both styles give the same bytes, and nobody breaks the protocol") {
  struct Twins {
    Crowd approximately;
    Crowd loosely{sc_core::sc_gen_unique_name("loosely"), loose()};
    std::vector<std::pair<const Worker::Script*, const Worker::Script*>> scripts{};

    Twins(BusArbitration arbitration, std::uint32_t outstanding)
        : approximately(sc_core::sc_gen_unique_name("approximately"), approximate(arbitration, outstanding)) {
      std::mt19937 random(outstanding);
      std::uint64_t part = 0;
      for (int i = 0; i < 4; ++i) {
        for (const auto member : {&Crowd::first, &Crowd::second, &Crowd::third}) {
          const Worker::Script script = random_script(random, part, 300);
          part += 0x80;
          scripts.emplace_back(&(approximately.*member).add(script), &(loosely.*member).add(script));
        }
      }
    }
  };
  const Twins twins[] = {
      {BusArbitration::RoundRobin, 1}, {BusArbitration::FixedPriority, 2}, {BusArbitration::RoundRobin, 3}};
  run();
  for (const Twins& pair : twins) {
    const Crowd& crowd = pair.approximately;
    sc_time later;
    for (const auto& [one, other] : pair.scripts) {
      for (std::size_t i = 0; i < one->size(); ++i) {
        REQUIRE((*one)[i].status != tlm::TLM_INCOMPLETE_RESPONSE);
        REQUIRE((*one)[i].status == (*other)[i].status);
        REQUIRE((*one)[i].data == (*other)[i].data);
      }
      REQUIRE(one->back().end >= other->back().end);
      later = std::max(later, one->back().end - other->back().end);
    }
    CHECK(std::equal(crowd.ram.data(), crowd.ram.data() + crowd.ram.size(), pair.loosely.ram.data()));
    CHECK(crowd.waiting() > sc_core::SC_ZERO_TIME);
    CHECK(later <= crowd.waiting());
    CHECK(pair.loosely.waiting() == sc_core::SC_ZERO_TIME);
    CHECK(crowd.bus.traffic("first").transactions == 4 * 300);
    CHECK(crowd.complaints() == "");
  }
}
