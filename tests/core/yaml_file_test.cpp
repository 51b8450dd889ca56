// Files and maps: what is refused before a value is read.
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "core/message.h"
#include "core/yaml.h"

using namespace spinvp;
using namespace spinvp::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

namespace fs = std::filesystem;

/// A folder of its own that goes when the test ends.
struct TemporaryFolder {
  fs::path path;

  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "spinvp_core_XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { fs::remove_all(path); }

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
    return (path / name).string();
  }
};

std::string parse_message(const std::string& text) {
  return message_of([&] { Yaml::parse(text, "chip.yaml").allow({"name", "clock"}); });
}

}  // namespace

TEST_CASE("a file is read and knows its name") {
  const TemporaryFolder folder;
  const std::string path = folder.file("chip.yaml", "name: imce\nclock:\n  rate: 5\n");
  const Yaml yaml = Yaml::load(path);
  CHECK(yaml.file() == path);
  CHECK(yaml.key().empty());
  CHECK(yaml["name"].text() == "imce");
  CHECK(yaml["clock"]["rate"].key() == "clock.rate");
  CHECK(yaml["clock"]["rate"].line() == 3);
  CHECK(yaml["clock"]["rate"].file() == path);
}

TEST_CASE("a missing file is named") {
  CHECK(message_of([] { Yaml::load("nowhere/chip.yaml"); }) ==
        "nowhere/chip.yaml: cannot open the file: No such file or directory");
}

TEST_CASE("a folder in the place of a file is refused") {
  const TemporaryFolder folder;
  CHECK(message_of([&] { Yaml::load(folder.path.string()); }) ==
        folder.path.string() + ": is a folder; expected a YAML file");
}

TEST_CASE("a file without end is refused") {
  CHECK(message_of([] { Yaml::load("/dev/zero"); }) == "/dev/zero: holds more than 4 MiB; expected a YAML file");
}

TEST_CASE("an empty file is an empty document, not an unreadable file") {
  const TemporaryFolder folder;
  const std::string path = folder.file("empty.yaml", "");
  CHECK(message_of([&] {
          Yaml::load(path).allow({"name", "clock"});
        }) == path + ":1:1: expected a map with the keys name, clock, found nothing");
  const std::string comment = folder.file("comment.yaml", "# nothing here\n");
  CHECK(message_of([&] { Yaml::load(comment)["name"]; }) ==
        comment + ":1:1: expected a map with the key 'name', found nothing");
}

TEST_CASE("a text that is no YAML names line and column") {
  CHECK_THAT(parse_message("name: [1, 2\nclock: 5\n"), StartsWith("chip.yaml:2:") && Contains("not valid YAML"));
  CHECK_THAT(parse_message("name: imce\n\tclock: 5\n"), StartsWith("chip.yaml:2:") && Contains("not valid YAML"));
  CHECK_THAT(parse_message("name: *nobody\n"), StartsWith("chip.yaml:1:7: not valid YAML"));
}

TEST_CASE("bytes that are no text are refused") {
  std::string bytes;
  for (int i = 0; i < 512; ++i) {
    bytes += static_cast<char>(i * 37);
  }
  CHECK_THAT(parse_message(bytes), StartsWith("chip.yaml:"));
}

TEST_CASE("lists nested thousands deep are refused instead of ending the program") {
  CHECK_THAT(parse_message(std::string(100000, '[')), StartsWith("chip.yaml:") && Contains("not valid YAML"));
  std::string nested;
  for (int depth = 0; depth < 3000; ++depth) {
    nested += std::string(static_cast<std::size_t>(depth), ' ') + "k:\n";
  }
  CHECK_THAT(parse_message(nested), StartsWith("chip.yaml:"));
}

TEST_CASE("a second document in the file is refused, because nobody would read it") {
  CHECK(parse_message("name: a\nclock: 1\n---\nname: b\n") ==
        "chip.yaml:3:1: a second document begins here; expected one");
}

TEST_CASE("a single document with its marker is fine") {
  CHECK(Yaml::parse("---\nname: a\n...\n", "chip.yaml")["name"].text() == "a");
}

TEST_CASE("an unknown key names the nearest valid one") {
  CHECK(parse_message("name: a\nclok: 5\n") == "chip.yaml:2:1: unknown key 'clok'; did you mean 'clock'?");
}

TEST_CASE("an unknown key that is near to none lists the valid ones") {
  CHECK(parse_message("name: a\nqqqqqqqqqq: 5\n") ==
        "chip.yaml:2:1: unknown key 'qqqqqqqqqq'; valid keys: name, clock");
}

TEST_CASE("an unknown key inside a map names the map's path") {
  const Yaml yaml = Yaml::parse("bus:\n  latensy: 1\n", "soc.yaml");
  CHECK(message_of([&] { yaml["bus"].allow({"latency"}); }) ==
        "soc.yaml:2:3: bus: unknown key 'latensy'; did you mean 'latency'?");
}

TEST_CASE("a key that stands twice is refused where it stands again") {
  CHECK(parse_message("name: a\nclock: 1\nname: b\n") == "chip.yaml:3:1: the key 'name' stands here twice");
}

TEST_CASE("a key that is a list or a map is refused") {
  CHECK(parse_message("name: a\n? [x, y]\n: 1\n") == "chip.yaml:2:3: expected a text as key, found a list");
  CHECK(message_of([] { Yaml::parse("{[a]: 1}", "chip.yaml").keys(); }) ==
        "chip.yaml:1:2: expected a text as key, found a list");
}

TEST_CASE("a list or a text in the place of a map is refused") {
  CHECK(parse_message("[1, 2]") == "chip.yaml:1:1: expected a map with the keys name, clock, found a list");
  CHECK(parse_message("imce") == "chip.yaml:1:1: expected a map with the keys name, clock, found 'imce'");
  const Yaml yaml = Yaml::parse("clock: 5\n", "chip.yaml");
  CHECK(message_of([&] { yaml["clock"]["rate"]; }) ==
        "chip.yaml:1:8: clock: expected a map with the key 'rate', found '5'");
  CHECK(message_of([&] { yaml["clock"].keys(); }) == "chip.yaml:1:8: clock: expected a map, found '5'");
  CHECK_FALSE(yaml["clock"].has("rate"));
}

TEST_CASE("a missing key names itself and where it is missed") {
  const Yaml yaml = Yaml::parse("clock:\n  rate: 5\n", "chip.yaml");
  CHECK(message_of([&] { yaml["name"]; }) == "chip.yaml:1:1: the key 'name' is missing");
  CHECK(message_of([&] { yaml["clock"]["unit"]; }) == "chip.yaml:2:3: clock: the key 'unit' is missing");
  CHECK(yaml.has("clock"));
  CHECK_FALSE(yaml.has("name"));
  CHECK(message_of([&] { yaml.allow({"clock"}); }) == "(no InputError)");  // asking adds no keys
}

TEST_CASE("a text that begins or goes on with a comma is refused at once") {
  for (const char* text : {", a", "--- ,", "- a\n, b", "a: 1\n---\n, b", "&a ,", "!t ,"}) {
    INFO(text);
    CHECK(message_of([&] { Yaml::parse(text, "chip.yaml")["name"]; }).rfind("chip.yaml:", 0) == 0);
  }
}

TEST_CASE("keys come in the file's order") {
  const Yaml yaml = Yaml::parse("b: 1\na: 2\nc: 3\n", "chip.yaml");
  CHECK(yaml.keys() == std::vector<std::string>{"b", "a", "c"});
}

TEST_CASE("items know their place in the list") {
  const Yaml yaml = Yaml::parse("list:\n  - rows: 1\n  - rows: x\n", "chip.yaml");
  const std::vector<Yaml> items = yaml["list"].items();
  REQUIRE(items.size() == 2);
  CHECK(message_of([&] { items[1]["rows"].integer(0, 9); }) ==
        "chip.yaml:3:11: list[1].rows: expected a whole number from 0 to 9, found 'x'");
  CHECK(message_of([&] { items[1]["rows"].items(); }) == "chip.yaml:3:11: list[1].rows: expected a list, found 'x'");
  CHECK(Yaml::parse("[]", "x").items().empty());
}

TEST_CASE("the nearest word is found by edit distance, and only when it is near") {
  CHECK(nearest("clok", {"name", "clock", "block"}) == "clock");
  CHECK(nearest("clock", {"name", "clock"}) == "clock");
  CHECK(nearest("read_latancy", {"read_energy", "read_latency", "write_latency"}) == "read_latency");
  CHECK(nearest("zzzzzzzzzzzz", {"name", "clock"}).empty());
  CHECK(nearest("name", {}).empty());
  CHECK(nearest("", {"abcdefgh"}).empty());
}
