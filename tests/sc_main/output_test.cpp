// What a run prints, and the forms its input may have.
#include <catch2/catch.hpp>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

TEST_CASE("the option --quiet prints one line and nothing on stderr") {
  const CommandResult result = run_shipped("digits_binary.onnx", {"--quiet", "--verify", "--count", "3"});
  CHECK(result.code == 0);
  CHECK(result.out ==
        "3 images, accuracy 100.00 % (3 correct), 12 layer outputs checked, 0 differ from the reference\n");
  CHECK(result.err.empty());
}

TEST_CASE("a run prints the firmware's terminal, a line a layer, totals and the result") {
  const CommandResult result = run_shipped("digits_ternary.onnx", {"--count", "4"});
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Contains("uart| inference: done, 4 images in "));
  CHECK_THAT(result.out, Contains("\noutside layers ") && Contains("\nan image ") && Contains("\nTotals: "));
  CHECK_THAT(result.out, Contains(" RISC-V instructions\n") && EndsWith("4 images, accuracy 100.00 % (4 correct)\n"));
  CHECK_THAT(result.err, Contains("4 of 4 images\n"));
}

TEST_CASE("the native driver prints the same terminal and retires no instructions") {
  const CommandResult result = run_shipped("digits_ternary.onnx", {"--count", "4", "--driver", "native"});
  CHECK(result.code == 0);
  CHECK_THAT(result.out, Contains("uart| inference: done, 4 images in "));
  CHECK_THAT(result.out, !Contains("RISC-V instructions"));
}

TEST_CASE("one image is one image") {
  CHECK_THAT(run_shipped("digits_binary.onnx", {"--count", "1"}).err, Contains("1 of 1 image\n"));
  CHECK_THAT(run_shipped("digits_binary.onnx", {"--quiet", "--count", "1"}).out, Catch::StartsWith("1 image, "));
}

TEST_CASE("compressed images and labels are the same images and labels") {
  const TemporaryFolder folder;
  const std::string images = folder.write("images.gz", compressed(read_file(model(shipped_images))));
  const std::string labels = folder.write("labels.gz", compressed(read_file(model(shipped_labels))));
  const CommandResult result = command(
      {"run", "--network", model("digits_binary.onnx"), "--images", images, "--labels", labels, "--quiet", "--verify"});
  CHECK(result.code == 0);
  CHECK(result.out == run_shipped("digits_binary.onnx", {"--quiet", "--verify"}).out);
}

TEST_CASE("the shipped configs are found from every folder") {
  const TemporaryFolder folder;
  const CommandResult result = command(
      {"run", "--network", model("digits_binary.onnx"), "--images", model(shipped_images), "--count", "1", "--quiet"},
      folder.path());
  CHECK(result.code == 0);
  CHECK(result.err.empty());
}

TEST_CASE("the shipped configs may be given by name") {
  const CommandResult result =
      run_shipped("digits_binary.onnx", {"--quiet", "--count", "2", "--chip", config("chips/imce.yaml"), "--soc",
                                         config("socs/default.yaml"), "--firmware", firmware("inference")});
  CHECK(result.code == 0);
}

TEST_CASE("reports overwrite what stood there") {
  const TemporaryFolder folder;
  const std::string report = folder.write("report.json", std::string(100000, 'x'));
  CHECK(run_shipped("digits_binary.onnx", {"--quiet", "--count", "2", "--report", report}).code == 0);
  CHECK(read_json(report)["images"] == 2);
}
