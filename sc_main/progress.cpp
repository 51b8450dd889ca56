#include "sc_main/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "sc_main/layer_text.h"

namespace spinvp {
namespace {

constexpr std::size_t bar_steps = 40;  // on a terminal
constexpr std::size_t line_steps = 4;  // lines otherwise

}  // namespace

Progress::Progress(std::size_t images, bool quiet, std::string work)
    : images_(images), quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0), work_(std::move(work)) {}

void Progress::show(std::size_t done) {
  const std::size_t step = done * (terminal_ ? bar_steps : line_steps) / images_;
  if (!quiet_ && step != shown_) {
    shown_ = step;
    draw(done);
  }
}

void Progress::draw(std::size_t done) {
  if (!terminal_) {
    fmt::print(stderr, "spinvp: {}{} of {}\n", work_, done, images_text(images_));
    return;
  }
  fmt::print(stderr, "\r[{:=<{}}{: <{}}] {}{} of {}", "", shown_, "", bar_steps - shown_, work_, done,
             images_text(images_));
  bar_visible_ = true;
  if (done == images_) {
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
