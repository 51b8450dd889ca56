#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "ip/interface/generator/views.h"
#include "ip/interface/generator/xml_writer.h"

namespace spinvp::generator {
namespace {

std::string hex(std::uint64_t value) {
  return fmt::format("0x{:08X}", value);
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); });
  return text;
}

// Access and what a written 1 does; the latter is empty for registers that keep what is written.
struct SvdAccess {
  std::string access;
  std::string modified_write_values;
};

SvdAccess svd_access(const std::string& access) {
  static const std::map<std::string, SvdAccess> known = {{"ro", {"read-only", ""}},
                                                         {"rw", {"read-write", ""}},
                                                         {"wo", {"write-only", ""}},
                                                         {"w1c", {"read-write", "oneToClear"}},
                                                         {"w1s", {"read-write", "oneToSet"}}};
  return known.at(access);
}

std::string bits_text(const Field& field) {
  return field.high == field.low ? fmt::format("{}", field.low) : fmt::format("{}:{}", field.high, field.low);
}

// The description, and which bits read 0 whatever is written.
std::string described(const Register& one) {
  std::string text = one.description;
  std::string bits;
  for (const Field& part : one.layout()) {
    if (part.name.empty()) {
      bits += (bits.empty() ? "" : ", ") + bits_text(part);
    }
  }
  return bits.empty() ? text : fmt::format("{} Reserved bits, which read 0: {}.", text, bits);
}

void add_enum(XmlWriter& xml, const Description& description, const std::string& name) {
  for (const Enum& one : description.enums) {
    if (one.name != name) {
      continue;
    }
    xml.open("enumeratedValues");
    for (const EnumValue& value : one.values) {
      xml.open("enumeratedValue");
      xml.element("name", value.name);
      xml.element("description", value.description);
      xml.element("value", fmt::format("{}", value.value));
      xml.close();
    }
    xml.close();
  }
}

void add_field(XmlWriter& xml, const Description& description, const Register& of, const Field& field) {
  xml.open("field");
  xml.element("name", field.name);
  xml.element("description", field.description);
  xml.element("bitRange", fmt::format("[{}:{}]", field.high, field.low));
  if (field.acts && of.access != "wo") {
    xml.element("access", "write-only");
  }
  add_enum(xml, description, field.enum_name);
  xml.close();
}

void add_register(XmlWriter& xml, const Description& description, const Register& one) {
  const SvdAccess access = svd_access(one.access);
  xml.open("register");
  xml.element("name", one.name);
  xml.element("description", described(one));
  xml.element("addressOffset", fmt::format("0x{:03X}", one.offset));
  xml.element("size", "32");
  xml.element("access", access.access);
  xml.element("resetValue", hex(one.reset));
  xml.element("resetMask", hex(one.is_capability ? 0u : 0xFFFFFFFFu));
  if (!access.modified_write_values.empty()) {
    xml.element("modifiedWriteValues", access.modified_write_values);
  }
  if (!one.holds.empty()) {
    xml.element("readAction", "modifyExternal");
  }
  if (!one.fields.empty() || !one.enum_name.empty()) {
    xml.open("fields");
    for (const Field& field : one.layout()) {
      if (!field.name.empty()) {
        add_field(xml, description, one, field);
      }
    }
    xml.close();
  }
  xml.close();
}

void add_address_block(XmlWriter& xml, const Window& where, const std::string& usage) {
  xml.open("addressBlock");
  xml.element("offset", fmt::format("0x{:X}", where.offset));
  xml.element("size", fmt::format("0x{:X}", where.bytes));
  xml.element("usage", usage);
  xml.close();
}

}  // namespace

std::string svd(const Description& description, const Placement& placement, const Window& window) {
  const std::string name = upper(description.name);
  const std::string version = fmt::format("{}.{}", description.version_major, description.version_minor);
  XmlWriter xml("device", {{"schemaVersion", "1.3"},
                           {"xmlns:xs", "http://www.w3.org/2001/XMLSchema-instance"},
                           {"xs:noNamespaceSchemaLocation", "CMSIS-SVD.xsd"}});
  xml.element("name", name);
  xml.element("version", version);
  xml.element("description", description.title);
  xml.element("addressUnitBits", "8");
  xml.element("width", "32");
  xml.open("peripherals");
  xml.open("peripheral");
  xml.element("name", name);
  xml.element("version", version);
  xml.element("description", description.title);
  xml.element("baseAddress", hex(placement.base));
  add_address_block(xml, {0, register_page_bytes}, "registers");
  if (window.bytes > 0) {
    add_address_block(xml, window, "buffer");
  }
  xml.open("interrupt");
  xml.element("name", name);
  xml.element("description", "a cause is pending and enabled");
  xml.element("value", fmt::format("{}", placement.interrupt));
  xml.close();
  xml.open("registers");
  for (const Register& one : description.registers) {
    add_register(xml, description, one);
  }
  return xml.finish();
}

}  // namespace spinvp::generator
