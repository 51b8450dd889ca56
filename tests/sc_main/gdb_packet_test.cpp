// What a debugger may say that is none, or a bad one: spinvp run --gdb over a plain socket.
#include <catch2/catch.hpp>
#include <string>

#include "sc_main/support/debugged_run.h"
#include "sc_main/support/elf.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr const char* refused = "E01";
constexpr const char* no_memory = "E0e";

}  // namespace

TEST_CASE("malformed packets get an error, unknown ones an empty answer, and the program goes on") {
  DebuggedRun run;
  RawDebugger debugger(run);
  CHECK_THAT(debugger.ask("qSupported:swbreak+"), Contains("PacketSize=4000") && Contains("qXfer:features:read+"));
  for (const char* packet : {"m",
                             "m1000",
                             "m1000,",
                             "m,4",
                             "m1000,zz",
                             "m1000,0",
                             "m11111111111111111,4",
                             "p",
                             "pzz",
                             "p21",
                             "pffff",
                             "P1",
                             "P1=",
                             "P1=123",
                             "Pffff=00000000",
                             "P1042=00000000",
                             "Pd41=00000000",
                             "G",
                             "G00",
                             "G0000000z",
                             "M80000000,4:00",
                             "M80000000,1:0",
                             "M80000000,1:zz",
                             "X80000000,2:a",
                             "M80000000:00",
                             "Z0",
                             "Z0,",
                             "Z0,80000000",
                             "Z0,80000001,2",
                             "Z0,100000000,2",
                             "Z2,80000000,0",
                             "Z2,ffffffff,2",

                             "H",
                             "Hg7",
                             "T7",
                             "vCont;",
                             "vCont;x",
                             "vCont;c:9",
                             "vCont;t",
                             "czz",
                             "c100000000",
                             "qRcmd,0",
                             "qRcmd,zz"}) {
    INFO(packet);
    CHECK(debugger.ask(packet) == refused);
  }
  for (const char* packet :
       {"m30000000,4", "m83ffffff8,1", "M1000,1:00", "M30000000,1:00", "mffffffffffffffff,ffffffffffffffff"}) {
    INFO(packet);
    CHECK(debugger.ask(packet) == no_memory);
  }
  CHECK(debugger.ask("qXfer:features:read:other.xml:0,10") == "E00");
  CHECK(debugger.ask("qXfer:features:read:target.xml:zz,10") == "E00");
  CHECK(debugger.ask("qXfer:features:read:target.xml:fffff,10") == "l");
  for (const char* packet : {"", "!", "A", "qNonsense", "Qnonsense", "vNonsense", "Z5,80000000,4", "R00", "bs"}) {
    INFO(packet);
    CHECK(debugger.ask(packet).empty());
  }
  debugger.send_bytes("$m1000,4#00");
  CHECK(debugger.receive() == "-");
  debugger.send_bytes("$m1000,4#zz");
  CHECK(debugger.receive() == "-");
  debugger.send_bytes("$X80000000,1:}#b1");  // an escape of nothing
  CHECK(debugger.receive() == "-");
  debugger.send_bytes("$" + std::string(100'000, 'a') + "#00");
  CHECK(debugger.receive() == "-");
  debugger.send_bytes("nonsense\x03+-+$cut off");
  CHECK(debugger.ask("m1000,4") == "97020000");
  CHECK(debugger.ask("X80500000,3:}\x03}\x04*") == "OK");
  CHECK(debugger.ask("m80500000,3") == "23242a");
  CHECK(debugger.ask("m83fffffe,10") == "0000");  // as far as memory goes
  CHECK(debugger.ask("D") == "OK");
  CHECK(run.finish().code == 0);
}

TEST_CASE("a debugger without acknowledgements can step, continue, interrupt and look at every register") {
  const TemporaryFolder folder;
  DebuggedRun run({"--firmware", folder.write("busy.elf", elf(ram, {jump_to_itself}))});
  RawDebugger debugger(run);
  CHECK(debugger.ask("QStartNoAckMode") == "OK");
  CHECK(debugger.ask("?") == "T05thread:1;");
  CHECK(debugger.ask("qC") == "QC1");
  CHECK(debugger.ask("qfThreadInfo") == "m1");
  CHECK(debugger.ask("vCont?") == "vCont;c;C;s;S");
  CHECK(debugger.ask("vCont;s:1;c") == "T05thread:1;");
  CHECK(debugger.ask("p20") == "04100000");
  CHECK(debugger.ask("s1000") == "T05thread:1;");
  CHECK(debugger.ask("p20") == "04100000");
  CHECK(debugger.ask("g").size() == 33 * 8);
  CHECK(debugger.ask("Z1,80000000,4") == "OK");
  CHECK(debugger.ask("qSupported:swbreak+;hwbreak+").find("hwbreak+") != std::string::npos);
  CHECK(debugger.ask("c") == "T05hwbreak:;thread:1;");
  CHECK(debugger.ask("S05") == "T05thread:1;");  // the instruction under the breakpoint, which jumps to itself
  CHECK(debugger.ask("z1,80000000,4") == "OK");
  debugger.send_bytes("$c#63\x03");
  CHECK(debugger.receive() == "T02thread:1;");
  CHECK(debugger.ask("G" + std::string(33 * 8, '1')) == "OK");
  CHECK(debugger.ask("p5") == "11111111");
  CHECK(debugger.ask("vKill;1") == "OK");
  const CommandResult result = run.finish();
  CHECK(result.code == 1);
  CHECK_THAT(result.err, Contains("the debugger ended the run"));
}

TEST_CASE("a debugger that goes away without a word has detached") {
  for (const bool running : {false, true}) {
    DebuggedRun run;
    RawDebugger debugger(run);
    CHECK(debugger.ask("Z0,80000000,2") == "OK");
    if (running) {
      debugger.send_bytes("+$c#63");
    }
    debugger.close();
    const CommandResult result = run.finish();
    CHECK(result.code == 0);
    CHECK_THAT(result.out, Contains("2 images, accuracy 100.00 %"));
  }
}

TEST_CASE("a flood of questions to a running program is cut off, and Ctrl-C behind it is seen") {
  const TemporaryFolder folder;
  DebuggedRun run({"--firmware", folder.write("busy.elf", elf(ram, {jump_to_itself}))});
  RawDebugger debugger(run);
  CHECK(debugger.ask("QStartNoAckMode") == "OK");
  constexpr int questions = 20'000;
  std::string flood = "$c#63";
  for (int i = 0; i < questions; ++i) {
    flood += "$?#3f";
  }
  debugger.send_bytes(flood + "\x03");
  const std::string stop = "T02thread:1;";
  CHECK(debugger.receive() == stop);
  int answers = 0;
  for (std::string answer = debugger.ask("qC"); answer != "QC1"; answer = debugger.receive()) {
    REQUIRE(answer == stop);
    ++answers;
  }
  CHECK(answers < questions / 10);
  CHECK(debugger.ask("vKill;1") == "OK");
  CHECK(run.finish().code == 1);
}

TEST_CASE("a debugger that asks or kills and goes away without the answer has detached or killed") {
  for (const bool kills : {false, true}) {
    DebuggedRun run;
    RawDebugger debugger(run);
    debugger.send_bytes(kills ? "$?#3f$k#6b" : "$?#3f$s#73$?#3f");
    debugger.close();
    const CommandResult result = run.finish();
    CHECK(result.code == (kills ? 1 : 0));
    CHECK_THAT(result.err, kills ? Contains("the debugger ended the run") : Contains(""));
  }
}

TEST_CASE("an exit code whose low byte is zero does not look like success") {
  const TemporaryFolder folder;
  // lui t0,0x100; lui t1,0x1003; addi t1,t1,0x333; sw t1,0(t0): code 256 to the finisher
  const std::string program = elf(ram, {0x001002b7, 0x01003337, 0x33330313, 0x0062a023, jump_to_itself});
  DebuggedRun run({"--firmware", folder.write("ends.elf", program)});
  RawDebugger debugger(run);
  CHECK(debugger.ask("c") == "Wff");
  const CommandResult result = run.finish();
  CHECK(result.code == 1);
  CHECK_THAT(result.err, Contains("the software ended with code 256"));
}

TEST_CASE("a debugger of a run that comes to another end hears of it") {
  const TemporaryFolder folder;
  DebuggedRun run({"--firmware", folder.write("busy.elf", elf(ram, {jump_to_itself})), "--time-limit", "1 ms"});
  RawDebugger debugger(run);
  CHECK_THAT(debugger.ask("c"), StartsWith("O"));
  CHECK(debugger.receive() == "X0f");
  CHECK(run.finish().code == 1);
}
