#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace spinvp::bench {

/// A file of the benchmarks in the build folder.
std::string scratch(const std::string& name);

/// Runs the shipped command in a process of its own, its output thrown away, and returns the processor time of all
/// processes that it took, in seconds: what else the machine does hardly counts. Ends the benchmark when it fails.
double run_spinvp(const std::string& arguments);

/// Writes images as an IDX file: `dimensions` are count, height, width and, if any, channels.
void write_idx(const std::string& path, const std::vector<std::size_t>& dimensions,
               const std::vector<std::uint8_t>& bytes);

}  // namespace spinvp::bench
