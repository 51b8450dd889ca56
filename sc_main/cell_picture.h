#pragma once

#include <string>

#include "ip/mram/sense_margins.h"

namespace spinvp {

/// An SVG of how often the runs of an analysis saw which resistance: a panel each for one, two and three rows, with the
/// references between the states, on one logarithmic axis of resistances.
std::string draw_sense_states(const std::string& title, const ResistiveCell& cell, const SenseAnalysis& analysis);

}  // namespace spinvp
