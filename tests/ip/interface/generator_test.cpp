#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "core/errors.h"
#include "ip/interface/generator/description.h"

using namespace spinvp;
using Catch::Matchers::Contains;

namespace {

// What is wrong with a description, or nothing.
std::string refusal(const std::string& body) {
  const auto path = std::filesystem::temp_directory_path() / ("description" + std::to_string(getpid()) + ".yaml");
  std::ofstream(path) << "name: toy\nprefix: toy\ntitle: Toy\nversion: {major: 1, minor: 2}\n" << body;
  std::string message;
  try {
    generator::read_description(path.string());
  } catch (const InputError& error) {
    message = error.what();
  }
  std::filesystem::remove(path);
  return message;
}

std::string with_register(const std::string& fields) {
  return "registers:\n  - {name: A, offset: 0, access: rw, reset: 0, description: a, fields: [" + fields + "]}\n";
}

std::string with_command(const std::string& fields) {
  return "commands:\n  - {name: GO, opcode: 1, words: 3, description: go, fields: [" + fields + "]}\n";
}

std::string field(const std::string& name, const std::string& rest) {
  return "{name: " + name + ", description: d, " + rest + "}";
}

}  // namespace

TEST_CASE("the generator takes a correct description") {
  CHECK(refusal("").empty());
  CHECK(refusal(with_register(field("x", "bits: [3, 0]") + ", " + field("y", "bits: [31, 4]"))).empty());
  CHECK(refusal(with_command(field("x", "word: 2, bits: [31, 0]"))).empty());
  CHECK(
      refusal("structures:\n  - {name: s, description: d, fields: [{name: m, type: u64, description: d}]}\n").empty());
}

TEST_CASE("the generator refuses fields that overlap") {
  CHECK_THAT(refusal(with_register(field("x", "bits: [3, 0]") + ", " + field("y", "bits: [4, 3]"))),
             Contains("bits of field 'y' overlap") && Contains("yaml:6:"));
  CHECK_THAT(refusal(with_command(field("x", "word: 2, bits: [3, 0]") + ", " + field("z", "word: 2, bits: [31, 0]"))),
             Contains("bits of field 'z' overlap"));
}

TEST_CASE("the generator refuses unknown keys and names the nearest one") {
  CHECK_THAT(refusal(with_register(field("x", "bits: [3, 0], minimun: 1"))),
             Contains("minimun") && Contains("minimum") && Contains("yaml:6:"));
  CHECK_THAT(refusal("comands: []\n"), Contains("comands") && Contains("commands"));
}

TEST_CASE("the generator refuses two commands with one opcode") {
  CHECK_THAT(refusal("commands:\n  - {name: A, opcode: 1, words: 2, description: a}\n"
                     "  - {name: B, opcode: 1, words: 2, description: b}\n"),
             Contains("another command has this opcode") && Contains("yaml:7:"));
}

TEST_CASE("the generator refuses registers that are misaligned or share an offset") {
  const std::string first = "registers:\n  - {name: A, offset: 4, access: rw, reset: 0, description: a}\n";
  CHECK_THAT(refusal(first + "  - {name: B, offset: 4, access: rw, reset: 0, description: a}\n"),
             Contains("expected a multiple of 4 that no other register has"));
  CHECK_THAT(refusal(first + "  - {name: B, offset: 9, access: rw, reset: 0, description: a}\n"),
             Contains("expected a multiple of 4 that no other register has"));
  CHECK_THAT(refusal(first + "  - {name: B, offset: 8, access: wr, reset: 0, description: a}\n"),
             Contains("expected one of ro, rw, wo, w1c"));
}

TEST_CASE("the generator refuses members that are not aligned") {
  const std::string start =
      "structures:\n  - {name: s, description: d, fields: [{name: a, type: u32, description: d}, ";
  CHECK_THAT(refusal(start + "{name: b, type: u64, description: d}]}\n"),
             Contains("stands at byte 4, which is no multiple of its size"));
  CHECK_THAT(refusal(start + "{name: b, type: u32, count: 2, description: d}]}\n"),
             Contains("size 12 is no multiple of 8; add a reserved member"));
  CHECK_THAT(refusal(start + "{name: b, type: i32, description: d}]}\n"),
             Contains("expected one of u16, u32, u64, char"));
}

TEST_CASE("the generator refuses fields outside their command and enums that do not exist") {
  CHECK_THAT(refusal(with_command(field("x", "word: 3, bits: [3, 0]"))), Contains("lies outside the command's body"));
  CHECK_THAT(refusal(with_command(field("x", "word: 1, bits: [3, 0]"))), Contains("lies outside the command's body"));
  CHECK_THAT(refusal(with_command(field("x", "word: 2, bits: [3, 0], enum: colour"))),
             Contains("no enum is called 'colour'"));
  CHECK_THAT(refusal(with_command(field("x", "word: 2, bits: [3]"))), Contains("expected [high, low]"));
  CHECK_THAT(refusal(with_command(field("x", "word: 2, bits: [0, 3]"))),
             Contains("expected a whole number from 0 to 0"));
  CHECK_THAT(refusal(with_command(field("x", "word: 2, bits: [3, 0], maximum: 16"))),
             Contains("expected a whole number from 0 to 15"));
}

TEST_CASE("the generator takes registers that set others, act, hold halves or never change") {
  const std::string pending = "registers:\n  - {name: A, offset: 0, access: w1c, reset: 0, description: a, fields: [" +
                              field("x", "bits: [3, 0]") + "]}\n";
  CHECK(refusal(pending + "  - {name: B, offset: 4, access: w1s, sets: A, reset: 0, description: b, fields: [" +
                field("x", "bits: [3, 0]") + "]}\n")
            .empty());
  CHECK(refusal(pending + "  - {name: B, offset: 4, access: w1s, reset: 0, description: bits of its own}\n").empty());
  CHECK(refusal(with_register(field("x", "bits: [0, 0], acts: true"))).empty());
  CHECK(refusal("registers:\n  - {name: A, offset: 0, access: ro, holds: B, reset: 0, description: a}\n"
                "  - {name: B, offset: 4, access: ro, reset: version, constant: true, description: b}\n")
            .empty());
}

TEST_CASE("the generator refuses registers that contradict themselves") {
  const std::string start = "registers:\n  - {name: A, offset: 0, description: a, ";
  CHECK_THAT(refusal(start + "access: rw, reset: 0, constant: true}\n"),
             Contains("a register that never changes is ro"));
  CHECK_THAT(refusal(start + "access: rw, reset: capability}\n"), Contains("a register that never changes is ro"));
  CHECK_THAT(refusal(start + "access: rw, reset: 4, fields: [" + field("x", "bits: [1, 0]") + "]}\n"),
             Contains("the value sets bits that read 0"));
  CHECK_THAT(refusal(start + "access: rw, reset: 1, fields: [" + field("x", "bits: [1, 0], acts: true") + "]}\n"),
             Contains("the value sets bits that read 0"));
  CHECK_THAT(refusal(start + "access: ro, reset: 0, fields: [" + field("x", "bits: [1, 0], acts: true") + "]}\n"),
             Contains("only a field that software writes as it likes"));
  CHECK_THAT(refusal(start + "access: ro, reset: 0, enum: colour}\n"), Contains("no enum is called 'colour'"));
  CHECK_THAT(refusal(start + "access: ro, reset: 0, holds: B}\n"), Contains("no register is called 'B'"));
  CHECK_THAT(refusal(start + "access: rw, reset: 0, sets: A}\n"), Contains("only a register with access w1s"));
  CHECK_THAT(refusal(start + "access: w1s, reset: 0, sets: B}\n"),
             Contains("no register above this one is called 'B'"));
  CHECK_THAT(refusal(start + "access: w1c, reset: 0}\n  - {name: B, offset: 4, access: w1s, sets: A, reset: 1, "
                             "description: b}\n"),
             Contains("the bits and the reset value differ from those of A"));
}
