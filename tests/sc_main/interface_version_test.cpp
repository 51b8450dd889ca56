// A driver meets a chip of another version of the register interface: it refuses another major one before it touches
// anything, and works with a later minor one.
#include <catch2/catch.hpp>

#include "firmware/driver/pim_driver.h"
#include "ip/interface/pim_interface.h"
#include "sc_main/support/digit_system.h"

using namespace spinvp;
using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

/// The chip says that it is of this version, and counts what is written to it.
struct OtherChip {
  OtherChip(std::uint32_t major, std::uint32_t minor) {
    system.tap.on_read = [=](std::uint32_t offset, std::uint32_t& value) {
      if (offset == PIM_REG_VERSION) {
        value = major << PIM_VERSION_MAJOR_SHIFT | minor << PIM_VERSION_MINOR_SHIFT;
      }
    };
    system.tap.on_write = [this](std::uint32_t, std::uint32_t&) {
      ++writes;
      return true;
    };
    system.run();
  }

  DigitSystem system{"digits_binary.onnx", 1};
  int writes = 0;
};

void check_refused(std::uint32_t major) {
  OtherChip chip(major, 0);
  INFO(chip.system.terminal);
  REQUIRE(chip.system.soc.exit_code().has_value());
  CHECK(*chip.system.soc.exit_code() == PIM_E_INTERFACE_VERSION);
  CHECK(chip.system.summary().status == PIM_E_INTERFACE_VERSION);
  CHECK_THAT(chip.system.terminal, Contains("the chip has another interface version") &&
                                       Contains("needed " + std::to_string(PIM_VERSION_MAJOR_VALUE)) &&
                                       Contains("found " + std::to_string(major)));
  CHECK(chip.writes == 0);
  CHECK(chip.system.chip_did_nothing());
}

}  // namespace

TEST_CASE("firmware refuses a chip of a later major interface version politely and writes none of its registers") {
  check_refused(PIM_VERSION_MAJOR_VALUE + 1);
}

TEST_CASE("firmware refuses a chip of an earlier major interface version in the same way") {
  check_refused(PIM_VERSION_MAJOR_VALUE - 1);
}

TEST_CASE("firmware works with a chip of a later minor interface version") {
  OtherChip chip(PIM_VERSION_MAJOR_VALUE, PIM_VERSION_MINOR_VALUE + 1);
  INFO(chip.system.terminal);
  CHECK(chip.system.soc.exit_code() == 0);
  CHECK(chip.system.scores(0) == chip.system.reference_scores(0));
}
