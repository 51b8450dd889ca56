#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <systemc>
#include <tlm>
#include <utility>
#include <vector>

#include "ip/tlm/approximate_initiator.h"

namespace spinvp::platform {

/// A transaction to be done, and what came of it.
struct Access {
  sc_core::sc_time at{};  ///< no earlier
  tlm::tlm_command command = tlm::TLM_READ_COMMAND;
  std::uint64_t address = 0;
  std::vector<std::uint8_t> data{};
  std::vector<std::uint8_t> enables{};  ///< empty: all bytes
  unsigned width = ~0u;                 ///< streaming width

  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
  sc_core::sc_time end{};
};

/// An initiator whose threads each do a list of accesses.
class Worker : public sc_core::sc_module {
 public:
  using ResponseEnd = ApproximateInitiator::ResponseEnd;
  using Script = std::vector<Access>;

  tlm_utils::simple_initiator_socket<Worker> socket{"socket"};

  /// Speaks in phases, or calls b_transport without them.
  Worker(sc_core::sc_module_name name, std::optional<ResponseEnd> end) : sc_module(name) {
    if (end) {
      approximate_ = std::make_unique<ApproximateInitiator>(
          [this](auto& payload, auto& phase, auto& delay) { return socket->nb_transport_fw(payload, phase, delay); },
          *end);
    }
    socket.register_nb_transport_bw(this, &Worker::backward);
  }

  /// A thread that does these, one after the other. The script stays where it is and takes what comes of them.
  Script& add(Script script) {
    scripts_.push_back(std::make_unique<Script>(std::move(script)));
    Script& kept = *scripts_.back();
    threads.push_back(sc_core::sc_spawn([this, &kept] { run(kept); }, sc_core::sc_gen_unique_name("thread")));
    return kept;
  }
  Access& add(sc_core::sc_time at, std::uint64_t address, std::size_t length) {
    return add({Access{at, tlm::TLM_READ_COMMAND, address, std::vector<std::uint8_t>(length)}}).front();
  }
  std::vector<sc_core::sc_process_handle> threads;

 private:
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    return approximate_->nb_transport_bw(payload, phase, delay);
  }

  void run(Script& script) {
    for (Access& access : script) {
      if (access.at > sc_core::sc_time_stamp()) {
        wait(access.at - sc_core::sc_time_stamp());
      }
      sc_core::sc_time delay;
      if (approximate_) {
        PooledPayload payload(approximate_->pool());
        fill(*payload, access);
        approximate_->transport(*payload, delay);
        access.status = payload->get_response_status();
      } else {
        tlm::tlm_generic_payload payload;
        fill(payload, access);
        socket->b_transport(payload, delay);
        access.status = payload.get_response_status();
      }
      wait(delay);
      access.end = sc_core::sc_time_stamp();
    }
  }

  static void fill(tlm::tlm_generic_payload& payload, Access& access) {
    payload.set_command(access.command);
    payload.set_address(access.address);
    payload.set_data_ptr(access.data.data());
    payload.set_data_length(static_cast<unsigned>(access.data.size()));
    payload.set_streaming_width(std::min(access.width, payload.get_data_length()));
    payload.set_byte_enable_ptr(access.enables.empty() ? nullptr : access.enables.data());
    payload.set_byte_enable_length(static_cast<unsigned>(access.enables.size()));
  }

  std::unique_ptr<ApproximateInitiator> approximate_;  ///< null: blocking calls
  std::vector<std::unique_ptr<Script>> scripts_;
};

}  // namespace spinvp::platform
