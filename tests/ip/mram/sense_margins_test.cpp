#include "ip/mram/sense_margins.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "ip/config/technology_file.h"
#include "tests/ip/support/config_files.h"

using namespace spinvp;
using namespace spinvp::test;

namespace {

ResistiveCell sot() {
  ResistiveCell cell;
  cell.low_ohms = 5613;
  cell.high_ohms = 15222;
  cell.resistance_spread = 0.02;
  cell.ratio_spread = 0.05;
  cell.sense_amperes = 40e-6;
  return cell;
}

}  // namespace

TEST_CASE("a Monte-Carlo's states spread as the cells do") {
  const SenseAnalysis analysis = analyse_senses(sot(), 20000, 1);
  const SenseState& low = analysis.state(1, 0);
  CHECK(low.ohms == Approx(5613));
  CHECK(low.sampled_ohms.size() == 20000);
  CHECK(low.mean_ohms == Approx(5613).epsilon(0.001));
  CHECK(low.deviation_ohms == Approx(0.02 * 5613).epsilon(0.03));
  // (1 + TMR) varies by 5 % of 1.712 of 2.712, RA by 2 %.
  CHECK(analysis.state(1, 1).deviation_ohms == Approx(15222 * std::hypot(0.02, 0.05 * 1.712 / 2.712)).epsilon(0.03));
  // Two equal cells in parallel vary by 1 / sqrt(2) of one.
  CHECK(analysis.state(2, 0).deviation_ohms == Approx(0.02 / std::sqrt(2.0) * 5613 / 2).epsilon(0.03));
  CHECK(analysis.states.size() == 9);
}

TEST_CASE("margins shrink and errors grow with the rows sensed at once") {
  const SenseAnalysis analysis = analyse_senses(sot(), 10000, 1);
  const auto& read = analysis.of(SenseFunction::Read);
  const auto& two = analysis.of(SenseFunction::Or2);
  const auto& three = analysis.of(SenseFunction::Or3);
  CHECK(read.margin_ohms == Approx(std::sqrt(5613.0 * 15222) - 5613));
  CHECK(read.margin_volts == Approx(read.margin_ohms * 40e-6));
  CHECK(read.margin_ohms > two.margin_ohms);
  CHECK(two.margin_ohms > three.margin_ohms);
  CHECK(analysis.of(SenseFunction::FullAdd).margin_ohms == three.margin_ohms);
  CHECK(read.estimated < two.estimated);
  CHECK(two.estimated < three.estimated);
  CHECK(three.estimated < 1e-12);
  CHECK(three.counted == 0);
}

TEST_CASE("of every shipped technology margins are positive and shrink, and errors grow, with the rows") {
  for (const char* name : shipped_technologies) {
    CAPTURE(name);
    const Technology technology = load_technology(shipped_technology(name));
    if (!technology.cell.resistive) {
      CHECK(technology.cell.kind == CellKind::Sram);
      continue;
    }
    const SenseAnalysis analysis = analyse_senses(*technology.cell.resistive, 10000, 1);
    for (const SenseFunction function : sense_functions) {
      CAPTURE(to_string(function));
      CHECK(analysis.of(function).margin_ohms > 0);
      CHECK(analysis.of(function).margin_volts > 0);
      CHECK(analysis.of(function).estimated < 0.01);
      CHECK(analysis.of(function).estimated <= analysis.of(SenseFunction::FullAdd).estimated);
    }
    const auto& read = analysis.of(SenseFunction::Read);
    const auto& two = analysis.of(SenseFunction::Or2);
    const auto& three = analysis.of(SenseFunction::Or3);
    CHECK(read.margin_volts > two.margin_volts);
    CHECK(two.margin_volts > three.margin_volts);
    CHECK(read.estimated < two.estimated);
    CHECK(two.estimated < three.estimated);
    CHECK(analysis.of(SenseFunction::And2).estimated < analysis.of(SenseFunction::Xor2).estimated);
  }
}

TEST_CASE("of every shipped technology the voltages of all states lie within the supply of 1 V") {
  for (const char* name : shipped_technologies) {
    CAPTURE(name);
    const Technology technology = load_technology(shipped_technology(name));
    if (technology.cell.resistive) {
      CHECK(technology.cell.resistive->high_ohms * technology.cell.resistive->sense_amperes < 1);
    }
  }
}

TEST_CASE("where open cells vary much more than closed ones, a read errs more often than the AND of two") {
  const Technology technology = load_technology(shipped_technology("reram_45nm"));
  const SenseAnalysis analysis = analyse_senses(*technology.cell.resistive, 50000, 1);
  const auto spread = [&](std::uint32_t rows) {
    const SenseState& open = analysis.state(rows, rows);
    return open.deviation_ohms / open.mean_ohms;
  };
  // Two open cells in parallel vary less than one, which counts for more than the nearer reference.
  CHECK(spread(2) < 0.75 * spread(1));
  CHECK(analysis.of(SenseFunction::And2).estimated < analysis.of(SenseFunction::Read).estimated);
}

TEST_CASE("where errors can be counted, the estimate agrees with the count") {
  ResistiveCell cell = sot();
  cell.offset_volts = 8e-3;
  const SenseAnalysis analysis = analyse_senses(cell, 50000, 2);
  for (const SenseFunction function : {SenseFunction::Or3, SenseFunction::Maj3, SenseFunction::FullAdd}) {
    CAPTURE(to_string(function));
    CHECK(analysis.of(function).counted > 0.005);
    CHECK(analysis.of(function).counted == Approx(analysis.of(function).estimated).epsilon(0.08));
  }
}

TEST_CASE("errors of cells without any variation are none, and without any ratio half") {
  ResistiveCell exact = sot();
  exact.resistance_spread = 0;
  exact.ratio_spread = 0;
  const SenseAnalysis without = analyse_senses(exact, 10, 1);
  for (const SenseFunction function : sense_functions) {
    CHECK(without.of(function).counted == 0);
    CHECK(without.of(function).estimated == 0);
  }
  ResistiveCell alike = sot();
  alike.high_ohms = alike.low_ohms * 1.0000001;
  const SenseAnalysis guessed = analyse_senses(alike, 20000, 1);
  CHECK(guessed.of(SenseFunction::Read).counted == Approx(0.5).margin(0.02));
  CHECK(guessed.of(SenseFunction::Read).estimated == Approx(0.5).margin(0.02));
}

TEST_CASE("the same seed gives the same analysis, another one another") {
  const SenseAnalysis a = analyse_senses(sot(), 1000, 11);
  const SenseAnalysis b = analyse_senses(sot(), 1000, 11);
  const SenseAnalysis c = analyse_senses(sot(), 1000, 12);
  CHECK(a.state(3, 2).sampled_ohms == b.state(3, 2).sampled_ohms);
  CHECK(a.of(SenseFunction::Maj3).estimated == b.of(SenseFunction::Maj3).estimated);
  CHECK(a.state(3, 2).sampled_ohms != c.state(3, 2).sampled_ohms);
}

TEST_CASE("the tail of a normal distribution is known") {
  CHECK(normal_tail(0) == Approx(0.5));
  CHECK(normal_tail(1.6448536) == Approx(0.05));
  CHECK(normal_tail(6) == Approx(9.8659e-10).epsilon(1e-4));
}

TEST_CASE("each function compares with the references that its truth table needs") {
  CHECK(references_of(SenseFunction::Read) == std::vector<std::uint32_t>{1});
  CHECK(references_of(SenseFunction::Or2) == std::vector<std::uint32_t>{1});
  CHECK(references_of(SenseFunction::And2) == std::vector<std::uint32_t>{2});
  CHECK(references_of(SenseFunction::Maj3) == std::vector<std::uint32_t>{2});
  CHECK(references_of(SenseFunction::And3) == std::vector<std::uint32_t>{3});
  CHECK(references_of(SenseFunction::Xor2).size() == 2);
  CHECK(references_of(SenseFunction::FullAdd).size() == 3);
  CHECK(rows_of(SenseFunction::Read) == 1);
  CHECK(rows_of(SenseFunction::Xor2) == 2);
  CHECK(rows_of(SenseFunction::FullAdd) == 3);
}
