#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace spinvp::platform::gdb {

/// A TCP port of this machine alone (127.0.0.1), and one debugger that is connected to it.
class Connection {
 public:
  static constexpr std::size_t most_received = 4096;

  /// Listens; 0: any free port. InputError when the port cannot be had.
  explicit Connection(std::uint16_t port);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  std::uint16_t port() const { return port_; }
  bool is_open() const { return peer_ >= 0; }

  /// Blocks until a debugger connects, then listens no longer. RunError when the system refuses.
  void accept();
  /// What has arrived, without waiting, but no more than `most_received` bytes at once: the rest stays with the peer.
  /// Empty when nothing has. A peer that is gone closes the connection.
  std::string receive();
  /// Blocks until something arrives or the peer is gone.
  void wait();
  void send(std::string_view bytes);
  void close();

 private:
  void stop_listening();

  int listener_ = -1;
  int peer_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace spinvp::platform::gdb
