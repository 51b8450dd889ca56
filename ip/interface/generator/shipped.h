#pragma once

#include <string>
#include <vector>

#include "ip/interface/generator/description.h"

namespace spinvp::generator {

/// The interface this program was built with: the chip (registers and commands), then the network image.
std::vector<Description> shipped_descriptions();

/// The text of a file of ip/interface/ ("pim.yaml"); null when it has no such file.
const char* shipped_text(const std::string& file);

}  // namespace spinvp::generator
