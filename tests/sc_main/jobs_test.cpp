// Several processes share the images: reports and predictions are those of one process, failures are told, and nothing
// is left behind.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <sstream>
#include <thread>

#include "sc_main/support/command.h"
#include "sc_main/support/elf.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

struct Outcome {
  std::string result;  ///< stdout of a quiet run
  json report;         ///< without what describes the host
  std::string predictions;
};

Outcome simulate(const std::string& network, const Arguments& further) {
  const TemporaryFolder folder;
  Arguments arguments{"--quiet", "--report", folder.path("report.json"), "--predictions",
                      folder.path("predictions.csv")};
  arguments.insert(arguments.end(), further.begin(), further.end());
  const CommandResult result = run_shipped(network, arguments);
  INFO(result.err);
  REQUIRE(result.code == 0);
  Outcome outcome{result.out, read_json(folder.path("report.json")), read_file(folder.path("predictions.csv"))};
  outcome.report.erase("host");
  return outcome;
}

Arguments with_jobs(Arguments arguments, const std::string& jobs) {
  arguments.insert(arguments.end(), {"--jobs", jobs});
  return arguments;
}

void check_same(const Outcome& one, const Outcome& other) {
  CHECK(one.result == other.result);
  CHECK(one.report.dump() == other.report.dump());
  CHECK(one.predictions == other.predictions);
}

/// A chip and a system whose clocks share no period: images begin at ever other phases of the chip's.
Arguments odd_clocks(const TemporaryFolder& folder) {
  const std::string chip = with(with(read_file(config("chips/imce.yaml")), "value: 500 MHz", "value: 333 MHz"),
                                "../technologies/", config("technologies/"));
  const std::string soc = with(read_file(config("socs/default.yaml")), "value: 200 MHz", "value: 127 MHz");
  return {"--count", "23", "--chip", folder.write("chip.yaml", chip), "--soc", folder.write("soc.yaml", soc)};
}

/// A run of firmware that spins until somebody ends it; its stderr goes to folder/err.
pid_t start_endless(const TemporaryFolder& folder, const Arguments& further) {
  const std::string output = folder.path("err");
  const std::string firmware = folder.write("spin.elf", elf(ram, {jump_to_itself}));
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    Arguments arguments{"spinvp",       "run",
                        "--network",    model("digits_ternary.onnx"),
                        "--images",     model(shipped_images),
                        "--time-limit", "1000000 s",
                        "--firmware",   firmware};
    arguments.insert(arguments.end(), further.begin(), further.end());
    std::vector<char*> argv;
    for (std::string& argument : arguments) {
      argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    if (freopen(output.c_str(), "w", stderr) == nullptr || freopen("/dev/null", "w", stdout) == nullptr) {
      _exit(127);
    }
    setpgid(0, 0);
    execv(SPINVP_BINARY_DIR "/bin/spinvp", argv.data());
    _exit(127);
  }
  return child;
}

/// Processes whose parent is this one.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  const std::string path = "/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children";
  std::istringstream text(read_file(path));
  for (pid_t child = 0; text >> child;) {
    children.push_back(child);
  }
  return children;
}

/// Waits for so many children, which a busy machine may start late.
std::vector<pid_t> wait_for_children(pid_t parent, std::size_t count) {
  std::vector<pid_t> children;
  for (int i = 0; i < 3000 && children.size() < count; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    children = children_of(parent);
  }
  REQUIRE(children.size() == count);
  return children;
}

/// Waits until a process handles SIGINT itself.
void wait_until_guarded(pid_t process) {
  const std::string key = "SigCgt:";
  for (int i = 0; i < 3000; ++i) {
    const std::string status = read_file("/proc/" + std::to_string(process) + "/status");
    const std::size_t at = status.find(key);
    // Before it is the command it has the test's own handlers.
    if (status.find("Name:\tspinvp\n") == 0 && at != std::string::npos &&
        (std::stoull(status.substr(at + key.size()), nullptr, 16) & 1u << (SIGINT - 1)) != 0) {
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL("the run never began");
}

bool ends_soon(pid_t process) {
  for (int i = 0; i < 1000 && kill(process, 0) == 0; ++i) {
    const std::string status = "/proc/" + std::to_string(process) + "/stat";
    if (access(status.c_str(), R_OK) != 0 || read_file(status).find(") Z") != std::string::npos) {
      return true;  // a zombie that nobody waited for yet
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return kill(process, 0) != 0;
}

}  // namespace

TEST_CASE("several processes report what one reports") {
  for (const char* network : {"digits_binary.onnx", "digits_ternary.onnx"}) {
    for (const char* driver : {"firmware", "native"}) {
      CAPTURE(network, driver);
      const Arguments arguments{"--count", "101", "--verify", "--driver", driver};
      const Outcome one = simulate(network, arguments);
      for (const char* jobs : {"2", "3", "7"}) {
        CAPTURE(jobs);
        check_same(one, simulate(network, with_jobs(arguments, jobs)));
      }
    }
  }
}

TEST_CASE("several processes report what one reports when weights are streamed and every row operation is shown") {
  const Arguments arguments{"--count", "12", "--weights", "streamed", "--detail", "row"};
  check_same(simulate("digits_ternary.onnx", arguments), simulate("digits_ternary.onnx", with_jobs(arguments, "3")));
}

TEST_CASE("more processes than images are as many as images") {
  const Arguments arguments{"--count", "2"};
  check_same(simulate("digits_binary.onnx", arguments), simulate("digits_binary.onnx", with_jobs(arguments, "16")));
}

TEST_CASE("a process a core reports what one process reports") {
  const Arguments arguments{"--count", "20"};
  const Outcome one = simulate("digits_binary.onnx", arguments);
  check_same(one, simulate("digits_binary.onnx", with_jobs(arguments, "auto")));
  check_same(one, simulate("digits_binary.onnx", with_jobs(arguments, "0")));
}

TEST_CASE("a compiled network runs in several processes as well") {
  const TemporaryFolder folder;
  REQUIRE(command({"compile", model("digits_binary.onnx"), "-o", folder.path("net.pimnet")}).code == 0);
  const auto run = [&](const std::string& jobs) {
    const std::string report = folder.path("report.json");
    const CommandResult result = command({"run", "--network", folder.path("net.pimnet"), "--images",
                                          model(shipped_images), "--quiet", "--jobs", jobs, "--report", report});
    CHECK(result.code == 0);
    json parsed = read_json(report);
    parsed.erase("host");
    return parsed.dump();
  };
  CHECK(run("1") == run("3"));
}

TEST_CASE("the report says how many processes there were") {
  const TemporaryFolder folder;
  const std::string report = folder.path("report.json");
  CHECK(run_shipped("digits_binary.onnx", {"--quiet", "--count", "6", "--jobs", "3", "--report", report}).code == 0);
  CHECK(read_json(report)["host"]["jobs"] == 3);
  CHECK(run_shipped("digits_binary.onnx", {"--quiet", "--count", "6", "--report", report}).code == 0);
  CHECK(read_json(report)["host"]["jobs"] == 1);
}

TEST_CASE("the table of several processes is that of one, and progress is that of all") {
  const auto table = [](const CommandResult& result) {
    const std::size_t begin = result.out.find("\nNetwork '");
    const std::size_t host = result.out.find("\nHost: ");
    REQUIRE(begin != std::string::npos);
    REQUIRE(host != std::string::npos);
    return result.out.substr(begin, host - begin);
  };
  const CommandResult one = run_shipped("digits_binary.onnx", {"--count", "40"});
  const CommandResult two = run_shipped("digits_binary.onnx", {"--count", "40", "--jobs", "2"});
  CHECK(two.code == 0);
  CHECK(table(one) == table(two));
  CHECK_THAT(two.out, Contains(" in 2 processes, ") && !Contains("uart|"));
  CHECK_THAT(two.err, Contains("40 of 40 images\n"));
}

TEST_CASE("bad input is found before any process starts, and told once") {
  check_refused(run_shipped("digits_binary.onnx", {"--jobs", "2", "--count", "361"}), "--count asks for 361 images");
  check_refused(run_shipped("digits_binary.onnx", {"--jobs", "2", "--firmware", model("accuracy.json")}),
                "accuracy.json: not an ELF file");
}

TEST_CASE("a chip with faults runs in one process only, because faults depend on what was before") {
  const TemporaryFolder folder;
  const std::string faulty =
      with(read_file(config("chips/imce.yaml")), "../technologies/", config("technologies/")) +
      "faults:\n  seed: 1\n  write_error: {value: 0 probability, provenance: assumed, source: test}\n";
  const std::string chip = folder.write("faulty.yaml", faulty);
  check_refused(run_shipped("digits_binary.onnx", {"--jobs", "2", "--chip", chip}),
                "faulty.yaml: its faults depend on all that the chip did before");
  CHECK(run_shipped("digits_binary.onnx", {"--count", "2", "--quiet", "--chip", chip}).code == 0);
}

TEST_CASE("a process that fails is told with its images and its terminal") {
  const CommandResult result =
      run_shipped("digits_binary.onnx", {"--quiet", "--jobs", "2", "--count", "10", "--firmware", firmware("hello")});
  CHECK(result.code == 1);
  CHECK_THAT(result.err, Contains("spinvp: images ") && Contains("the software ended with code 0 after 0 of "));
  CHECK_THAT(result.out, Contains("uart| hello from SpinVP") && !Contains("10 images"));
}

TEST_CASE("a process that is killed is told with the signal, and takes the others with it") {
  const TemporaryFolder folder;
  const pid_t run = start_endless(folder, {"--jobs", "2"});
  const std::vector<pid_t> children = wait_for_children(run, 2);
  kill(children[1], SIGKILL);
  int status = 0;
  REQUIRE(waitpid(run, &status, 0) == run);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 1);
  CHECK(read_file(folder.path("err")) == "spinvp: images 180 to 359: their process was ended by signal 9 (Killed)\n");
  CHECK(ends_soon(children[0]));
}

TEST_CASE("an interrupted run says how far it came and leaves no process behind") {
  for (const char* jobs : {"1", "2"}) {
    for (const int signal : {SIGINT, SIGTERM}) {
      CAPTURE(jobs, signal);
      const TemporaryFolder folder;
      const pid_t run = start_endless(folder, {"--jobs", jobs, "--report", folder.path("report.json")});
      std::vector<pid_t> children;
      if (std::string(jobs) == "2") {
        children = wait_for_children(run, 2);
      }
      wait_until_guarded(run);
      kill(run, signal);
      int status = 0;
      REQUIRE(waitpid(run, &status, 0) == run);
      CHECK(WIFSIGNALED(status));
      CHECK(WTERMSIG(status) == signal);
      CHECK(read_file(folder.path("err")) == "spinvp: interrupted after 0 of 360 images\n");
      CHECK(access(folder.path("report.json").c_str(), F_OK) != 0);
      for (const pid_t child : children) {
        CHECK(ends_soon(child));
      }
    }
  }
}

TEST_CASE("processes end with the one that started them, however it ends") {
  const TemporaryFolder folder;
  const pid_t run = start_endless(folder, {"--jobs", "2"});
  const std::vector<pid_t> children = wait_for_children(run, 2);
  kill(run, SIGKILL);
  int status = 0;
  REQUIRE(waitpid(run, &status, 0) == run);
  for (const pid_t child : children) {
    CHECK(ends_soon(child));
  }
}

TEST_CASE("clocks that share no period change nothing") {
  const TemporaryFolder folder;
  const Arguments arguments = odd_clocks(folder);
  for (const char* network : {"digits_binary.onnx", "digits_ternary.onnx"}) {
    const Outcome one = simulate(network, arguments);
    for (const char* jobs : {"2", "3", "23"}) {
      CAPTURE(network, jobs);
      check_same(one, simulate(network, with_jobs(arguments, jobs)));
    }
  }
}

TEST_CASE("a number of processes that is none is wrong usage") {
  for (const char* jobs : {"-1", "two", "1.5", "1025", ""}) {
    CAPTURE(jobs);
    const CommandResult result = run_shipped("digits_binary.onnx", {"--jobs", jobs});
    CHECK(result.code == 2);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, Contains("--jobs"));
  }
}
