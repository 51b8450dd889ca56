#pragma once

#include <cstdint>
#include <functional>
#include <ostream>

#include "ip/pim/command_check.h"
#include "tests/ip/support/streams.h"

namespace spinvp::test {

/// What a chip says of a command.
struct Verdict {
  interface::ErrorCause cause = interface::ErrorCause::None;
  std::uint32_t detail = 0;

  bool operator==(const Verdict& other) const { return cause == other.cause && detail == other.detail; }
};
std::ostream& operator<<(std::ostream& out, const Verdict& verdict);

constexpr Verdict good{interface::ErrorCause::None, 0};
constexpr Verdict bad_field(std::uint32_t word) {
  return {interface::ErrorCause::BadField, word};
}

Verdict verdict_of(const Words& words, const ChipConfig& chip);

/// Of a command that was changed.
template <class Command>
Verdict verdict_of_changed(Command command, const std::function<void(Command&)>& change, const ChipConfig& chip) {
  change(command);
  return verdict_of(words_of(command), chip);
}

/// Checks that a good command is refused with any of its reserved bits set.
void check_reserved_bits(const Words& command, const ChipConfig& chip);

/// Checks that a good command is refused with any field below its minimum, above its maximum or of no value of its
/// enumeration; returns how many such values there were.
int check_field_ranges(const Words& command, const ChipConfig& chip);

}  // namespace spinvp::test
