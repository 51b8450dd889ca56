#include <fmt/format.h>

#include <map>

#include "ip/interface/generator/views.h"
#include "ip/interface/generator/xml_writer.h"

namespace spinvp::generator {
namespace {

// Numbers are SystemVerilog literals in this edition of the standard.
std::string hex(std::uint64_t value) {
  return fmt::format("'h{:X}", value);
}

std::string ipxact_access(const std::string& access) {
  static const std::map<std::string, std::string> known = {
      {"ro", "read-only"}, {"rw", "read-write"}, {"wo", "write-only"}, {"w1c", "read-write"}, {"w1s", "read-write"}};
  return known.at(access);
}

// Whether the chip changes the register by itself.
bool is_volatile(const Register& one) {
  return one.access != "rw" && one.access != "wo" && !one.is_constant;
}

void add_reset(XmlWriter& xml, std::uint32_t value) {
  xml.open("resets");
  xml.open("reset");
  xml.element("value", hex(value));
  xml.close();
  xml.close();
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
      xml.element("value", hex(value.value));
      xml.close();
    }
    xml.close();
  }
}

void add_field(XmlWriter& xml, const Description& description, const Register& of, const Field& field) {
  xml.open("field");
  xml.element("name", field.name);
  xml.element("description", field.description);
  xml.element("bitOffset", fmt::format("{}", field.low));
  if (!of.is_capability) {
    add_reset(xml, (of.reset & field.mask()) >> field.low);
  }
  xml.element("bitWidth", fmt::format("{}", field.width()));
  xml.element("volatile", is_volatile(of) ? "true" : "false");
  xml.element("access", field.acts ? "write-only" : ipxact_access(of.access));
  add_enum(xml, description, field.enum_name);
  if (of.access == "w1c" || of.access == "w1s") {
    xml.element("modifiedWriteValue", of.access == "w1c" ? "oneToClear" : "oneToSet");
  }
  if (field.acts) {
    xml.element("testable", "false");
  }
  xml.close();
}

void add_reserved(XmlWriter& xml, const Field& gap) {
  xml.open("field");
  xml.element("name", fmt::format("RESERVED_{}_{}", gap.high, gap.low));
  xml.element("description", "reads 0; what is written is ignored");
  xml.element("bitOffset", fmt::format("{}", gap.low));
  add_reset(xml, 0);
  xml.element("bitWidth", fmt::format("{}", gap.width()));
  xml.element("volatile", "false");
  xml.element("access", "read-only");
  xml.element("reserved", "'b1");
  xml.close();
}

void add_register(XmlWriter& xml, const Description& description, const Register& one) {
  xml.open("register");
  xml.element("name", one.name);
  xml.element("description", one.description);
  xml.element("addressOffset", hex(one.offset));
  xml.element("size", "32");
  xml.element("volatile", is_volatile(one) ? "true" : "false");
  xml.element("access", ipxact_access(one.access));
  for (const Field& field : one.layout()) {
    if (field.name.empty()) {
      add_reserved(xml, field);
    } else {
      add_field(xml, description, one, field);
    }
  }
  xml.close();
}

void open_address_block(XmlWriter& xml, const std::string& name, const Window& where, const std::string& usage) {
  xml.open("addressBlock");
  xml.element("name", name);
  xml.element("baseAddress", hex(where.offset));
  xml.element("range", hex(where.bytes));
  xml.element("width", "32");
  xml.element("usage", usage);
}

}  // namespace

std::string ipxact(const Description& description, const Window& window) {
  const std::string space = "http://www.accellera.org/XMLSchema/IPXACT/1685-2014";
  XmlWriter xml("component",
                {{"xmlns:ipxact", space},
                 {"xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"},
                 {"xsi:schemaLocation", space + " " + space + "/index.xsd"}},
                "ipxact:");
  xml.element("vendor", "SpinVP");
  xml.element("library", "ip");
  xml.element("name", description.name);
  xml.element("version", fmt::format("{}.{}", description.version_major, description.version_minor));
  xml.open("memoryMaps");
  xml.open("memoryMap");
  xml.element("name", "host");
  xml.element("description", "What software sees from the chip's base on.");
  open_address_block(xml, "registers", {0, register_page_bytes}, "register");
  for (const Register& one : description.registers) {
    add_register(xml, description, one);
  }
  xml.close();
  if (window.bytes > 0) {
    open_address_block(xml, "subarrays", window, "memory");
    xml.element("volatile", "true");  // streams write it
    xml.element("access", "read-write");
    xml.close();
  }
  xml.element("addressUnitBits", "8");
  xml.close();
  xml.close();
  xml.element("description", description.title);
  return xml.finish();
}

}  // namespace spinvp::generator
