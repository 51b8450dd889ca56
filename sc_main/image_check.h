#pragma once

#include <string>

#include "ip/pim/chip_config.h"
#include "network/image/network_image.h"

namespace spinvp {

/// InputError with all that differs when a network image was mapped for another kind of chip than this one. The driver
/// checks the same on the chip; here it is known before the simulation. Paths are for the message.
void require_chip_of_image(const network::NetworkImage& image, const ChipConfig& chip, const std::string& image_path,
                           const std::string& chip_path);

}  // namespace spinvp
