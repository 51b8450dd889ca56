#include "platform/gdb/connection.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/errors.h"

namespace spinvp::platform::gdb {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void wait_until_readable(int descriptor) {
  pollfd entry{descriptor, POLLIN, 0};
  while (poll(&entry, 1, -1) < 0 && errno == EINTR) {
  }
}

}  // namespace

Connection::Connection(std::uint16_t port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  sockaddr_in address = loopback(port);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof address;
  const bool listens = listener_ >= 0 && setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                       bind(listener_, any, length) == 0 && listen(listener_, 1) == 0 &&
                       getsockname(listener_, any, &length) == 0;
  if (!listens) {
    const std::string reason = std::strerror(errno);
    stop_listening();
    throw InputError(fmt::format("--gdb: cannot listen on 127.0.0.1:{}: {}", port, reason));
  }
  port_ = ntohs(address.sin_port);
}

Connection::~Connection() {
  close();
  stop_listening();
}

void Connection::stop_listening() {
  if (listener_ >= 0) ::close(listener_);
  listener_ = -1;
}

void Connection::accept() {
  do {
    wait_until_readable(listener_);
    peer_ = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } while (peer_ < 0 && (errno == EINTR || errno == EAGAIN || errno == ECONNABORTED));
  if (peer_ < 0) {
    throw RunError(fmt::format("--gdb: no debugger can connect: {}", std::strerror(errno)));
  }
  const int yes = 1;
  setsockopt(peer_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);  // answers are short and waited for
  stop_listening();
}

std::string Connection::receive() {
  char buffer[most_received];
  while (is_open()) {
    const ssize_t count = recv(peer_, buffer, sizeof buffer, 0);
    if (count > 0) {
      return {buffer, static_cast<std::size_t>(count)};
    }
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      break;
    }
    if (!(count < 0 && errno == EINTR)) {
      close();
    }
  }
  return {};
}

void Connection::wait() {
  if (is_open()) wait_until_readable(peer_);
}

void Connection::send(std::string_view bytes) {
  while (is_open() && !bytes.empty()) {
    const ssize_t count = ::send(peer_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      pollfd entry{peer_, POLLOUT, 0};
      poll(&entry, 1, -1);
    } else if (!(count < 0 && errno == EINTR)) {
      close();
    }
  }
}

void Connection::close() {
  if (peer_ >= 0) ::close(peer_);
  peer_ = -1;
}

}  // namespace spinvp::platform::gdb
