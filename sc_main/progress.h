#pragma once

#include <cstddef>
#include <string>

namespace spinvp {

/// Shows on stderr how many images are done: a bar on a terminal, a plain line now and then otherwise.
class Progress {
 public:
  /// `work` stands in front of the numbers.
  Progress(std::size_t images, bool quiet, std::string work = "");

  /// So many images are done.
  void show(std::size_t done);
  /// Clears the bar so that a line can be printed; the next image draws it again.
  void make_room();

 private:
  void draw(std::size_t done);

  const std::size_t images_;
  const bool quiet_;
  const bool terminal_;
  const std::string work_;
  std::size_t shown_ = 0;  // in steps
  bool bar_visible_ = false;
};

}  // namespace spinvp
