#include "tests/ip/support/adder_chips.h"

#include <catch2/catch.hpp>
#include <string>

namespace spinvp::test {

std::vector<std::unique_ptr<ChipBench>> all_chips(const ChipConfig& base) {
  std::vector<std::unique_ptr<ChipBench>> benches;
  for (const AdditionScheme scheme : {AdditionScheme::A, AdditionScheme::B}) {
    for (const bool carry_write_back : {false, true}) {
      for (const Detail detail : {Detail::Fast, Detail::Row}) {
        ChipConfig chip = with_adder(base, scheme, carry_write_back, benches.size() / 2 % 3 == 0);
        chip.detail = detail;
        benches.push_back(std::make_unique<ChipBench>(("bench" + std::to_string(benches.size())).c_str(), chip));
      }
    }
  }
  return benches;
}

std::vector<std::unique_ptr<ChipBench>> both_details(const ChipConfig& base) {
  std::vector<std::unique_ptr<ChipBench>> benches;
  for (const Detail detail : {Detail::Fast, Detail::Row}) {
    ChipConfig chip = with_adder(base, AdditionScheme::B, false, false);
    chip.detail = detail;
    benches.push_back(std::make_unique<ChipBench>(detail == Detail::Fast ? "fast" : "row", chip));
  }
  return benches;
}

void put_everywhere(ChipBench& bench, const Bytes& buffer, const Bytes& rows) {
  put_buffer(bench, 0, buffer);
  for (std::uint32_t subarray = 0; subarray < bench.chip.config().subarrays(); ++subarray) {
    put_rows(bench, subarray, 0, rows);
  }
}

void check_details_agree(ChipBench& fast, ChipBench& row, const Words& stream) {
  const StreamResult of_fast = fast.run_stream(stream);
  const StreamResult of_row = row.run_stream(stream);
  REQUIRE(of_fast.done);
  REQUIRE(of_row.done);
  REQUIRE((fast.all_rows() == row.all_rows()));
  const std::uint32_t buffer_bytes = fast.chip.config().buffer.bytes;
  REQUIRE((fast.buffer(0, buffer_bytes) == row.buffer(0, buffer_bytes)));
  for (std::size_t at = 0; at < event_count; ++at) {
    const auto event = static_cast<Event>(at);
    CAPTURE(to_string(event));
    REQUIRE(fast.chip.ledger().events(event) == row.chip.ledger().events(event));
  }
  REQUIRE(of_fast.duration == of_row.duration);
  REQUIRE(fast.chip.ledger().energy({}) == row.chip.ledger().energy({}));
}

}  // namespace spinvp::test
