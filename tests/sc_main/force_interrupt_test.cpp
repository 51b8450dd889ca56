// Firmware tries the chip's interrupt before it runs anything: IRQ_FORCE, from the chip's line to a handler on the
// core.
#include <catch2/catch.hpp>

#include "sc_main/support/digit_system.h"

using namespace spinvp;
using namespace spinvp::test;
using Catch::Matchers::Contains;

TEST_CASE("firmware forces each cause of the chip, and every one reaches its handler once") {
  DigitSystem system("digits_binary.onnx", 1, Detail::Fast, "force_interrupt");
  system.run();
  CHECK_THAT(system.terminal, Contains("forced: 3 interrupts, causes 7, left 0, status 0"));
  CHECK(system.soc.exit_code() == 0);
  CHECK(system.chip_did_nothing());
}
