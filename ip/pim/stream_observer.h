#pragma once

#include <systemc>

#include "ip/ledger/ledger.h"

namespace spinvp {

/// Told when the chip begins and ends a command stream. Observers change nothing: times, energies and bits are the same
/// with and without them.
class StreamObserver {
 public:
  virtual ~StreamObserver() = default;
  virtual void stream_started() {}
  /// The stream reached STOP; `activity` is the STOP command's. The layer's output still stands where it was written.
  virtual void stream_finished(Activity activity, sc_core::sc_time duration) = 0;
};

}  // namespace spinvp
