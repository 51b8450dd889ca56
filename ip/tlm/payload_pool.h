#pragma once

#include <memory>
#include <tlm>
#include <vector>

namespace spinvp {

/// Memory manager of generic payloads, for whoever sends transactions that outlive a call. Payloads are made when none
/// is free and come back when their last reference is released. The pool must outlive the transactions.
class PayloadPool : public tlm::tlm_mm_interface {
 public:
  PayloadPool() = default;
  PayloadPool(const PayloadPool&) = delete;
  PayloadPool& operator=(const PayloadPool&) = delete;

  /// A payload with one reference, the caller's, and every attribute at its default but those that an initiator has to
  /// set anyway: command, address, data pointer, data length and streaming width.
  tlm::tlm_generic_payload& acquire() {
    if (free_.empty()) {
      all_.push_back(std::make_unique<tlm::tlm_generic_payload>(this));
      free_.push_back(all_.back().get());
    }
    tlm::tlm_generic_payload& payload = *free_.back();
    free_.pop_back();
    payload.set_byte_enable_ptr(nullptr);
    payload.set_byte_enable_length(0);
    payload.set_dmi_allowed(false);
    payload.set_gp_option(tlm::TLM_MIN_PAYLOAD);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    payload.acquire();
    return payload;
  }
  /// Called by the last release().
  void free(tlm::tlm_generic_payload* payload) override {
    payload->reset();  // frees the extensions that live no longer than a transaction
    free_.push_back(payload);
  }
  /// How many payloads are with somebody.
  std::size_t in_use() const { return all_.size() - free_.size(); }

 private:
  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> all_;
  std::vector<tlm::tlm_generic_payload*> free_;
};

/// Holds the caller's reference to a payload of a pool.
class PooledPayload {
 public:
  explicit PooledPayload(PayloadPool& pool) : payload_(pool.acquire()) {}
  ~PooledPayload() { payload_.release(); }
  PooledPayload(const PooledPayload&) = delete;
  PooledPayload& operator=(const PooledPayload&) = delete;

  tlm::tlm_generic_payload& operator*() const { return payload_; }
  tlm::tlm_generic_payload* operator->() const { return &payload_; }

 private:
  tlm::tlm_generic_payload& payload_;
};

}  // namespace spinvp
