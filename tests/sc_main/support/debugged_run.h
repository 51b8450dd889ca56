#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

namespace spinvp::test {

/// `spinvp run --gdb 0` with the binary digits in the background, waiting for its debugger.
class DebuggedRun {
 public:
  explicit DebuggedRun(const Arguments& further = {});
  /// Ends it if it still runs.
  ~DebuggedRun();
  DebuggedRun(const DebuggedRun&) = delete;
  DebuggedRun& operator=(const DebuggedRun&) = delete;

  std::uint16_t port() const { return port_; }
  /// What gdb-multiarch prints that connects and executes these commands, one after the other until one fails. `elf`:
  /// the file with the symbols, or none.
  std::string gdb(const std::string& elf, const std::vector<std::string>& commands);
  /// Waits for its end.
  CommandResult finish();

 private:
  TemporaryFolder folder_;
  pid_t child_ = -1;
  int errors_ = -1;
  std::uint16_t port_ = 0;
};

/// A debugger that says just what it is told to.
class RawDebugger {
 public:
  explicit RawDebugger(const DebuggedRun& run);
  ~RawDebugger();
  RawDebugger(const RawDebugger&) = delete;
  RawDebugger& operator=(const RawDebugger&) = delete;

  void send_bytes(const std::string& bytes);
  /// The contents of the next packet; empty when there are none any more.
  std::string receive();
  /// Sends a packet and returns the answer.
  std::string ask(const std::string& contents);
  void close();

 private:
  int socket_ = -1;
};

}  // namespace spinvp::test
