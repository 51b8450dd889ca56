// The SVD and IP-XACT views have the structure that their standards ask for.
#include "tests/ip/support/xml_structure.h"

#include <catch2/catch.hpp>

#include "ip/interface/generator/shipped.h"
#include "ip/interface/generator/views.h"

using namespace spinvp;
using namespace spinvp::test;
using Problems = std::vector<std::string>;

namespace {

std::string svd_view() {
  return generator::svd(generator::shipped_descriptions().front(), {}, {0x04000000, 0x80000});
}

std::string ipxact_view() {
  return generator::ipxact(generator::shipped_descriptions().front(), {0x04000000, 0x80000});
}

/// `text` with its first `from` replaced.
std::string broken(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("the SVD view has its elements in the order of CMSIS-SVD 1.3, with values of the right form") {
  CHECK(broken_rules(svd_view(), svd_rules()) == Problems{});
}

TEST_CASE("the IP-XACT view has its elements in the order of IEEE 1685-2014, with values of the right form") {
  CHECK(broken_rules(ipxact_view(), ipxact_rules()) == Problems{});
}

TEST_CASE("the check of the structure finds what a schema would refuse") {
  const std::string svd = svd_view();
  const std::string offset = "<addressOffset>0x000</addressOffset>";
  const std::string name = "<name>ID</name>";
  CHECK(broken_rules(broken(svd, offset, ""), svd_rules()) ==
        Problems{"device/peripherals/peripheral/registers/register: 0 of addressOffset"});
  CHECK_FALSE(broken_rules(broken(broken(svd, offset, ""), name, offset + name), svd_rules()).empty());
  CHECK_FALSE(broken_rules(broken(svd, name, "<name>I-D</name>"), svd_rules()).empty());
  CHECK_FALSE(broken_rules(broken(svd, name, name + name), svd_rules()).empty());
  CHECK_FALSE(broken_rules(broken(svd, name, name + "<colour>red</colour>"), svd_rules()).empty());
  CHECK_FALSE(broken_rules(broken(svd, "read-only", "readonly"), svd_rules()).empty());
  CHECK_FALSE(broken_rules(broken(svd, "[15:0]", "15:0"), svd_rules()).empty());
  const std::string ipxact = ipxact_view();
  CHECK_FALSE(broken_rules(broken(ipxact, "<ipxact:bitWidth>32</ipxact:bitWidth>", ""), ipxact_rules()).empty());
  CHECK_FALSE(broken_rules(broken(ipxact, "'h1000", "0x1000"), ipxact_rules()).empty());
  CHECK_FALSE(broken_rules(broken(ipxact, "<ipxact:vendor>SpinVP</ipxact:vendor>", ""), ipxact_rules()).empty());
  CHECK_THROWS(broken_rules(broken(svd, "</device>", ""), svd_rules()));
}
