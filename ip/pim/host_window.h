#pragma once

#include <cstdint>
#include <functional>
#include <systemc>
#include <tlm>
#include <vector>

#include "ip/interface/pim_view.h"
#include "ip/mram/row_protocol.h"
#include "ip/pim/chip_config.h"
#include "ip/tlm/byte_lanes.h"
#include "tlm_utils/simple_initiator_socket.h"
#include "tlm_utils/simple_target_socket.h"

namespace spinvp {

/// The sub-arrays as plain memory of the host: byte b of row r of sub-array s stands at (s x rows + r) x row bytes + b
/// of the window, which begins at `offset` of the chip's address range. A read senses the rows that it touches, a write
/// senses them and drives them (whole rows are only driven): time and energy as of any row operation, counted for no
/// layer. Any length and alignment; rows of which no byte is enabled are left alone.
class HostWindow : public sc_core::sc_module {
 public:
  /// In the chip's address range; registers stand before it.
  static constexpr std::uint64_t offset = interface::pim_subarray_window;
  /// Who pays in the ledger: no layer.
  static constexpr Activity activity{Activity::no_layer, false};

  tlm_utils::simple_target_socket<HostWindow> host{"host"};  ///< addresses count from the window
  tlm_utils::simple_initiator_socket<HostWindow, 32, RowProtocol> rows{"rows"};

  /// How long the window is.
  static std::uint64_t bytes(const ChipConfig& config) {
    return std::uint64_t{config.subarrays()} * config.rows() * config.row_bytes();
  }

  /// `subarray` hands out sub-arrays of the chip to a debugger.
  HostWindow(sc_core::sc_module_name name, const ChipConfig& config, std::function<SubArray&(std::uint32_t)> subarray);

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned int transport_debug(tlm::tlm_generic_payload& payload);
  bool direct_pointer(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  /// Bytes [first, first + length) of the payload's data, which belong to `row` from byte `from` on.
  void access_row(tlm::tlm_generic_payload& payload, const ByteLanes& lanes, std::uint64_t row, std::uint32_t from,
                  std::uint32_t first, std::uint32_t length, sc_core::sc_time& delay);
  void operate(RowOperation operation, std::uint64_t row, RowTransaction& transaction, sc_core::sc_time& delay);
  bool holds(std::uint64_t address, std::uint64_t length) const {
    return address <= bytes_ && length <= bytes_ - address;
  }

  const std::uint32_t rows_per_subarray_;
  const std::uint32_t row_bytes_;
  const std::uint64_t bytes_;
  const bool grants_directly_;
  const sc_core::sc_time read_time_;
  const sc_core::sc_time write_time_;
  std::function<SubArray&(std::uint32_t)> subarray_;
  std::vector<std::uint64_t> row_;  // being changed
};

}  // namespace spinvp
