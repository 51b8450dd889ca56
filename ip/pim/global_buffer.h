#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "ip/ledger/ledger.h"
#include "ip/pim/chip_config.h"
#include "tlm_utils/multi_passthrough_target_socket.h"

namespace spinvp {

/// Who pays for a buffer access, and what was moved through a direct memory pointer. Every access of a unit carries it.
struct BufferAccount : tlm::tlm_extension<BufferAccount> {
  Activity activity;
  std::uint64_t bytes_read = 0;     ///< moved through a direct pointer: only accounted for
  std::uint64_t bytes_written = 0;  ///< likewise

  tlm_extension_base* clone() const override { return new BufferAccount(*this); }
  void copy_from(const tlm_extension_base& other) override { *this = static_cast<const BufferAccount&>(other); }
};

/// The chip's SRAM: feature maps, partial sums, thresholds. One port per unit; each port's time is the unit's business.
/// Volatile: all of it.
class GlobalBuffer : public sc_core::sc_module {
 public:
  tlm_utils::multi_passthrough_target_socket<GlobalBuffer, 512> ports{"ports"};

  GlobalBuffer(sc_core::sc_module_name name, const ChipConfig& config, Ledger& ledger);

  std::uint32_t size() const { return static_cast<std::uint32_t>(bytes_.size()); }

 private:
  void transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned int transport_debug(int, tlm::tlm_generic_payload& payload);
  bool direct_pointer(int, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);

  const Detail detail_;
  Ledger& ledger_;
  const Ledger::BlockId block_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace spinvp
