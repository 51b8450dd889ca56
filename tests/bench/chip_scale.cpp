// How long a chip takes to start, and what memory it costs empty and full.
//   chip_scale [CHIP.yaml]   (configs/chips/pim_512mb.yaml)
// One chip a process: the memory of a process is what is measured.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <systemc>
#include <vector>

#include "core/errors.h"
#include "ip/config/chip_file.h"
#include "ip/pim/pim_device.h"
#include "tests/ip/support/chip_bench.h"

namespace {

double resident_mebibytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  statm >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void measure(const std::string& path) {
  using namespace spinvp;
  const double before = resident_mebibytes();
  const auto start = std::chrono::steady_clock::now();
  const ChipConfig config = load_chip_config(path);
  test::ChipBench bench("bench", config);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  const double started = seconds_since(start);
  const double empty = resident_mebibytes() - before;

  // Rows are written where the chip keeps them, as a load that fills every sub-array would leave them.
  for (std::uint32_t subarray = 0; subarray < config.subarrays(); ++subarray) {
    for (std::uint32_t row = 0; row < config.rows(); ++row) {
      auto* const words = const_cast<std::uint64_t*>(bench.chip.peek_row(subarray, row));
      words[0] = row + 1;
    }
  }
  const double full = resident_mebibytes() - before;
  const double bits = static_cast<double>(config.subarrays()) * config.rows() * config.row_bytes() / (1 << 20);
  fmt::print("chip {}: {} sub-arrays of {} x {}\n", config.name, config.subarrays(), config.rows(), config.columns());
  fmt::print("start {:.3f} s\nmemory empty {:.1f} MiB, full {:.1f} MiB: rows {:.1f} MiB, ratio full / rows {:.2f}\n",
             started, empty, full, bits, full / bits);
  fmt::print("a sub-array with what stands beside it, empty: {:.0f} bytes\n", empty * (1 << 20) / config.subarrays());
}

}  // namespace

int sc_main(int argc, char* argv[]) {
  try {
    measure(argc > 1 ? argv[1] : std::string(SPINVP_SOURCE_DIR) + "/configs/chips/pim_512mb.yaml");
  } catch (const spinvp::InputError& error) {
    fmt::print(stderr, "chip_scale: {}\n", error.what());
    return 2;
  }
  return 0;
}

int main(int argc, char* argv[]) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
