#include "ip/interface/generator/description.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "core/yaml.h"

namespace spinvp::generator {
namespace {

constexpr std::int64_t max_u32 = 0xFFFFFFFF;

std::uint32_t u32(const Yaml& yaml) {
  return static_cast<std::uint32_t>(yaml.integer(0, max_u32));
}

std::string optional_text(const Yaml& yaml, const std::string& key) {
  return yaml.has(key) ? yaml[key].text() : "";
}

Enum read_enum(const Yaml& yaml) {
  yaml.allow({"name", "description", "values"});
  Enum result{yaml["name"].text(), yaml["description"].text(), {}};
  for (const Yaml& value : yaml["values"].items()) {
    value.allow({"name", "value", "description"});
    result.values.push_back({value["name"].text(), u32(value["value"]), value["description"].text()});
  }
  return result;
}

// The enum that says what a value means; empty when there is none.
std::string read_enum_name(const Yaml& yaml, const Description& description) {
  std::string name = optional_text(yaml, "enum");
  const auto known = [&](const Enum& one) { return one.name == name; };
  if (!name.empty() && std::none_of(description.enums.begin(), description.enums.end(), known)) {
    yaml["enum"].fail(fmt::format("no enum is called '{}'", name));
  }
  return name;
}

Field read_field(const Yaml& yaml, const Description& description) {
  yaml.allow({"name", "word", "bits", "signed", "minimum", "maximum", "enum", "acts", "description"});
  Field field;
  field.name = yaml["name"].text();
  field.description = yaml["description"].text();
  field.word = yaml.has("word") ? u32(yaml["word"]) : 0;
  const auto bits = yaml["bits"].items();
  if (bits.size() != 2) {
    yaml["bits"].fail("expected [high, low]");
  }
  field.high = static_cast<std::uint32_t>(bits[0].integer(0, 31));
  field.low = static_cast<std::uint32_t>(bits[1].integer(0, field.high));
  field.is_signed = yaml.has("signed") && yaml["signed"].boolean();
  field.maximum = field.mask() >> field.low;
  if (yaml.has("minimum")) {
    field.minimum = static_cast<std::uint32_t>(yaml["minimum"].integer(0, field.maximum));
  }
  if (yaml.has("maximum")) {
    field.maximum = static_cast<std::uint32_t>(yaml["maximum"].integer(field.minimum, field.maximum));
  }
  field.enum_name = read_enum_name(yaml, description);
  field.acts = yaml.has("acts") && yaml["acts"].boolean();
  return field;
}

void refuse_overlap(const Yaml& yaml, const std::vector<Field>& fields) {
  std::map<std::uint32_t, std::uint32_t> used;
  for (const Field& field : fields) {
    if ((used[field.word] & field.mask()) != 0) {
      yaml.fail(fmt::format("the bits of field '{}' overlap another field's", field.name));
    }
    used[field.word] |= field.mask();
  }
}

// "capability": what the configuration of the chip says; "version": of this description; else a number.
void read_reset(const Yaml& yaml, const Description& description, Register& result) {
  const std::string text = yaml.text();
  result.is_capability = text == "capability";
  if (text == "version") {
    result.reset = description.version_major << 16 | description.version_minor;
  } else if (!result.is_capability) {
    result.reset = u32(yaml);
  }
}

// What a written 1 sets: bits of another register that are cleared there.
void read_sets(const Yaml& yaml, const Description& description, Register& result) {
  result.sets = yaml["sets"].text();
  if (result.access != "w1s") {
    yaml["sets"].fail("only a register with access w1s sets bits of another one");
  }
  const auto named = [&](const Register& one) { return one.name == result.sets; };
  const auto target = std::find_if(description.registers.begin(), description.registers.end(), named);
  if (target == description.registers.end()) {
    yaml["sets"].fail(fmt::format("no register above this one is called '{}'", result.sets));
  }
  if (target->implemented() != result.implemented() || target->reset != result.reset) {
    yaml["sets"].fail(fmt::format("the bits and the reset value differ from those of {}", result.sets));
  }
}

Register read_register(const Yaml& yaml, const Description& description) {
  yaml.allow({"name", "offset", "access", "reset", "constant", "holds", "sets", "enum", "description", "fields"});
  Register result;
  result.name = yaml["name"].text();
  result.offset = static_cast<std::uint32_t>(yaml["offset"].integer(0, register_page_bytes - 4));
  result.access = yaml["access"].one_of({"ro", "rw", "wo", "w1c", "w1s"});
  read_reset(yaml["reset"], description, result);
  result.is_constant = result.is_capability || (yaml.has("constant") && yaml["constant"].boolean());
  if (result.is_constant && result.access != "ro") {
    yaml["access"].fail("a register that never changes is ro");
  }
  result.holds = optional_text(yaml, "holds");
  result.enum_name = read_enum_name(yaml, description);
  result.description = yaml["description"].text();
  if (yaml.has("fields")) {
    for (const Yaml& field : yaml["fields"].items()) {
      result.fields.push_back(read_field(field, description));
      if (result.fields.back().acts && result.access != "rw" && result.access != "wo") {
        field["acts"].fail("only a field that software writes as it likes (rw, wo) acts");
      }
    }
    refuse_overlap(yaml, result.fields);
  }
  if ((result.reset & (~result.implemented() | result.acting())) != 0) {
    yaml["reset"].fail("the value sets bits that read 0");
  }
  if (yaml.has("sets")) {
    read_sets(yaml, description, result);
  }
  return result;
}

void read_registers(const Yaml& yaml, Description& result) {
  std::set<std::uint32_t> offsets;
  const auto entries = yaml.items();
  for (const Yaml& entry : entries) {
    result.registers.push_back(read_register(entry, result));
    if (!offsets.insert(result.registers.back().offset).second || result.registers.back().offset % 4 != 0) {
      entry["offset"].fail("expected a multiple of 4 that no other register has");
    }
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string& held = result.registers[i].holds;
    const auto named = [&](const Register& one) { return one.name == held; };
    if (!held.empty() && std::none_of(result.registers.begin(), result.registers.end(), named)) {
      entries[i]["holds"].fail(fmt::format("no register is called '{}'", held));
    }
  }
}

Command read_command(const Yaml& yaml, const Description& description) {
  yaml.allow({"name", "opcode", "words", "lane", "description", "fields"});
  Command result;
  result.name = yaml["name"].text();
  result.opcode = static_cast<std::uint32_t>(yaml["opcode"].integer(0, 255));
  result.words = static_cast<std::uint32_t>(yaml["words"].integer(2, 255));
  result.lane = optional_text(yaml, "lane");
  result.description = yaml["description"].text();
  if (yaml.has("fields")) {
    for (const Yaml& field : yaml["fields"].items()) {
      result.fields.push_back(read_field(field, description));
      if (result.fields.back().word < 2 || result.fields.back().word >= result.words) {
        field.fail("the field's word lies outside the command's body");
      }
    }
    refuse_overlap(yaml, result.fields);
  }
  return result;
}

Structure read_structure(const Yaml& yaml) {
  yaml.allow({"name", "description", "fields"});
  Structure result{yaml["name"].text(), yaml["description"].text(), {}};
  std::uint32_t offset = 0;
  for (const Yaml& entry : yaml["fields"].items()) {
    entry.allow({"name", "type", "count", "description"});
    Member member;
    member.name = entry["name"].text();
    member.type = entry["type"].one_of({"u16", "u32", "u64", "char"});
    member.count = entry.has("count") ? static_cast<std::uint32_t>(entry["count"].integer(1, 4096)) : 1;
    member.description = entry["description"].text();
    const std::uint32_t alignment = member.size() / member.count;
    if (offset % alignment != 0) {
      entry.fail(fmt::format("the member stands at byte {}, which is no multiple of its size", offset));
    }
    offset += member.size();
    result.members.push_back(member);
  }
  if (offset % 8 != 0) {
    yaml.fail(fmt::format("the structure's size {} is no multiple of 8; add a reserved member", offset));
  }
  return result;
}

// The header that all commands share, then each of them.
void read_commands(const Yaml& yaml, Description& result) {
  if (yaml.has("header")) {
    for (const Yaml& entry : yaml["header"].items()) {
      result.header.push_back(read_field(entry, result));
    }
    refuse_overlap(yaml["header"], result.header);
  }
  std::set<std::uint32_t> opcodes;
  for (const Yaml& entry : yaml["commands"].items()) {
    result.commands.push_back(read_command(entry, result));
    if (!opcodes.insert(result.commands.back().opcode).second) {
      entry["opcode"].fail("another command has this opcode");
    }
  }
}

}  // namespace

std::uint32_t Member::size() const {
  const std::uint32_t one = type == "u64" ? 8 : type == "u32" ? 4 : type == "u16" ? 2 : 1;
  return one * count;
}

std::uint32_t Register::implemented() const {
  std::uint32_t bits = fields.empty() ? 0xFFFFFFFFu : 0u;
  for (const Field& field : fields) {
    bits |= field.mask();
  }
  return bits;
}

std::uint32_t Register::acting() const {
  std::uint32_t bits = 0;
  for (const Field& field : fields) {
    bits |= field.acts ? field.mask() : 0u;
  }
  return bits;
}

std::vector<Field> Register::layout() const {
  std::vector<Field> parts = fields;
  if (parts.empty()) {
    parts.push_back({});
    parts.back().name = "VALUE";
    parts.back().enum_name = enum_name;
    parts.back().description = description;
  }
  const std::uint32_t used = implemented();
  for (std::uint32_t bit = 0; bit < 32; ++bit) {
    if ((used >> bit & 1u) != 0) {
      continue;
    }
    const bool goes_on = bit > 0 && (used >> (bit - 1) & 1u) == 0;
    if (!goes_on) {
      parts.push_back({});
      parts.back().low = bit;
    }
    parts.back().high = bit;
  }
  std::sort(parts.begin(), parts.end(), [](const Field& a, const Field& b) { return a.low < b.low; });
  return parts;
}

std::uint32_t Structure::size() const {
  std::uint32_t total = 0;
  for (const Member& member : members) {
    total += member.size();
  }
  return total;
}

namespace {

using LoadYaml = std::function<Yaml(const std::string&)>;

Description read(const Yaml& yaml, const LoadYaml& load) {
  yaml.allow({"name", "prefix", "title", "version", "constants", "enums", "registers", "header", "commands",
              "commands_in", "structures"});
  Description result;
  result.name = yaml["name"].text();
  result.prefix = yaml["prefix"].text();
  result.title = yaml["title"].text();
  yaml["version"].allow({"major", "minor"});
  result.version_major = static_cast<std::uint32_t>(yaml["version"]["major"].integer(0, 65535));
  result.version_minor = static_cast<std::uint32_t>(yaml["version"]["minor"].integer(0, 65535));
  if (yaml.has("constants")) {
    for (const Yaml& entry : yaml["constants"].items()) {
      entry.allow({"name", "value", "description"});
      result.constants.push_back({entry["name"].text(), u32(entry["value"]), entry["description"].text()});
    }
  }
  if (yaml.has("enums")) {
    for (const Yaml& entry : yaml["enums"].items()) {
      result.enums.push_back(read_enum(entry));
    }
  }
  if (yaml.has("registers")) {
    read_registers(yaml["registers"], result);
  }
  if (yaml.has("commands")) {
    read_commands(yaml, result);
  }
  if (yaml.has("commands_in")) {  // a file beside this one
    const Yaml commands = load(yaml["commands_in"].text());
    commands.allow({"header", "commands"});
    read_commands(commands, result);
  }
  if (yaml.has("structures")) {
    for (const Yaml& entry : yaml["structures"].items()) {
      result.structures.push_back(read_structure(entry));
    }
  }
  return result;
}

}  // namespace

Description read_description(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  return read(Yaml::load(path), [&](const std::string& name) { return Yaml::load((folder / name).string()); });
}

Description read_description(const std::string& name, const std::function<std::string(const std::string&)>& file) {
  return read(Yaml::parse(file(name), name),
              [&](const std::string& beside) { return Yaml::parse(file(beside), beside); });
}

}  // namespace spinvp::generator
