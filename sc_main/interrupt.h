#pragma once

#include <sys/types.h>

#include <cstddef>

namespace spinvp {

/// What SIGINT, SIGTERM and SIGHUP do while a run goes on: they end the child processes, say on stderr how far the run
/// came, and end this process as the signal does.
namespace interrupt {

/// From now on; `images` in all.
void guard_run(std::size_t images);
/// So many images are done.
void set_done(std::size_t images);
/// A child process to end; forget it once it was waited for. At most `most_children` at a time.
void add_child(pid_t child);
void forget_child(pid_t child);
/// In a child process: the terminal's signals are the parent's business, and it ends when the parent does.
void follow_parent(pid_t parent);
/// The run is over: signals do what they do anyway.
void release();

constexpr std::size_t most_children = 1024;

}  // namespace interrupt
}  // namespace spinvp
