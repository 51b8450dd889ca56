#include "platform/gdb/server.h"

#include <fmt/format.h>

#include <algorithm>

namespace spinvp::platform::gdb {
namespace {

constexpr std::chrono::milliseconds look_interval{5};  // while the program runs
constexpr std::size_t most_waiting = 64;               // messages, while the program runs

bool is_kill(const Message& message) {
  return message.kind == Message::Kind::Packet && (message.text == "k" || message.text.rfind("vKill", 0) == 0);
}

}  // namespace

Server::Server(Cpu& cpu, MemoryAccess memory, std::uint16_t port)
    : cpu_(cpu), memory_(std::move(memory)), connection_(port) {
  add_monitor_commands();
  cpu_.attach(*this);
}

Server::~Server() {
  if (connection_.is_open()) {
    print("spinvp: the simulation is over\n");
    send("X0f");  // terminated, as by SIGTERM
  }
}

void Server::exited(int code) {
  constexpr int not_zero = 0xff;  // the protocol has eight bits, and 256 is no success
  const int low = code & 0xff;
  send(fmt::format("W{:02x}", code != 0 && low == 0 ? not_zero : low));
  connection_.close();
  release();
}

Resume Server::halted(const Halt& halt) {
  interrupted_ = false;
  last_stop_ = stop_reply(halt);
  if (running_) {
    running_ = false;
    send(last_stop_);
  }
  while (std::optional<Message> message = next_message()) {
    if (message->kind == Message::Kind::Interrupt) {
      continue;  // the program stands already
    }
    if (acknowledges_) {
      connection_.send(message->kind == Message::Kind::Packet ? "+" : "-");
    }
    if (message->kind == Message::Kind::Damaged) {
      continue;
    }
    const Reaction reaction = react(message->text);
    if (reaction.reply) {
      send(*reaction.reply);
    }
    if (reaction.resume == Resume::Detach || reaction.resume == Resume::Never) {
      connection_.close();
      break;
    }
    if (reaction.resume) {
      running_ = true;
      take_interrupts();
      return *reaction.resume;
    }
  }
  release();
  if (killed_) {
    if (kill_) kill_();
    return Resume::Never;
  }
  return Resume::Detach;
}

void Server::collect() {
  last_look_ = std::chrono::steady_clock::now();
  reader_.feed(connection_.receive());
  while (std::optional<Message> message = reader_.next()) {
    if (running_ && message->kind == Message::Kind::Interrupt) {
      interrupted_ = true;
    } else if (!running_ || waiting_.size() < most_waiting) {
      waiting_.push_back(std::move(*message));
    }
  }
}

void Server::take_interrupts() {
  const auto is_interrupt = [](const Message& message) { return message.kind == Message::Kind::Interrupt; };
  const auto interrupts = std::remove_if(waiting_.begin(), waiting_.end(), is_interrupt);
  interrupted_ = interrupted_ || interrupts != waiting_.end();
  waiting_.erase(interrupts, waiting_.end());
}

bool Server::wants_halt() {
  if (!interrupted_ && connection_.is_open() && std::chrono::steady_clock::now() - last_look_ >= look_interval) {
    collect();
  }
  return interrupted_ || !connection_.is_open();
}

void Server::wait_for_request() {
  connection_.wait();
  collect();
}

std::optional<Message> Server::next_message() {
  while (waiting_.empty() && connection_.is_open()) {
    connection_.wait();
    collect();
  }
  if (!connection_.is_open()) {
    // Nobody is there to be answered. A debugger that kills may not wait for an answer, though.
    const auto is_moot = [](const Message& message) { return !is_kill(message); };
    waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(), is_moot), waiting_.end());
  }
  if (waiting_.empty()) return std::nullopt;
  Message message = std::move(waiting_.front());
  waiting_.pop_front();
  return message;
}

void Server::send(std::string_view contents) {
  connection_.send(framed(contents));
}

void Server::print(const std::string& text) {
  constexpr std::size_t most = 1024;
  for (std::size_t at = 0; at < text.size(); at += most) {
    send("O" + to_hex(std::string_view(text).substr(at, most)));
  }
}

void Server::release() {
  for (const Point& point : points_) {
    cpu_.core().clear_breakpoint(point.address);
  }
  points_.clear();
  cpu_.core().clear_watches();
  cpu_.core().stop_at_ebreak(false);
}

std::string Server::stop_reply(const Halt& halt) const {
  constexpr const char* thread = "thread:1;";
  switch (halt.reason) {
    case HaltReason::Request:
      return std::string("T02") + thread;
    case HaltReason::Breakpoint: {
      const bool hardware = points_.count({PointKind::Hardware, cpu_.core().pc(), 0}) != 0;
      return std::string("T05") + (tells_breakpoints_ ? hardware ? "hwbreak:;" : "swbreak:;" : "") + thread;
    }
    case HaltReason::Watch:
    case HaltReason::OtherWrite:
      return "T05" + watch_reply(halt.hit) + thread;
    default:
      return std::string("T05") + thread;
  }
}

std::string Server::watch_reply(const WatchHit& hit) const {
  for (const Point& point : points_) {
    const bool watches =
        point.kind == PointKind::Access || point.kind == (hit.is_write ? PointKind::Write : PointKind::Read);
    if (watches && hit.address >= point.address && hit.address - point.address < point.length) {
      const char* name = point.kind == PointKind::Write ? "watch" : point.kind == PointKind::Read ? "rwatch" : "awatch";
      return fmt::format("{}:{:08x};", name, hit.address);
    }
  }
  return {};
}

void Server::add_monitor_commands() {
  monitor_.add("time", "", "simulated time, and what the core has done in it", [this](const auto&) {
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    return fmt::format("{:.3f} us: {} instructions in {} cycles, asleep for {:.3f} us\n", now.to_seconds() * 1e6,
                       cpu_.instructions(), cpu_.cycles(), cpu_.sleep_time().to_seconds() * 1e6);
  });
  monitor_.add("step-interrupts", "on|off", "whether stepping enters interrupt handlers [on]",
               [this](const MonitorCommands::Arguments& arguments) {
                 if (arguments[0] != "on" && arguments[0] != "off") {
                   return fmt::format("expected 'on' or 'off', not '{}'\n", arguments[0]);
                 }
                 steps_take_interrupts_ = arguments[0] == "on";
                 return fmt::format("stepping {} interrupt handlers\n",
                                    steps_take_interrupts_ ? "enters" : "does not enter");
               });
}

}  // namespace spinvp::platform::gdb
