#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "ip/interface/pim_view.h"
#include "tests/ip/support/streams.h"

using namespace spinvp;
using namespace spinvp::test;
namespace view = spinvp::interface;

namespace {

// Random values in every named bit of a command, then decode, encode and compare the words.
template <class Command>
void check_round_trip(Random& random) {
  const view::CommandInfo* info = nullptr;
  for (const view::CommandInfo& one : view::command_table) {
    info = one.opcode == Command::opcode ? &one : info;
  }
  REQUIRE(info != nullptr);
  CAPTURE(info->name);
  CHECK(info->words == Command::word_count);
  for (int round = 0; round < 50; ++round) {
    Words words(Command::word_count);
    words[0] = Command::opcode | Command::word_count << 8 | random.number(0, 15) << 16;
    words[1] = random.number(0, 0xFFFF);
    for (std::size_t i = 0; i < info->field_count; ++i) {
      words[info->fields[i].word] |= info->fields[i].bits.insert(random.word());
    }
    CHECK(words_of(Command::decode(words.data())) == words);
  }
}

std::string text_of(const std::string& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("every command survives decoding and encoding") {
  const std::uint32_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  check_round_trip<view::LoadCommand>(random);
  check_round_trip<view::StoreCommand>(random);
  check_round_trip<view::LoadRowsCommand>(random);
  check_round_trip<view::GatherRowsCommand>(random);
  check_round_trip<view::AndAccCommand>(random);
  check_round_trip<view::DigitalCommand>(random);
  check_round_trip<view::PackCommand>(random);
  check_round_trip<view::FenceCommand>(random);
  check_round_trip<view::SignalCommand>(random);
  check_round_trip<view::StopCommand>(random);
  CHECK(sizeof(view::command_table) / sizeof(view::command_table[0]) == 16);
}

TEST_CASE("the header stands in the first two words as described") {
  view::FenceCommand fence;
  fence.header.wait = 0xA;
  fence.header.layer = 0x1234;
  fence.header.once = 1;
  const Words words = words_of(fence);
  CHECK(words[0] == 0x000A0201);
  CHECK(words[1] == 0x00009234);
}

TEST_CASE("signed fields keep their sign") {
  view::GatherRowsCommand gather;
  gather.start_y = -3;
  gather.start_x = -32768;
  const Words words = words_of(gather);
  CHECK(words[9] == 0x8000FFFD);
  const auto back = view::GatherRowsCommand::decode(words.data());
  CHECK(back.start_y == -3);
  CHECK(back.start_x == -32768);
}

TEST_CASE("a command's default fields are the smallest allowed ones") {
  const view::LoadCommand load;
  CHECK(load.bytes == 1);
  CHECK(load.rows == 1);
  CHECK(load.memory_offset == 0);
  CHECK(load.header.opcode == view::LoadCommand::opcode);
  CHECK(load.header.length == view::LoadCommand::word_count);
}

TEST_CASE("registers stand on words of their own and reset within what they implement") {
  std::set<std::uint32_t> offsets;
  for (const view::RegisterInfo& one : view::register_table) {
    CAPTURE(one.name);
    CHECK(one.offset % 4 == 0);
    CHECK(offsets.insert(one.offset).second);
    CHECK((one.reset & ~one.implemented) == 0);
  }
}

TEST_CASE("docs/interface.md is the page made from the description") {
  const std::string source = SPINVP_SOURCE_DIR;
  const std::string generated = std::string(SPINVP_BINARY_DIR) + "/generated/docs/interface.md";
  INFO("docs/interface.md is out of date: copy " << generated << " over it");
  CHECK((text_of(source + "/docs/interface.md") == text_of(generated)));
  CHECK_FALSE(text_of(generated).empty());
}
