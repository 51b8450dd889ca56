#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace spinvp {

/// What a child process says: a letter that both sides know, and bytes.
struct Message {
  char kind = 0;
  std::vector<std::uint8_t> bytes;
};

/// Work that copies of this process share.
struct SharedWork {
  std::size_t processes = 0;
  /// In the child process `index`: does its part and sends what the parent wants to know. What it throws is thrown in
  /// the parent. Kinds are letters.
  std::function<void(std::size_t index, const std::function<void(const Message&)>& send)> work;
  /// In the parent, in the order in which one child sent; children are heard as they speak.
  std::function<void(std::size_t index, Message message)> receive;
  /// What a message calls a child: "images 0 to 179".
  std::function<std::string(std::size_t index)> name;
};

/// Forks the processes and returns when all did their work. When one fails or dies, the others are ended and the
/// failure is thrown: the InputError or RunError of the child, or a RunError with its exit code or signal. The children
/// end with this process, however that ends.
void run_processes(const SharedWork& shared);

}  // namespace spinvp
