#include "sc_main/image_clock.h"

namespace spinvp {

void ImageClock::stream_started() {
  if (skipped_ > 0 && ended_ == skipped_ && !begun_) {
    begun_ = true;
    begin_ = sc_core::sc_time_stamp();
    if (on_begin_) {
      on_begin_();
    }
  }
  if (ended_ == skipped_ + images_ && on_next_) {
    on_next_();
  }
}

void ImageClock::stream_finished(Activity activity, sc_core::sc_time duration) {
  if (activity.once || ended_ == skipped_ + images_) {
    return;
  }
  if (!started_) {
    started_ = true;
    first_start_ = sc_core::sc_time_stamp() - duration;
    begin_ = first_start_;
  }
  if (activity.layer != last_layer_) {
    return;
  }
  last_end_ = sc_core::sc_time_stamp();
  ++ended_;
  if (ended_ > skipped_ && on_image_) {
    on_image_(images_done());
  }
}

}  // namespace spinvp
