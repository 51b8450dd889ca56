#include "platform/cpu/watch_list.h"

#include <algorithm>

namespace spinvp::platform {

void WatchList::remove(const Watch& watch) {
  const auto found = std::find(watches_.begin(), watches_.end(), watch);
  if (found != watches_.end()) watches_.erase(found);
}

std::optional<WatchHit> WatchList::hit(std::uint64_t address, std::uint64_t length, bool is_write) const {
  for (const Watch& watch : watches_) {
    if ((is_write ? watch.writes : watch.reads) && watch.overlaps(address, length)) {
      return WatchHit{static_cast<std::uint32_t>(std::max<std::uint64_t>(address, watch.address)), is_write};
    }
  }
  return std::nullopt;
}

void WatchList::narrow(std::uint64_t address, std::uint64_t& first, std::uint64_t& end) const {
  for (const Watch& watch : watches_) {
    if (watch.end() <= address) {
      first = std::max(first, watch.end());
    } else {
      end = std::min<std::uint64_t>(end, watch.address);
    }
  }
}

bool WatchList::watches(std::uint64_t address) const {
  return std::any_of(watches_.begin(), watches_.end(), [&](const Watch& watch) { return watch.overlaps(address, 1); });
}

}  // namespace spinvp::platform
