#include <catch2/catch.hpp>

#include "ip/mram/sub_array.h"
#include "tests/ip/support/array_bench.h"

using namespace spinvp;
using namespace spinvp::test;
using sc_core::sc_time;

TEST_CASE("a sub-array with a stuck cell shows it in every operation and grants no direct access") {
  FaultConfig faults;
  faults.cells = {{0, 1, 3, true}, {0, 2, 4, false}};
  ArrayBench faulty(faults);
  tlm::tlm_dmi dmi;
  CHECK_FALSE(faulty.array.direct_pointer(dmi));
  const std::uint64_t zeros[2] = {};
  const std::uint64_t ones[2] = {~0ull, ~0ull};
  faulty.write(1, zeros);
  faulty.write(2, ones);
  faulty.write(3, ones);
  const auto sensed = [&](RowOperation operation, std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0) {
    return faulty.run(operation, a, b, c).sensed[0];
  };
  CHECK(sensed(RowOperation::Read, 1) == 8);
  CHECK(sensed(RowOperation::Read, 2) == ~16ull);
  CHECK(sensed(RowOperation::And2, 1, 3) == 8);
  CHECK(sensed(RowOperation::Or2, 0, 1) == 8);
  CHECK(sensed(RowOperation::Xor2, 2, 3) == 16);
  CHECK(sensed(RowOperation::And3, 1, 2, 3) == 8);
  CHECK(sensed(RowOperation::Or3, 0, 1, 0) == 8);
  CHECK(sensed(RowOperation::Maj3, 1, 3, 0) == 8);
  CHECK(sensed(RowOperation::FullAdd, 0, 1, 0) == 8);
  CHECK(faulty.array.peek(1)[0] == 8);
  CHECK(faulty.array.fault_counts().stuck_cells == 2);
}

TEST_CASE("faults elsewhere leave a sub-array alone, with direct access") {
  FaultConfig faults;
  faults.cells = {{7, 1, 3, true}};
  ArrayBench healthy(faults);
  tlm::tlm_dmi dmi;
  CHECK(healthy.array.direct_pointer(dmi));
  CHECK(healthy.run(RowOperation::Read, 1).sensed[0] == 0);
}

TEST_CASE("a cell forgets with simulated time") {
  FaultConfig faults;
  faults.seed = 2;
  faults.retention_rate = 1000;
  ArrayBench faulty(faults);
  const auto flips = [&] { return faulty.array.fault_counts().retention_flips; };
  faulty.run(RowOperation::Read, 0);
  CHECK(flips() == 0);
  sc_core::sc_start(sc_time(100, sc_core::SC_US));  // 2,048 cells x 1,000 flips/s x 100 us
  faulty.run(RowOperation::Read, 0);
  CHECK(flips() > 150);
  CHECK(flips() < 260);
}
