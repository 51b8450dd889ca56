#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "ip/interface/generator/views.h"

namespace spinvp::generator {
namespace {

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); });
  return text;
}

std::string guard_of(const std::string& file) {
  std::string guard = "SPINVP_" + std::filesystem::path(file).filename().string();
  for (char& c : guard) {
    c = std::isalnum(static_cast<unsigned char>(c)) ? static_cast<char>(std::toupper(static_cast<unsigned char>(c)))
                                                    : '_';
  }
  return guard;
}

void add_field(std::string& out, const std::string& name, const Field& field) {
  out += fmt::format("#define {}_MASK 0x{:08X}u /* {} */\n#define {}_SHIFT {}u\n", name, field.mask(),
                     field.description, name, field.low);
}

void add_registers(std::string& out, const Description& description, const std::string& prefix) {
  for (const Register& one : description.registers) {
    out += fmt::format("\n/* {} ({}) {} */\n#define {}_REG_{} 0x{:03X}u\n", one.name, one.access, one.description,
                       prefix, one.name, one.offset);
    if (!one.is_capability) {
      out += fmt::format("#define {}_{}_RESET 0x{:08X}u\n", prefix, one.name, one.reset);
    }
    for (const Field& field : one.fields) {
      add_field(out, fmt::format("{}_{}_{}", prefix, one.name, field.name), field);
    }
  }
}

void add_commands(std::string& out, const Description& description, const std::string& prefix) {
  for (const Field& field : description.header) {
    add_field(out, fmt::format("{}_HEADER_{}", prefix, upper(field.name)), field);
  }
  for (const Command& command : description.commands) {
    out += fmt::format("\n/* {} */\n#define {}_COMMAND_{} 0x{:02X}u\n#define {}_COMMAND_{}_WORDS {}u\n",
                       command.description, prefix, command.name, command.opcode, prefix, command.name, command.words);
  }
}

void add_structures(std::string& out, const Description& description, const std::string& prefix) {
  for (const Structure& structure : description.structures) {
    out += fmt::format("\n/* {} */\nstruct {}_{} {{\n", structure.description, description.prefix, structure.name);
    for (const Member& member : structure.members) {
      const std::string type = member.type == "char" ? "char" : fmt::format("uint{}_t", member.type.substr(1));
      const std::string array = member.count > 1 ? fmt::format("[{}]", member.count) : "";
      out += fmt::format("  {} {}{}; /* {} */\n", type, member.name, array, member.description);
    }
    out += fmt::format("}};\n#define {}_{}_BYTES {}u\n", prefix, upper(structure.name), structure.size());
  }
}

}  // namespace

std::string c_header(const std::vector<Description>& descriptions, const std::string& file) {
  const std::string guard = guard_of(file);
  std::string out = fmt::format(
      "/* Made from the interface description by interface_generator: do not edit. */\n#ifndef {0}\n#define {0}\n\n"
      "#include <stdint.h>\n",
      guard);
  for (const Description& description : descriptions) {
    const std::string prefix = upper(description.prefix);
    out += fmt::format(
        "\n/* {}, version {}.{} */\n#define {}_VERSION_MAJOR_VALUE {}u\n#define {}_VERSION_MINOR_VALUE {}u\n",
        description.title, description.version_major, description.version_minor, prefix, description.version_major,
        prefix, description.version_minor);
    for (const Constant& constant : description.constants) {
      out += fmt::format("#define {}_{} 0x{:08X}u /* {} */\n", prefix, constant.name, constant.value,
                         constant.description);
    }
    for (const Enum& one : description.enums) {
      out += fmt::format("\n/* {} */\nenum {}_{} {{\n", one.description, description.prefix, one.name);
      for (std::size_t i = 0; i < one.values.size(); ++i) {
        out += fmt::format("  {}_{}_{} = {}{} /* {} */\n", prefix, upper(one.name), one.values[i].name,
                           one.values[i].value, i + 1 < one.values.size() ? "," : "", one.values[i].description);
      }
      out += "};\n";
    }
    add_registers(out, description, prefix);
    if (!description.commands.empty()) {
      out += "\n/* Command header */\n";
      add_commands(out, description, prefix);
    }
    add_structures(out, description, prefix);
  }
  out += fmt::format("\n#endif /* {} */\n", guard);
  return out;
}

}  // namespace spinvp::generator
