#pragma once

#include <cstddef>
#include <string>

#include "ip/pim/stream_observer.h"

namespace spinvp {

/// Shows on stderr how many images are done: a bar on a terminal, a plain line now and then otherwise.
class Progress : public StreamObserver {
 public:
  /// `last_layer` ends an image.
  Progress(std::size_t images, std::size_t last_layer, bool quiet);

  void stream_finished(Activity activity, sc_core::sc_time duration) override;

  /// Simulated time from the start of the first image to the end of the last one that is done.
  sc_core::sc_time inference_time() const { return last_end_ - first_start_; }

  /// Clears the bar so that a line can be printed; the next image draws it again.
  void make_room();

 private:
  void draw();

  const std::size_t images_;
  const std::size_t last_layer_;
  const bool quiet_;
  const bool terminal_;
  bool started_ = false;
  sc_core::sc_time first_start_;
  sc_core::sc_time last_end_;
  std::size_t done_ = 0;
  std::size_t shown_ = 0;  // in steps
  bool bar_visible_ = false;
};

}  // namespace spinvp
