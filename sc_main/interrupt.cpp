#include "sc_main/interrupt.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

namespace spinvp::interrupt {
namespace {

constexpr int signals[] = {SIGINT, SIGTERM, SIGHUP};

// All that a signal handler may touch.
std::atomic<std::size_t> images_in_all{0};
std::atomic<std::size_t> images_done{0};
std::array<std::atomic<pid_t>, most_children> children{};
static_assert(std::atomic<std::size_t>::is_always_lock_free && std::atomic<pid_t>::is_always_lock_free);

/// A line put together without allocation.
class Line {
 public:
  void add(const char* text) {
    while (*text != '\0') {
      put(*text++);
    }
  }
  void add(std::size_t number) {
    char digits[20];
    std::size_t count = 0;
    do {
      digits[count++] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number > 0);
    while (count > 0) {
      put(digits[--count]);
    }
  }
  void print() const {
    const ssize_t written = write(STDERR_FILENO, bytes_, length_);
    static_cast<void>(written);  // nobody is left to tell
  }

 private:
  void put(char c) {
    if (length_ < sizeof bytes_) {
      bytes_[length_++] = c;
    }
  }

  char bytes_[160];
  std::size_t length_ = 0;
};

void end_children() {
  for (const auto& child : children) {
    if (child > 0) {
      kill(child, SIGKILL);
    }
  }
  for (const auto& child : children) {
    if (child > 0) {
      waitpid(child, nullptr, 0);
    }
  }
}

// The action was reset when the handler was entered: raising again ends the process as the signal does.
void handle(int signal) {
  const int error = errno;
  end_children();
  Line line;
  if (isatty(STDERR_FILENO) != 0) {
    line.add("\r\033[K");  // the bar
  }
  line.add("spinvp: interrupted after ");
  line.add(images_done);
  line.add(" of ");
  line.add(images_in_all);
  line.add(images_in_all == 1 ? " image\n" : " images\n");
  line.print();
  errno = error;
  raise(signal);
}

void set_all(void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  for (const int signal : signals) {
    sigaddset(&action.sa_mask, signal);
  }
  for (const int signal : signals) {
    struct sigaction before {};
    sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) {  // whoever started us wants it ignored: nohup
      sigaction(signal, &action, nullptr);
    }
  }
}

}  // namespace

void guard_run(std::size_t images) {
  images_in_all = images;
  images_done = 0;
  set_all(handle, static_cast<int>(SA_RESETHAND));
}

void set_done(std::size_t images) {
  images_done = images;
}

void add_child(pid_t child) {
  for (auto& place : children) {
    pid_t none = 0;
    if (place.compare_exchange_strong(none, child)) {
      return;
    }
  }
}

void forget_child(pid_t child) {
  for (auto& place : children) {
    pid_t expected = child;
    if (place.compare_exchange_strong(expected, 0)) {
      return;
    }
  }
}

void follow_parent(pid_t parent) {
  for (auto& place : children) {
    place = 0;  // brothers
  }
  set_all(SIG_DFL, 0);
  struct sigaction ignored {};
  ignored.sa_handler = SIG_IGN;
  sigaction(SIGINT, &ignored, nullptr);
  sigaction(SIGHUP, &ignored, nullptr);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) {
    _exit(1);  // it ended before it could tell us
  }
}

void release() {
  set_all(SIG_DFL, 0);
}

}  // namespace spinvp::interrupt
