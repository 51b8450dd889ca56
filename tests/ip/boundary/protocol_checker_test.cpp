#include "tests/support/protocol_checker.h"

#include <catch2/catch.hpp>
#include <functional>

#include "ip/tlm/payload_pool.h"

namespace spinvp::test {
namespace {

using tlm::tlm_generic_payload;
using tlm::tlm_phase;

/// A target that obeys until a test changes it.
struct ScriptedTarget : tlm::tlm_fw_transport_if<> {
  std::function<void(tlm_generic_payload&, sc_core::sc_time&)> blocking = [](auto& payload, auto&) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  std::function<tlm::tlm_sync_enum(tlm_generic_payload&, tlm_phase&, sc_core::sc_time&)> non_blocking =
      [](auto&, auto&, auto&) { return tlm::TLM_ACCEPTED; };
  std::function<unsigned(tlm_generic_payload&)> debug = [](auto& payload) { return payload.get_data_length(); };
  std::function<bool(tlm_generic_payload&, tlm::tlm_dmi&)> direct = [](auto&, auto&) { return false; };

  void b_transport(tlm_generic_payload& payload, sc_core::sc_time& delay) override { blocking(payload, delay); }
  tlm::tlm_sync_enum nb_transport_fw(tlm_generic_payload& payload, tlm_phase& phase, sc_core::sc_time& delay) override {
    return non_blocking(payload, phase, delay);
  }
  unsigned transport_dbg(tlm_generic_payload& payload) override { return debug(payload); }
  bool get_direct_mem_ptr(tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override { return direct(payload, dmi); }
};

struct ScriptedInitiator : tlm::tlm_bw_transport_if<> {
  std::function<tlm::tlm_sync_enum(tlm_generic_payload&, tlm_phase&, sc_core::sc_time&)> non_blocking =
      [](auto&, auto&, auto&) { return tlm::TLM_ACCEPTED; };

  tlm::tlm_sync_enum nb_transport_bw(tlm_generic_payload& payload, tlm_phase& phase, sc_core::sc_time& delay) override {
    return non_blocking(payload, phase, delay);
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
};

/// One link, and a transaction that is good as it stands.
struct Scene {
  ScriptedInitiator initiator;
  ScriptedTarget target;
  ProtocolRules rules;
  PayloadPool pool;
  unsigned char data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  unsigned char enables[2] = {0xFF, 0};
  tlm_generic_payload& payload;
  sc_core::sc_time delay;
  tlm_phase phase;

  explicit Scene(LinkEnds ends = {}) : rules(ends), payload(fresh()) {}

  tlm_generic_payload& fresh() {
    tlm_generic_payload& one = pool.acquire();
    one.set_write();
    one.set_address(0x40);
    one.set_data_ptr(data);
    one.set_data_length(8);
    one.set_streaming_width(8);
    return one;
  }
  void block() { rules.b_transport(target, payload, delay); }
  void forward(const tlm_phase& called, tlm_generic_payload& of) {
    phase = called;
    rules.forward(target, of, phase, delay);
  }
  void forward(const tlm_phase& called) { forward(called, payload); }
  void backward(const tlm_phase& called, tlm_generic_payload& of) {
    if (called == tlm::BEGIN_RESP) {
      of.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    phase = called;
    rules.backward(initiator, of, phase, delay);
  }
  void backward(const tlm_phase& called) { backward(called, payload); }
  /// What the target returns from now on; `changed` is the phase it leaves behind.
  void target_returns(tlm::tlm_sync_enum answer, const tlm_phase& changed = tlm::UNINITIALIZED_PHASE) {
    target.non_blocking = [answer, changed](auto& of, auto& left, auto&) {
      of.set_response_status(tlm::TLM_OK_RESPONSE);
      left = changed == tlm::UNINITIALIZED_PHASE ? left : changed;
      return answer;
    };
  }
  void initiator_returns(tlm::tlm_sync_enum answer, const tlm_phase& changed = tlm::UNINITIALIZED_PHASE) {
    initiator.non_blocking = [answer, changed](auto&, auto& left, auto&) {
      left = changed == tlm::UNINITIALIZED_PHASE ? left : changed;
      return answer;
    };
  }
};

/// The rules that a scene breaks, in order.
std::string broken(const std::function<void(Scene&)>& play, LinkEnds ends = {}) {
  Scene scene(ends);
  play(scene);
  std::string names;
  for (const Violation& violation : scene.rules.violations()) {
    names += (names.empty() ? "" : " ") + violation.rule;
  }
  return names;
}

struct Mark : tlm::tlm_extension<Mark> {
  tlm::tlm_extension_base* clone() const override { return new Mark; }
  void copy_from(const tlm::tlm_extension_base&) override {}
};

}  // namespace

TEST_CASE("the protocol checker has nothing against good transactions of either style") {
  CHECK(broken([](Scene& scene) {
          scene.payload.set_byte_enable_ptr(scene.enables);
          scene.payload.set_byte_enable_length(2);
          scene.block();
        }) == "");
  CHECK(broken([](Scene& scene) {
          scene.forward(tlm::BEGIN_REQ);
          scene.backward(tlm::END_REQ);
          scene.backward(tlm::BEGIN_RESP);
          scene.forward(tlm::END_RESP);
        }) == "");
  for (const auto& [answer, left] :
       {std::pair(tlm::TLM_UPDATED, tlm::END_RESP), std::pair(tlm::TLM_COMPLETED, tlm::BEGIN_RESP)}) {
    CHECK(broken([answer = answer, left = left](Scene& scene) {
            scene.forward(tlm::BEGIN_REQ);
            scene.initiator_returns(answer, left);
            scene.backward(tlm::BEGIN_RESP);
            CHECK(scene.rules.alive() == 0);
          }) == "");
  }
  CHECK(broken([](Scene& scene) {
          scene.target_returns(tlm::TLM_COMPLETED);
          scene.forward(tlm::BEGIN_REQ);
          CHECK(scene.rules.alive() == 0);
        }) == "");
  CHECK(broken([](Scene& scene) {
          scene.target_returns(tlm::TLM_UPDATED, tlm::BEGIN_RESP);
          scene.forward(tlm::BEGIN_REQ);
          scene.target_returns(tlm::TLM_COMPLETED);
          scene.forward(tlm::END_RESP);
          CHECK(scene.rules.traffic().completed == 1);
        }) == "");
}

TEST_CASE("the protocol checker sees attributes that mean nothing as a transaction begins") {
  const auto broken_by = [](const std::function<void(Scene&)>& change) {
    const auto play = [&](bool blocking) {
      return broken([&](Scene& scene) {
        change(scene);
        blocking ? scene.block() : scene.forward(tlm::BEGIN_REQ);
      });
    };
    CHECK(play(true) == play(false));
    return play(true);
  };
  CHECK(broken_by([](Scene& s) {
          s.payload.set_data_ptr(nullptr);
          s.payload.set_read();
        }) == "data-pointer");
  CHECK(broken_by([](Scene& s) { s.payload.set_data_length(0); }) == "data-length");
  CHECK(broken_by([](Scene& s) { s.payload.set_streaming_width(0); }) == "streaming-width");
  CHECK(broken_by([](Scene& s) { s.payload.set_command(static_cast<tlm::tlm_command>(9)); }) == "command");
  CHECK(broken_by([](Scene& s) { s.payload.set_response_status(tlm::TLM_OK_RESPONSE); }) == "response-at-start");
  CHECK(broken_by([](Scene& s) { s.payload.set_dmi_allowed(true); }) == "dmi-hint-at-start");
  CHECK(broken_by([](Scene& s) { s.payload.set_byte_enable_ptr(s.enables); }) == "byte-enable");
  CHECK(broken_by([](Scene& s) {
          s.enables[1] = 1;
          s.payload.set_byte_enable_ptr(s.enables);
          s.payload.set_byte_enable_length(2);
        }) == "byte-enable");
}

TEST_CASE("the protocol checker sees who changes what it must not") {
  const auto by_target = [](const std::function<void(tlm_generic_payload&)>& change, LinkEnds ends = {}) {
    return broken(
        [&](Scene& scene) {
          scene.target.blocking = [&](auto& payload, auto&) {
            payload.set_response_status(tlm::TLM_OK_RESPONSE);
            change(payload);
          };
          scene.block();
        },
        ends);
  };
  const auto by_initiator = [](const std::function<void(tlm_generic_payload&)>& change, LinkEnds ends = {}) {
    return broken(
        [&](Scene& scene) {
          scene.forward(tlm::BEGIN_REQ);
          scene.backward(tlm::BEGIN_RESP);
          change(scene.payload);
          scene.forward(tlm::END_RESP);
        },
        ends);
  };
  const auto move = [](tlm_generic_payload& payload) { payload.set_address(0); };
  CHECK(by_target(move) == "address-changed");
  CHECK(by_target(move, {false, true}) == "");
  CHECK(by_initiator(move, {false, true}) == "address-changed");
  CHECK(by_initiator(move, {true, false}) == "");
  for (const auto& change : std::vector<std::function<void(tlm_generic_payload&)>>{
           [](auto& payload) { payload.set_read(); },
           [](auto& payload) { payload.set_data_length(4); },
           [](auto& payload) { payload.set_streaming_width(4); },
           [](auto& payload) { payload.set_data_ptr(payload.get_data_ptr() + 1); },
           [](auto& payload) { payload.set_byte_enable_length(1); },
           [](auto& payload) { payload.set_byte_enable_ptr(payload.get_data_ptr()); },
       }) {
    CHECK(by_target(change) == "attribute-changed");
    CHECK(by_initiator(change) == "attribute-changed");
  }
  CHECK(by_target([](auto& payload) { payload.get_data_ptr()[3] ^= 1; }) == "data-changed");
  CHECK(by_target([](auto& payload) { payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE); }) ==
        "response-missing");
  CHECK(by_initiator([](auto& p) { p.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE); }) == "response-changed");
  CHECK(by_initiator([](auto& payload) { payload.set_dmi_allowed(true); }) == "response-changed");
  CHECK(by_target([](auto& payload) { payload.set_dmi_allowed(true); }) == "");
  CHECK(broken([](Scene& scene) {
          scene.payload.set_read();
          scene.payload.set_byte_enable_ptr(scene.enables);
          scene.payload.set_byte_enable_length(2);
          scene.target.blocking = [](auto& payload, auto&) {
            payload.set_response_status(tlm::TLM_OK_RESPONSE);
            payload.get_data_ptr()[5] ^= 1;
          };
          scene.block();
        }) == "disabled-byte-changed");
}

TEST_CASE("the protocol checker sees extensions that are taken away or left behind") {
  Mark mark;
  Mark other;
  CHECK(broken([&](Scene& scene) {
          scene.payload.set_extension(&mark);
          scene.target.blocking = [&](auto& payload, auto&) {
            payload.set_response_status(tlm::TLM_OK_RESPONSE);
            payload.set_extension(&other);
          };
          scene.block();
          scene.payload.clear_extension(&other);
        }) == "extension-changed");
  ProtocolRules rules({});
  ScriptedTarget target;
  target.blocking = [&](auto& payload, auto&) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    payload.set_extension(&mark);
  };
  tlm_generic_payload unmanaged;
  unsigned char byte = 0;
  unmanaged.set_data_ptr(&byte);
  unmanaged.set_data_length(1);
  unmanaged.set_streaming_width(1);
  sc_core::sc_time delay;
  rules.b_transport(target, unmanaged, delay);
  REQUIRE(rules.violations().size() == 1);
  CHECK(rules.violations()[0].rule == "extension-changed");
  unmanaged.clear_extension(&mark);
}

TEST_CASE("the protocol checker sees phases out of order") {
  CHECK(broken([](Scene& s) { s.forward(tlm::END_REQ); }) == "phase-argument");
  CHECK(broken([](Scene& s) {
          s.forward(tlm::BEGIN_REQ);
          s.backward(tlm::END_RESP);
        }) == "phase-argument");
  CHECK(broken([](Scene& s) { s.forward(tlm::END_RESP); }) == "phase-order");
  CHECK(broken([](Scene& s) { s.backward(tlm::BEGIN_RESP); }) == "phase-order");
  CHECK(broken([](Scene& s) {
          s.forward(tlm::BEGIN_REQ);
          s.backward(tlm::END_REQ);
          s.backward(tlm::END_REQ);
        }) == "phase-order");
  CHECK(broken([](Scene& s) {
          s.forward(tlm::BEGIN_REQ);
          s.backward(tlm::BEGIN_RESP);
          s.backward(tlm::BEGIN_RESP);
        }) == "phase-order");
  CHECK(broken([](Scene& s) {
          s.target_returns(tlm::TLM_COMPLETED);
          s.forward(tlm::BEGIN_REQ);
          s.backward(tlm::BEGIN_RESP);
        }) == "phase-order");
}

TEST_CASE("the protocol checker sees answers that the phase does not allow") {
  CHECK(broken([](Scene& s) {
          s.target_returns(tlm::TLM_UPDATED);
          s.forward(tlm::BEGIN_REQ);
        }) == "return-value");
  CHECK(broken([](Scene& s) {
          s.target_returns(tlm::TLM_UPDATED, tlm::END_RESP);
          s.forward(tlm::BEGIN_REQ);
        }) == "return-value");
  CHECK(broken([](Scene& s) {
          s.forward(tlm::BEGIN_REQ);
          s.backward(tlm::BEGIN_RESP);
          s.target_returns(tlm::TLM_UPDATED);
          s.forward(tlm::END_RESP);
        }) == "return-value");
  CHECK(broken([](Scene& s) {
          s.forward(tlm::BEGIN_REQ);
          s.initiator_returns(tlm::TLM_COMPLETED);
          s.backward(tlm::END_REQ);
        }) == "return-value");
  CHECK(broken([](Scene& s) {
          s.forward(tlm::BEGIN_REQ);
          s.initiator_returns(tlm::TLM_UPDATED);
          s.backward(tlm::BEGIN_RESP);
        }) == "return-value");
  CHECK(broken([](Scene& s) {
          s.target.non_blocking = [](auto&, auto& phase, auto&) {
            phase = tlm::END_REQ;
            return tlm::TLM_ACCEPTED;
          };
          s.forward(tlm::BEGIN_REQ);
        }) == "accepted-changed");
  CHECK(broken([](Scene& s) {
          s.forward(tlm::BEGIN_REQ);
          s.initiator.non_blocking = [](auto&, auto&, auto& delay) {
            delay += sc_core::sc_time(1, sc_core::SC_NS);
            return tlm::TLM_ACCEPTED;
          };
          s.backward(tlm::END_REQ);
        }) == "accepted-changed");
}

TEST_CASE("the protocol checker sees two requests and two responses at a time") {
  CHECK(broken([](Scene& s) {
          s.forward(tlm::BEGIN_REQ);
          s.forward(tlm::BEGIN_REQ, s.fresh());
        }) == "request-exclusion");
  const auto two = [](Scene& s, bool end_first) {
    tlm_generic_payload& second = s.fresh();
    s.forward(tlm::BEGIN_REQ);
    s.backward(tlm::END_REQ);
    s.forward(tlm::BEGIN_REQ, second);
    s.backward(tlm::BEGIN_RESP, second);
    if (end_first) {
      s.forward(tlm::END_RESP, second);
    }
    s.backward(tlm::BEGIN_RESP);
  };
  CHECK(broken([&](Scene& s) { two(s, true); }) == "");
  CHECK(broken([&](Scene& s) { two(s, false); }) == "response-exclusion");
}

TEST_CASE("the protocol checker sees how payloads are managed") {
  CHECK(broken([](Scene& s) {
          s.payload.set_mm(nullptr);
          s.forward(tlm::BEGIN_REQ);
          s.payload.set_mm(&s.pool);
        }) == "memory-manager");
  CHECK(broken([](Scene& s) {
          s.payload.release();
          s.forward(tlm::BEGIN_REQ);
        }) == "reference-count");
  CHECK(broken([](Scene& s) {
          s.forward(tlm::BEGIN_REQ);
          s.payload.release();
          s.backward(tlm::END_REQ);
        }) == "reference-count");
  CHECK(broken([](Scene& s) {
          s.forward(tlm::BEGIN_REQ);
          s.backward(tlm::END_REQ);
          s.forward(tlm::BEGIN_REQ);
        }) == "reuse-while-alive");
  CHECK(broken([](Scene& s) {
          s.forward(tlm::BEGIN_REQ);
          s.block();
        }) == "mixed-styles");
  CHECK(broken([](Scene& s) {
          s.target.blocking = [&](auto& payload, auto&) {
            s.forward(tlm::BEGIN_REQ);
            payload.set_response_status(tlm::TLM_OK_RESPONSE);
          };
          s.block();
        }) == "mixed-styles");
}

TEST_CASE("the protocol checker sees time that runs backwards") {
  const sc_core::sc_time later(5, sc_core::SC_NS);
  CHECK(broken([&](Scene& s) {
          s.delay = later;
          s.target.blocking = [](auto& payload, auto& delay) {
            payload.set_response_status(tlm::TLM_OK_RESPONSE);
            delay = sc_core::SC_ZERO_TIME;
          };
          s.block();
        }) == "time-decreased");
  CHECK(broken([&](Scene& s) {
          s.delay = later;
          s.forward(tlm::BEGIN_REQ);
          s.delay = sc_core::SC_ZERO_TIME;
          s.backward(tlm::END_REQ);
        }) == "time-decreased");
}

TEST_CASE("the protocol checker sees calls that wait and methods that block") {
  Scene scene;
  sc_core::sc_spawn_options method;
  method.spawn_method();
  sc_core::sc_spawn([&] { scene.block(); }, "method", &method);
  sc_core::sc_spawn(
      [&] {
        sc_core::wait(1, sc_core::SC_NS);
        tlm_generic_payload& payload = scene.fresh();
        scene.target.non_blocking = [](auto&, auto&, auto&) {
          sc_core::wait(1, sc_core::SC_NS);
          return tlm::TLM_ACCEPTED;
        };
        scene.target.debug = [](auto&) {
          sc_core::wait(1, sc_core::SC_NS);
          return 0u;
        };
        scene.forward(tlm::BEGIN_REQ, payload);
        scene.rules.transport_dbg(scene.target, payload);
      },
      "thread");
  sc_core::sc_start();
  std::string names;
  for (const Violation& violation : scene.rules.violations()) {
    names += violation.rule + " ";
  }
  CHECK(names == "method-blocks time-passed time-passed ");
}

TEST_CASE("the protocol checker sees debug accesses and direct memory that make no sense") {
  const auto direct = [](std::uint64_t first, std::uint64_t last, bool pointer, tlm::tlm_dmi::dmi_access_e access) {
    return broken([=](Scene& s) {
      s.target.direct = [&](auto&, auto& dmi) {
        dmi.set_start_address(first);
        dmi.set_end_address(last);
        dmi.set_dmi_ptr(pointer ? s.data : nullptr);
        dmi.set_granted_access(access);
        return true;
      };
      tlm::tlm_dmi dmi;
      s.rules.get_direct_mem_ptr(s.target, s.payload, dmi);
    });
  };
  CHECK(direct(0, 0x7F, true, tlm::tlm_dmi::DMI_ACCESS_READ_WRITE) == "");
  CHECK(direct(0x7F, 0, true, tlm::tlm_dmi::DMI_ACCESS_READ_WRITE) == "dmi-range");
  CHECK(direct(0, 0x3F, true, tlm::tlm_dmi::DMI_ACCESS_READ_WRITE) == "dmi-range");
  CHECK(direct(0, 0x7F, false, tlm::tlm_dmi::DMI_ACCESS_READ_WRITE) == "dmi-pointer");
  CHECK(direct(0, 0x7F, true, tlm::tlm_dmi::DMI_ACCESS_READ) == "dmi-access");
  CHECK(broken([](Scene& s) {
          s.target.direct = [](auto& payload, auto&) {
            payload.set_address(0);
            return false;
          };
          tlm::tlm_dmi dmi;
          dmi.init();
          s.rules.get_direct_mem_ptr(s.target, s.payload, dmi);
        }) == "dmi-address");
  CHECK(broken([](Scene& s) {
          s.target.debug = [](auto&) { return 9u; };
          s.rules.transport_dbg(s.target, s.payload);
        }) == "debug-length");
  CHECK(broken([](Scene& s) { s.rules.invalidate(s.initiator, 8, 7); }) == "invalidation-range");
}

}  // namespace spinvp::test
