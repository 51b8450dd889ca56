#include "ip/pim/row_port.h"

namespace spinvp {

void RowPort::ask(std::uint32_t subarray) {
  asked_[subarray] = 1;
  RowTransaction transaction;
  transaction.subarray = subarray;
  tlm::tlm_dmi dmi;
  if (socket->get_direct_mem_ptr(transaction, dmi)) {
    direct_[subarray] = reinterpret_cast<std::uint64_t*>(dmi.get_dmi_ptr());
  }
}

}  // namespace spinvp
