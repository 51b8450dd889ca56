// Scalars: every accessor says file, line, column, key, what it expected and what it found.
#include <catch2/catch.hpp>
#include <limits>

#include "core/message.h"
#include "core/yaml.h"

using namespace spinvp;
using namespace spinvp::test;

namespace {

/// A node `key: <text>` in a map, so that messages have a key path.
Yaml node(const std::string& text) {
  return Yaml::parse("chip:\n  size: " + text + "\n", "soc.yaml")["chip"]["size"];
}

std::string expected(const std::string& what, const std::string& found) {
  return "soc.yaml:2:9: chip.size: expected " + what + ", found " + found;
}

std::string integer_message(const std::string& text, std::int64_t low, std::int64_t high) {
  return message_of([&] { node(text).integer(low, high); });
}

std::string address_message(const std::string& text) {
  return message_of([&] { node(text).address(); });
}

std::string number_message(const std::string& text) {
  return message_of([&] { node(text).number(); });
}

}  // namespace

TEST_CASE("a text is any scalar") {
  CHECK(node("imce").text() == "imce");
  CHECK(node("5").text() == "5");
  CHECK(node("'a: b'").text() == "a: b");
  CHECK(message_of([] { node("[a]").text(); }) == expected("a text", "a list"));
  CHECK(message_of([] { node("{a: 1}").text(); }) == expected("a text", "a map"));
  CHECK(message_of([] { node("~").text(); }) == expected("a text", "nothing"));
}

TEST_CASE("booleans are true or false") {
  CHECK(node("true").boolean());
  CHECK_FALSE(node("false").boolean());
  CHECK(message_of([] { node("2").boolean(); }) == expected("true or false", "'2'"));
  CHECK(message_of([] { node("maybe").boolean(); }) == expected("true or false", "'maybe'"));
  CHECK(message_of([] { node("[true]").boolean(); }) == expected("true or false", "a list"));
}

TEST_CASE("whole numbers are decimal or hexadecimal") {
  CHECK(node("42").integer(0, 100) == 42);
  CHECK(node("-42").integer(-100, 100) == -42);
  CHECK(node("+42").integer(-100, 100) == 42);
  CHECK(node("0x2A").integer(0, 100) == 42);
  CHECK(node("0").integer(0, 0) == 0);
  CHECK(node("0").integer(0, 0) == 0);
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
  constexpr auto highest = std::numeric_limits<std::int64_t>::max();
  CHECK(node("-9223372036854775808").integer(lowest, highest) == lowest);
  CHECK(node("9223372036854775807").integer(lowest, highest) == highest);
}

TEST_CASE("a leading zero does not make a number octal") {
  CHECK(node("010").integer(0, 100) == 10);
  CHECK(node("010").address() == 10);
}

TEST_CASE("what is no whole number, or outside the range, is refused with the range") {
  const std::string range = "a whole number from 1 to 31";
  for (const char* text : {"0", "32", "-1", "1.5", "1e1", "abc", "0x", "0xzz", "7 banks", "1_000", "nan",
                           "99999999999999999999", "0x1ffffffffffffffff"}) {
    CHECK(integer_message(text, 1, 31) == expected(range, "'" + std::string(text) + "'"));
  }
  CHECK(integer_message("''", 1, 31) == expected(range, "''"));
  CHECK(integer_message("' 5'", 1, 31) == expected(range, "' 5'"));
  CHECK(integer_message("'5 '", 1, 31) == expected(range, "'5 '"));
  CHECK(integer_message("[5]", 1, 31) == expected("a text", "a list"));
}

TEST_CASE("addresses are hexadecimal, decimal or sizes with a unit") {
  CHECK(node("0x80000000").address() == 0x80000000);
  CHECK(node("0xFFFFFFFFFFFFFFFF").address() == 0xFFFFFFFFFFFFFFFF);
  CHECK(node("4096").address() == 4096);
  CHECK(node("64 MiB").address() == 64u << 20);
  CHECK(node("4 KiB").address() == 4096);
  CHECK(node("0.5 KiB").address() == 512);
  CHECK(node("1 GiB").address() == 1u << 30);
  CHECK(node("0").address() == 0);
}

TEST_CASE("what is no address and no size is refused") {
  for (const char* text : {"-1", "-1 MiB", "0x", "0x1g", "1.5", "0.3 B", "1e400 B", "10 MB", "1 ns", "MiB", "nan B",
                           "0x10000000000000000", "1e30 GiB", "here", "18446744073709551616"}) {
    CHECK(address_message(text) ==
          expected("an address like 0x80000000 or a size like 16 MiB", "'" + std::string(text) + "'"));
  }
  CHECK(address_message("{base: 1}") == expected("a text", "a map"));
}

TEST_CASE("numbers are finite") {
  CHECK(node("1.5").number() == 1.5);
  CHECK(node("-2e-3").number() == -0.002);
  CHECK(node("7").number() == 7.0);
  for (const char* text : {"nan", ".nan", "inf", "-inf", ".inf", "1e999", "1.5x", "1,5", "x", "1 ns"}) {
    CHECK(number_message(text) == expected("a number", "'" + std::string(text) + "'"));
  }
  CHECK(number_message("~") == expected("a text", "nothing"));
}

TEST_CASE("a choice is one of those named") {
  CHECK(node("tree").one_of({"tree", "serial"}) == "tree");
  CHECK(message_of([] { node("trie").one_of({"tree", "serial"}); }) == expected("one of tree, serial", "'trie'"));
  CHECK(message_of([] { node("Tree").one_of({"tree", "serial"}); }) == expected("one of tree, serial", "'Tree'"));
}

TEST_CASE("an error that the reader finds carries the same place") {
  CHECK(message_of([] { node("5").fail("is too small for the chip"); }) ==
        "soc.yaml:2:9: chip.size: is too small for the chip");
}
