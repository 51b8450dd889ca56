#include "ip/mram/geometry_table.h"

#include <catch2/catch.hpp>

using namespace spinvp;

namespace {

Geometry size(std::uint32_t rows, std::uint32_t columns, double energy) {
  return {rows, columns, 1, 2, energy, 3, 4e-6, 1000.0 * columns};
}

}  // namespace

TEST_CASE("listed sizes keep their values exactly") {
  GeometryTable table;
  CHECK(table.add(size(256, 256, 31.1)));
  CHECK(table.add(size(256, 512, 62.0)));
  CHECK_FALSE(table.add(size(256, 512, 63.0)));
  CHECK(table.at(256, 256)->read_picojoules == 31.1);
  CHECK(table.at(256, 512)->read_picojoules == 62.0);
}

TEST_CASE("a size between two listed ones lies on the line between them") {
  GeometryTable table;
  table.add(size(256, 256, 30));
  table.add(size(256, 1024, 120));
  const auto between = table.at(256, 448);
  REQUIRE(between);
  CHECK(between->rows == 256);
  CHECK(between->columns == 448);
  CHECK(between->read_picojoules == Approx(30 + 90 * 0.25));
  CHECK(between->area_um2 == Approx(448000));
  CHECK(between->read_latency_ns == Approx(1));
  table.add(size(256, 512, 90));  // a nearer one counts
  CHECK(table.at(256, 448)->read_picojoules == Approx(30 + 60 * 0.75));
}

TEST_CASE("a size among four listed ones is interpolated in both directions") {
  GeometryTable table;
  table.add(size(256, 256, 10));
  table.add(size(256, 512, 20));
  table.add(size(512, 256, 40));
  table.add(size(512, 512, 70));
  CHECK(table.at(384, 384)->read_picojoules == Approx((10 + 20 + 40 + 70) / 4.0));
  CHECK(table.at(320, 256)->read_picojoules == Approx(10 + 30 * 0.25));
  CHECK(table.at(512, 384)->read_picojoules == Approx(55));
}

TEST_CASE("outside of the listed sizes there is nothing, nor where a corner is missing") {
  GeometryTable table;
  CHECK_FALSE(table.at(256, 256));
  CHECK(table.text() == "none");
  table.add(size(256, 256, 10));
  table.add(size(256, 512, 20));
  table.add(size(256, 1024, 40));
  table.add(size(512, 256, 40));
  table.add(size(512, 512, 70));
  CHECK_FALSE(table.at(128, 256));
  CHECK_FALSE(table.at(256, 128));
  CHECK_FALSE(table.at(256, 1025));
  CHECK_FALSE(table.at(513, 512));
  CHECK_FALSE(table.at(512, 768));
  CHECK_FALSE(table.at(300, 600));
  CHECK(table.at(256, 768));
  CHECK(table.text() == "256 x 256, 256 x 512, 256 x 1024, 512 x 256, 512 x 512");
  CHECK(table.missing(128, 256) == "128 rows are outside of the listed 256 to 512");
  CHECK(table.missing(513, 1025) ==
        "513 rows are outside of the listed 256 to 512, and 1025 columns are outside of the listed 256 to 1024");
  CHECK(table.missing(512, 768) == "interpolating it needs 512 x 1024, which is missing");
  CHECK(table.missing(300, 600) == "interpolating it needs 512 x 1024, which is missing");
  CHECK(table.missing(512, 1024) == "it is a corner that has to be listed itself, and is missing");
}

TEST_CASE("of sizes that lie apart the missing neighbours are named") {
  GeometryTable table;
  table.add(size(256, 256, 10));
  table.add(size(512, 512, 20));
  CHECK_FALSE(table.at(384, 384));
  CHECK(table.missing(384, 384) == "interpolating it needs 256 x 512 and 512 x 256, which are missing");
}
