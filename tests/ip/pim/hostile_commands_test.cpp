#include <catch2/catch.hpp>
#include <iterator>

#include "ip/pim/command_check.h"
#include "tests/ip/support/random_commands.h"

using namespace spinvp;
using namespace spinvp::test;
namespace view = spinvp::interface;

namespace {

const ChipConfig chip = with_adder(small_chip(64, 128, 2, 4, 8192, Detail::Fast), AdditionScheme::A, true, false);

// Words of any command with hostile values: small, huge, just beyond a limit.
Words hostile_command(Random& random) {
  static constexpr std::uint32_t favourites[] = {
      0,      1,      2,       3,          4,          64,         127,        128,  255, 0x7FFF,
      0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF, 8191, 8192};
  Words words = random_command(random, chip);
  const std::uint32_t changes = random.number(1, 4);
  const view::CommandInfo& info = *find_command(words[0] & 0xFF);
  for (std::uint32_t i = 0; i < changes; ++i) {
    const view::CommandFieldInfo& field =
        info.fields[random.number(0, static_cast<std::uint32_t>(info.field_count) - 1)];
    const std::uint32_t value = random.chance(3)   ? random.word()
                                : random.chance(2) ? random.number(0, 16)
                                                   : favourites[random.number(0, std::size(favourites) - 1)];
    words[field.word] = (words[field.word] & ~field.bits.mask()) | field.bits.insert(value);
  }
  return words;
}

void check_hostile_streams(Detail detail) {
  ChipConfig config = chip;
  config.detail = detail;
  ChipBench bench("bench", config);
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  int done = 0;
  int refused = 0;
  for (int round = 0; round < 1500; ++round) {
    network::CommandStream end(0, false);
    end.add(view::StopCommand{}, 0);
    Words stream = hostile_command(random);
    const CommandError expected = check_command(stream.data(), config);
    const auto before = expected.failed() ? bench.buffer(0, config.buffer.bytes) : Bytes{};
    stream.insert(stream.end(), end.words().begin(), end.words().end());
    const StreamResult result = bench.run_stream(stream);
    CAPTURE(round, stream[0]);
    REQUIRE(result.finished);
    if (expected.failed()) {
      CHECK(result.cause == expected.cause);
      CHECK(result.detail == expected.detail);
      CHECK((bench.buffer(0, config.buffer.bytes) == before));
      ++refused;
    }
    done += result.done ? 1 : 0;
  }
  CHECK(done > 100);
  CHECK(refused > 100);
}

}  // namespace

TEST_CASE("hostile commands end in a result or an error, never in a crash or a hang, detail fast") {
  check_hostile_streams(Detail::Fast);
}

TEST_CASE("hostile commands end in a result or an error, never in a crash or a hang, detail row") {
  check_hostile_streams(Detail::Row);
}
