#include "network/image/disassembler.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "network/mapping/command_stream.h"

using namespace spinvp;
using namespace spinvp::network;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

using Words = std::vector<std::uint32_t>;

std::vector<std::string> lines_of(const Words& words) {
  std::istringstream text(disassemble(words));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE("every command is shown with its name and each of its fields") {
  for (const interface::CommandInfo& info : interface::command_table) {
    INFO(info.name);
    // Every field holds a value of its own.
    Words words(info.words, 0);
    words[0] = info.opcode | info.words << 8 | 0x5u << 16;
    words[1] = 77 | 1u << 15;
    for (std::size_t i = 0; i < info.field_count; ++i) {
      const interface::CommandFieldInfo& field = info.fields[i];
      words[field.word] |= field.bits.insert(static_cast<std::uint32_t>(i + 1));
    }
    const std::vector<std::string> lines = lines_of(words);
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines[0], StartsWith("     0  " + std::string(info.name) + " "));
    CHECK_THAT(lines[0], Contains("layer=77 once wait=dma+compute"));
    for (std::size_t i = 0; i < info.field_count; ++i) {
      const interface::CommandFieldInfo& field = info.fields[i];
      const std::uint32_t value = field.bits.extract(words[field.word]);
      std::string shown =
          field.is_signed ? std::to_string(field.bits.extract_signed(words[field.word])) : std::to_string(value);
      for (std::size_t v = 0; v < field.value_count; ++v) {
        shown = field.values[v].value == value ? field.values[v].name : shown;
      }
      CHECK_THAT(lines[0] + " ", Contains(" " + std::string(field.name) + "=" + shown + " "));
    }
  }
}

TEST_CASE("commands stand behind their byte offsets and fields with a sign are shown with it") {
  CommandStream stream(2, false);
  interface::GatherRowsCommand gather;
  gather.start_y = -3;
  stream.add(gather, lanes::all);
  stream.add(interface::StopCommand{}, 0);
  const std::vector<std::string> lines = lines_of(stream.words());
  REQUIRE(lines.size() == 2);
  CHECK_THAT(lines[0], Contains(" start_y=-3 "));
  CHECK_THAT(lines[0], Contains("wait=dma+gather+compute+digital"));
  CHECK_THAT(lines[1], StartsWith("    72  STOP"));
  CHECK_THAT(lines[1], !Contains("wait"));
}

TEST_CASE("enum values are shown by name") {
  CommandStream stream(0, false);
  interface::StoreCommand store;
  store.base = interface::Base::Scratch;
  stream.add(store, 0);
  CHECK_THAT(disassemble(stream.words()), Contains("base=scratch"));
}

TEST_CASE("words that are no command, and commands that are cut, are shown as words") {
  CHECK_THAT(disassemble({0xDEADBE00}), Contains(".word 0xdeadbe00"));
  CommandStream stream(0, false);
  stream.add(interface::LoadCommand{}, 0);
  Words cut = stream.words();
  cut.pop_back();
  const std::vector<std::string> lines = lines_of(cut);
  REQUIRE_FALSE(lines.empty());
  CHECK_THAT(lines[0], Contains(".word"));
  CHECK(disassemble({}) == "");
}
