#pragma once

#include <string>

#include "sc_main/profile_report.h"

namespace spinvp {

/// A flame graph as SVG: time to the right, callers above what they call. Functions narrower than half a pixel are left
/// out; the pointer on a box shows its name and time.
std::string profile_picture(const ProfileReport& report);

}  // namespace spinvp
