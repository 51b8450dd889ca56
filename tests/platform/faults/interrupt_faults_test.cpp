#include "platform/faults/interrupt_faults.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <string>

using namespace spinvp;
using namespace spinvp::platform;
using sc_core::sc_time;
using sc_core::SC_US;

namespace {

/// A device that is high in the second half of every ten microseconds, and what arrives of it.
struct Line : sc_core::sc_module {
  sc_core::sc_signal<bool> driven{"driven"};
  sc_core::sc_signal<bool> arrived{"arrived"};
  StrikeLog log;
  InterruptFaults faults;
  std::string changes;  ///< "+15 -20": arrived rose at 15 us and fell at 20 us

  Line(sc_core::sc_module_name name, const std::vector<std::string>& texts)
      : sc_module(name), log(texts.size()), faults("faults", parsed(texts), log) {
    faults.in.bind(driven);
    faults.out.bind(arrived);
    SC_HAS_PROCESS(Line);
    SC_THREAD(drive);
    SC_METHOD(note);
    sensitive << arrived;
    dont_initialize();
  }
  void drive() {
    while (true) {
      wait(5, SC_US);
      driven = !driven;
    }
  }
  void note() {
    const auto now = static_cast<int>(sc_core::sc_time_stamp() / sc_time(1, SC_US));
    changes += fmt::format("{}{}{}", changes.empty() ? "" : " ", arrived ? '+' : '-', now);
  }
  static std::vector<InjectedFault> parsed(const std::vector<std::string>& texts) {
    std::vector<InjectedFault> faults;
    for (const std::string& text : texts) {
      faults.push_back(parse_fault(text));
    }
    return faults;
  }
};

std::string changes_with(const std::vector<std::string>& texts) {
  Line line("line", texts);
  sc_core::sc_start(sc_time(41, SC_US));
  return line.changes;
}

}  // namespace

TEST_CASE("a line without faults arrives as it is") {
  CHECK(changes_with({"bus_error:port=dma"}) == "+5 -10 +15 -20 +25 -30 +35 -40");
}

TEST_CASE("a lost edge does not arrive, and the next one does") {
  Line line("line", {"lost_interrupt:nth=2"});
  sc_core::sc_start(sc_time(41, SC_US));
  CHECK(line.changes == "+5 -10 +25 -30 +35 -40");
  REQUIRE(line.log.count(0) == 1);
  CHECK(line.log.first(0)[0].time == sc_time(15, SC_US));
}

TEST_CASE("a spurious pulse stands beside what the device drives") {
  Line line("line", {"spurious_interrupt:at=11 us,width=2 us", "spurious_interrupt:at=17 us,width=5 us"});
  sc_core::sc_start(sc_time(41, SC_US));
  CHECK(line.changes == "+5 -10 +11 -13 +15 -22 +25 -30 +35 -40");
  CHECK(line.log.count(0) == 1);
  CHECK(line.log.first(1).at(0).time == sc_time(17, SC_US));
}

TEST_CASE("a line that is stuck keeps its level for a time or for ever") {
  CHECK(changes_with({"stuck_interrupt:level=low,at=6 us"}) == "+5 -6");
}

TEST_CASE("a line that was stuck for a time follows the device again") {
  CHECK(changes_with({"stuck_interrupt:level=high,width=22 us"}) == "+0 -22 +25 -30 +35 -40");
}
