#include "tests/ip/support/verdict.h"

#include <catch2/catch.hpp>

namespace spinvp::test {
namespace {

constexpr std::uint32_t named_header_bits[] = {0x000FFFFF, 0x0000FFFF};

const interface::CommandInfo& info_of(const Words& command) {
  return *find_command(command[0] & 0xFF);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
  return out << "cause " << static_cast<std::uint32_t>(verdict.cause) << ", detail " << verdict.detail;
}

Verdict verdict_of(const Words& words, const ChipConfig& chip) {
  const CommandError error = check_command(words.data(), chip);
  return {error.cause, error.detail};
}

void check_reserved_bits(const Words& command, const ChipConfig& chip) {
  const interface::CommandInfo& info = info_of(command);
  Words known(info.words);
  known[0] = named_header_bits[0];
  known[1] = named_header_bits[1];
  for (std::size_t i = 0; i < info.field_count; ++i) {
    known[info.fields[i].word] |= info.fields[i].bits.mask();
  }
  for (std::uint32_t word = 0; word < info.words; ++word) {
    for (std::uint32_t bit = 0; bit < 32; ++bit) {
      if ((known[word] >> bit & 1) == 0) {
        Words words = command;
        words[word] |= 1u << bit;
        CAPTURE(info.name, word, bit);
        CHECK(verdict_of(words, chip) == bad_field(word));
      }
    }
  }
}

int check_field_ranges(const Words& command, const ChipConfig& chip) {
  const interface::CommandInfo& info = info_of(command);
  int checked = 0;
  for (std::size_t i = 0; i < info.field_count; ++i) {
    const interface::CommandFieldInfo& field = info.fields[i];
    CAPTURE(info.name, field.name);
    const auto check_refused = [&](std::uint32_t value) {
      Words words = command;
      words[field.word] = (words[field.word] & ~field.bits.mask()) | field.bits.insert(value);
      CAPTURE(value);
      CHECK(verdict_of(words, chip) == bad_field(field.word));
      ++checked;
    };
    const std::uint32_t top = field.bits.extract(0xFFFFFFFF);
    if (field.minimum > 0) {
      check_refused(field.minimum - 1);
    }
    if (field.maximum < top) {
      check_refused(field.maximum + 1);
      check_refused(top);
    }
    if (field.values != nullptr && field.value_count <= top) {
      check_refused(static_cast<std::uint32_t>(field.value_count));
    }
  }
  return checked;
}

}  // namespace spinvp::test
