#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spinvp::platform::gdb {

/// What a debugger's user can ask for with `monitor WORDS...`. Whoever knows a part of the system adds its commands.
class MonitorCommands {
 public:
  using Arguments = std::vector<std::string>;
  /// Returns what the user reads, complaints about the arguments included.
  using Handler = std::function<std::string(const Arguments&)>;

  /// `words` is the command's name, of one or more words; `parameters` what follows, for the help and, by its number of
  /// words, for a check before the handler is called.
  void add(const std::string& words, const std::string& parameters, const std::string& help, Handler handler);

  /// The text that answers a line.
  std::string run(const std::string& line) const;

 private:
  struct Command {
    std::string parameters;
    std::string help;
    Handler handler;
  };

  std::string help() const;

  std::map<std::string, Command> commands_;  // by their words
};

/// A number in decimal or, behind 0x, hexadecimal digits; nothing when it is none or above `most`.
std::optional<std::uint64_t> parse_number(const std::string& text, std::uint64_t most);

}  // namespace spinvp::platform::gdb
