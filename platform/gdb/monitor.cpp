#include "platform/gdb/monitor.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <sstream>
#include <utility>

#include "platform/gdb/packet.h"

namespace spinvp::platform::gdb {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), std::istream_iterator<std::string>()};
}

}  // namespace

void MonitorCommands::add(const std::string& words, const std::string& parameters, const std::string& help,
                          Handler handler) {
  commands_[words] = {parameters, help, std::move(handler)};
}

std::string MonitorCommands::help() const {
  std::size_t width = 0;
  for (const auto& [words, command] : commands_) {
    width = std::max(width, words.size() + command.parameters.size() + 1);
  }
  std::string text;
  for (const auto& [words, command] : commands_) {
    const std::string usage = command.parameters.empty() ? words : words + " " + command.parameters;
    text += fmt::format("monitor {:<{}}  {}\n", usage, width, command.help);
  }
  return text;
}

std::string MonitorCommands::run(const std::string& line) const {
  const std::vector<std::string> words = words_of(line);
  if (words.empty() || words == std::vector<std::string>{"help"}) {
    return help();
  }
  // The longest name that the line begins with: "pim rows" before "pim".
  for (std::size_t count = words.size(); count > 0; --count) {
    std::string name = words[0];
    for (std::size_t i = 1; i < count; ++i) {
      name += " " + words[i];
    }
    const auto found = commands_.find(name);
    if (found == commands_.end()) {
      continue;
    }
    const Command& command = found->second;
    const Arguments arguments(words.begin() + static_cast<std::ptrdiff_t>(count), words.end());
    if (arguments.size() != words_of(command.parameters).size()) {
      return fmt::format("expected: monitor {} {}\n", name, command.parameters);
    }
    return command.handler(arguments);
  }
  return fmt::format("there is no command '{}'; these there are:\n{}", line, help());
}

std::optional<std::uint64_t> parse_number(const std::string& text, std::uint64_t most) {
  constexpr std::size_t most_decimals = 18;
  std::optional<std::uint64_t> value;
  if (text.rfind("0x", 0) == 0) {
    value = parse_hex(std::string_view(text).substr(2));
  } else if (!text.empty() && text.size() <= most_decimals &&
             text.find_first_not_of("0123456789") == std::string::npos) {
    value = std::stoull(text);
  }
  return value && *value <= most ? value : std::nullopt;
}

}  // namespace spinvp::platform::gdb
