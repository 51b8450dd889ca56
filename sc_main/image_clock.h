#pragma once

#include <cstddef>
#include <functional>
#include <systemc>

#include "ip/pim/stream_observer.h"

namespace spinvp {

/// Tells from the chip's streams when the images of a run begin and end. An image's time goes from the start of its
/// first stream to the end of its last one, whatever the software does between two images.
class ImageClock : public StreamObserver {
 public:
  /// Follows `images` images behind `skipped` others; the run stream of `last_layer` ends one.
  ImageClock(std::size_t skipped, std::size_t images, std::size_t last_layer)
      : skipped_(skipped), images_(images), last_layer_(last_layer) {}

  /// Called at the end of every image with the number of images that are done.
  void on_image(std::function<void(std::size_t)> done) { on_image_ = std::move(done); }
  /// Called when the first image behind skipped ones begins.
  void on_begin(std::function<void()> begin) { on_begin_ = std::move(begin); }
  /// Called when a stream begins although all images are done.
  void on_next(std::function<void()> next) { on_next_ = std::move(next); }

  void stream_started() override;
  void stream_finished(Activity activity, sc_core::sc_time duration) override;

  std::size_t images_done() const { return ended_ > skipped_ ? ended_ - skipped_ : 0; }
  sc_core::sc_time first_start() const { return first_start_; }  ///< of the first image, skipped or not
  sc_core::sc_time image_time() const { return image_time_; }    ///< of all images that ended and are not skipped
  /// From such an image's end to the start of the stream behind it, all together; behind the last image only where
  /// on_next() is called.
  sc_core::sc_time between_time() const { return between_time_; }
  sc_core::sc_time last_end() const { return last_end_; }  ///< of the last image that ended, skipped or not

 private:
  const std::size_t skipped_;
  const std::size_t images_;
  const std::size_t last_layer_;
  std::function<void(std::size_t)> on_image_;
  std::function<void()> on_begin_;
  std::function<void()> on_next_;
  bool started_ = false;
  bool in_image_ = false;
  sc_core::sc_time first_start_;
  sc_core::sc_time begin_;  // of the image that runs
  sc_core::sc_time last_end_;
  sc_core::sc_time image_time_;
  sc_core::sc_time between_time_;
  std::size_t ended_ = 0;
};

}  // namespace spinvp
