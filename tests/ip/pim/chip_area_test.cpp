#include "ip/pim/chip_area.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "ip/config/chip_file.h"

using namespace spinvp;

namespace {

ChipConfig preset(const std::string& name) {
  return load_chip_config(std::string(SPINVP_SOURCE_DIR) + "/configs/chips/" + name + ".yaml");
}

const AreaPart* part(const std::vector<AreaPart>& parts, const std::string& name) {
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const AreaPart& one) { return one.name == name; });
  return found == parts.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("the area of a chip is the sum of its blocks, as often as they are there") {
  const std::vector<AreaPart> parts = chip_area(preset("imce"));
  REQUIRE(part(parts, "sub-arrays") != nullptr);
  CHECK(part(parts, "sub-arrays")->count == 32);
  CHECK(part(parts, "sub-arrays")->each_um2 == Approx(80527));
  CHECK(part(parts, "AND-accumulators")->total_um2() == Approx(32 * 2500));
  CHECK(part(parts, "in-memory adders") == nullptr);
  CHECK(part(parts, "global buffer")->count == 1);
  CHECK(total_area_um2(parts) ==
        Approx(32 * (80527 + 2500) + 1600000 + 10000 + 10000 + 54000 + 64 * 1500 + 5000 + 10000));
}

TEST_CASE("multipliers are a part of their own, as many as there are") {
  ChipConfig config = preset("imce");
  CHECK(part(chip_area(config), "multipliers")->total_um2() == Approx(64 * 1500));
  const double before = total_area_um2(chip_area(config));
  config.digital.multipliers *= 2;
  CHECK(total_area_um2(chip_area(config)) == Approx(before + 64 * 1500));
}

TEST_CASE("every part of every shipped chip has an area") {
  for (const char* chip : {"imce", "isqed", "parapim_a", "parapim_b", "pim_512mb"}) {
    for (const AreaPart& one : chip_area(preset(chip))) {
      CAPTURE(chip, one.name);
      CHECK(one.total_um2() > 0);
    }
  }
}

TEST_CASE("a chip has the area of the engines that it has") {
  CHECK(part(chip_area(preset("parapim_a")), "AND-accumulators") == nullptr);
  CHECK(part(chip_area(preset("parapim_a")), "in-memory adders")->count == 32);
  CHECK(part(chip_area(preset("imce")), "lane gather") == nullptr);
  CHECK(part(chip_area(preset("imce")), "level controls") == nullptr);
  CHECK(part(chip_area(preset("parapim_b")), "lane gather")->count == 1);
  CHECK(part(chip_area(preset("parapim_b")), "level controls")->count == 8);
  const std::vector<AreaPart> both = chip_area(preset("pim_512mb"));
  CHECK(part(both, "AND-accumulators")->count == 4096);
  CHECK(part(both, "in-memory adders")->count == 4096);
  CHECK(part(both, "level controls")->count == 1024);
  CHECK(total_area_um2(both) > 4096 * 80527.0);
}
