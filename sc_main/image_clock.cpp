#include "sc_main/image_clock.h"

namespace spinvp {

void ImageClock::stream_started() {
  if (ended_ == 0 || in_image_ || (ended_ == skipped_ + images_ && !on_next_)) {
    return;
  }
  if (ended_ > skipped_) {
    between_time_ += sc_core::sc_time_stamp() - last_end_;
  }
  if (ended_ == skipped_ + images_) {
    on_next_();
    return;
  }
  in_image_ = true;
  begin_ = sc_core::sc_time_stamp();
  if (ended_ == skipped_ && on_begin_) {
    on_begin_();
  }
}

void ImageClock::stream_finished(Activity activity, sc_core::sc_time duration) {
  if (activity.once || ended_ == skipped_ + images_) {
    return;
  }
  if (!started_) {
    started_ = true;
    in_image_ = true;
    first_start_ = sc_core::sc_time_stamp() - duration;
    begin_ = first_start_;
  }
  if (activity.layer != last_layer_) {
    return;
  }
  in_image_ = false;
  last_end_ = sc_core::sc_time_stamp();
  if (ended_ >= skipped_) {
    image_time_ += last_end_ - begin_;
  }
  ++ended_;
  if (ended_ > skipped_ && on_image_) {
    on_image_(images_done());
  }
}

}  // namespace spinvp
