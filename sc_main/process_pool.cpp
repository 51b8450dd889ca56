#include "sc_main/process_pool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>

#include "core/errors.h"
#include "sc_main/interrupt.h"

namespace spinvp {
namespace {

constexpr char run_failed = '!';
constexpr char input_failed = '?';
constexpr std::size_t frame_bytes = 1 + sizeof(std::uint64_t);

// While it lives signals wait: a process is either known to their handler or does not exist.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsHeld() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_{};
};

void write_all(int descriptor, const void* bytes, std::size_t length) {
  const auto* from = static_cast<const std::uint8_t*>(bytes);
  while (length > 0) {
    const ssize_t written = write(descriptor, from, length);
    if (written < 0 && errno != EINTR) {
      _exit(1);  // the parent does not listen any more
    }
    if (written > 0) {
      from += written;
      length -= static_cast<std::size_t>(written);
    }
  }
}

void write_message(int descriptor, const Message& message) {
  std::uint8_t frame[frame_bytes] = {static_cast<std::uint8_t>(message.kind)};
  const std::uint64_t length = message.bytes.size();
  std::memcpy(frame + 1, &length, sizeof length);
  write_all(descriptor, frame, sizeof frame);
  write_all(descriptor, message.bytes.data(), message.bytes.size());
}

Message failure(char kind, const std::exception& error) {
  const std::string text = error.what();
  return {kind, {text.begin(), text.end()}};
}

[[noreturn]] void be_child(const SharedWork& shared, std::size_t index, int descriptor) {
  int code = 0;
  try {
    shared.work(index, [descriptor](const Message& message) { write_message(descriptor, message); });
  } catch (const InputError& error) {
    write_message(descriptor, failure(input_failed, error));
    code = 2;
  } catch (const std::exception& error) {
    write_message(descriptor, failure(run_failed, error));
    code = 1;
  }
  std::fflush(nullptr);
  _exit(code);  // destructors and buffers are the parent's
}

class Child {
 public:
  Child(const SharedWork& shared, std::size_t index) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
      throw RunError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    }
    const pid_t parent = getpid();
    {
      const SignalsHeld held;
      process_ = fork();
      if (process_ == 0) {
        interrupt::follow_parent(parent);
      } else if (process_ > 0) {
        interrupt::add_child(process_);
      }
    }
    if (process_ == 0) {
      close(ends[0]);
      be_child(shared, index, ends[1]);
    }
    close(ends[1]);
    pipe_ = ends[0];
    if (process_ < 0) {
      close(pipe_);
      throw RunError(fmt::format("cannot start a process: {}", std::strerror(errno)));
    }
  }
  ~Child() {
    if (!ended_) {
      kill(process_, SIGKILL);
      wait_for_end();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int pipe() const { return pipe_; }
  bool ended() const { return ended_; }

  /// Reads what is there; true when the child said its last word.
  bool listen() {
    std::uint8_t bytes[65536];
    const ssize_t length = read(pipe_, bytes, sizeof bytes);
    if (length > 0) {
      heard_.insert(heard_.end(), bytes, bytes + length);
    }
    return length == 0 || (length < 0 && errno != EINTR && errno != EAGAIN);
  }
  /// The next whole message.
  std::optional<Message> next_message() {
    std::uint64_t length = 0;
    if (heard_.size() < frame_bytes) {
      return std::nullopt;
    }
    std::memcpy(&length, heard_.data() + 1, sizeof length);
    if (heard_.size() - frame_bytes < length) {
      return std::nullopt;
    }
    const auto begin = heard_.begin() + frame_bytes;
    const auto end = begin + static_cast<std::ptrdiff_t>(length);
    Message message{static_cast<char>(heard_.front()), {begin, end}};
    heard_.erase(heard_.begin(), end);
    return message;
  }
  /// Its status, as waitpid() gives it.
  int wait_for_end() {
    interrupt::forget_child(process_);
    int status = 0;
    while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    close(pipe_);
    ended_ = true;
    return status;
  }

 private:
  pid_t process_ = -1;
  int pipe_ = -1;
  bool ended_ = false;
  std::vector<std::uint8_t> heard_;
};

void hear(const SharedWork& shared, std::size_t index, Child& child) {
  while (std::optional<Message> message = child.next_message()) {
    const std::string text(message->bytes.begin(), message->bytes.end());
    if (message->kind == input_failed) {
      throw InputError(text);
    }
    if (message->kind == run_failed) {
      throw RunError(fmt::format("{}: {}", shared.name(index), text));
    }
    shared.receive(index, std::move(*message));
  }
}

void require_good_end(const SharedWork& shared, std::size_t index, int status) {
  if (WIFSIGNALED(status)) {
    throw RunError(fmt::format("{}: their process was ended by signal {} ({})", shared.name(index), WTERMSIG(status),
                               strsignal(WTERMSIG(status))));
  }
  if (WEXITSTATUS(status) != 0) {
    throw RunError(fmt::format("{}: their process ended with exit code {} and said nothing", shared.name(index),
                               WEXITSTATUS(status)));
  }
}

}  // namespace

void run_processes(const SharedWork& shared) {
  std::fflush(nullptr);  // what is in a buffer would be written once a process
  std::vector<std::unique_ptr<Child>> children;
  for (std::size_t i = 0; i < shared.processes; ++i) {
    children.push_back(std::make_unique<Child>(shared, i));
  }
  for (std::size_t alive = children.size(); alive > 0;) {
    std::vector<pollfd> pipes;
    for (const auto& child : children) {
      pipes.push_back({child->ended() ? -1 : child->pipe(), POLLIN, 0});
    }
    if (poll(pipes.data(), pipes.size(), -1) < 0) {
      continue;  // a signal
    }
    for (std::size_t i = 0; i < children.size(); ++i) {
      if (pipes[i].revents == 0) {
        continue;
      }
      const bool last = children[i]->listen();
      hear(shared, i, *children[i]);
      if (last) {
        require_good_end(shared, i, children[i]->wait_for_end());
        --alive;
      }
    }
  }
}

}  // namespace spinvp
