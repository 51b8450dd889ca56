#include "sc_main/chip_monitor.h"

#include <fmt/format.h>

#include <cctype>
#include <iterator>
#include <utility>
#include <vector>

#include "ip/interface/pim_view.h"
#include "sc_main/layer_text.h"

namespace spinvp {
namespace {

namespace registers_of = interface::registers;
namespace fields = interface::fields;

std::uint64_t picoseconds(const sc_core::sc_time& time) {
  return static_cast<std::uint64_t>(time / sc_core::sc_time(1, sc_core::SC_PS));
}

/// The dynamic energy of all that the chip has done.
Femtojoules dynamic_energy(const Ledger& ledger, Activity activity) {
  Femtojoules sum;
  for (Ledger::BlockId block = 0; block < ledger.blocks().size(); ++block) {
    sum += ledger.dynamic_energy(block, activity);
  }
  return sum;
}

std::string upper(const char* name) {
  std::string text = name;
  for (char& letter : text) {
    letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  }
  return text;
}

}  // namespace

ChipMonitor::ChipMonitor(PimDevice& device, const network::NetworkImage& image, ReadRegister read_register)
    : device_(device), image_(image), read_register_(std::move(read_register)) {
  device_.add_observer(*this);
}

void ChipMonitor::add_commands(platform::gdb::MonitorCommands& monitor) {
  monitor.add("pim status", "", "what the chip does, its interrupts, its last error",
              [this](const auto&) { return status(); });
  monitor.add("pim registers", "", "every register of the chip, read without side effects",
              [this](const auto&) { return registers(); });
  monitor.add("pim layers", "", "layers of the network: how often they ran, cycles and energy so far",
              [this](const auto&) { return layers(); });
  monitor.add("pim rows", "BANK SUBARRAY FIRST COUNT", "rows of a sub-array in hexadecimal, lowest column first",
              [this](const auto& arguments) { return rows(arguments); });
}

void ChipMonitor::stream_finished(Activity activity, sc_core::sc_time) {
  running_ = false;
  ++streams_[activity.index()];
}

std::string ChipMonitor::layer_name(std::uint32_t layer) const {
  return layer < image_.layer_count() ? network::text_of(image_.layer(layer).name) : fmt::format("number {}", layer);
}

std::string ChipMonitor::status() const {
  const auto value = [this](std::uint32_t offset) { return read_register_(offset).value_or(0); };
  const std::uint32_t status = value(registers_of::status);
  const auto yes = [](std::uint32_t bit) { return bit != 0 ? "yes" : "no"; };
  std::string text;
  auto out = std::back_inserter(text);
  fmt::format_to(out, "chip '{}': {}\n", device_.config().name,
                 running_ ? fmt::format("runs a stream, layer {}", layer_name(value(registers_of::layer)))
                 : fields::status_error.extract(status) != 0 ? "stopped by an error"
                                                             : "idle");
  fmt::format_to(out, "enabled {}, busy {}, done {}, error {}, doorbell rejected {}\n",
                 yes(fields::control_enable.extract(value(registers_of::control))),
                 yes(fields::status_busy.extract(status)), yes(fields::status_done.extract(status)),
                 yes(fields::status_error.extract(status)), yes(fields::status_rejected.extract(status)));
  const std::uint32_t pending = value(registers_of::irq_status);
  const std::uint32_t enabled = value(registers_of::irq_enable);
  fmt::format_to(out, "interrupts: pending {:#x}, enabled {:#x}, line {}\n", pending, enabled,
                 (pending & enabled) != 0 ? "high" : "low");
  if (const std::uint32_t cause = value(registers_of::error_cause); cause != 0) {
    const char* name = "unknown";
    for (const interface::EnumValueInfo& known : interface::error_cause_values) {
      if (known.value == cause) name = known.description;
    }
    fmt::format_to(out, "error cause {} ({}), detail {:#x}, command at {:#x}\n", cause, name,
                   value(registers_of::error_detail),
                   std::uint64_t{value(registers_of::error_address_hi)} << 32 | value(registers_of::error_address_lo));
  }
  const Ledger& ledger = device_.ledger();
  Femtojoules energy;
  for (std::size_t i = 0; i < ledger.activities(); ++i) {
    energy += dynamic_energy(ledger, Activity::at(i));
  }
  fmt::format_to(out, "commands {}, row operations {}, row writes {}, DMA {} bytes read and {} written\n",
                 ledger.events(Event::Command), ledger.row_operations(), ledger.events(Event::RowWrite),
                 ledger.events(Event::DmaRead), ledger.events(Event::DmaWrite));
  const std::uint64_t now = picoseconds(sc_core::sc_time_stamp());
  fmt::format_to(out, "energy since power-on {} dynamic, {} leakage in {:.3f} us\n", energy_text(energy.picojoules()),
                 energy_text(ledger.idle_energy(now).picojoules()), static_cast<double>(now) / 1e6);
  return text;
}

std::string ChipMonitor::registers() const {
  std::string text;
  for (const interface::RegisterInfo& info : interface::register_table) {
    const std::optional<std::uint32_t> value =
        info.access == interface::Access::Wo ? std::nullopt : read_register_(info.offset);
    text += fmt::format("{:03x}  {:<18} {}\n", info.offset, upper(info.name),
                        value ? fmt::format("{:08x}", *value) : "write-only");
  }
  return text;
}

std::string ChipMonitor::layers() const {
  const Ledger& ledger = device_.ledger();
  const std::uint64_t period = picoseconds(device_.config().clock_period);
  std::vector<interface::ImageLayer> table;
  for (std::size_t i = 0; i < image_.layer_count(); ++i) {
    table.push_back(image_.layer(i));
  }
  const int width = name_width(table, [](const auto& layer) { return network::text_of(layer.name); });
  std::string text = fmt::format("{:<{}} {:<5} {:<7} {:>7} {:>6} {:>12} {:>12}\n", "layer", width, "kind", "engine",
                                 "loaded", "ran", "cycles", "energy");
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Activity load{static_cast<std::uint16_t>(i), true};
    const Activity run{static_cast<std::uint16_t>(i), false};
    const auto times = [this](Activity activity) {
      const auto found = streams_.find(activity.index());
      return found == streams_.end() ? 0 : found->second;
    };
    const std::uint64_t cycles = (ledger.busy_picoseconds(load) + ledger.busy_picoseconds(run)) / period;
    text += fmt::format("{:<{}} {:<5} {:<7} {:>7} {:>6} {:>12} {:>12}\n", network::text_of(table[i].name), width,
                        kind_text(table[i]), engine_text(table[i]), times(load), times(run), cycles,
                        energy_text((ledger.energy(load) + ledger.energy(run)).picojoules()));
  }
  if (running_) {
    text += fmt::format("running: layer {}\n", layer_name(read_register_(registers_of::layer).value_or(0)));
  }
  return text;
}

std::string ChipMonitor::rows(const platform::gdb::MonitorCommands::Arguments& arguments) const {
  const ChipConfig& chip = device_.config();
  const struct {
    const char* what;
    std::uint32_t count;
  } limits[] = {{"bank", chip.banks}, {"sub-array", chip.subarrays_per_bank}, {"row", chip.rows()}};
  std::uint32_t numbers[3] = {};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto number = platform::gdb::parse_number(arguments[i], limits[i].count - 1);
    if (!number) {
      return fmt::format("'{}' is no {}: the chip has 0 to {}\n", arguments[i], limits[i].what, limits[i].count - 1);
    }
    numbers[i] = static_cast<std::uint32_t>(*number);
  }
  const auto [bank, subarray, first] = numbers;
  const auto count = platform::gdb::parse_number(arguments[3], chip.rows() - first);
  if (!count || *count == 0) {
    return fmt::format("'{}' is no number of rows: 1 to {} from row {} on\n", arguments[3], chip.rows() - first, first);
  }
  std::string text;
  for (std::uint32_t row = first; row < first + *count; ++row) {
    text += fmt::format("{:5}:", row);
    const std::uint64_t* words = device_.peek_row(bank * chip.subarrays_per_bank + subarray, row);
    for (std::uint32_t byte = 0; byte < chip.row_bytes(); ++byte) {
      text += fmt::format("{}{:02x}", byte % 8 == 0 ? " " : "", words[byte / 8] >> (8 * (byte % 8)) & 0xff);
    }
    text += "\n";
  }
  return text;
}

}  // namespace spinvp
