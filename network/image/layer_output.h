#pragma once

#include <cstdint>
#include <vector>

#include "ip/interface/pim_view.h"

namespace spinvp::network {

/// Bytes that a layer's output takes where its entry says it stands: bit-planes in the buffer or in scratch memory, or
/// int32 scores.
std::size_t output_bytes(const interface::ImageLayer& layer);

/// The values (HWC) that those bytes stand for: levels, or scores.
std::vector<std::int32_t> unpack_output(const interface::ImageLayer& layer, const std::vector<std::uint8_t>& bytes);

}  // namespace spinvp::network
