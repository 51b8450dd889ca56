#pragma once

#include <string>
#include <vector>

namespace spinvp::test {

/// What a finished program left.
struct CommandResult {
  int code = -1;  ///< exit code; 128 + signal when a signal ended it
  std::string out;
  std::string err;

  std::size_t out_lines() const;
};

using Arguments = std::vector<std::string>;

/// Runs the built `spinvp` in `folder` (the current one when empty) until it ends.
CommandResult command(const Arguments& arguments, const std::string& folder = "");

/// The same with a shipped network and all images and labels in front of `further`.
CommandResult run_shipped(const std::string& network, const Arguments& further);

/// Checks that a command refused bad input: exit code 2, nothing on stdout, one line on stderr that contains `message`.
void check_refused(const CommandResult& result, const std::string& message);

/// models/<file> and configs/<file> of the source tree.
std::string model(const std::string& file);
std::string config(const std::string& file);
/// tests/sc_main/data/<file>
std::string test_data(const std::string& file);
/// The firmware <app>.elf of the build.
std::string firmware(const std::string& app);

inline const char* const shipped_images = "digits-test-images-idx3-ubyte";
inline const char* const shipped_labels = "digits-test-labels-idx1-ubyte";

}  // namespace spinvp::test
