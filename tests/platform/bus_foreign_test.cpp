// The approximately-timed bus between initiators and targets of other kinds than ours.
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <catch2/catch.hpp>
#include <deque>

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

sc_time ns(double time) {
  return sc_time(time, SC_NS);
}

/// Takes a request every 5 ns and answers each 50 ns after it came: many are inside at a time.
struct Pipeline : sc_core::sc_module {
  tlm_utils::simple_target_socket<Pipeline> socket{"socket"};
  std::vector<std::uint64_t> addresses;

  explicit Pipeline(sc_core::sc_module_name name) : sc_module(name) {
    socket.register_nb_transport_fw(this, &Pipeline::forward);
    SC_HAS_PROCESS(Pipeline);
    SC_METHOD(answer);
    sensitive << wake_;
    dont_initialize();
  }

 private:
  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_time& delay) {
    if (phase == tlm::END_RESP) {
      responding_ = false;
      wake_.notify(sc_core::SC_ZERO_TIME);
      return tlm::TLM_COMPLETED;
    }
    payload.acquire();
    addresses.push_back(payload.get_address());
    inside_.emplace_back(&payload, sc_core::sc_time_stamp() + delay + ns(50));
    wake_.notify(sc_core::SC_ZERO_TIME);
    delay += ns(5);
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  }
  void answer() {
    const sc_time now = sc_core::sc_time_stamp();
    if (responding_ || inside_.empty()) {
      return;
    }
    auto [payload, time] = inside_.front();
    if (time > now) {
      wake_.notify(time - now);
      return;
    }
    inside_.pop_front();
    responding_ = true;
    payload->set_response_status(tlm::TLM_OK_RESPONSE);
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_time delay;
    if (socket->nb_transport_bw(*payload, phase, delay) != tlm::TLM_ACCEPTED) {
      responding_ = false;
      wake_.notify(sc_core::SC_ZERO_TIME);
    }
    payload->release();
  }

  std::deque<std::pair<tlm::tlm_generic_payload*, sc_time>> inside_;
  bool responding_ = false;
  sc_core::sc_event wake_;
};

/// Knows b_transport only, and waits in it.
struct Sleeper : sc_core::sc_module {
  tlm_utils::simple_target_socket<Sleeper> socket{"socket"};
  unsigned inside = 0;
  unsigned most_inside = 0;

  explicit Sleeper(sc_core::sc_module_name name) : sc_module(name) {
    socket.register_b_transport(this, &Sleeper::b_transport);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_time& delay) {
    most_inside = std::max(most_inside, ++inside);
    wait(ns(15));
    --inside;
    delay += ns(5);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

/// Sends two reads at once, each with an annotated delay, and ends each response 100 ns after it began.
struct Slow : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<Slow> socket{"socket"};
  PayloadPool pool;
  std::vector<sc_time> begun;
  std::uint32_t words[2] = {};

  explicit Slow(sc_core::sc_module_name name) : sc_module(name) {
    socket.register_nb_transport_bw(this, &Slow::backward);
    SC_HAS_PROCESS(Slow);
    SC_THREAD(run);
  }

 private:
  void run() {
    request(0x1000, words[0], ns(3));
    wait(ns(3));  // its END_REQ
    request(0x1004, words[1], sc_core::SC_ZERO_TIME);
    for (int i = 0; i < 2; ++i) {
      wait(began_);
      wait(begun.back() - sc_core::sc_time_stamp() + ns(100));
      tlm::tlm_phase phase = tlm::END_RESP;
      sc_time delay;
      tlm::tlm_generic_payload& payload = *answered_;
      socket->nb_transport_fw(payload, phase, delay);
      payload.release();
    }
  }
  void request(std::uint64_t address, std::uint32_t& word, sc_time delay) {
    tlm::tlm_generic_payload& payload = pool.acquire();
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
    payload.set_data_length(sizeof word);
    payload.set_streaming_width(sizeof word);
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    socket->nb_transport_fw(payload, phase, delay);
  }
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_time& delay) {
    if (phase == tlm::BEGIN_RESP) {
      begun.push_back(sc_core::sc_time_stamp() + delay);
      answered_ = &payload;
      began_.notify(sc_core::SC_ZERO_TIME);
    }
    return tlm::TLM_ACCEPTED;
  }

  tlm::tlm_generic_payload* answered_ = nullptr;
  sc_core::sc_event began_;
};

/// A bus with a target of the test's at 0x1000, and checkers on both sides.
template <typename Target>
struct System {
  Bus bus{"bus", config()};
  Target target{"target"};
  ProtocolChecker<> at_target{"at_target", {true, false}};
  ProtocolChecker<> at_first{"at_first", {false, true}};
  ProtocolChecker<> at_second{"at_second", {false, true}};

  System() { connect(target); }
  template <typename... Arguments>
  explicit System(const Arguments&... arguments) : target("target", arguments...) {
    connect(target);
  }
  template <typename Initiator>
  void attach(Initiator& initiator, ProtocolChecker<>& checker, const char* name) {
    initiator.socket.bind(checker.target);
    checker.initiator.bind(bus.initiator(name));
  }
  static BusConfig config() {
    BusConfig config;
    config.latency = ns(10);
    config.initiators = {"first", "second"};
    config.regions = {{"target", 0x1000, 0x100}};
    config.timing = TimingStyle::Approximate;
    config.outstanding = 4;
    return config;
  }
  std::string complaints() const { return at_target.complaints() + at_first.complaints() + at_second.complaints(); }

 private:
  void connect(Target& served) {
    bus.region("target").bind(at_target.target);
    at_target.initiator.bind(served.socket);
  }
};

}  // namespace

TEST_CASE("the bus sends the next request as soon as a target has taken the last one") {
  System<Pipeline> system;
  Worker first("first", Worker::ResponseEnd::Call);
  Worker second("second", Worker::ResponseEnd::Updated);
  system.attach(first, system.at_first, "first");
  system.attach(second, system.at_second, "second");
  const Access& one = first.add(ns(0), 0x1000, 4);
  const Access& two = first.add(ns(0), 0x1004, 4);
  const Access& three = second.add(ns(0), 0x1008, 4);
  sc_core::sc_start(ns(1000));
  CHECK(one.end == ns(50 + 10));
  CHECK(three.end == ns(5 + 50 + 10));
  CHECK(two.end == ns(10 + 50 + 10));
  CHECK(system.target.addresses == std::vector<std::uint64_t>{0, 8, 4});
  CHECK(system.bus.traffic("first").waiting == ns(10));
  CHECK(system.bus.traffic("second").waiting == ns(5));
  CHECK(system.complaints() == "");
}

TEST_CASE("a target that only knows blocking calls serves initiators of both kinds, one at a time") {
  System<Sleeper> system;
  Worker first("first", Worker::ResponseEnd::Call);
  Worker second("second", std::nullopt);
  system.attach(first, system.at_first, "first");
  system.attach(second, system.at_second, "second");
  const Access& one = first.add(ns(0), 0x1000, 4);
  const Access& two = second.add(ns(0), 0x1004, 4);
  const Access& three = first.add(ns(1), 0x1008, 4);
  const Access& four = second.add(ns(2), 0x100c, 4);
  sc_core::sc_start(ns(1000));
  CHECK(one.end == ns(20 + 10));
  CHECK(two.end == ns(40 + 10));
  CHECK(three.end == ns(60 + 10));
  CHECK(four.end == ns(80 + 10));
  CHECK(system.target.most_inside == 1);
  CHECK(system.complaints() == "");
}

TEST_CASE("an initiator that ends responses late waits for its next response, and nobody else does") {
  System<Memory> system(MemoryConfig{0x100, false, ns(30), ns(5), 8});
  Slow slow("slow");
  Worker second("second", Worker::ResponseEnd::Call);
  system.attach(slow, system.at_first, "first");
  system.attach(second, system.at_second, "second");
  const Access& other = second.add(ns(60), 0x1010, 4);
  sc_core::sc_start(ns(1000));
  const std::vector<sc_time> expected{ns(3 + 35 + 10), ns(3 + 35 + 10 + 100)};
  CHECK(slow.begun == expected);
  CHECK(other.end == ns(3 + 3 * 35 + 10));
  // Its second request waited 35 ns for the RAM, its second response, there at 73 + 10 ns, until 148 ns.
  CHECK(system.bus.traffic("first").waiting == ns(35 + 65));
  CHECK(system.complaints() == "");
}
