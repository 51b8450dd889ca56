#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spinvp::platform {

/// A part of the address map; `base + size` may reach 2^64 but not pass it.
struct BusRegion {
  std::string name;
  std::uint64_t base = 0;
  std::uint64_t size = 0;  ///< bytes

  /// Whether [address, address + length) lies in here.
  bool holds(std::uint64_t address, std::uint64_t length) const {
    return address >= base && address - base < size && length <= size - (address - base);
  }
};

/// Finds regions by address.
class AddressMap {
 public:
  /// InputError when regions overlap, are empty or pass the end of the address space.
  explicit AddressMap(const std::vector<BusRegion>& regions);

  const BusRegion& operator[](std::size_t index) const { return regions_[index]; }
  std::size_t size() const { return regions_.size(); }
  /// The region at this address, as an index into those of the constructor.
  std::optional<std::size_t> find(std::uint64_t address) const;

 private:
  std::vector<BusRegion> regions_;
  std::vector<std::size_t> by_address_;  ///< lowest base first
};

}  // namespace spinvp::platform
