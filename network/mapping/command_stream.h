#pragma once

#include <cstdint>
#include <vector>

#include "ip/interface/pim_view.h"

namespace spinvp::network {

/// Sets of lanes for a command's wait field.
namespace lanes {
constexpr std::uint32_t bit(interface::Lane lane) {
  return 1u << static_cast<std::uint32_t>(lane);
}
constexpr std::uint32_t dma = bit(interface::Lane::Dma);
constexpr std::uint32_t gather = bit(interface::Lane::Gather);
constexpr std::uint32_t compute = bit(interface::Lane::Compute);
constexpr std::uint32_t digital = bit(interface::Lane::Digital);
constexpr std::uint32_t all = dma | gather | compute | digital;
}  // namespace lanes

/// A command stream under construction.
class CommandStream {
 public:
  /// `once`: work that is done once for many images.
  CommandStream(std::uint32_t layer, bool once) : layer_(layer), once_(once) {}

  /// Whose layer the commands that follow belong to.
  void set_layer(std::uint32_t layer) { layer_ = layer; }

  template <class Command>
  void add(Command command, std::uint32_t wait) {
    command.header.wait = wait;
    command.header.layer = layer_;
    command.header.once = once_ ? 1 : 0;
    const std::size_t at = words_.size();
    words_.resize(at + Command::word_count);
    command.encode(words_.data() + at);
  }

  const std::vector<std::uint32_t>& words() const { return words_; }

 private:
  std::uint32_t layer_;
  const bool once_;
  std::vector<std::uint32_t> words_;
};

}  // namespace spinvp::network
