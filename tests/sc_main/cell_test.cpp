// spinvp cell: what sense amplifiers see of a technology's cells.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

std::string technology(const std::string& name) {
  return config("technologies/" + name + ".yaml");
}

std::string line_with(const std::string& text, const std::string& start) {
  const std::size_t at = text.find("\n" + start);
  return at == std::string::npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
}

}  // namespace

TEST_CASE("cell prints the equivalent resistances, references and errors of a junction") {
  const CommandResult result = command({"cell", technology("sot_mram_45nm")});
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, Contains("low 5.61 kOhm, high 15.22 kOhm") && Contains("10000 runs, seed 1"));
  for (const char* state : {"   1     0        5.61", "   1     1       15.22", "   2     0        2.81",
                            "   2     1        4.10", "   2     2        7.61", "   3     0        1.87",
                            "   3     1        2.37", "   3     2        3.23", "   3     3        5.07"}) {
    CHECK_THAT(result.out, Contains(state));
  }
  for (const char* reference : {"READ", "OR2", "AND2", "OR3", "MAJ3", "AND3"}) {
    CHECK_THAT(line_with(result.out, reference), Contains("none"));
  }
  CHECK_THAT(line_with(result.out, "FULL ADD"), Contains("3"));
}

TEST_CASE("cell counts the errors of cells that vary much") {
  const CommandResult result = command({"cell", technology("reram_45nm")});
  CHECK(result.code == 0);
  CHECK_THAT(line_with(result.out, "FULL ADD"), !Contains("none") && Contains("e-03"));
}

TEST_CASE("cell gives the same numbers for the same seed and others for another") {
  const Arguments arguments{"cell", technology("reram_45nm"), "--runs", "500", "--seed", "7"};
  const std::string first = command(arguments).out;
  CHECK_THAT(first, Contains("500 runs, seed 7"));
  CHECK(command(arguments).out == first);
  CHECK(command({"cell", technology("reram_45nm"), "--runs", "500", "--seed", "8"}).out != first);
}

TEST_CASE("cell without a technology shows the shipped one") {
  CHECK_THAT(command({"cell"}).out, StartsWith("sot_mram_45nm: "));
}

TEST_CASE("cell says of cells without a resistance that margins do not apply") {
  const TemporaryFolder folder;
  const CommandResult result = command({"cell", technology("sram_45nm")});
  CHECK(result.code == 0);
  CHECK_THAT(result.out,
             Contains("SRAM cell") && Contains("do not apply") && Contains("of three rows have no circuit"));
  check_refused(command({"cell", technology("sram_45nm"), "--svg", folder.path("cell.svg")}),
                "--svg draws resistances");
}

TEST_CASE("cell draws the distributions with a panel for one, two and three rows") {
  const TemporaryFolder folder;
  const CommandResult result = command({"cell", technology("stt_mram_45nm"), "--svg", folder.path("cell.svg")});
  CHECK(result.code == 0);
  const std::string svg = read_file(folder.path("cell.svg"));
  CHECK_THAT(svg, StartsWith("<svg ") && Contains("</svg>"));
  CHECK_THAT(svg, Contains(">1 row<") && Contains(">2 rows<") && Contains(">3 rows<") && Contains(">MAJ3<"));
  // Each panel has the axis's unit and the tick of 5 kOhm, at the same place.
  const auto places_of = [&](const std::string& text) {
    std::set<std::string> places;
    std::size_t count = 0;
    for (std::size_t at = svg.find(text); at != std::string::npos; at = svg.find(text, at + 1), ++count) {
      const std::size_t x = svg.rfind(" x=\"", at);
      places.insert(svg.substr(x, svg.find('"', x + 4) - x));
    }
    CHECK(count == 3);
    return places.size();
  };
  CHECK(places_of(">kOhm<") == 1);
  CHECK(places_of(">5<") == 1);
  std::size_t paths = 0;
  for (std::size_t at = svg.find("<path"); at != std::string::npos; at = svg.find("<path", at + 1)) {
    ++paths;
  }
  CHECK(paths == 9);
}

TEST_CASE("cell refuses what it cannot use") {
  check_refused(command({"cell", "/nowhere/technology.yaml"}), "/nowhere/technology.yaml");
  CHECK(command({"cell", "--runs", "1"}).code == 2);
  CHECK(command({"cell", "--seed", "-1"}).code == 2);
  const CommandResult full = command({"cell", "--svg", "/dev/full"});
  CHECK(full.code == 2);
  CHECK(full.err == "spinvp: /dev/full: cannot write the file: No space left on device\n");
  check_refused(command({"cell", technology("sot_mram_45nm"), "--svg", "/nowhere/cell.svg"}), "/nowhere/cell.svg");
}
