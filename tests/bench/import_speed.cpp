// How long `spinvp compile` takes for a LeNet-5 and for a ResNet-18, and how much memory beside the size of the model.
// Every compilation is a process of its own; the memory of one that only prints the version stands apart. Repeat:
//     build/release/tests/bench/import_speed
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/bench/command_runs.h"

namespace {

using namespace spinvp::bench;

constexpr int repetitions = 3;  // the best one counts: the machine may be shared

struct Cost {
  double seconds = 1e9;
  double mebibytes = 0;  ///< the largest resident set
};

/// Runs the shipped command and waits for it.
Cost cost_of(const std::string& arguments) {
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    const std::string line = fmt::format("exec {} {} >/dev/null 2>&1", SPINVP_BINARY_DIR "/bin/spinvp", arguments);
    execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) {
    fmt::print(stderr, "import_speed: 'spinvp {}' failed\n", arguments);
    std::exit(1);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return {seconds, static_cast<double>(usage.ru_maxrss) / 1024};
}

Cost best_of(const std::string& arguments) {
  Cost best;
  for (int i = 0; i < repetitions; ++i) {
    const Cost one = cost_of(arguments);
    best.seconds = std::min(best.seconds, one.seconds);
    best.mebibytes = std::max(best.mebibytes, one.mebibytes);
  }
  return best;
}

void measure(const std::string& network, const std::string& options, double most_seconds, double process) {
  const std::string model = scratch("import_speed.onnx");
  run_spinvp(fmt::format("generate {} --wi 1:2 {} -o {}", network, options, model));
  const double size = static_cast<double>(std::filesystem::file_size(model)) / (1 << 20);
  const Cost cost = best_of(fmt::format("compile {} -o {}", model, scratch("import_speed.pimnet")));
  fmt::print(
      "{} {}: model {:.1f} MiB; {:.2f} s (aim: {:.1f}, {}); memory {:.1f} MiB, {:.2f} times the model, {:.2f} "
      "without the process itself\n",
      network, options.empty() ? "INT8 weights" : "float weights", size, cost.seconds, most_seconds,
      cost.seconds <= most_seconds ? "reached" : "not reached", cost.mebibytes, cost.mebibytes / size,
      (cost.mebibytes - process) / size);
}

}  // namespace

int main() {
  const double process = best_of("--version").mebibytes;
  fmt::print("a process that prints the version: {:.1f} MiB\n", process);
  measure("lenet5", "", 0.5, process);
  measure("lenet5", "--float-weights", 0.5, process);
  measure("resnet18", "", 10, process);
  measure("resnet18", "--float-weights", 10, process);
}
