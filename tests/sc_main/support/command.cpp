#include "sc_main/support/command.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "sc_main/support/files.h"

namespace spinvp::test {
namespace {

void redirect(int descriptor, const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(file, descriptor);
  close(file);
}

[[noreturn]] void become(const Arguments& arguments, const std::string& folder, const TemporaryFolder& output) {
  const std::string program = SPINVP_BINARY_DIR "/bin/spinvp";
  redirect(STDOUT_FILENO, output.path("out"));
  redirect(STDERR_FILENO, output.path("err"));
  std::vector<char*> argv{const_cast<char*>("spinvp")};
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  if (folder.empty() || chdir(folder.c_str()) == 0) {
    execv(program.c_str(), argv.data());
  }
  _exit(127);
}

}  // namespace

std::size_t CommandResult::out_lines() const {
  return static_cast<std::size_t>(std::count(out.begin(), out.end(), '\n'));
}

CommandResult command(const Arguments& arguments, const std::string& folder) {
  const TemporaryFolder output;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    become(arguments, folder, output);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CommandResult result;
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = read_file(output.path("out"));
  result.err = read_file(output.path("err"));
  return result;
}

CommandResult run_shipped(const std::string& network, const Arguments& further) {
  Arguments arguments{"run",      "--network",          model(network), "--images", model(shipped_images),
                      "--labels", model(shipped_labels)};
  arguments.insert(arguments.end(), further.begin(), further.end());
  return command(arguments);
}

void check_refused(const CommandResult& result, const std::string& message) {
  INFO("stdout: " << result.out << "\nstderr: " << result.err);
  CHECK(result.code == 2);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Catch::Matchers::StartsWith("spinvp: ") && Catch::Matchers::Contains(message));
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
}

std::string model(const std::string& file) {
  return SPINVP_SOURCE_DIR "/models/" + file;
}

std::string config(const std::string& file) {
  return SPINVP_SOURCE_DIR "/configs/" + file;
}

std::string test_data(const std::string& file) {
  return SPINVP_SOURCE_DIR "/tests/sc_main/data/" + file;
}

std::string firmware(const std::string& app) {
  return SPINVP_BINARY_DIR "/firmware/" + app + ".elf";
}

}  // namespace spinvp::test
