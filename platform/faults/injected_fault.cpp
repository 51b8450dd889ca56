#include "platform/faults/injected_fault.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <utility>

#include "core/errors.h"
#include "core/units.h"

namespace spinvp::platform {
namespace {

constexpr std::int64_t most_occurrences = std::numeric_limits<std::int64_t>::max();
constexpr double longest_ps = 1e18;  // 1e6 s: simulated time counts picoseconds in 64 bits
constexpr std::uint64_t word_bytes = 4;

sc_core::sc_time read_time(const Yaml& yaml, bool may_be_zero) {
  const std::string written = yaml.text();
  const std::optional<double> picoseconds = parse_quantity(written, "ps");
  if (!picoseconds || !(*picoseconds >= (may_be_zero ? 0 : 1) && *picoseconds <= longest_ps)) {
    yaml.fail(fmt::format("expected a time like '10 us', {}up to 1e6 s, found '{}'", may_be_zero ? "" : "from 1 ps ",
                          written));
  }
  return sc_core::sc_time(std::round(*picoseconds), sc_core::SC_PS);
}

void read_addresses(const Yaml& yaml, InjectedFault& fault) {
  if (!yaml.has("address")) {
    if (yaml.has("size")) {
      yaml["size"].fail("needs an address");
    }
    return;
  }
  fault.first_address = yaml["address"].address();
  std::uint64_t size = word_bytes;
  if (yaml.has("size")) {
    size = yaml["size"].address();
    if (size == 0) {
      yaml["size"].fail("must not be 0");
    }
  }
  if (size - 1 > std::numeric_limits<std::uint64_t>::max() - fault.first_address) {
    yaml["address"].fail("the range passes the end of the address space");
  }
  fault.last_address = fault.first_address + (size - 1);
}

// `nth` alone means that one; otherwise a fault strikes as often as it can.
Occurrences read_occurrences(const Yaml& yaml) {
  const auto number = [&yaml](const char* key) {
    return static_cast<std::uint64_t>(yaml[key].integer(1, most_occurrences));
  };
  Occurrences occurrences;
  if (yaml.has("nth")) {
    occurrences.first = number("nth");
    occurrences.count = yaml.has("every") ? Occurrences::no_limit : 1;
  }
  if (yaml.has("every")) {
    occurrences.every = number("every");
    occurrences.first = yaml.has("nth") ? occurrences.first : occurrences.every;
  }
  if (yaml.has("count")) {
    occurrences.count = number("count");
  }
  return occurrences;
}

void read_access(const Yaml& yaml, InjectedFault& fault) {
  if (yaml.has("access")) {
    const std::string access = yaml["access"].one_of({"any", "read", "write"});
    fault.reads = access != "write";
    fault.writes = access != "read";
  }
}

void read_bus_error(const Yaml& yaml, InjectedFault& fault) {
  yaml.allow({"kind", "port", "address", "size", "access", "nth", "every", "count"});
  fault.wire = yaml["port"].one_of({"cpu", "dma"}) == "cpu" ? FaultWire::Cpu : FaultWire::Dma;
  read_addresses(yaml, fault);
  read_access(yaml, fault);
  fault.occurrences = read_occurrences(yaml);
}

void read_stall(const Yaml& yaml, InjectedFault& fault) {
  yaml.allow({"kind", "time", "address", "size", "access", "nth", "every", "count"});
  fault.forever = yaml["time"].text() == "forever";
  if (!fault.forever) {
    fault.time = read_time(yaml["time"], false);
  }
  read_addresses(yaml, fault);
  read_access(yaml, fault);
  fault.occurrences = read_occurrences(yaml);
}

void read_corrupt_command(const Yaml& yaml, InjectedFault& fault) {
  yaml.allow({"kind", "mask", "address", "size", "nth", "every", "count"});
  fault.mask = static_cast<std::uint32_t>(yaml["mask"].integer(1, 0xFFFFFFFF));
  fault.writes = false;
  read_addresses(yaml, fault);
  fault.occurrences = read_occurrences(yaml);
}

void read_lost_interrupt(const Yaml& yaml, InjectedFault& fault) {
  yaml.allow({"kind", "nth", "every", "count"});
  fault.occurrences = read_occurrences(yaml);
}

void read_spurious_interrupt(const Yaml& yaml, InjectedFault& fault) {
  yaml.allow({"kind", "at", "width"});
  fault.level = true;
  fault.at = read_time(yaml["at"], true);
  fault.width = yaml.has("width") ? read_time(yaml["width"], false) : sc_core::sc_time(1, sc_core::SC_US);
}

void read_stuck_interrupt(const Yaml& yaml, InjectedFault& fault) {
  yaml.allow({"kind", "level", "at", "width"});
  fault.level = yaml["level"].one_of({"low", "high"}) == "high";
  if (yaml.has("at")) {
    fault.at = read_time(yaml["at"], true);
  }
  fault.forever = !yaml.has("width");
  if (!fault.forever) {
    fault.width = read_time(yaml["width"], false);
  }
}

struct Kind {
  const char* name;
  InjectedKind kind;
  FaultWire wire;
  void (*read)(const Yaml& yaml, InjectedFault& fault);
};

constexpr Kind kinds[] = {
    {"bus_error", InjectedKind::BusError, FaultWire::Dma, read_bus_error},
    {"stall", InjectedKind::Stall, FaultWire::Dma, read_stall},
    {"corrupt_command", InjectedKind::CorruptCommand, FaultWire::Dma, read_corrupt_command},
    {"lost_interrupt", InjectedKind::LostInterrupt, FaultWire::Interrupt, read_lost_interrupt},
    {"spurious_interrupt", InjectedKind::SpuriousInterrupt, FaultWire::Interrupt, read_spurious_interrupt},
    {"stuck_interrupt", InjectedKind::StuckInterrupt, FaultWire::Interrupt, read_stuck_interrupt},
};

// How the fault would be written on the command line.
std::string text_of(const Yaml& yaml) {
  std::string text = yaml["kind"].text();
  char separator = ':';
  for (const std::string& key : yaml.keys()) {
    if (key != "kind") {
      text += fmt::format("{}{}={}", separator, key, yaml[key].text());
      separator = ',';
    }
  }
  return text;
}

InjectedFault read_fault(const Yaml& yaml) {
  const std::string name = yaml["kind"].one_of(
      {"bus_error", "stall", "corrupt_command", "lost_interrupt", "spurious_interrupt", "stuck_interrupt"});
  InjectedFault fault;
  for (const Kind& one : kinds) {
    if (name == one.name) {
      fault.kind = one.kind;
      fault.wire = one.wire;
      one.read(yaml, fault);
    }
  }
  fault.text = text_of(yaml);
  return fault;
}

}  // namespace

const char* to_string(InjectedKind kind) {
  for (const Kind& one : kinds) {
    if (one.kind == kind) {
      return one.name;
    }
  }
  return "unknown";
}

std::vector<InjectedFault> load_faults(const std::string& path) {
  return parse_faults(Yaml::load(path));
}

std::vector<InjectedFault> parse_faults(const Yaml& yaml) {
  yaml.allow({"faults"});
  std::vector<InjectedFault> faults;
  for (const Yaml& one : yaml["faults"].items()) {
    faults.push_back(read_fault(one));
  }
  return faults;
}

InjectedFault parse_fault(const std::string& text) {
  const std::size_t colon = text.find(':');
  std::vector<std::pair<std::string, std::string>> entries{{"kind", text.substr(0, colon)}};
  for (std::size_t at = colon; at != std::string::npos;) {
    const std::size_t end = text.find(',', at + 1);
    const std::string entry = text.substr(at + 1, end == std::string::npos ? end : end - at - 1);
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos) {
      throw InputError(fmt::format("--inject '{}': expected KIND:key=value,key=value, found '{}'", text, entry));
    }
    entries.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
    at = end;
  }
  return read_fault(Yaml::map(entries, fmt::format("--inject '{}'", text)));
}

}  // namespace spinvp::platform
