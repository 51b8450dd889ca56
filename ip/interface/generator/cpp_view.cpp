#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "ip/interface/generator/views.h"

namespace spinvp::generator {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return text;
}

// ERROR_CAUSE and error_cause become ErrorCause.
std::string pascal(const std::string& text) {
  std::string out;
  bool start = true;
  for (const char c : text) {
    if (c == '_') {
      start = true;
      continue;
    }
    const auto letter = static_cast<unsigned char>(c);
    out += static_cast<char>(start ? std::toupper(letter) : std::tolower(letter));
    start = false;
  }
  return out;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + "\"";
}

void add_enums(std::string& out, const Description& description) {
  for (const Enum& one : description.enums) {
    out += fmt::format("/// {}\nenum class {} : std::uint32_t {{\n", one.description, pascal(one.name));
    for (const EnumValue& value : one.values) {
      out += fmt::format("  {} = {},  ///< {}\n", pascal(value.name), value.value, value.description);
    }
    out += fmt::format("}};\ninline constexpr EnumValueInfo {}_values[] = {{\n", one.name);
    for (const EnumValue& value : one.values) {
      out += fmt::format("    {{{}, {}, {}}},\n", quoted(lower(value.name)), value.value, quoted(value.description));
    }
    out += "};\n\n";
  }
}

void add_registers(std::string& out, const Description& description) {
  if (description.registers.empty()) {
    return;
  }
  out += "/// Byte offsets of the registers.\nnamespace registers {\n";
  for (const Register& one : description.registers) {
    out += fmt::format("inline constexpr std::uint32_t {} = 0x{:03X};  ///< {}\n", lower(one.name), one.offset,
                       one.description);
  }
  out += "}  // namespace registers\n\n/// Fields of the registers.\nnamespace fields {\n";
  for (const Register& one : description.registers) {
    for (const Field& field : one.fields) {
      out += fmt::format("inline constexpr BitField {}_{}{{{}, {}}};  ///< {}\n", lower(one.name), lower(field.name),
                         field.high, field.low, field.description);
    }
  }
  out += "}  // namespace fields\n\ninline constexpr RegisterInfo register_table[] = {\n";
  for (const Register& one : description.registers) {
    const auto target = std::find_if(description.registers.begin(), description.registers.end(),
                                     [&](const Register& other) { return other.name == one.sets; });
    const std::uint32_t storage = target == description.registers.end() ? one.offset : target->offset;
    out += fmt::format("    {{{}, 0x{:03X}, Access::{}, 0x{:08X}u, {}, 0x{:08X}u, 0x{:08X}u, 0x{:03X}, {}}},\n",
                       quoted(one.name), one.offset, pascal(one.access), one.reset, one.is_capability,
                       one.implemented(), one.acting(), storage, quoted(one.description));
  }
  out += "};\n\n";
}

std::string member_type(const Field& field) {
  if (!field.enum_name.empty()) {
    return pascal(field.enum_name);
  }
  return field.is_signed ? "std::int32_t" : "std::uint32_t";
}

std::string decode_expression(const Field& field) {
  const std::string bits = fmt::format("BitField{{{}, {}}}", field.high, field.low);
  if (field.is_signed) {
    return fmt::format("{}.extract_signed(words[{}])", bits, field.word);
  }
  const std::string raw = fmt::format("{}.extract(words[{}])", bits, field.word);
  return field.enum_name.empty() ? raw : fmt::format("static_cast<{}>({})", pascal(field.enum_name), raw);
}

void add_field_table(std::string& out, const std::string& name, const std::vector<Field>& fields) {
  out += fmt::format("inline constexpr CommandFieldInfo {}[] = {{\n", name);
  for (const Field& field : fields) {
    const std::string values =
        field.enum_name.empty()
            ? "nullptr, 0"
            : fmt::format("{0}_values, sizeof({0}_values) / sizeof({0}_values[0])", field.enum_name);
    out += fmt::format("    {{{}, {}, {{{}, {}}}, {}, {}u, {}u, {}}},\n", quoted(field.name), field.word, field.high,
                       field.low, field.is_signed, field.minimum, field.maximum, values);
  }
  out += "};\n";
}

void add_command(std::string& out, const Command& command) {
  const std::string name = pascal(command.name) + "Command";
  out += fmt::format("/// {}\nstruct {} {{\n", command.description, name);
  out += fmt::format(
      "  static constexpr std::uint32_t opcode = 0x{:02X};\n  static constexpr std::uint32_t word_count = {};\n",
      command.opcode, command.words);
  out += "  CommandHeader header{opcode, word_count, 0, 0};\n";
  for (const Field& field : command.fields) {
    const bool is_enum = !field.enum_name.empty();
    out += fmt::format("  {} {}{};  ///< {}\n", member_type(field), field.name,
                       is_enum ? "{}" : fmt::format(" = {}", field.minimum), field.description);
  }
  out += fmt::format(
      "\n  /// `words` holds word_count words.\n  static {} decode(const std::uint32_t* words) {{\n"
      "    {} command;\n    command.header = CommandHeader::decode(words);\n",
      name, name);
  for (const Field& field : command.fields) {
    out += fmt::format("    command.{} = {};\n", field.name, decode_expression(field));
  }
  out +=
      "    return command;\n  }\n\n  /// Writes word_count words.\n  void encode(std::uint32_t* words) const {\n"
      "    for (std::uint32_t i = 0; i < word_count; ++i) {\n      words[i] = 0;\n    }\n    header.encode(words);\n";
  for (const Field& field : command.fields) {
    out += fmt::format("    words[{}] |= BitField{{{}, {}}}.insert(static_cast<std::uint32_t>({}));\n", field.word,
                       field.high, field.low, field.name);
  }
  out += "  }\n};\n";
}

void add_commands(std::string& out, const Description& description) {
  if (description.commands.empty()) {
    return;
  }
  out += "/// The two words that every command starts with.\nstruct CommandHeader {\n";
  for (const Field& field : description.header) {
    out += fmt::format("  std::uint32_t {} = 0;  ///< {}\n", field.name, field.description);
  }
  out += "\n  static CommandHeader decode(const std::uint32_t* words) {\n    CommandHeader header;\n";
  for (const Field& field : description.header) {
    out += fmt::format("    header.{} = {};\n", field.name, decode_expression(field));
  }
  out += "    return header;\n  }\n  void encode(std::uint32_t* words) const {\n";
  for (const Field& field : description.header) {
    out +=
        fmt::format("    words[{}] |= BitField{{{}, {}}}.insert({});\n", field.word, field.high, field.low, field.name);
  }
  out += "  }\n};\n\n";
  add_field_table(out, "header_fields", description.header);
  for (const Command& command : description.commands) {
    out += "\n";
    add_command(out, command);
    if (!command.fields.empty()) {
      add_field_table(out, lower(command.name) + "_fields", command.fields);
    }
  }
  out += "\ninline constexpr CommandInfo command_table[] = {\n";
  for (const Command& command : description.commands) {
    const std::string fields =
        command.fields.empty()
            ? "nullptr, 0"
            : fmt::format("{0}_fields, sizeof({0}_fields) / sizeof({0}_fields[0])", lower(command.name));
    out += fmt::format("    {{{}, 0x{:02X}, {}, {}, {}}},\n", quoted(command.name), command.opcode, command.words,
                       command.lane.empty() ? "-1" : fmt::format("static_cast<int>(Lane::{})", pascal(command.lane)),
                       fields);
  }
  out += "};\n\n";
}

void add_structures(std::string& out, const Description& description) {
  for (const Constant& constant : description.constants) {
    out += fmt::format("/// {}\ninline constexpr std::uint32_t {}_{} = 0x{:08X};\n", constant.description,
                       description.name, lower(constant.name), constant.value);
  }
  for (const Structure& structure : description.structures) {
    out +=
        fmt::format("\n/// {}\nstruct {} {{\n", structure.description, pascal(description.name + "_" + structure.name));
    for (const Member& member : structure.members) {
      const std::string type =
          member.type == "char" ? "char" : fmt::format("boost::endian::little_uint{}_t", member.type.substr(1));
      const std::string array = member.count > 1 ? fmt::format("[{}]", member.count) : "";
      out += fmt::format("  {} {}{}{{}};  ///< {}\n", type, member.name, array, member.description);
    }
    out += fmt::format("}};\nstatic_assert(sizeof({}) == {});\n", pascal(description.name + "_" + structure.name),
                       structure.size());
  }
}

}  // namespace

std::string cpp_view(const std::vector<Description>& descriptions) {
  std::string out =
      "// Made from the interface description by interface_generator: do not edit.\n#pragma once\n\n"
      "#include <boost/endian/arithmetic.hpp>\n#include <cstdint>\n\n#include \"ip/interface/view_types.h\"\n\n"
      "namespace spinvp::interface {\n\n";
  for (const Description& description : descriptions) {
    out += fmt::format(
        "/// {}\ninline constexpr std::uint32_t {}_version_major = {};\n"
        "inline constexpr std::uint32_t {}_version_minor = {};\n\n",
        description.title, description.name, description.version_major, description.name, description.version_minor);
    add_enums(out, description);
    add_registers(out, description);
    add_commands(out, description);
    add_structures(out, description);
  }
  return out + "\n}  // namespace spinvp::interface\n";
}

}  // namespace spinvp::generator
