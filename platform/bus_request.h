#pragma once

#include <cstdint>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

namespace spinvp::platform {

class BusEntry;

/// A transaction inside an approximately-timed bus: in at most one queue at a time.
struct BusRequest {
  tlm::tlm_generic_payload* payload = nullptr;
  std::uint64_t address = 0;  ///< as the initiator gave it
  std::uint64_t length = 0;   ///< bytes of memory that it touches
  BusEntry* entry = nullptr;  ///< where it came in
  std::size_t lane = 0;       ///< where it goes
  sc_core::sc_time since;     ///< when it came, or when its response did: since then it waits
  bool has_waited = false;
  bool blocking = false;  ///< a thread stands behind it, which makes the call itself
  bool granted = false;
  bool owes_end = false;     ///< the target waits for END_RESP
  sc_core::sc_event change;  ///< wakes the thread
  BusRequest* next = nullptr;
};

/// First in, first out; the links are the requests' own.
class BusQueue {
 public:
  bool empty() const { return first_ == nullptr; }
  BusRequest& front() const { return *first_; }

  void push(BusRequest& request) {
    request.next = nullptr;
    *end_ = &request;
    end_ = &request.next;
  }
  BusRequest& pop() {
    BusRequest& request = *first_;
    erase(&first_);
    return request;
  }
  /// Takes out the first request that `matches`; null when there is none.
  template <typename Matches>
  BusRequest* take(Matches matches) {
    for (BusRequest** link = &first_; *link != nullptr; link = &(*link)->next) {
      if (matches(**link)) {
        BusRequest* const request = *link;
        erase(link);
        return request;
      }
    }
    return nullptr;
  }

  BusQueue() = default;
  BusQueue(const BusQueue&) = delete;
  BusQueue& operator=(const BusQueue&) = delete;

 private:
  void erase(BusRequest** link) {
    BusRequest* const request = *link;
    *link = request->next;
    if (end_ == &request->next) {
      end_ = link;
    }
  }

  BusRequest* first_ = nullptr;
  BusRequest** end_ = &first_;
};

/// Requests are used again and again: their events cost too much to make one for each transaction.
class BusRequestPool {
 public:
  BusRequest& take() {
    if (free_.empty()) {
      all_.push_back(std::make_unique<BusRequest>());
      free_.push_back(all_.back().get());
    }
    BusRequest& request = *free_.back();
    free_.pop_back();
    request.has_waited = false;
    request.granted = false;
    return request;
  }
  void give(BusRequest& request) { free_.push_back(&request); }

 private:
  std::vector<std::unique_ptr<BusRequest>> all_;
  std::vector<BusRequest*> free_;
};

}  // namespace spinvp::platform
