// Firmware or the native driver, bus, memory and chip hold to the base protocol while a network runs.
#include <catch2/catch.hpp>

#include "sc_main/support/digit_system.h"

using namespace spinvp;
using namespace spinvp::test;

namespace {

void run_and_check(DigitSystem& system) {
  system.run();
  CHECK((system.native ? system.native_code : system.soc.exit_code()) == 0);
  CHECK(system.verifier().first_mismatch() == "");
  for (std::size_t picture = 0; picture < system.data.count; ++picture) {
    CHECK(system.scores(picture) == system.reference_scores(picture));
  }
  CHECK(system.host_checker.complaints() == "");
  CHECK(system.dma_checker.complaints() == "");
  CHECK(system.host_checker.rules().traffic().blocking > 100);
}

}  // namespace

TEST_CASE("a network runs by the rules of the base protocol, loosely timed") {
  DigitSystem system("digits_binary.onnx", 2);
  run_and_check(system);
  CHECK(system.dma_checker.rules().traffic().blocking > 30);
}

TEST_CASE("a network runs by the rules of the base protocol, approximately timed") {
  DigitSystem system("digits_binary.onnx", 2, Detail::Fast, "inference", Timing::Approximate);
  run_and_check(system);
  CHECK(system.dma_checker.rules().traffic().completed > 30);
}

TEST_CASE("the native driver runs a network by the rules of the base protocol, loosely timed") {
  DigitSystem system("digits_binary.onnx", 2, Detail::Fast, "", Timing::Loose, platform::HostKind::External);
  run_and_check(system);
  CHECK(system.native_checker->complaints() == "");
  CHECK(system.native_checker->rules().traffic().blocking > 100);
}

TEST_CASE("the native driver runs a network by the rules of the base protocol, approximately timed") {
  DigitSystem system("digits_binary.onnx", 2, Detail::Fast, "", Timing::Approximate, platform::HostKind::External);
  run_and_check(system);
  CHECK(system.native_checker->complaints() == "");
  CHECK(system.native_checker->rules().traffic().blocking > 100);
}
