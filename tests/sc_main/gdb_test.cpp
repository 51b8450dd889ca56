// spinvp run --gdb with a real gdb-multiarch.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "sc_main/support/debugged_run.h"
#include "sc_main/support/elf.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

const std::string inference = firmware("inference");
const std::string ends_well = "[Inferior 1 (Remote target) exited normally]";

void check_all_classified(DebuggedRun& run) {
  const CommandResult result = run.finish();
  INFO("stderr: " << result.err);
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Contains("2 images, accuracy 100.00 %"));
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

/// As Ctrl-C does, as soon as the program goes on.
const std::vector<std::string> interrupt_when_running = {
    "python gdb.events.cont.connect(lambda event: gdb.post_event(lambda: gdb.execute('interrupt')))"};

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("gdb stops before the first instruction and at breakpoints, with source and arguments, and sees the end") {
  DebuggedRun run;
  const std::string out =
      run.gdb(inference, {"print/x $pc", "print $mcycle", "break main", "continue", "print/x info->magic",
                          "print info->image_count", "break pim_run", "continue", "continue", "backtrace", "continue"});
  CHECK_THAT(out, Contains("$1 = 0x1000") && Contains("$2 = 0"));
  CHECK_THAT(out, Contains("Breakpoint 1, main (info=0x80400000) at ") && Contains("app.boot = *info;"));
  CHECK_THAT(out, Contains("$3 = 0x544f4f42") && Contains("$4 = 2"));
  CHECK(count(out, "Breakpoint 2, pim_run (device=") == 2);  // one an image
  CHECK_THAT(out, Contains(" inference_run (app=") && Contains(ends_well));
  check_all_classified(run);
}

TEST_CASE("a watchpoint in gdb stops where the driver writes a variable") {
  DebuggedRun run;
  const std::string out =
      run.gdb(inference, {"break main", "continue", "watch app.device.state", "continue", "delete", "continue"});
  CHECK_THAT(out, Contains("Hardware watchpoint 2: app.device.state\n\nOld value = PIM_STATE_CLOSED\n"
                           "New value = PIM_STATE_OPEN\npim_open (device="));
  CHECK_THAT(out, Contains(ends_well));
  check_all_classified(run);
}

TEST_CASE("watchpoints in gdb stop at reads, and at every access, also of a device") {
  DebuggedRun run;
  const std::string out =
      run.gdb(inference, {"break main", "continue", "awatch *(unsigned *)0x40000004", "continue", "backtrace", "delete",
                          "rwatch board.uart", "continue", "backtrace 1", "delete", "continue"});
  INFO(out);
  CHECK_THAT(out, Contains("Hardware access (read/write) watchpoint 2: *(unsigned *)0x40000004\n\nValue = ") &&
                      Contains(" pim_open (device="));
  CHECK_THAT(
      out, Contains("Hardware read watchpoint 3: board.uart\n\nValue = 268435456\n") && Contains("#0  bsp_uart_put ("));
  CHECK_THAT(out, Contains(ends_well));
  check_all_classified(run);
}

TEST_CASE("a watchpoint in gdb sees what the chip's DMA writes") {
  DebuggedRun run;
  const std::string out =
      run.gdb(inference, {"break pim_run", "continue", "set $scores = (int *)(long)output_address", "delete",
                          "watch $scores[0]", "continue", "print *$scores@3", "delete", "continue"});
  INFO(out);
  CHECK_THAT(out, Contains("Hardware watchpoint 2: $scores[0]\n\nOld value = 0\nNew value = -5\n"));
  CHECK_THAT(out, Contains("$1 = {-5, -13, 91}"));
  CHECK_THAT(out, Contains(ends_well));
  check_all_classified(run);
}

TEST_CASE("stepping in gdb sleeps through wfi and enters the interrupt's handler, unless that is switched off") {
  const std::vector<std::string> to_the_handler = {
      "break bsp_wait_for_interrupt",
      "continue",
      "delete",
      "stepi",
      "print $minstret",
      "monitor time",
      "stepi",  // the core sleeps until the timer wakes it, and lets interrupts in
      "monitor time",
      "print $mstatus & 8",
      "print/x $mip",
      "stepi"};
  const std::vector<std::string> where = {"print $pc == trap_entry", "print $mstatus & 8", "print/x $mcause", "stepi",
                                          "continue"};
  {
    DebuggedRun run({"--firmware", firmware("sleep")});
    const std::string out = run.gdb(firmware("sleep"), to_the_handler + where);
    INFO(out);
    CHECK_THAT(out, Contains("cycles, asleep for 0.000 us") && Contains("cycles, asleep for 99"));
    CHECK_THAT(out, Contains("$2 = 8\n$3 = 0x80\n"));
    CHECK_THAT(out, Contains("trap_entry () at ") && Contains("$4 = 1\n$5 = 0\n$6 = 0x80000007"));
    CHECK_THAT(out, Contains("exited with code 07"));
    CHECK_THAT(run.finish().out, Contains("uart| slept 1000"));
  }
  DebuggedRun run({"--firmware", firmware("sleep")});
  const std::string out =
      run.gdb(firmware("sleep"), std::vector<std::string>{"monitor step-interrupts off"} + to_the_handler + where);
  INFO(out);
  CHECK_THAT(out, Contains("cycles, asleep for 99") && Contains("$2 = 8\n$3 = 0x80\n") &&
                      Contains("$4 = 0\n$5 = 0\n$6 = 0x0"));
  CHECK_THAT(out, Contains("exited with code 07"));
}

TEST_CASE("gdb reads and writes registers and CSRs, and hears of what cannot be written") {
  DebuggedRun run;
  const std::string out =
      run.gdb("", {"set $a0 = 0x1234", "print/x $a0", "set $zero = 5", "print $zero", "set $mscratch = 77",
                   "print $mscratch", "print/x $misa", "print $mhartid", "info registers csr", "set $mcycle = 1000",
                   "stepi", "print $mcycle / 100", "print $minstret", "set $cycle = 3"});
  CHECK_THAT(out, Contains("$1 = 0x1234") && Contains("$2 = 0") && Contains("$3 = 77") && Contains("$4 = 0x40001105") &&
                      Contains("$5 = 0") && Contains("$6 = 10") && Contains("$7 = 1"));
  CHECK_THAT(out, Contains("mtvec  ") && Contains("mcountinhibit  ") && Contains("mhpmcounter31h "));
  CHECK_THAT(out, Contains("Could not write register \"cycle\""));
  check_all_classified(run);
}

TEST_CASE("gdb reads RAM, ROM, registers and sub-arrays and writes RAM, code included") {
  DebuggedRun run;
  const std::string out =
      run.gdb(inference, {"x/2wx 0x1000", "break main", "continue", "x/4xb 0x40000001", "x/2wx 0x40000004",
                          "set var *(unsigned *)0x44000040 = 0xcafe", "monitor pim rows 0 0 1 1",
                          "set var info->image_count = 9", "print info->image_count",
                          // The program ends with 7: li a0, 7; ret
                          "set var *(unsigned short *)main = 0x451d", "set var *(unsigned short *)(main + 2) = 0x8082",
                          "continue"});
  CHECK_THAT(out, Contains("0x1000:\t0x00000297\t0xf1402573"));
  CHECK_THAT(out, Contains("0x40000001:\t0x50\t0x49\t0x4e\t") && Contains("0x40000004:\t0x000"));
  CHECK_THAT(out, Contains("    1: feca000000000000 "));
  CHECK_THAT(out, Contains("$1 = 9") && Contains("[Inferior 1 (Remote target) exited with code 07]"));
  const CommandResult result = run.finish();
  CHECK(result.code == 1);
  CHECK_THAT(result.err, Contains("the software ended with code 7 after 0 of 2 images"));
}

TEST_CASE("gdb hears of memory that is not there and of registers that cannot be written") {
  for (const std::string line : {"x/wx 0x30000000", "set var *(unsigned *)0x1000 = 1",
                                 "set var *(unsigned *)0x40000000 = 1", "x/wx 0x83fffffe"}) {
    DebuggedRun run;
    INFO(line);
    CHECK_THAT(run.gdb("", {line}), Contains("Cannot access memory at address 0x"));
    check_all_classified(run);  // leaving detached
  }
}

TEST_CASE("Ctrl-C in gdb stops a busy program and one that sleeps for ever") {
  const TemporaryFolder folder;
  const std::string busy = folder.write("busy.elf", elf(ram, {jump_to_itself}));
  const std::string asleep = folder.write("asleep.elf", elf(ram, {wait_for_interrupt, jump_back}));
  for (const std::string& program : {busy, asleep}) {
    DebuggedRun run({"--firmware", program});
    const std::string out =
        run.gdb("", interrupt_when_running + std::vector<std::string>{"continue", "print (unsigned)$pc >> 31",
                                                                      "print $mcycle > 4", "monitor time", "kill"});
    INFO(out);
    CHECK_THAT(out, Contains("Program received signal SIGINT, Interrupt.") && Contains("$1 = 1") && Contains("$2 = 1"));
    const CommandResult result = run.finish();
    CHECK(result.code == 1);
    CHECK_THAT(result.err, Contains("spinvp: the debugger ended the run after 0 of 2 images"));
  }
}

TEST_CASE("an ebreak stops gdb before the firmware's handler gets it") {
  constexpr std::uint32_t ebreak = 0x00100073;
  const TemporaryFolder folder;
  const std::string program = folder.write("ebreak.elf", elf(ram, {ebreak, jump_to_itself}));
  DebuggedRun run({"--firmware", program});
  const std::string out = run.gdb("", {"set $mtvec = 0x80000004", "continue", "print/x $pc", "print $mcause", "stepi",
                                       "print/x $pc", "print $mcause", "print/x $mepc", "kill"});
  CHECK_THAT(out, Contains("Program received signal SIGTRAP") && Contains("$1 = 0x80000000") && Contains("$2 = 0") &&
                      Contains("$3 = 0x80000004") && Contains("$4 = 3") && Contains("$5 = 0x80000000"));
  CHECK(run.finish().code == 1);
}

TEST_CASE("a run whose debugger detaches at once is the run without one") {
  const TemporaryFolder folder;
  DebuggedRun run({"--report", folder.path("debugged.json"), "--verify"});
  CHECK_THAT(run.gdb("", {"detach"}), Contains("detached"));
  check_all_classified(run);
  REQUIRE(
      run_shipped("digits_binary.onnx", {"--count", "2", "--quiet", "--verify", "--report", folder.path("plain.json")})
          .code == 0);
  const nlohmann::json debugged = read_json(folder.path("debugged.json"));
  const nlohmann::json plain = read_json(folder.path("plain.json"));
  CHECK((debugged.at("totals") == plain.at("totals")));
  CHECK((debugged.at("layers") == plain.at("layers")));
  CHECK((debugged.at("blocks") == plain.at("blocks")));
}

TEST_CASE("detaching in the middle lets the program go on without breakpoints") {
  DebuggedRun run({"--verify"});
  const std::string out = run.gdb(inference, {"break pim_irq", "watch app.device.state", "continue", "detach"});
  CHECK_THAT(out, Contains("[Inferior 1 (Remote target) detached]"));
  check_all_classified(run);
}

TEST_CASE("monitor commands in gdb show the chip, and say what they expect") {
  DebuggedRun run;
  const std::string out =
      run.gdb(inference, {"monitor help", "monitor nonsense", "monitor pim rows", "monitor pim rows 1 0 0 1",
                          "monitor pim rows 0 4 0 1", "monitor pim rows 0 0 256 1", "monitor pim rows 0 0 255 2",
                          "monitor pim rows 0 0 x 1", "monitor step-interrupts maybe", "monitor pim status",
                          "monitor pim registers", "break pim_run", "continue", "monitor pim layers",
                          "monitor pim rows 0 0 254 2", "monitor pim status", "monitor time", "delete", "continue"});
  INFO(out);
  CHECK_THAT(out, Contains("monitor pim rows BANK SUBARRAY FIRST COUNT  rows of a sub-array"));
  CHECK_THAT(out, Contains("there is no command 'nonsense'") &&
                      Contains("expected: monitor pim rows BANK SUBARRAY FIRST COUNT"));
  CHECK_THAT(
      out, Contains("'4' is no sub-array: the chip has 0 to 3") && Contains("'256' is no row: the chip has 0 to 255") &&
               Contains("'2' is no number of rows: 1 to 1 from row 255 on") &&
               Contains("'x' is no row: the chip has 0 to 255") && Contains("expected 'on' or 'off', not 'maybe'"));
  CHECK_THAT(out, Contains("chip 'imce': idle") && Contains("000  ID                 4e495053"));
  CHECK_THAT(out,
             Contains("conv1            conv  and           1      0 ") && Contains("  254: ") && Contains("  255: "));
  CHECK_THAT(out, Contains("asleep for "));
  check_all_classified(run);
}

TEST_CASE("bad --gdb options are refused") {
  check_refused(run_shipped("digits_binary.onnx", {"--gdb", "0", "--driver", "native"}),
                "--gdb is for the RISC-V core");
  check_refused(run_shipped("digits_binary.onnx", {"--gdb", "0", "--jobs", "2"}), "use --jobs 1");
  CHECK_THAT(run_shipped("digits_binary.onnx", {"--gdb", "65536"}).err, Contains("'65536' is no port from 0"));
  const DebuggedRun run;
  check_refused(run_shipped("digits_binary.onnx", {"--gdb", std::to_string(run.port())}),
                "--gdb: cannot listen on 127.0.0.1:" + std::to_string(run.port()));
}
