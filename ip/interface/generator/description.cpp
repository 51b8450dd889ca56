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

Field read_field(const Yaml& yaml, const Description& description) {
  yaml.allow({"name", "word", "bits", "signed", "minimum", "maximum", "enum", "description"});
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
  field.enum_name = optional_text(yaml, "enum");
  const auto known = [&](const Enum& one) { return one.name == field.enum_name; };
  if (!field.enum_name.empty() && std::none_of(description.enums.begin(), description.enums.end(), known)) {
    yaml["enum"].fail(fmt::format("no enum is called '{}'", field.enum_name));
  }
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

Register read_register(const Yaml& yaml, const Description& description) {
  yaml.allow({"name", "offset", "access", "reset", "enum", "description", "fields"});
  Register result;
  result.name = yaml["name"].text();
  result.offset = static_cast<std::uint32_t>(yaml["offset"].integer(0, 0xFFC));
  result.access = yaml["access"].one_of({"ro", "rw", "wo", "w1c"});
  result.is_capability = yaml["reset"].text() == "capability";
  result.reset = result.is_capability ? 0 : u32(yaml["reset"]);
  result.enum_name = optional_text(yaml, "enum");
  result.description = yaml["description"].text();
  if (yaml.has("fields")) {
    for (const Yaml& field : yaml["fields"].items()) {
      result.fields.push_back(read_field(field, description));
    }
    refuse_overlap(yaml, result.fields);
  }
  return result;
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

std::uint32_t Structure::size() const {
  std::uint32_t total = 0;
  for (const Member& member : members) {
    total += member.size();
  }
  return total;
}

Description read_description(const std::string& path) {
  const Yaml yaml = Yaml::load(path);
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
    std::set<std::uint32_t> offsets;
    for (const Yaml& entry : yaml["registers"].items()) {
      result.registers.push_back(read_register(entry, result));
      if (!offsets.insert(result.registers.back().offset).second || result.registers.back().offset % 4 != 0) {
        entry["offset"].fail("expected a multiple of 4 that no other register has");
      }
    }
  }
  if (yaml.has("commands")) {
    read_commands(yaml, result);
  }
  if (yaml.has("commands_in")) {  // a file beside this one
    const auto folder = std::filesystem::path(path).parent_path();
    const Yaml commands = Yaml::load((folder / yaml["commands_in"].text()).string());
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

}  // namespace spinvp::generator
