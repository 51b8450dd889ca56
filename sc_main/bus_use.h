#pragma once

#include <cstdint>

#include "ip/pim/stream_observer.h"
#include "platform/virtual_soc.h"

namespace spinvp {

/// What one side sent over the system's bus, and how long it waited there.
struct BusShare {
  std::uint64_t transactions = 0;
  std::uint64_t delayed = 0;  ///< transactions that had to wait
  std::uint64_t waiting_picoseconds = 0;

  BusShare& operator+=(const BusShare& other);
  BusShare& operator-=(const BusShare& other);
  bool operator==(const BusShare& other) const;
};

struct BusUse {
  BusShare host;
  BusShare chip;

  /// All of a system so far.
  static BusUse of(const platform::VirtualSoc& soc);

  BusUse& operator+=(const BusUse& other);
  BusUse& operator-=(const BusUse& other);
  bool operator==(const BusUse& other) const { return host == other.host && chip == other.chip; }
};

/// Keeps what the bus had been used for when the first image began.
class BusMeter : public StreamObserver {
 public:
  explicit BusMeter(const platform::VirtualSoc& soc) : soc_(soc) {}

  void stream_started() override;
  void stream_finished(Activity activity, sc_core::sc_time duration) override;

  const BusUse& at_first_image() const { return at_start_; }

 private:
  const platform::VirtualSoc& soc_;
  BusUse at_start_;  // of the last stream that may have been an image's first one
  bool image_has_begun_ = false;
};

}  // namespace spinvp
