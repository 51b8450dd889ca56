#pragma once

#include "sc_main/run_record.h"
#include "sc_main/simulation.h"

namespace spinvp {

/// Runs all images of a simulation that was set up, in as many processes as its options ask for, each a range of
/// neighbouring images on a system of its own. Shows progress and the software's terminal; of several processes the
/// terminal of one that fails. A signal ends the run and says how far it came. RunError when a run does not end well.
RunRecord run_images(Simulation& simulation);

/// How many processes that takes: never more than images.
std::size_t processes_of(const Simulation& simulation);

}  // namespace spinvp
