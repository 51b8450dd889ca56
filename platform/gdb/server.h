#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "platform/cpu/cpu.h"
#include "platform/cpu/cpu_debugger.h"
#include "platform/gdb/connection.h"
#include "platform/gdb/monitor.h"
#include "platform/gdb/packet.h"

namespace spinvp::platform::gdb {

/// How a debugger reaches the system's memory: no simulated time, no side effects. Both say how many bytes from the
/// first on they read or wrote.
struct MemoryAccess {
  std::function<std::size_t(std::uint64_t address, std::uint8_t* bytes, std::size_t length)> read;
  std::function<std::size_t(std::uint64_t address, const std::uint8_t* bytes, std::size_t length)> write;
};

/// A server of GDB's remote protocol for one hart: `target remote 127.0.0.1:PORT`. Breakpoints and watchpoints of any
/// number, all of them the simulator's: code is not changed. While the program stands, simulated time and the chip
/// stand as well.
///
/// What comes over the wire is checked: what the protocol does not know gets an empty answer, what is malformed or
/// impossible gets an error. A debugger that goes away without a word has detached; the program goes on.
class Server : public CpuDebugger {
 public:
  /// Attaches itself to the CPU and listens on 127.0.0.1; port 0: any free one. InputError when the port is taken.
  Server(Cpu& cpu, MemoryAccess memory, std::uint16_t port);
  /// Tells a debugger that is still there that the simulation is over.
  ~Server() override;

  std::uint16_t port() const { return connection_.port(); }
  MonitorCommands& monitor() { return monitor_; }

  /// Blocks until a debugger connects.
  void accept() { connection_.accept(); }
  /// Called when the debugger wants the program killed; the hart does nothing any more.
  void on_kill(std::function<void()> kill) { kill_ = std::move(kill); }
  /// The program has ended: the debugger gets to know its exit code and goes. Call it before the simulation stops.
  void exited(int code);

  Resume halted(const Halt& halt) override;
  bool wants_halt() override;
  void wait_for_request() override;

 private:
  /// An answer, or how the program goes on (then the answer comes with the next halt).
  struct Reaction {
    std::optional<std::string> reply;
    std::optional<Resume> resume;
  };
  enum class PointKind { Software = 0, Hardware = 1, Write = 2, Read = 3, Access = 4 };  // as in Z and z packets
  struct Point {
    PointKind kind = PointKind::Software;
    std::uint32_t address = 0;
    std::uint32_t length = 0;
    bool operator<(const Point& other) const {
      return std::tie(kind, address, length) < std::tie(other.kind, other.address, other.length);
    }
  };

  /// Takes in what has arrived. A debugger has nothing to ask while the program runs: a few questions wait for the next
  /// halt, more are dropped, so that nobody can make them grow for ever and Ctrl-C behind them is still seen.
  void collect();
  /// Ctrl-C among what has arrived is for the running program.
  void take_interrupts();
  std::optional<Message> next_message();
  void send(std::string_view contents);
  void print(const std::string& text);
  /// Takes every breakpoint and watchpoint out of the hart.
  void release();
  std::string stop_reply(const Halt& halt) const;
  std::string watch_reply(const WatchHit& hit) const;

  Reaction react(std::string_view packet);
  Reaction query(std::string_view packet);
  Reaction multi_letter(std::string_view packet);
  Reaction resume(bool step, std::string_view address);
  Reaction resume_as(std::string_view actions);
  std::string transfer(std::string_view arguments) const;
  std::string read_registers() const;
  std::string write_registers(std::string_view digits);
  std::string write_register_text(std::string_view arguments);
  std::string read_memory(std::string_view arguments) const;
  std::string write_memory(std::string_view arguments, bool binary);
  std::string change_point(bool insert, std::string_view arguments);
  std::string monitor_command(std::string_view digits);
  void add_monitor_commands();

  Cpu& cpu_;
  MemoryAccess memory_;
  Connection connection_;
  MonitorCommands monitor_;
  std::function<void()> kill_;
  PacketReader reader_;
  std::deque<Message> waiting_;  // arrived, and not for a running program
  bool acknowledges_ = true;
  bool tells_breakpoints_ = false;  // the debugger knows what swbreak and hwbreak are
  bool steps_take_interrupts_ = true;
  bool running_ = false;
  bool interrupted_ = false;  // Ctrl-C
  bool killed_ = false;
  std::string last_stop_;
  std::set<Point> points_;
  std::chrono::steady_clock::time_point last_look_;
};

}  // namespace spinvp::platform::gdb
