// Random faults around the chip: whatever strikes, results are right or an error is reported.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "sc_main/support/command.h"
#include "sc_main/support/files.h"

using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

/// The seed of random tests: SPINVP_TEST_SEED, or a fixed one.
std::uint32_t campaign_seed() {
  const char* const seed = std::getenv("SPINVP_TEST_SEED");
  return seed != nullptr ? static_cast<std::uint32_t>(std::strtoul(seed, nullptr, 0)) : 20261201u;
}

class RandomFaults {
 public:
  explicit RandomFaults(std::uint32_t seed) : engine_(seed) {}

  /// One to three faults.
  Arguments draw() {
    Arguments arguments;
    for (std::uint32_t i = number(1, 3); i > 0; i = number(0, 1) * (i - 1)) {
      arguments.push_back("--inject");
      arguments.push_back(fault());
    }
    return arguments;
  }

 private:
  std::uint32_t number(std::uint32_t low, std::uint32_t high) {
    return std::uniform_int_distribution<std::uint32_t>(low, high)(engine_);
  }
  std::string one_of(const std::vector<std::string>& choices) {
    return choices[number(0, static_cast<std::uint32_t>(choices.size() - 1))];
  }
  std::string occurrences(std::uint32_t most) {
    const std::uint32_t first = number(1, most);
    switch (number(0, 3)) {
      case 0:
        return fmt::format("every={}", first);
      case 1:
        return fmt::format("nth={},every={},count={}", first, number(1, most), number(1, 4));
      default:
        return fmt::format("nth={}", first);
    }
  }
  std::string fault() {
    switch (number(0, 7)) {
      case 0:
        return fmt::format("bus_error:port=dma,access={},{}", one_of({"any", "read", "write"}), occurrences(150));
      case 1:
        return fmt::format("bus_error:port=cpu,{}", occurrences(20000));
      case 2:
        return fmt::format("stall:time={},{}", one_of({"10 ns", "3 us", "1 ms", "19 s", "21 s", "forever"}),
                           occurrences(150));
      case 3:
        return fmt::format("{},{}", one_of({"lost_interrupt:every=1", "lost_interrupt:nth=2"}), "count=9");
      case 4:
        return one_of({"spurious_interrupt:at=", "stuck_interrupt:level=low,at=", "stuck_interrupt:level=high,at="}) +
               fmt::format("{} us,width={} us", number(0, 1200), number(1, 100));
      default:
        return fmt::format("corrupt_command:mask={:#x},{}", number(0, 1) == 0 ? 1u << number(0, 31) : mask(),
                           occurrences(600));
    }
  }
  std::uint32_t mask() { return std::max<std::uint32_t>(static_cast<std::uint32_t>(engine_()), 1); }

  std::mt19937 engine_;
};

/// Runs a shipped network `runs` times with random faults; how many runs ended well.
int campaign(const std::string& network, const std::string& driver, int runs, std::uint32_t seed) {
  const TemporaryFolder folder;
  const auto run = [&](const Arguments& further) {
    Arguments arguments = {"--quiet", "--count", "3", "--driver", driver, "--predictions", folder.path("predictions")};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return run_shipped(network, arguments);
  };
  REQUIRE(run({}).code == 0);
  const std::string clean = read_file(folder.path("predictions"));
  RandomFaults faults(seed);
  int well = 0;
  for (int i = 0; i < runs; ++i) {
    const Arguments injected = faults.draw();
    folder.write("predictions", "");
    const CommandResult result = run(injected);
    std::string words;
    for (const std::string& word : injected) {
      words += " '" + word + "'";
    }
    INFO("seed " << seed << ", run " << i << ":" << words << "\n" << result.out << result.err);
    REQUIRE((result.code == 0 || result.code == 1));
    if (result.code == 0) {
      CHECK(read_file(folder.path("predictions")) == clean);
      ++well;
    } else {
      CHECK(read_file(folder.path("predictions")).empty());
      CHECK_THAT(result.err, Contains("spinvp: "));
    }
  }
  return well;
}

}  // namespace

TEST_CASE("random faults never make the native driver hang or give a wrong result") {
  const int well = campaign("digits_ternary.onnx", "native", 40, campaign_seed());
  CHECK(well >= 10);
  CHECK(well <= 38);
}

TEST_CASE("random faults never make firmware hang or give a wrong result") {
  campaign("digits_binary.onnx", "firmware", 20, campaign_seed() + 1);
}

TEST_CASE("a thousand random faults never make software hang or give a wrong result", "[.soak]") {
  campaign("digits_ternary.onnx", "native", 500, campaign_seed() + 2);
  campaign("digits_ternary.onnx", "firmware", 250, campaign_seed() + 3);
  campaign("digits_binary.onnx", "native", 250, campaign_seed() + 4);
}
