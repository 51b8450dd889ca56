#include "sc_main/support/debugged_run.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <numeric>

namespace spinvp::test {
namespace {

constexpr int longest_wait_ms = 60'000;

pid_t start(const std::string& program, std::vector<std::string> arguments, int out, int err) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    arguments.insert(arguments.begin(), program);
    std::vector<char*> argv;
    for (std::string& argument : arguments) {
      argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    execvp(program.c_str(), argv.data());
    _exit(127);
  }
  return child;
}

int create(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

/// The first line that comes out of a pipe.
std::string read_line(int descriptor) {
  std::string line;
  char byte = 0;
  while (read(descriptor, &byte, 1) == 1 && byte != '\n') {
    line += byte;
  }
  return line;
}

}  // namespace

DebuggedRun::DebuggedRun(const Arguments& further) {
  int errors[2];
  REQUIRE(pipe2(errors, O_CLOEXEC) == 0);
  const int out = create(folder_.path("out"));
  Arguments arguments{"run",
                      "--network",
                      model("digits_binary.onnx"),
                      "--images",
                      model(shipped_images),
                      "--labels",
                      model(shipped_labels),
                      "--count",
                      "2",
                      "--quiet",
                      "--gdb",
                      "0"};
  arguments.insert(arguments.end(), further.begin(), further.end());
  child_ = start(SPINVP_BINARY_DIR "/bin/spinvp", arguments, out, errors[1]);
  close(out);
  close(errors[1]);
  const std::string line = read_line(errors[0]);
  errors_ = errors[0];  // what comes later stays in the pipe, which holds more than any message
  const std::string start_of_line = "spinvp: waiting for gdb on 127.0.0.1:";
  INFO(line);
  REQUIRE(line.rfind(start_of_line, 0) == 0);
  port_ = static_cast<std::uint16_t>(std::stoi(line.substr(start_of_line.size())));
}

DebuggedRun::~DebuggedRun() {
  if (child_ > 0) {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  close(errors_);
}

std::string DebuggedRun::gdb(const std::string& elf, const std::vector<std::string>& commands) {
  std::string script =
      "set confirm off\nset pagination off\nset width 0\ntarget remote 127.0.0.1:" + std::to_string(port_) + "\n";
  for (const std::string& line : commands) {
    script += line + "\n";
  }
  Arguments arguments{"-nx", "-batch", "-d", SPINVP_SOURCE_DIR, "-x", folder_.write("script", script)};
  if (!elf.empty()) {
    arguments.push_back(elf);
  }
  const int out = create(folder_.path("gdb"));
  const pid_t child = start("gdb-multiarch", arguments, out, out);
  close(out);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) != 127);
  return read_file(folder_.path("gdb"));
}

CommandResult DebuggedRun::finish() {
  int status = 0;
  REQUIRE(waitpid(child_, &status, 0) == child_);
  child_ = -1;
  CommandResult result;
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = read_file(folder_.path("out"));
  char buffer[4096];
  for (ssize_t count; (count = read(errors_, buffer, sizeof buffer)) > 0;) {
    result.err.append(buffer, static_cast<std::size_t>(count));
  }
  return result;
}

RawDebugger::RawDebugger(const DebuggedRun& run) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(run.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

RawDebugger::~RawDebugger() {
  close();
}

void RawDebugger::close() {
  if (socket_ >= 0) {
    ::close(socket_);
  }
  socket_ = -1;
}

void RawDebugger::send_bytes(const std::string& bytes) {
  REQUIRE(send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
}

std::string RawDebugger::receive() {
  std::string packet;
  bool inside = false;
  char byte = 0;
  pollfd entry{socket_, POLLIN, 0};
  while (true) {
    REQUIRE(poll(&entry, 1, longest_wait_ms) == 1);
    if (recv(socket_, &byte, 1, 0) != 1) {
      return {};
    }
    if (byte == '$') {
      inside = true;
    } else if (byte == '#' && inside) {
      char digits[2];
      REQUIRE(recv(socket_, digits, sizeof digits, MSG_WAITALL) == 2);
      return packet;
    } else if (inside) {
      packet += byte;
    } else {
      packet += byte == '-' ? "-" : "";  // a refusal is an answer of its own
      if (!packet.empty()) {
        return packet;
      }
    }
  }
}

std::string RawDebugger::ask(const std::string& contents) {
  const unsigned sum = std::accumulate(contents.begin(), contents.end(), 0u, [](unsigned before, char byte) {
    return before + static_cast<unsigned char>(byte);
  });
  char checksum[4];
  snprintf(checksum, sizeof checksum, "#%02x", sum & 0xff);
  send_bytes("$" + contents + checksum);
  return receive();
}

}  // namespace spinvp::test
