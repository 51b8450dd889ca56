// Help, version and wrong usage: results go to stdout, complaints to stderr, wrong usage is exit code 2.
#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

void check_usage_error(const CommandResult& result, const std::string& message) {
  CHECK(result.code == 2);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Contains(message) && Contains("--help"));
}

/// Text with every stretch of white space made one blank.
std::string words(const std::string& text) {
  std::istringstream stream(text);
  std::string all;
  for (std::string word; stream >> word;) {
    all += (all.empty() ? "" : " ") + word;
  }
  return all;
}

}  // namespace

TEST_CASE("the help names every subcommand") {
  const CommandResult result = command({"--help"});
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, Contains("run") && Contains("compile") && Contains("inspect"));
}

TEST_CASE("the help of run names every option with its default") {
  const CommandResult result = command({"run", "--help"});
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  for (const char* option :
       {"--network",  "--images",      "--labels",    "--count",         "--soc",        "--chip",
        "--firmware", "--driver",      "--detail",    "--input-scale",   "--input-mean", "--input-std",
        "--weights",  "--mapping",     "--objective", "--layer-mapping", "--jobs",       "--time-limit",
        "--report",   "--predictions", "--verify",    "--verify-model",  "--quiet"}) {
    CHECK_THAT(result.out, Contains(option));
  }
  CHECK_THAT(result.out, Contains("in configs/chips [imce]") && Contains("in configs/socs [default]"));
}

TEST_CASE("compile and inspect have a help of their own") {
  CHECK_THAT(command({"compile", "--help"}).out, Contains("--output") && Contains("--weights"));
  CHECK_THAT(command({"inspect", "--help"}).out, Contains("--layers-only") && Contains("--dot"));
}

TEST_CASE("the help says what the default mapping does and that the objective acts on every mapping") {
  for (const char* of : {"run", "compile"}) {
    const std::string help = words(command({of, "--help"}).out);
    CHECK_THAT(help, Contains("'array': the sub-arrays, the first of these three"));
    CHECK_THAT(help, Contains("what every mapping keeps low") && !Contains("what 'auto' keeps low"));
  }
}

TEST_CASE("the help shows that --layer-mapping takes one value each time") {
  CHECK_THAT(words(command({"run", "--help"}).out), Contains("--layer-mapping TEXT NAME=ENGINE"));
}

TEST_CASE("the version is one line") {
  const CommandResult result = command({"--version"});
  CHECK(result.code == 0);
  CHECK_THAT(result.out, StartsWith("spinvp "));
  CHECK(result.out_lines() == 1);
}

TEST_CASE("no arguments at all are wrong usage") {
  check_usage_error(command({}), "subcommand");
}

TEST_CASE("an unknown subcommand is named") {
  check_usage_error(command({"frobnicate"}), "frobnicate");
}

TEST_CASE("an unknown option is named, even when required ones are missing") {
  check_usage_error(command({"run", "--netwrok", "x.onnx"}), "--netwrok");
  check_usage_error(run_shipped("digits_binary.onnx", {"--fast"}), "--fast");
}

TEST_CASE("a missing required option is named") {
  check_usage_error(command({"run"}), "--network is required");
  check_usage_error(command({"run", "--network", "x.onnx"}), "--images is required");
  check_usage_error(command({"compile", "x.onnx"}), "--output");
}

TEST_CASE("an option without its value, or with one that is none, is wrong usage") {
  check_usage_error(command({"run", "--network"}), "--network");
  for (const char* count : {"0", "-1", "1.5", "many", "99999999999999999999"}) {
    check_usage_error(run_shipped("digits_binary.onnx", {"--count", count}), "--count");
  }
  check_usage_error(run_shipped("digits_binary.onnx", {"--detail", "medium"}), "fast,row");
  check_usage_error(run_shipped("digits_binary.onnx", {"--driver", "nobody"}), "firmware,native");
  check_usage_error(run_shipped("digits_binary.onnx", {"--weights", "heavy"}), "auto,stationary,streamed");
}

TEST_CASE("options that contradict each other are refused instead of ignored") {
  check_refused(run_shipped("digits_binary.onnx", {"--driver", "native", "--firmware", firmware("inference")}),
                "inference.elf: --firmware is for the RISC-V core; with --driver native there is none");
}

TEST_CASE("a result never overwrites what the command reads or its other result") {
  const TemporaryFolder folder;
  const std::string network = folder.write("net.onnx", read_file(model("digits_binary.onnx")));
  const std::string refusal = "is another file of this command; it would be overwritten";
  check_refused(command({"compile", network, "-o", folder.path("./net.onnx")}), refusal);
  check_refused(command({"run", "--network", network, "--images", model(shipped_images), "--report", network}),
                refusal);
  check_refused(
      run_shipped("digits_binary.onnx", {"--report", folder.path("new"), "--predictions", folder.path("new")}),
      refusal);
  CHECK(read_file(network) == read_file(model("digits_binary.onnx")));
}

TEST_CASE("a result never overwrites what the command reads without being told so") {
  const TemporaryFolder folder;
  const std::string refusal = "is another file of this command; it would be overwritten";
  // Where the shipped files are looked for first: a copy that a failing test may destroy.
  const std::vector<std::string> files{"configs/chips/imce.yaml", "configs/technologies/sot_mram_45nm.yaml",
                                       "configs/socs/default.yaml", "configs/faults/slow_bus.yaml"};
  for (const std::string& file : files) {
    std::filesystem::create_directories(std::filesystem::path(folder.path(file)).parent_path());
    folder.write(file, read_file(SPINVP_SOURCE_DIR "/" + file));
    check_refused(command({"run", "--network", model("digits_binary.onnx"), "--images", model(shipped_images),
                           "--inject-file", "slow_bus", "--report", "./" + file},
                          folder.path()),
                  refusal);
    CHECK(read_file(folder.path(file)) == read_file(SPINVP_SOURCE_DIR "/" + file));
  }
  check_refused(command({"compile", model("digits_binary.onnx"), "-o", files[1]}, folder.path()), refusal);
  check_refused(command({"regs", "--format", "svd", "-o", files[0]}, folder.path()), refusal);
  std::filesystem::create_symlink(folder.write("copy.elf", read_file(firmware("inference"))), folder.path("link.elf"));
  check_refused(run_shipped("digits_binary.onnx",
                            {"--firmware", folder.path("link.elf"), "--report", folder.path("configs/../link.elf")}),
                refusal);
  check_refused(
      run_shipped("digits_binary.onnx", {"--report", folder.path("new"), "--predictions", folder.path("./new")}),
      refusal);
}

TEST_CASE("a place for a result that cannot be looked at is told") {
  const TemporaryFolder folder;
  check_refused(run_shipped("digits_binary.onnx", {"--report", folder.path(std::string(300, 'n'))}),
                "cannot write the file: File name too long");
  const std::string file = folder.write("file", "");
  check_refused(run_shipped("digits_binary.onnx", {"--report", file + "/report"}), "there is no folder");
  check_refused(run_shipped("digits_binary.onnx", {"--chip", folder.path(std::string(300, 'n'))}),
                "cannot open the file: File name too long");
}
