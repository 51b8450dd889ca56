// Firmware on the simulated core uses the chip's sub-arrays as plain memory.
#include "ip/pim/host_window.h"

#include <catch2/catch.hpp>

#include "sc_main/support/digit_system.h"

using namespace spinvp;
using namespace spinvp::test;
using Catch::Matchers::Contains;

TEST_CASE("firmware reads and writes sub-arrays through the window, and behind it is a precise trap") {
  DigitSystem system("digits_binary.onnx", 1, Detail::Fast, "subarray_window");
  system.run();
  CHECK_THAT(system.terminal, Contains("window: 44332211 22 8877 cafef00d"));
  CHECK_THAT(system.terminal, Contains("exception: load access fault") && Contains("mtval 0x44080000"));
  CHECK(system.soc.exit_code() != 0);
  CHECK(system.device.peek_row(0, 0)[0] == 0x8877660044332211u);
  CHECK(system.device.peek_row(31, 255)[7] == 0xcafef00d00000000u);
  CHECK(system.device.ledger().events(Event::RowWrite, HostWindow::activity) == 4);
}
