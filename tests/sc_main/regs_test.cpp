// spinvp regs: the registers of the chip for people, compilers, debuggers and other tools.
#include <catch2/catch.hpp>
#include <filesystem>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

std::string regs(const Arguments& further) {
  Arguments arguments{"regs"};
  arguments.insert(arguments.end(), further.begin(), further.end());
  const CommandResult result = command(arguments);
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  return result.out;
}

std::string generated(const std::string& file) {
  return read_file(std::string(SPINVP_BINARY_DIR) + "/generated/" + file);
}

}  // namespace

TEST_CASE("regs prints the reference page, in whatever folder it runs") {
  const std::string page = regs({});
  CHECK((page == generated("docs/interface.md")));
  CHECK((regs({"--format", "md"}) == page));
  const TemporaryFolder folder;
  CHECK((command({"regs"}, folder.path()).out == page));
}

TEST_CASE("regs prints the headers that the firmware and the model are built with") {
  CHECK((regs({"--format", "header"}) == generated("ip/interface/pim_interface.h")));
  CHECK((regs({"--format", "view"}) == generated("ip/interface/pim_view.h")));
}

TEST_CASE("regs prints SVD for a place in a system, and IP-XACT") {
  CHECK_THAT(regs({"--format", "svd"}),
             StartsWith("<?xml") && Contains("<baseAddress>0x40000000</baseAddress>") && Contains("<value>1</value>"));
  CHECK_THAT(regs({"--format", "svd", "--base", "0x60000000", "--irq", "9"}),
             Contains("<baseAddress>0x60000000</baseAddress>") && Contains("<value>9</value>"));
  CHECK_THAT(regs({"--format", "ipxact"}), StartsWith("<?xml") && Contains("IPXACT/1685-2014"));
}

TEST_CASE("regs shows the sub-arrays of the chip it is asked for as memory behind the registers") {
  CHECK_THAT(
      regs({"--format", "svd"}),  // 32 sub-arrays of 256 rows of 64 bytes
      Contains("<offset>0x4000000</offset>") && Contains("<size>0x80000</size>") && Contains("<usage>buffer</usage>"));
  CHECK((regs({"--format", "svd", "--chip", "imce"}) == regs({"--format", "svd"})));
  const std::string ipxact = regs({"--format", "ipxact", "--chip", config("chips/pim_512mb.yaml")});
  CHECK_THAT(ipxact, Contains("<ipxact:baseAddress>'h4000000</ipxact:baseAddress>") &&
                         Contains("<ipxact:range>'h4000000</ipxact:range>"));
}

TEST_CASE("regs writes a file, the same as on the terminal") {
  const TemporaryFolder folder;
  for (const char* format : {"md", "header", "view", "svd", "ipxact"}) {
    CAPTURE(format);
    CHECK(regs({"--format", format, "-o", folder.path(format)}).empty());
    CHECK((read_file(folder.path(format)) == regs({"--format", format})));
  }
}

TEST_CASE("regs refuses formats it does not know, places where there are none, and files it cannot write") {
  const CommandResult unknown = command({"regs", "--format", "pdf"});
  CHECK(unknown.code == 2);
  CHECK(unknown.out.empty());
  CHECK_THAT(unknown.err, Contains("pdf") && Contains("svd") && Contains("--help"));
  CHECK(command({"regs", "--format", "svd", "--base", "here"}).code == 2);
  check_refused(command({"regs", "--base", "0x1000"}), "--base and --irq are for --format svd; in 'md'");
  check_refused(command({"regs", "--chip", "imce"}), "--chip is for --format svd and ipxact");
  check_refused(command({"regs", "--format", "svd", "--chip", "no_such_chip"}), "no_such_chip");
  check_refused(command({"regs", "-o", "nowhere/regs.md"}), "nowhere/regs.md");
}
