#pragma once

#include <vector>

#include "ip/ledger/ledger.h"

namespace spinvp {

/// The ledger's blocks of one kind of hardware beside sub-arrays: [bank].
using BankBlocks = std::vector<Ledger::BlockId>;

}  // namespace spinvp
