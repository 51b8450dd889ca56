#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace spinvp::platform {

/// Bytes whose accesses somebody wants to know of.
struct Watch {
  std::uint32_t address = 0;
  std::uint32_t length = 0;  ///< bytes, not zero
  bool reads = false;
  bool writes = false;

  std::uint64_t end() const { return std::uint64_t{address} + length; }
  bool overlaps(std::uint64_t first, std::uint64_t bytes) const { return first < end() && address < first + bytes; }
};
constexpr bool operator==(const Watch& a, const Watch& b) {
  return a.address == b.address && a.length == b.length && a.reads == b.reads && a.writes == b.writes;
}

/// An access that a watch is about.
struct WatchHit {
  std::uint32_t address = 0;  ///< the first byte of the access that is watched
  bool is_write = false;
};

/// The watches of one hart.
class WatchList {
 public:
  bool empty() const { return watches_.empty(); }
  void add(const Watch& watch) { watches_.push_back(watch); }
  /// Takes away one like it, if there is one.
  void remove(const Watch& watch);
  void clear() { watches_.clear(); }

  std::optional<WatchHit> hit(std::uint64_t address, std::uint64_t length, bool is_write) const;
  /// Narrows [first, end), which holds the unwatched byte at `address`, to its part around it without a watched byte.
  void narrow(std::uint64_t address, std::uint64_t& first, std::uint64_t& end) const;
  /// Whether the byte is watched, for whatever access.
  bool watches(std::uint64_t address) const;

 private:
  std::vector<Watch> watches_;
};

}  // namespace spinvp::platform
