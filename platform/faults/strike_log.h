#pragma once

#include <cstddef>
#include <cstdint>
#include <systemc>
#include <vector>

namespace spinvp::platform {

/// A fault that struck.
struct Strike {
  std::size_t fault = 0;      ///< index in the configuration
  sc_core::sc_time time;      ///< simulated
  std::uint64_t address = 0;  ///< of the access or the word; 0 for interrupts
  std::uint32_t bytes = 0;    ///< of the access or the word; 0 for interrupts
  bool write = false;
};

/// What struck when: the number of times for each fault, and its first strikes.
class StrikeLog {
 public:
  static constexpr std::size_t most_kept = 16;  ///< strikes of a fault

  explicit StrikeLog(std::size_t faults) : counts_(faults), kept_(faults) {}

  void add(const Strike& strike) {
    ++counts_[strike.fault];
    if (kept_[strike.fault].size() < most_kept) {
      kept_[strike.fault].push_back(strike);
    }
  }

  std::uint64_t count(std::size_t fault) const { return counts_[fault]; }
  const std::vector<Strike>& first(std::size_t fault) const { return kept_[fault]; }

 private:
  std::vector<std::uint64_t> counts_;
  std::vector<std::vector<Strike>> kept_;
};

}  // namespace spinvp::platform
