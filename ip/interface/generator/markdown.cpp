#include <fmt/format.h>

#include "ip/interface/generator/views.h"

namespace spinvp::generator {
namespace {

std::string bit_range(const Field& field) {
  return field.high == field.low ? fmt::format("{}", field.low) : fmt::format("{}:{}", field.high, field.low);
}

std::string range(const Field& field) {
  if (!field.enum_name.empty()) {
    return fmt::format("[{0}](#{0})", field.enum_name);
  }
  const std::uint32_t full = field.mask() >> field.low;
  if (field.is_signed) {
    return "signed";
  }
  return field.minimum == 0 && field.maximum == full ? "any" : fmt::format("{} … {}", field.minimum, field.maximum);
}

void add_registers(std::string& out, const Description& description) {
  out +=
      "\n## Registers\n\n"
      "All registers are 32 bits wide. Accesses of any length and alignment act on the words that they "
      "touch; bytes that\n"
      "are not written keep their value, and count as 0 where a 1 does something. An access that touches "
      "an offset which the\n"
      "table does not name is refused with a bus error, and then does nothing. A write to a read-only (ro) "
      "register is accepted\n"
      "and ignored, a write-only one (wo) reads 0, and bits that no field names read 0. While the reset "
      "pin is held all writes\n"
      "are ignored. *capability* in place of a reset value: what the chip's configuration says.\n\n"
      "| offset | register | access | reset | meaning |\n|---|---|---|---|---|\n";
  for (const Register& one : description.registers) {
    out += fmt::format("| 0x{:03X} | {} | {} | {} | {} |\n", one.offset, one.name, one.access,
                       one.is_capability ? "*capability*" : fmt::format("0x{:08X}", one.reset), one.description);
  }
  for (const Register& one : description.registers) {
    if (one.fields.empty()) {
      continue;
    }
    out += fmt::format("\n### {}\n\n| bits | field | meaning |\n|---|---|---|\n", one.name);
    for (const Field& field : one.layout()) {
      const bool is_reserved = field.name.empty();
      out += fmt::format("| {} | {} | {} |\n", bit_range(field), is_reserved ? "–" : field.name,
                         is_reserved ? "reserved" : field.description);
    }
  }
}

void add_commands(std::string& out, const Description& description) {
  out += "\n## Command header\n\n| word | bits | field | meaning |\n|---|---|---|---|\n";
  for (const Field& field : description.header) {
    out += fmt::format("| {} | {} | {} | {} |\n", field.word, bit_range(field), field.name, field.description);
  }
  out += "\n## Commands\n";
  for (const Command& command : description.commands) {
    out += fmt::format("\n### {}\n\nOpcode 0x{:02X}, {} words, {}. {}\n", command.name, command.opcode, command.words,
                       command.lane.empty() ? "run by the command processor" : fmt::format("lane {}", command.lane),
                       command.description);
    if (command.fields.empty()) {
      continue;
    }
    out += "\n| word | bits | field | range | meaning |\n|---|---|---|---|---|\n";
    for (const Field& field : command.fields) {
      out += fmt::format("| {} | {} | {} | {} | {} |\n", field.word, bit_range(field), field.name, range(field),
                         field.description);
    }
  }
}

void add_structures(std::string& out, const Description& description) {
  for (const Structure& structure : description.structures) {
    out +=
        fmt::format("\n### struct {}_{}\n\n{} bytes. {}\n\n| offset | type | member | meaning |\n|---|---|---|---|\n",
                    description.prefix, structure.name, structure.size(), structure.description);
    std::uint32_t offset = 0;
    for (const Member& member : structure.members) {
      out += fmt::format("| {} | {}{} | {} | {} |\n", offset, member.type,
                         member.count > 1 ? fmt::format("[{}]", member.count) : "", member.name, member.description);
      offset += member.size();
    }
  }
}

}  // namespace

std::string markdown(const std::vector<Description>& descriptions) {
  std::string out =
      "# Interface reference\n\nMade from the interface description (`ip/interface/`): do not edit. `spinvp regs -o "
      "docs/interface.md` refreshes this page;\n`spinvp regs --format header|view|svd|ipxact` writes the same "
      "description "
      "for compilers, debuggers and other tools\n([programming guide](programming-guide.md#register-views)).\n";
  for (const Description& description : descriptions) {
    out += fmt::format("\n# {} (version {}.{})\n", description.title, description.version_major,
                       description.version_minor);
    if (!description.constants.empty()) {
      out += "\n| constant | value | meaning |\n|---|---|---|\n";
      for (const Constant& constant : description.constants) {
        out += fmt::format("| {} | 0x{:08X} | {} |\n", constant.name, constant.value, constant.description);
      }
    }
    if (!description.registers.empty()) {
      add_registers(out, description);
    }
    if (!description.commands.empty()) {
      add_commands(out, description);
    }
    if (!description.enums.empty()) {
      out += "\n## Enumerations\n";
    }
    for (const Enum& one : description.enums) {
      out += fmt::format("\n### {}\n\n{}\n\n| value | name | meaning |\n|---|---|---|\n", one.name, one.description);
      for (const EnumValue& value : one.values) {
        out += fmt::format("| {} | {} | {} |\n", value.value, value.name, value.description);
      }
    }
    if (!description.structures.empty()) {
      out += "\n## Memory structures\n";
      add_structures(out, description);
    }
  }
  return out;
}

}  // namespace spinvp::generator
