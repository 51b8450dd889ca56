#include "core/crc32.h"

#include <array>

namespace spinvp {
namespace {

/// What a byte does to the state.
constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t state = byte;
    for (int bit = 0; bit < 8; ++bit) {
      state = (state >> 1) ^ ((state & 1u) != 0 ? 0xEDB88320u : 0u);
    }
    table[byte] = state;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> table = make_table();

}  // namespace

void Crc32::add(const void* bytes, std::size_t length) {
  const auto* at = static_cast<const std::uint8_t*>(bytes);
  for (std::size_t i = 0; i < length; ++i) {
    state_ = (state_ >> 8) ^ table[(state_ ^ at[i]) & 0xFFu];
  }
}

}  // namespace spinvp
