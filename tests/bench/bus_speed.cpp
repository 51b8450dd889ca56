// Transactions a host second through the bus to the RAM: loosely timed with and without direct memory pointers, and
// approximately timed, alone and in contention, with responses that end by a call (four phases) and by return.
// Repeat: build the target `bus_speed` of a Release build and run it. Each transaction reads or writes 64 bytes at a
// random address; what was read is summed up, and all ways must come to the same sum. Seconds are of processor time.
#include <fmt/format.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstring>
#include <ctime>
#include <deque>
#include <memory>
#include <systemc>
#include <utility>
#include <vector>

#include "core/errors.h"
#include "platform/bus.h"
#include "platform/memory.h"

namespace {

using namespace spinvp;
using namespace spinvp::platform;
using sc_core::SC_NS;
using sc_core::sc_time;

constexpr std::uint64_t ram_base = 0x80000000;
constexpr std::uint64_t ram_size = 1u << 24;
constexpr unsigned burst = 64;
constexpr std::uint64_t transactions = 1000000;  // of all initiators of a case
constexpr int repetitions = 5;                   // the best one counts: the machine may be shared
constexpr double known_model = 0.84e6;           // AT requests a second of a well-known DRAM model

/// The transactions of one initiator; reads are two of three.
class Traffic {
 public:
  explicit Traffic(std::uint64_t first) : state_(first * 0x9e3779b97f4a7c15u + 1) {}

  bool next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    address = ram_base + (state_ >> 20) % (ram_size / burst) * burst;
    write = (state_ >> 60) % 3 == 0;
    return true;
  }
  /// What is written depends on the address only, so that the order of initiators changes no sum.
  void fill(std::uint8_t* data) const { std::memcpy(data, &address, sizeof address); }
  void take(const std::uint8_t* data) {
    std::uint64_t word = 0;
    std::memcpy(&word, data, sizeof word);
    sum += word;
  }

  std::uint64_t address = 0;
  bool write = false;
  std::uint64_t sum = 0;

 private:
  std::uint64_t state_;
};

struct System : sc_core::sc_module {
  Bus bus;
  Memory ram{"ram", MemoryConfig{ram_size, false, sc_time(30, SC_NS), sc_time(2.5, SC_NS), 8}};

  System(sc_core::sc_module_name name, TimingStyle timing, std::size_t initiators)
      : sc_module(name), bus("bus", config(timing, initiators)) {
    bus.region("ram").bind(ram.socket);
    for (std::uint64_t at = 0; at < ram_size; at += burst) {
      const std::uint64_t address = ram_base + at;
      std::memcpy(ram.data() + at, &address, sizeof address);
    }
  }
  static BusConfig config(TimingStyle timing, std::size_t initiators) {
    BusConfig config;
    config.latency = sc_time(10, SC_NS);
    for (std::size_t i = 0; i < initiators; ++i) {
      config.initiators.push_back(fmt::format("initiator_{}", i));
    }
    config.regions = {{"rom", 0x1000, 0x1000}, {"ram", ram_base, ram_size}, {"device", 0x10000000, 0x1000}};
    config.timing = timing;
    config.outstanding = 4;
    return config;
  }
};

/// Loosely timed, ahead of the kernel by a quantum of 10 us.
struct Caller : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<Caller> socket{"socket"};
  Traffic traffic{0};
  std::uint64_t left = 0;
  sc_core::sc_event start;

  Caller(sc_core::sc_module_name name, bool direct) : sc_module(name), direct_(direct) {
    SC_HAS_PROCESS(Caller);
    SC_THREAD(run);
  }

 private:
  void run() {
    const sc_time quantum(10, sc_core::SC_US);
    tlm::tlm_generic_payload payload;
    sc_time ahead;
    while (true) {
      wait(start);
      for (; left > 0 && traffic.next(); --left) {
        std::uint8_t data[burst] = {};
        traffic.fill(data);
        direct_ ? access(payload, data, ahead) : transport(payload, data, ahead);
        if (!traffic.write) {
          traffic.take(data);
        }
        if (ahead >= quantum) {
          wait(ahead);
          ahead = sc_core::SC_ZERO_TIME;
        }
      }
    }
  }
  void transport(tlm::tlm_generic_payload& payload, std::uint8_t* data, sc_time& ahead) {
    payload.set_command(traffic.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(traffic.address);
    payload.set_data_ptr(data);
    payload.set_data_length(burst);
    payload.set_streaming_width(burst);
    payload.set_dmi_allowed(false);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    socket->b_transport(payload, ahead);
    sc_assert(payload.is_response_ok());
  }
  void access(tlm::tlm_generic_payload& payload, std::uint8_t* data, sc_time& ahead) {
    if (traffic.address < memory_.get_start_address() || traffic.address > memory_.get_end_address() || !granted_) {
      payload.set_address(traffic.address);
      granted_ = socket->get_direct_mem_ptr(payload, memory_);
    }
    std::uint8_t* const at = memory_.get_dmi_ptr() + (traffic.address - memory_.get_start_address());
    traffic.write ? std::memcpy(at, data, burst) : std::memcpy(data, at, burst);
    ahead += traffic.write ? memory_.get_write_latency() : memory_.get_read_latency();
  }

  const bool direct_;
  bool granted_ = false;
  tlm::tlm_dmi memory_;
};

/// Approximately timed, with so many transactions outstanding, the next one as soon as a response is there.
struct Requester : sc_core::sc_module, tlm::tlm_mm_interface {
  tlm_utils::simple_initiator_socket<Requester> socket{"socket"};
  Traffic traffic;
  std::uint64_t left = 0;
  sc_core::sc_event start;

  Requester(sc_core::sc_module_name name, std::uint64_t first, unsigned outstanding, bool calls)
      : sc_module(name), traffic(first), calls_(calls), slots_(outstanding) {
    socket.register_nb_transport_bw(this, &Requester::backward);
    SC_HAS_PROCESS(Requester);
    SC_METHOD(run);
    sensitive << start;
    dont_initialize();
    for (Slot& slot : slots_) {
      slot.payload.set_mm(this);
      slot.payload.set_data_ptr(slot.data);
      slot.payload.set_data_length(burst);
      slot.payload.set_streaming_width(burst);
      free_.push_back(&slot.payload);
    }
  }
  void free(tlm::tlm_generic_payload* payload) override { free_.push_back(payload); }

 private:
  struct Slot {
    tlm::tlm_generic_payload payload;
    std::uint8_t data[burst];
  };
  struct Response {
    tlm::tlm_generic_payload* payload;
    sc_time time;
  };

  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_time& delay) {
    if (phase == tlm::END_REQ) {
      requesting_ = false;
      start.notify(sc_core::SC_ZERO_TIME);
      return tlm::TLM_ACCEPTED;
    }
    responses_.push_back({&payload, sc_core::sc_time_stamp() + delay});
    start.notify(delay);
    return calls_ ? tlm::TLM_ACCEPTED : tlm::TLM_COMPLETED;
  }
  void run() {
    const sc_time now = sc_core::sc_time_stamp();
    while (!responses_.empty() && responses_.front().time <= now) {
      end_response(*responses_.front().payload);
      responses_.pop_front();
    }
    if (!responses_.empty()) {
      start.notify(responses_.front().time - now);
    }
    while (left > 0 && !requesting_ && !free_.empty()) {
      request();
    }
  }
  void end_response(tlm::tlm_generic_payload& payload) {
    sc_assert(payload.is_response_ok());
    if (payload.is_read()) {
      traffic.take(payload.get_data_ptr());
    }
    if (calls_) {
      tlm::tlm_phase phase = tlm::END_RESP;
      sc_time delay;
      socket->nb_transport_fw(payload, phase, delay);
    }
    payload.release();
  }
  void request() {
    tlm::tlm_generic_payload& payload = *free_.back();
    free_.pop_back();
    payload.acquire();
    traffic.next();
    --left;
    payload.set_command(traffic.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(traffic.address);
    traffic.fill(payload.get_data_ptr());
    payload.set_dmi_allowed(false);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_time delay;
    requesting_ = socket->nb_transport_fw(payload, phase, delay) == tlm::TLM_ACCEPTED;
  }

  const bool calls_;
  std::vector<Slot> slots_;
  std::vector<tlm::tlm_generic_payload*> free_;
  bool requesting_ = false;
  std::deque<Response> responses_;
};

/// Processor time, which others on the machine change less than the wall's.
double seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// Lets initiators work; the best rate of some repetitions.
template <typename Initiator>
double rate_of(const std::vector<Initiator*>& initiators) {
  double best = 0;
  for (int i = 0; i < repetitions; ++i) {
    for (Initiator* initiator : initiators) {
      initiator->left = transactions / initiators.size();
      initiator->start.notify(sc_core::SC_ZERO_TIME);
    }
    const double start = seconds();
    sc_core::sc_start();
    best = std::max(best, static_cast<double>(transactions) / (seconds() - start));
  }
  return best;
}

/// So many initiators on an approximately-timed bus of their own.
struct Crowd {
  std::unique_ptr<System> system;
  std::vector<std::unique_ptr<Requester>> requesters;

  Crowd(std::size_t initiators, unsigned outstanding, bool calls)
      : system(std::make_unique<System>(sc_core::sc_gen_unique_name("at"), TimingStyle::Approximate, initiators)) {
    for (std::size_t i = 0; i < initiators; ++i) {
      requesters.push_back(
          std::make_unique<Requester>(sc_core::sc_gen_unique_name("requester"), i, outstanding, calls));
      requesters.back()->socket.bind(system->bus.initiator(fmt::format("initiator_{}", i)));
    }
  }
  double rate() const {
    std::vector<Requester*> all;
    for (const auto& requester : requesters) {
      all.push_back(requester.get());
    }
    return rate_of(all);
  }
};

void print(const std::string& name, double rate, double baseline) {
  fmt::print("{:52} {:>10.2f} M/s {:>8.2f} {:>12.1f}\n", name, rate / 1e6, rate / baseline, rate / known_model);
}

void measure() {
  System loose("loose", TimingStyle::Loose, 2);
  Caller with("with", true);
  Caller without("without", false);
  with.socket.bind(loose.bus.initiator("initiator_0"));
  without.socket.bind(loose.bus.initiator("initiator_1"));
  struct Case {
    const char* name;
    std::size_t initiators;
    unsigned outstanding;
  };
  const Case cases[] = {{"one initiator, one outstanding", 1, 1},
                        {"one initiator, four outstanding", 1, 4},
                        {"four initiators, one outstanding each", 4, 1},
                        {"four initiators, four outstanding each", 4, 4}};
  std::vector<Crowd> returning;
  std::vector<Crowd> calling;
  for (const Case& one : cases) {
    returning.emplace_back(one.initiators, one.outstanding, false);
    calling.emplace_back(one.initiators, one.outstanding, true);
  }
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  fmt::print("{:52} {:>14} {:>8} {:>12}\n", "64 bytes to the RAM", "transactions", ": LT", ": 0.84 M/s");
  const double baseline = rate_of<Caller>({&without});
  print("LT with DMI", rate_of<Caller>({&with}), baseline);
  print("LT without DMI", baseline, baseline);
  if (with.traffic.sum != without.traffic.sum) {
    throw RunError("reads with and without direct memory pointers differ");
  }
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    print(fmt::format("AT, {}, 4 phases", cases[i].name), calling[i].rate(), baseline);
    print(fmt::format("AT, {}, ended by return", cases[i].name), returning[i].rate(), baseline);
    if (calling[i].requesters.front()->traffic.sum != returning[i].requesters.front()->traffic.sum ||
        (cases[i].initiators == 1 && calling[i].requesters.front()->traffic.sum != without.traffic.sum)) {
      throw RunError(fmt::format("{}: reads differ", cases[i].name));
    }
  }
}

}  // namespace

int sc_main(int, char*[]) {
  try {
    measure();
  } catch (const std::exception& error) {
    fmt::print(stderr, "bus_speed: {}\n", error.what());
    return 1;
  }
  return 0;
}
