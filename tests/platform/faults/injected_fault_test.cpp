#include "platform/faults/injected_fault.h"

#include <catch2/catch.hpp>

#include "core/errors.h"

using namespace spinvp;
using namespace spinvp::platform;
using sc_core::sc_time;

namespace {

std::vector<InjectedFault> of_yaml(const std::string& text) {
  return parse_faults(Yaml::parse(text, "some.yaml"));
}

std::string refusal(const std::string& text) {
  try {
    parse_fault(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string file_refusal(const std::string& text) {
  try {
    of_yaml(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("every kind of fault reads alike from a file and from the command line") {
  const std::vector<InjectedFault> faults = of_yaml(R"(
faults:
  - {kind: bus_error, port: cpu, address: 0x40000000, size: 4 KiB, access: write, every: 3}
  - {kind: stall, time: 5 ms, nth: 7}
  - {kind: stall, time: forever}
  - {kind: corrupt_command, mask: 0x80000000, address: 0x80401000}
  - {kind: lost_interrupt, nth: 2, every: 2, count: 5}
  - {kind: spurious_interrupt, at: 10 us}
  - {kind: stuck_interrupt, level: high, at: 1 ms, width: 2 ms}
)");
  REQUIRE(faults.size() == 7);
  CHECK(faults[0].kind == InjectedKind::BusError);
  CHECK(faults[0].wire == FaultWire::Cpu);
  CHECK(faults[0].first_address == 0x40000000);
  CHECK(faults[0].last_address == 0x40000FFF);
  CHECK(faults[0].writes);
  CHECK_FALSE(faults[0].reads);
  CHECK(faults[0].occurrences.strike(3));
  CHECK_FALSE(faults[0].occurrences.strike(1));
  CHECK(faults[1].time == sc_time(5, sc_core::SC_MS));
  CHECK(faults[1].occurrences.count == 1);
  CHECK(faults[2].forever);
  CHECK(faults[3].mask == 0x80000000);
  CHECK(faults[3].last_address == 0x80401003);
  CHECK(faults[4].occurrences.strike(10));
  CHECK_FALSE(faults[4].occurrences.strike(12));
  CHECK(faults[5].width == sc_time(1, sc_core::SC_US));
  CHECK(faults[6].level);
  for (const InjectedFault& one : faults) {
    INFO(one.text);
    const InjectedFault again = parse_fault(one.text);
    CHECK(again.text == one.text);
    CHECK(again.kind == one.kind);
    CHECK(again.wire == one.wire);
    CHECK(again.first_address == one.first_address);
    CHECK(again.last_address == one.last_address);
    CHECK(again.occurrences.first == one.occurrences.first);
    CHECK(again.occurrences.every == one.occurrences.every);
    CHECK(again.occurrences.count == one.occurrences.count);
    CHECK(again.mask == one.mask);
    CHECK(again.time == one.time);
    CHECK(again.at == one.at);
    CHECK(again.width == one.width);
    CHECK(again.forever == one.forever);
  }
}

TEST_CASE("a fault that cannot be read from a file names line, column and key") {
  CHECK(file_refusal("faults:\n  - {kind: bus_eror, port: cpu}\n") ==
        "some.yaml:2:12: faults[0].kind: expected one of bus_error, stall, corrupt_command, lost_interrupt, "
        "spurious_interrupt, stuck_interrupt, found 'bus_eror'");
  CHECK(file_refusal("faults:\n  - {kind: stall, tme: 5 us}\n") ==
        "some.yaml:2:19: faults[0]: unknown key 'tme'; did you mean 'time'?");
  CHECK(file_refusal("faults:\n  - {kind: stall, time: 5 V}\n") ==
        "some.yaml:2:25: faults[0].time: expected a time like '10 us', from 1 ps up to 1e6 s, found '5 V'");
  CHECK(file_refusal("fault: []\n") == "some.yaml:1:1: unknown key 'fault'; did you mean 'faults'?");
  CHECK(file_refusal("faults: 3\n") == "some.yaml:1:9: faults: expected a list, found '3'");
  CHECK(file_refusal("faults:\n  - {port: dma}\n") == "some.yaml:2:5: faults[0]: the key 'kind' is missing");
}

TEST_CASE("a fault that cannot be read from the command line quotes what was written") {
  CHECK(refusal("bus_error:port=dma,nth=0") ==
        "--inject 'bus_error:port=dma,nth=0': nth: expected a whole number from 1 to 9223372036854775807, found '0'");
  CHECK(refusal("bus_error") == "--inject 'bus_error': the key 'port' is missing");
  CHECK(refusal("bus_error:port") == "--inject 'bus_error:port': expected KIND:key=value,key=value, found 'port'");
  CHECK(refusal("bus_error:port=dma,port=cpu") ==
        "--inject 'bus_error:port=dma,port=cpu': the key 'port' stands here twice");
  CHECK(refusal("bus_error:port=dma,size=8") == "--inject 'bus_error:port=dma,size=8': size: needs an address");
  CHECK(refusal("bus_error:port=dma,address=0xFFFFFFFFFFFFFFFF,size=2") ==
        "--inject 'bus_error:port=dma,address=0xFFFFFFFFFFFFFFFF,size=2': address: the range passes the end of the "
        "address space");
  CHECK(refusal("corrupt_command:mask=0") ==
        "--inject 'corrupt_command:mask=0': mask: expected a whole number from 1 to 4294967295, found '0'");
  CHECK(refusal("stuck_interrupt:level=up") ==
        "--inject 'stuck_interrupt:level=up': level: expected one of low, high, found 'up'");
  CHECK(refusal("spurious_interrupt:at=-1 us").find("at: expected a time like '10 us', up to 1e6 s") !=
        std::string::npos);
  CHECK(refusal("").find("kind: expected one of") != std::string::npos);
  CHECK(refusal("lost_interrupt:,").find("expected KIND:key=value") != std::string::npos);
}
