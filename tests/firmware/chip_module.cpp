#include "firmware/chip_module.h"

#include <algorithm>
#include <cstring>

namespace spinvp::test {

using sc_core::SC_NS;
using sc_core::sc_time;

ChipModule::ChipModule(sc_core::sc_module_name name) : sc_module(name) {
  socket.register_b_transport(this, &ChipModule::b_transport);
  SC_HAS_PROCESS(ChipModule);
  SC_METHOD(update);
  sensitive << changed_;
}

std::uint64_t ChipModule::now() {
  return sc_core::sc_time_stamp().value() / sc_time(1, SC_NS).value();
}

void ChipModule::b_transport(tlm::tlm_generic_payload& payload, sc_time& delay) {
  largest_delay = std::max(largest_delay, delay);
  const auto offset = static_cast<std::uint32_t>(payload.get_address());
  std::uint32_t word = 0;
  if (payload.is_read()) {
    word = chip.read(offset);
    std::memcpy(payload.get_data_ptr(), &word, sizeof word);
  } else {
    std::memcpy(&word, payload.get_data_ptr(), sizeof word);
    chip.write(offset, word, now());
  }
  changed_.notify(sc_core::SC_ZERO_TIME);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void ChipModule::update() {
  chip.advance(now());
  irq.write(chip.irq());
  if (chip.next_event() != PIM_NO_DEADLINE) {
    changed_.notify(sc_time(static_cast<double>(chip.next_event() - now()), SC_NS));
  }
}

}  // namespace spinvp::test
