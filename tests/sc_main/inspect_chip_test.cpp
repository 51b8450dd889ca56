// spinvp inspect --chip: organisation, costs and area of a chip.
#include <catch2/catch.hpp>

#include "sc_main/support/command.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("inspect shows a chip's organisation, costs and area with its parts") {
  const CommandResult result = command({"inspect", "--chip", config("chips/imce.yaml")});
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, StartsWith("imce: 8 banks x 4 sub-arrays of 256 x 512 (4.0 Mb), clock 500 MHz"));
  CHECK_THAT(result.out, Contains("AND2, OR2                  70.31") && Contains("FULL ADD                  184.39"));
  CHECK_THAT(result.out, Contains("sub-arrays                32         80527      2.5769"));
  CHECK_THAT(result.out, Contains("total") && Contains("4.4419  100.0 %"));
}

TEST_CASE("inspect of the 512 Mb chip shows both engines") {
  const CommandResult result = command({"inspect", "--chip", config("chips/pim_512mb.yaml")});
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Contains("(512.0 Mb)") && Contains("AND-accumulators") && Contains("in-memory adders") &&
                             Contains("level controls") && Contains("lane gather") && Contains("multipliers"));
}

TEST_CASE("inspect needs something to show, and only one thing") {
  CHECK(command({"inspect"}).code == 2);
  check_refused(command({"inspect", "--chip", "/nowhere/chip.yaml"}), "/nowhere/chip.yaml");
}
