#include "tests/bench/command_runs.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdlib>
#include <fstream>

namespace spinvp::bench {
namespace {

double processor_seconds_of_children() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

std::string scratch(const std::string& name) {
  return std::string(SPINVP_BINARY_DIR) + "/tests/bench/" + name;
}

double run_spinvp(const std::string& arguments) {
  const std::string command = fmt::format("{}/bin/spinvp {} > /dev/null", SPINVP_BINARY_DIR, arguments);
  const double before = processor_seconds_of_children();
  if (std::system(command.c_str()) != 0) {
    fmt::print(stderr, "failed: {}\n", command);
    std::exit(1);
  }
  return processor_seconds_of_children() - before;
}

void write_idx(const std::string& path, const std::vector<std::size_t>& dimensions,
               const std::vector<std::uint8_t>& bytes) {
  std::ofstream file(path, std::ios::binary);
  const auto word = [&](std::size_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      file.put(static_cast<char>(value >> shift & 0xFF));
    }
  };
  word(0x0800 + dimensions.size());  // unsigned bytes, in so many dimensions
  for (const std::size_t dimension : dimensions) {
    word(dimension);
  }
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace spinvp::bench
