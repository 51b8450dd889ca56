#pragma once

#include <algorithm>
#include <cstdint>

#include "ip/interface/pim_view.h"

/// Commands of the compute lane run in lock-step on `replicas` groups of `subarrays` sub-arrays: replicas share out the
/// pixels, the sub-arrays of a replica the kernels.
namespace spinvp {

/// Some of a command's items, side by side.
struct Share {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

inline Share share_of(std::uint32_t part, std::uint32_t items_a_part, std::uint32_t items) {
  const std::uint64_t first = std::uint64_t{part} * items_a_part;
  if (first >= items) {
    return {};
  }
  const auto begin = static_cast<std::uint32_t>(first);
  return {begin, std::min(items_a_part, items - begin)};
}

/// Kernels that fall to a sub-array.
template <class Command>
Share kernels_of(const Command& command, std::uint32_t subarray) {
  return share_of((subarray - command.first_subarray) % command.subarrays, command.kernels_per_subarray,
                  command.kernels);
}

/// Pixels that fall to a sub-array.
template <class Command>
Share pixels_of(const Command& command, std::uint32_t subarray) {
  return share_of((subarray - command.first_subarray) / command.subarrays, command.pixels_per_replica, command.pixels);
}

/// Sub-arrays [first, end) of the chip that a command of the compute lane runs on.
struct SubarrayRange {
  std::uint32_t first = 0;
  std::uint32_t end = 0;

  bool holds(std::uint32_t subarray) const { return subarray >= first && subarray < end; }
};

template <class Command>
SubarrayRange subarrays_of(const Command& command) {
  return {command.first_subarray, command.first_subarray + command.subarrays * command.replicas};
}

template <class Command>
SubarrayRange parts_of(const Command& command) {
  return {command.first_subarray, command.first_subarray + command.subarrays * command.parts};
}

/// Calls run(bank, sub-arrays) with each bank that has some of the sub-arrays.
template <class Run>
void for_banks(SubarrayRange range, std::uint32_t subarrays_per_bank, const Run& run) {
  for (std::uint32_t first = range.first; first < range.end;) {
    const std::uint32_t bank = first / subarrays_per_bank;
    const std::uint32_t end = std::min(range.end, (bank + 1) * subarrays_per_bank);
    run(bank, SubarrayRange{first, end});
    first = end;
  }
}

/// Of any command of the compute lane, by its words.
inline SubarrayRange computing_subarrays(const std::uint32_t* words) {
  switch (interface::CommandHeader::decode(words).opcode) {
    case interface::AddAccCommand::opcode:
      return subarrays_of(interface::AddAccCommand::decode(words));
    case interface::ReadSumsCommand::opcode:
      return subarrays_of(interface::ReadSumsCommand::decode(words));
    case interface::AddLevelsCommand::opcode:
      return parts_of(interface::AddLevelsCommand::decode(words));
    case interface::ReadLanesCommand::opcode:
      return parts_of(interface::ReadLanesCommand::decode(words));
    default:
      return subarrays_of(interface::AndAccCommand::decode(words));
  }
}

}  // namespace spinvp
