#pragma once

#include <cstdint>
#include <vector>

#include "ip/interface/pim_view.h"

namespace spinvp::network {

/// Bytes that a layer's output takes where its entry says it stands: bit-planes, or int32 values without gaps.
std::size_t output_bytes(const interface::ImageLayer& layer);

/// The values (HWC) that those bytes stand for: levels, or int32 values.
std::vector<std::int32_t> unpack_output(const interface::ImageLayer& layer, const std::vector<std::uint8_t>& bytes);

}  // namespace spinvp::network
