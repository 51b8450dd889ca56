#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <memory>

#include "ip/tlm/approximate_initiator.h"
#include "ip/tlm/approximate_target.h"
#include "tests/ip/support/streams.h"
#include "tests/support/protocol_checker.h"

namespace spinvp::test {
namespace {

using Process = ApproximateTargetConfig::Process;
using Phases = ApproximateTargetConfig::Phases;
using ResponseEnd = ApproximateInitiator::ResponseEnd;
using sc_core::SC_NS;
using sc_core::sc_time;

/// Memory whose accesses take a time drawn for each, by annotation and, in a thread, by waiting.
class DrawnMemory : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<DrawnMemory> socket{"socket"};
  std::vector<sc_time> served;  ///< when each access came to be served
  sc_time fixed_latency;        ///< instead of one drawn

  DrawnMemory(sc_core::sc_module_name name, ApproximateTargetConfig config, std::uint32_t seed)
      : sc_module(name),
        random_(seed),
        waits_(config.process == Process::Thread),
        bytes_(4096),
        approximate_(
            "approximate", [this](auto& payload, auto& delay) { access(payload, delay); },
            [this](auto& payload, auto& phase, auto& delay) { return socket->nb_transport_bw(payload, phase, delay); },
            config) {
    socket.register_b_transport(this, &DrawnMemory::access);
    socket.register_nb_transport_fw(this, &DrawnMemory::forward);
  }

 private:
  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_time& delay) {
    return approximate_.nb_transport_fw(payload, phase, delay);
  }
  void access(tlm::tlm_generic_payload& payload, sc_time& delay) {
    served.push_back(sc_core::sc_time_stamp());
    if (fixed_latency > sc_core::SC_ZERO_TIME) {
      delay += fixed_latency;
    } else if (waits_ && random_.chance(3)) {
      wait(sc_time(random_.number(0, 9), SC_NS));
    } else {
      delay += sc_time(random_.number(0, 9), SC_NS);
    }
    unsigned char* const at = bytes_.data() + payload.get_address();
    if (payload.is_read()) {
      std::memcpy(payload.get_data_ptr(), at, payload.get_data_length());
    } else {
      std::memcpy(at, payload.get_data_ptr(), payload.get_data_length());
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  Random random_;
  const bool waits_;
  Bytes bytes_;
  ApproximateTarget approximate_;
};

/// Threads that read and write, each its own part of the memory, and compare with what they know.
class Threads : public sc_core::sc_module {
 public:
  static constexpr std::uint32_t part = 256;
  tlm_utils::simple_initiator_socket<Threads> socket{"socket"};
  std::uint32_t wrong = 0;
  std::uint32_t done = 0;

  Threads(sc_core::sc_module_name name, ResponseEnd end, std::uint32_t threads, std::uint32_t accesses,
          std::uint32_t seed)
      : sc_module(name),
        approximate_(
            [this](auto& payload, auto& phase, auto& delay) { return socket->nb_transport_fw(payload, phase, delay); },
            end) {
    socket.register_nb_transport_bw(this, &Threads::backward);
    for (std::uint32_t i = 0; i < threads; ++i) {
      sc_core::sc_spawn([=] { run(i, accesses, seed + i); }, sc_core::sc_gen_unique_name("thread"));
    }
  }
  std::size_t payloads_held() { return approximate_.pool().in_use(); }

 private:
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_time& delay) {
    return approximate_.nb_transport_bw(payload, phase, delay);
  }
  void run(std::uint32_t index, std::uint32_t accesses, std::uint32_t seed) {
    Random random(seed);
    Bytes known(part, 0);
    for (std::uint32_t i = 0; i < accesses; ++i) {
      const std::uint32_t from = random.number(0, part - 1);
      const std::uint32_t length = random.number(1, part - from);
      Bytes data = random.bytes(length);
      const bool write = random.chance(2);
      PooledPayload payload(approximate_.pool());
      payload->set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
      payload->set_address(index * part + from);
      payload->set_data_ptr(data.data());
      payload->set_data_length(length);
      payload->set_streaming_width(length);
      sc_time delay(random.chance(2) ? 0 : random.number(1, 5), SC_NS);
      approximate_.transport(*payload, delay);
      wait(delay);
      if (write) {
        std::copy(data.begin(), data.end(), known.begin() + from);
      }
      wrong += std::equal(data.begin(), data.end(), known.begin() + from) && payload->is_response_ok() ? 0 : 1;
      ++done;
    }
  }

  ApproximateInitiator approximate_;
};

struct Link {
  Threads threads;
  ProtocolChecker<> checker{"checker"};
  DrawnMemory memory;

  Link(const std::string& name, ResponseEnd end, ApproximateTargetConfig config, std::uint32_t count,
       std::uint32_t accesses)
      : threads((name + "_threads").c_str(), end, count, accesses, test_seed()),
        memory((name + "_memory").c_str(), config, test_seed()) {
    threads.socket.bind(checker.target);
    checker.initiator.bind(memory.socket);
  }
};

}  // namespace

TEST_CASE("approximately-timed transactions move the right bytes by the rules whatever the phases") {
  CAPTURE(test_seed());
  std::vector<std::unique_ptr<Link>> links;
  for (const Process process : {Process::Thread, Process::Method}) {
    for (const Phases phases : {Phases::Four, Phases::Two}) {
      for (const ResponseEnd end : {ResponseEnd::Call, ResponseEnd::Updated, ResponseEnd::Completed}) {
        const std::string name = "link" + std::to_string(links.size());
        links.push_back(std::make_unique<Link>(name, end, ApproximateTargetConfig{process, phases}, 3, 200));
      }
    }
  }
  sc_core::sc_start();
  for (const auto& link : links) {
    CHECK(link->checker.complaints() == "");
    CHECK(link->checker.rules().traffic().completed == 600);
    CHECK(link->threads.done == 600);
    CHECK(link->threads.wrong == 0);
    CHECK(link->threads.payloads_held() == 0);
  }
}

TEST_CASE("an approximately-timed target serves one request after the other") {
  Link link("link", ResponseEnd::Call, {}, 4, 5);
  link.memory.fixed_latency = sc_time(10, SC_NS);
  sc_core::sc_start();
  REQUIRE(link.memory.served.size() == 20);
  for (std::size_t i = 1; i < link.memory.served.size(); ++i) {
    CHECK(link.memory.served[i] - link.memory.served[i - 1] >= sc_time(10, SC_NS));
  }
  CHECK(link.checker.complaints() == "");
}

TEST_CASE("an approximately-timed target serves an initiator that does not wait for the end of a request") {
  std::vector<tlm::tlm_generic_payload*> answered;
  std::vector<tlm::tlm_phase_enum> phases;
  ApproximateTarget target(
      "target", [](auto& payload, auto&) { payload.set_response_status(tlm::TLM_OK_RESPONSE); },
      [&](auto& payload, auto& phase, auto&) {
        phases.push_back(static_cast<tlm::tlm_phase_enum>(static_cast<unsigned>(phase)));
        if (phase == tlm::BEGIN_RESP) {
          answered.push_back(&payload);
        }
        return phase == tlm::BEGIN_RESP ? tlm::TLM_COMPLETED : tlm::TLM_ACCEPTED;
      });
  PayloadPool pool;
  const PooledPayload first(pool);
  const PooledPayload second(pool);
  sc_core::sc_spawn(
      [&] {
        sc_time delay;
        tlm::tlm_phase phase = tlm::END_RESP;
        CHECK(target.nb_transport_fw(*first, phase, delay) == tlm::TLM_ACCEPTED);  // of nothing
        phase = tlm::END_REQ;
        CHECK(target.nb_transport_fw(*first, phase, delay) == tlm::TLM_ACCEPTED);
        phase = tlm::BEGIN_REQ;
        CHECK(target.nb_transport_fw(*first, phase, delay) == tlm::TLM_UPDATED);
        CHECK(phase == tlm::END_REQ);
        phase = tlm::BEGIN_REQ;
        CHECK(target.nb_transport_fw(*second, phase, delay) == tlm::TLM_ACCEPTED);
      },
      "initiator");
  sc_core::sc_start();
  CHECK(answered == std::vector<tlm::tlm_generic_payload*>{&*first, &*second});
  CHECK(phases == std::vector<tlm::tlm_phase_enum>{tlm::BEGIN_RESP, tlm::END_REQ, tlm::BEGIN_RESP});
  CHECK(first->get_ref_count() == 1);
}

TEST_CASE("an approximately-timed initiator understands every answer and ignores what makes no sense") {
  struct Answer {
    tlm::tlm_sync_enum value;
    tlm::tlm_phase_enum phase;
    double nanoseconds;
  };
  std::vector<Answer> script;  // to BEGIN_REQ
  std::vector<tlm::tlm_phase_enum> called;
  ApproximateInitiator initiator([&](auto& payload, auto& phase, auto& delay) {
    called.push_back(static_cast<tlm::tlm_phase_enum>(static_cast<unsigned>(phase)));
    if (phase == tlm::END_RESP) {
      return tlm::TLM_COMPLETED;
    }
    const Answer answer = script.back();
    phase = answer.value == tlm::TLM_ACCEPTED ? phase : tlm::tlm_phase(answer.phase);
    delay += sc_time(answer.nanoseconds, SC_NS);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return answer.value;
  });
  int done = 0;
  sc_core::sc_spawn(
      [&] {
        const PooledPayload payload(initiator.pool());
        const auto takes = [&](Answer answer) {
          script.push_back(answer);
          const sc_time begin = sc_core::sc_time_stamp();
          sc_time delay;
          initiator.transport(*payload, delay);
          ++done;
          sc_core::wait(delay);
          return sc_core::sc_time_stamp() - begin;
        };
        CHECK(takes({tlm::TLM_COMPLETED, tlm::BEGIN_REQ, 7}) == sc_time(7, SC_NS));
        CHECK(called == std::vector<tlm::tlm_phase_enum>{tlm::BEGIN_REQ});
        CHECK(takes({tlm::TLM_UPDATED, tlm::BEGIN_RESP, 5}) == sc_time(5, SC_NS));
        CHECK(called.back() == tlm::END_RESP);
        sc_core::sc_spawn([&] {
          sc_core::wait(2, SC_NS);
          tlm::tlm_generic_payload stranger;
          tlm::tlm_phase phase = tlm::BEGIN_RESP;
          sc_time delay;
          CHECK(initiator.nb_transport_bw(stranger, phase, delay) == tlm::TLM_ACCEPTED);
          phase = tlm::END_RESP;  // not the target's to say
          CHECK(initiator.nb_transport_bw(*payload, phase, delay) == tlm::TLM_ACCEPTED);
          phase = tlm::BEGIN_RESP;
          delay = sc_time(9, SC_NS);
          CHECK(initiator.nb_transport_bw(*payload, phase, delay) == tlm::TLM_ACCEPTED);
          delay = sc_core::SC_ZERO_TIME;  // once more
          CHECK(initiator.nb_transport_bw(*payload, phase, delay) == tlm::TLM_ACCEPTED);
        });
        CHECK(takes({tlm::TLM_UPDATED, tlm::END_REQ, 1}) == sc_time(11, SC_NS));
      },
      "initiator");
  sc_core::sc_start();
  CHECK(done == 3);
  CHECK(initiator.pool().in_use() == 0);
}

}  // namespace spinvp::test
