#pragma once

#include "core/yaml.h"
#include "ip/mram/cell.h"

namespace spinvp {

/// The cell of a technology file (`cell`), whose key `kind` says which others it has:
/// - all: area, write_energy (per bit)
/// - with a resistance: either `junction` (resistance_area, magnetoresistance, and length and width of the ellipse) or
///   `resistances` (low, high); `variation` (resistance, ratio); `sensing` (current, offset, reference)
/// InputError where the node is wrong.
Cell read_cell(const Yaml& yaml);

}  // namespace spinvp
