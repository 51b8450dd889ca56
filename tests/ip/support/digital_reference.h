#pragma once

#include "tests/ip/support/streams.h"

namespace spinvp::test {

/// The buffer after the command, from the interface description's words: one value, bit and product after the other.
Bytes digital_reference(const interface::DigitalCommand& command, const Bytes& before);
Bytes pack_reference(const interface::PackCommand& command, const Bytes& before);
Bytes multiply_reference(const interface::MultiplyCommand& command, const Bytes& before);

}  // namespace spinvp::test
