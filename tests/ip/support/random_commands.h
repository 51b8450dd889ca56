#pragma once

#include "tests/ip/support/streams.h"

namespace spinvp::test {

// Random commands that a chip accepts, as wild as its size allows.
interface::LoadCommand random_load(Random& random, const ChipConfig& chip);
interface::StoreCommand random_store(Random& random, const ChipConfig& chip);
interface::LoadRowsCommand random_load_rows(Random& random, const ChipConfig& chip);
interface::GatherRowsCommand random_gather(Random& random, const ChipConfig& chip);
interface::AndAccCommand random_and_acc(Random& random, const ChipConfig& chip);
interface::DigitalCommand random_digital(Random& random, const ChipConfig& chip);
interface::MultiplyCommand random_multiply(Random& random, const ChipConfig& chip);
interface::PackCommand random_pack(Random& random, const ChipConfig& chip);
// Of chips with an in-memory adder only.
interface::GatherLanesCommand random_gather_lanes(Random& random, const ChipConfig& chip);
interface::AddAccCommand random_add_acc(Random& random, const ChipConfig& chip);
interface::ReadSumsCommand random_read_sums(Random& random, const ChipConfig& chip);
interface::AddLevelsCommand random_add_levels(Random& random, const ChipConfig& chip);
interface::ReadLanesCommand random_read_lanes(Random& random, const ChipConfig& chip);

/// Any of the above that the chip knows, by word.
Words random_command(Random& random, const ChipConfig& chip);

}  // namespace spinvp::test
