#include "sc_main/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace spinvp {
namespace {

constexpr std::size_t bar_steps = 40;  // on a terminal
constexpr std::size_t line_steps = 4;  // lines otherwise

}  // namespace

Progress::Progress(std::size_t images, std::size_t last_layer, bool quiet)
    : images_(images), last_layer_(last_layer), quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {}

void Progress::stream_finished(Activity activity, sc_core::sc_time duration) {
  if (activity.once) {
    return;
  }
  if (!started_) {
    started_ = true;
    first_start_ = sc_core::sc_time_stamp() - duration;
  }
  last_end_ = sc_core::sc_time_stamp();
  if (activity.layer != last_layer_) {
    return;
  }
  ++done_;
  const std::size_t steps = terminal_ ? bar_steps : line_steps;
  const std::size_t step = done_ * steps / images_;
  if (!quiet_ && step != shown_) {
    shown_ = step;
    draw();
  }
}

void Progress::draw() {
  if (!terminal_) {
    fmt::print(stderr, "spinvp: {} of {} images\n", done_, images_);
    return;
  }
  fmt::print(stderr, "\r[{:=<{}}{: <{}}] {} of {} images", "", shown_, "", bar_steps - shown_, done_, images_);
  bar_visible_ = true;
  if (done_ == images_) {
    make_room();
  }
  std::fflush(stderr);
}

void Progress::make_room() {
  if (bar_visible_) {
    fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
    bar_visible_ = false;
  }
}

}  // namespace spinvp
