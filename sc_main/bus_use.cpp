#include "sc_main/bus_use.h"

namespace spinvp {
namespace {

BusShare share_of(const platform::BusTraffic& traffic) {
  return {traffic.transactions, traffic.delayed,
          static_cast<std::uint64_t>(traffic.waiting / sc_core::sc_time(1, sc_core::SC_PS))};
}

}  // namespace

BusShare& BusShare::operator+=(const BusShare& other) {
  transactions += other.transactions;
  delayed += other.delayed;
  waiting_picoseconds += other.waiting_picoseconds;
  return *this;
}

BusShare& BusShare::operator-=(const BusShare& other) {
  transactions -= other.transactions;
  delayed -= other.delayed;
  waiting_picoseconds -= other.waiting_picoseconds;
  return *this;
}

bool BusShare::operator==(const BusShare& other) const {
  return transactions == other.transactions && delayed == other.delayed &&
         waiting_picoseconds == other.waiting_picoseconds;
}

BusUse BusUse::of(const platform::VirtualSoc& soc) {
  return {share_of(soc.host_traffic()), share_of(soc.accelerator_traffic())};
}

BusUse& BusUse::operator+=(const BusUse& other) {
  host += other.host;
  chip += other.chip;
  return *this;
}

BusUse& BusUse::operator-=(const BusUse& other) {
  host -= other.host;
  chip -= other.chip;
  return *this;
}

void BusMeter::stream_started() {
  if (!image_has_begun_) {
    at_start_ = BusUse::of(soc_);
  }
}

// Only the end of a stream says whether it was an image's.
void BusMeter::stream_finished(Activity activity, sc_core::sc_time) {
  image_has_begun_ = image_has_begun_ || !activity.once;
}

}  // namespace spinvp
