// What the packets of a debugger do while the program stands.
#include <fmt/format.h>

#include "platform/gdb/server.h"
#include "platform/gdb/target_description.h"

namespace spinvp::platform::gdb {
namespace {

constexpr const char* done = "OK";
constexpr const char* bad_arguments = "E01";
constexpr const char* no_access = "E0e";  // EFAULT
constexpr const char* unknown = "";
constexpr std::uint64_t most_memory_bytes = (PacketReader::most_bytes - 0x40) / 2;  // in one packet, as digits

std::string word_text(std::uint32_t value) {
  const std::uint8_t bytes[] = {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8),
                                static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 24)};
  return to_hex(bytes, sizeof bytes);
}

/// Eight digits, low byte first.
std::optional<std::uint32_t> parse_word(std::string_view digits) {
  const std::optional<std::string> bytes = from_hex(digits);
  if (!bytes || bytes->size() != 4) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value |= std::uint32_t{static_cast<std::uint8_t>((*bytes)[i])} << (8 * i);
  }
  return value;
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

struct Range {
  std::uint64_t address = 0;
  std::uint64_t length = 0;
};

/// "ADDRESS,LENGTH"
std::optional<Range> parse_range(std::string_view text) {
  const auto address = parse_hex(take_until(text, ','));
  const auto length = parse_hex(text);
  if (!address || !length) return std::nullopt;
  return Range{*address, *length};
}

bool names_our_thread(std::string_view thread) {
  return thread.empty() || thread == "0" || thread == "1" || thread == "-1";
}

}  // namespace

Server::Reaction Server::react(std::string_view packet) {
  if (packet.empty()) return {unknown, {}};
  const std::string_view arguments = packet.substr(1);
  switch (packet[0]) {
    case '?':
      return {last_stop_, {}};
    case 'g':
      return {read_registers(), {}};
    case 'G':
      return {write_registers(arguments), {}};
    case 'p': {
      const auto number = parse_hex(arguments);
      const auto value = number ? read_register(cpu_.core(), *number) : std::nullopt;
      return {value ? word_text(*value) : bad_arguments, {}};
    }
    case 'P':
      return {write_register_text(arguments), {}};
    case 'm':
      return {read_memory(arguments), {}};
    case 'M':
    case 'X':
      return {write_memory(arguments, packet[0] == 'X'), {}};
    case 'Z':
    case 'z':
      return {change_point(packet[0] == 'Z', arguments), {}};
    case 'c':
    case 's':
      return resume(packet[0] == 's', arguments);
    case 'C':
    case 'S': {  // a signal, which bare metal does not know, and perhaps an address
      std::string_view rest = arguments;
      take_until(rest, ';');
      return resume(packet[0] == 'S', rest);
    }
    case 'D':
      return {done, Resume::Detach};
    case 'k':
      killed_ = true;
      return {std::nullopt, Resume::Never};
    case 'H':
      return {!arguments.empty() && names_our_thread(arguments.substr(1)) ? done : bad_arguments, {}};
    case 'T':
      return {names_our_thread(arguments) ? done : bad_arguments, {}};
    case 'q':
    case 'Q':
      return query(packet);
    case 'v':
      return multi_letter(packet);
    default:
      return {unknown, {}};
  }
}

Server::Reaction Server::query(std::string_view packet) {
  if (starts_with(packet, "qSupported")) {
    tells_breakpoints_ = packet.find("swbreak+") != std::string_view::npos;
    return {fmt::format("PacketSize={:x};QStartNoAckMode+;qXfer:features:read+;vContSupported+{}",
                        PacketReader::most_bytes, tells_breakpoints_ ? ";swbreak+;hwbreak+" : ""),
            {}};
  }
  if (packet == "QStartNoAckMode") {
    acknowledges_ = false;
    return {done, {}};
  }
  constexpr std::string_view features = "qXfer:features:read:";
  if (starts_with(packet, features)) return {transfer(packet.substr(features.size())), {}};
  constexpr std::string_view command = "qRcmd,";
  if (starts_with(packet, command)) return {monitor_command(packet.substr(command.size())), {}};
  if (packet == "qC") return {"QC1", {}};
  if (packet == "qfThreadInfo") return {"m1", {}};
  if (packet == "qsThreadInfo") return {"l", {}};
  if (starts_with(packet, "qThreadExtraInfo,")) return {to_hex(std::string_view("hart 0")), {}};
  if (starts_with(packet, "qAttached")) return {"1", {}};  // leaving without a word detaches
  return {unknown, {}};
}

Server::Reaction Server::multi_letter(std::string_view packet) {
  if (packet == "vCont?") return {"vCont;c;C;s;S", {}};
  constexpr std::string_view resume_packet = "vCont;";
  if (starts_with(packet, resume_packet)) return resume_as(packet.substr(resume_packet.size()));
  if (starts_with(packet, "vKill")) {
    killed_ = true;
    return {done, Resume::Never};
  }
  return {unknown, {}};
}

Server::Reaction Server::resume(bool step, std::string_view address) {
  if (!address.empty()) {
    const auto pc = parse_hex(address);
    if (!pc || *pc > UINT32_MAX) return {bad_arguments, {}};
    cpu_.core().set_pc(static_cast<std::uint32_t>(*pc));
  }
  cpu_.core().stop_at_ebreak(true);
  if (!step) return {std::nullopt, Resume::Run};
  return {std::nullopt, steps_take_interrupts_ ? Resume::Step : Resume::StepWithoutInterrupts};
}

/// "ACTION[:THREAD];...": the first one that is for our only thread.
Server::Reaction Server::resume_as(std::string_view actions) {
  while (!actions.empty()) {
    std::string_view thread = take_until(actions, ';');
    const std::string_view action = take_until(thread, ':');
    if (!names_our_thread(thread)) continue;
    const char kind = action.empty() ? '\0' : action[0];
    if (kind == 'c' || kind == 'C') return resume(false, {});
    if (kind == 's' || kind == 'S') return resume(true, {});
    break;
  }
  return {bad_arguments, {}};
}

/// "target.xml:OFFSET,LENGTH"
std::string Server::transfer(std::string_view arguments) const {
  const std::string_view annex = take_until(arguments, ':');
  const auto range = parse_range(arguments);
  if (annex != "target.xml" || !range) return "E00";
  const std::string xml = target_description(cpu_.core());
  if (range->address >= xml.size()) return "l";
  const std::uint64_t length = std::min({range->length, most_memory_bytes, xml.size() - range->address});
  const bool last = range->address + length == xml.size();
  return (last ? "l" : "m") + escaped(std::string_view(xml).substr(range->address, length));
}

std::string Server::read_registers() const {
  std::string text;
  for (unsigned i = 0; i < general_registers; ++i) {
    text += word_text(*read_register(cpu_.core(), i));
  }
  return text;
}

std::string Server::write_registers(std::string_view digits) {
  constexpr std::size_t word_digits = 8;
  std::vector<std::uint32_t> values;
  for (std::size_t at = 0; at < digits.size(); at += word_digits) {
    const auto value = parse_word(digits.substr(at, word_digits));
    if (!value) return bad_arguments;
    values.push_back(*value);
  }
  if (values.size() != general_registers) return bad_arguments;
  for (unsigned i = 0; i < general_registers; ++i) {
    write_register(cpu_.core(), i, values[i]);
  }
  return done;
}

/// "NUMBER=VALUE"
std::string Server::write_register_text(std::string_view arguments) {
  const auto number = parse_hex(take_until(arguments, '='));
  const auto value = parse_word(arguments);
  return number && value && write_register(cpu_.core(), *number, *value) ? done : bad_arguments;
}

std::string Server::read_memory(std::string_view arguments) const {
  const auto range = parse_range(arguments);
  if (!range || range->length == 0) return bad_arguments;
  std::vector<std::uint8_t> bytes(std::min(range->length, most_memory_bytes));
  const std::size_t count = memory_.read(range->address, bytes.data(), bytes.size());
  return count > 0 ? to_hex(bytes.data(), count) : no_access;
}

/// "ADDRESS,LENGTH:DATA"
std::string Server::write_memory(std::string_view arguments, bool binary) {
  const auto range = parse_range(take_until(arguments, ':'));
  if (!range) return bad_arguments;
  const std::optional<std::string> bytes = binary ? std::string(arguments) : from_hex(arguments);
  if (!bytes || bytes->size() != range->length) return bad_arguments;
  if (bytes->empty()) return done;  // a debugger asks in this way whether it may send binary data
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes->data());
  return memory_.write(range->address, data, bytes->size()) == bytes->size() ? done : no_access;
}

/// "KIND,ADDRESS,LENGTH"
std::string Server::change_point(bool insert, std::string_view arguments) {
  const auto kind = parse_hex(take_until(arguments, ','));
  const auto range = parse_range(arguments);
  if (kind && *kind > static_cast<std::uint64_t>(PointKind::Access)) return unknown;
  if (!kind || !range || range->address > UINT32_MAX || range->length == 0 ||
      range->length > UINT32_MAX - range->address + 1) {
    return bad_arguments;
  }
  Point point{static_cast<PointKind>(*kind), static_cast<std::uint32_t>(range->address),
              static_cast<std::uint32_t>(range->length)};
  Rv32Core& core = cpu_.core();
  if (point.kind == PointKind::Software || point.kind == PointKind::Hardware) {
    if (point.address % 2 != 0) return bad_arguments;
    point.length = 0;
    if (insert) {
      points_.insert(point);
      core.set_breakpoint(point.address);
    } else {
      points_.erase(point);
      if (points_.count({PointKind::Software, point.address, 0}) == 0 &&
          points_.count({PointKind::Hardware, point.address, 0}) == 0) {
        core.clear_breakpoint(point.address);
      }
    }
    return done;
  }
  const Watch watch{point.address, point.length, point.kind != PointKind::Write, point.kind != PointKind::Read};
  if (insert && points_.insert(point).second) core.add_watch(watch);
  if (!insert && points_.erase(point) != 0) core.remove_watch(watch);
  return done;
}

std::string Server::monitor_command(std::string_view digits) {
  const std::optional<std::string> line = from_hex(digits);
  if (!line) return bad_arguments;
  print(monitor_.run(*line));
  return done;
}

}  // namespace spinvp::platform::gdb
