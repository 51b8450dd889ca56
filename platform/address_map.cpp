#include "platform/address_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/errors.h"

namespace spinvp::platform {
namespace {

std::uint64_t last_address(const BusRegion& region) {
  return region.base + (region.size - 1);
}

}  // namespace

AddressMap::AddressMap(const std::vector<BusRegion>& regions) : regions_(regions), by_address_(regions.size()) {
  std::iota(by_address_.begin(), by_address_.end(), std::size_t{0});
  std::sort(by_address_.begin(), by_address_.end(),
            [&](std::size_t a, std::size_t b) { return regions_[a].base < regions_[b].base; });
  const BusRegion* below = nullptr;
  for (const std::size_t index : by_address_) {
    const BusRegion& region = regions_[index];
    if (region.size == 0) {
      throw InputError(fmt::format("address map: region '{}' at {:#x} has size 0", region.name, region.base));
    }
    if (last_address(region) < region.base) {
      throw InputError(fmt::format("address map: region '{}' at {:#x} passes the end of the address space", region.name,
                                   region.base));
    }
    if (below != nullptr && region.base <= last_address(*below)) {
      throw InputError(fmt::format("address map: region '{}' ({:#x}..{:#x}) overlaps region '{}' ({:#x}..{:#x})",
                                   region.name, region.base, last_address(region), below->name, below->base,
                                   last_address(*below)));
    }
    below = &region;
  }
}

std::optional<std::size_t> AddressMap::find(std::uint64_t address) const {
  const auto above = std::upper_bound(by_address_.begin(), by_address_.end(), address,
                                      [&](std::uint64_t at, std::size_t index) { return at < regions_[index].base; });
  if (above == by_address_.begin()) {
    return std::nullopt;
  }
  const std::size_t index = *(above - 1);
  return regions_[index].holds(address, 1) ? std::optional<std::size_t>(index) : std::nullopt;
}

}  // namespace spinvp::platform
