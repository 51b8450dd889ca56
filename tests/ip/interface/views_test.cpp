// The views of the one description say the same: what each tells a tool is read back and held against the C++ view that
// the chip is built from.
#include "ip/interface/generator/views.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <ostream>
#include <regex>
#include <sstream>

#include "ip/interface/generator/shipped.h"
#include "ip/interface/pim_view.h"
#include "tests/ip/support/xml_structure.h"

using namespace spinvp;
using namespace spinvp::test;
namespace view = spinvp::interface;

namespace {

struct Bits {
  std::uint32_t high = 0;
  std::uint32_t low = 0;

  std::uint32_t mask() const { return view::BitField{high, low}.mask(); }
  bool operator==(const Bits& other) const { return high == other.high && low == other.low; }
};

/// One register as a view tells it. What a view does not tell is left out by whoever compares.
struct Told {
  std::uint32_t offset = 0;
  std::string access;
  std::string reset;  ///< "capability", or the number
  std::map<std::string, Bits> fields;

  bool operator==(const Told& other) const {
    return offset == other.offset && access == other.access && reset == other.reset && fields == other.fields;
  }
};
using Registers = std::map<std::string, Told>;

std::ostream& operator<<(std::ostream& stream, const Told& told) {
  stream << std::hex << told.offset << ' ' << told.access << " reset " << told.reset;
  for (const auto& [name, bits] : told.fields) {
    stream << ' ' << name << '[' << std::dec << bits.high << ':' << bits.low << ']';
  }
  return stream;
}

std::string hex(std::uint32_t value) {
  std::ostringstream text;
  text << std::hex << value;
  return text.str();
}

std::uint32_t number(const std::string& text) {
  return static_cast<std::uint32_t>(std::stoull(text, nullptr, 0));
}

/// 'h1F, 'b1 or 31
std::uint32_t verilog_number(const std::string& text) {
  if (text.compare(0, 2, "'h") == 0) {
    return static_cast<std::uint32_t>(std::stoull(text.substr(2), nullptr, 16));
  }
  return text.compare(0, 2, "'b") == 0 ? static_cast<std::uint32_t>(std::stoull(text.substr(2), nullptr, 2))
                                       : number(text);
}

std::string lower(std::string text) {
  for (char& c : text) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

const std::vector<generator::Description>& descriptions() {
  static const std::vector<generator::Description> all = generator::shipped_descriptions();
  return all;
}

std::vector<std::smatch> matches(const std::string& text, const std::regex& form) {
  return {std::sregex_iterator(text.begin(), text.end(), form), std::sregex_iterator()};
}

// The C++ view: the table as the chip has it, the fields as the text names them.
Registers cpp_registers() {
  static const char* const accesses[] = {"ro", "rw", "wo", "w1c", "w1s"};
  Registers told;
  for (const view::RegisterInfo& info : view::register_table) {
    told[info.name] = {
        info.offset, accesses[static_cast<int>(info.access)], info.is_capability ? "capability" : hex(info.reset), {}};
  }
  const std::string text = generator::cpp_view(descriptions());
  for (const std::smatch& one : matches(text, std::regex("constexpr BitField (\\w+)\\{(\\d+), (\\d+)\\};"))) {
    for (auto& [name, found] :
         told) {  // a field's name starts with its register's, and no register's name with another's
      const std::string prefix = lower(name) + "_";
      if (one[1].str().compare(0, prefix.size(), prefix) == 0) {
        found.fields[one[1].str().substr(prefix.size())] = {number(one[2]), number(one[3])};
      }
    }
  }
  return told;
}

Registers header_registers() {
  const std::string text = generator::c_header(descriptions(), "pim_interface.h");
  Registers told;
  for (const std::smatch& one :
       matches(text, std::regex("/\\* (\\w+) \\((\\w+)\\) .*\\*/\n#define PIM_REG_(\\w+) "
                                "(0x[0-9A-F]+)u\n(#define PIM_(\\w+)_RESET (0x[0-9A-F]+)u)?"))) {
    CHECK(one[1] == one[3]);
    told[one[1]] = {number(one[4]), one[2], one[7].matched ? hex(number(one[7])) : "capability", {}};
    for (const std::smatch& field : matches(
             text,
             std::regex("#define PIM_" + one[1].str() + "_(\\w+)_MASK (0x[0-9A-F]+)u.*\n#define \\w+_SHIFT (\\d+)u"))) {
      const std::uint32_t low = number(field[3]);
      std::uint32_t high = low;
      while (high < 31 && (number(field[2]) >> (high + 1) & 1) != 0) {
        ++high;
      }
      told[one[1]].fields[lower(field[1])] = {high, low};
      CHECK(Bits{high, low}.mask() == number(field[2]));
    }
  }
  return told;
}

std::string access_word(const std::string& access, const std::string& modified) {
  return access == "read-only"      ? "ro"
         : access == "write-only"   ? "wo"
         : modified == "oneToClear" ? "w1c"
         : modified == "oneToSet"   ? "w1s"
                                    : "rw";
}

// The elements of a child that may be missing.
std::vector<std::pair<std::string, Xml>> children(const Xml& xml, const std::string& name) {
  const auto child = xml.get_child_optional(name);
  return child ? elements(*child) : std::vector<std::pair<std::string, Xml>>{};
}

Registers svd_registers() {
  const Xml xml = parse_xml(generator::svd(descriptions().front(), {}, {}));
  Registers told;
  for (const auto& [kind, one] : xml.get_child("device.peripherals.peripheral.registers")) {
    Told found;
    found.offset = number(one.get<std::string>("addressOffset"));
    found.access = access_word(one.get<std::string>("access"), one.get<std::string>("modifiedWriteValues", ""));
    found.reset =
        number(one.get<std::string>("resetMask")) == 0 ? "capability" : hex(number(one.get<std::string>("resetValue")));
    for (const auto& [name, field] : children(one, "fields")) {
      const std::string range = field.get<std::string>("bitRange");
      const std::size_t colon = range.find(':');
      found.fields[lower(field.get<std::string>("name"))] = {number(range.substr(1, colon - 1)),
                                                             number(range.substr(colon + 1))};
    }
    told[one.get<std::string>("name")] = found;
  }
  return told;
}

Registers ipxact_registers() {
  const Xml xml = parse_xml(generator::ipxact(descriptions().front(), {}));
  Registers told;
  for (const auto& [kind, one] :
       xml.get_child("ipxact:component.ipxact:memoryMaps.ipxact:memoryMap.ipxact:addressBlock")) {
    if (kind != "ipxact:register") {
      continue;
    }
    const std::string name = one.get<std::string>("ipxact:name");
    CAPTURE(name);
    Told found;
    found.offset = verilog_number(one.get<std::string>("ipxact:addressOffset"));
    std::uint32_t covered = 0;
    std::uint32_t reset = 0;
    std::string modified;
    bool has_reset = false;
    for (const auto& [part, field] : one) {
      if (part != "ipxact:field") {
        continue;
      }
      const std::uint32_t low = number(field.get<std::string>("ipxact:bitOffset"));
      const Bits bits{low + number(field.get<std::string>("ipxact:bitWidth")) - 1, low};
      CHECK((covered & bits.mask()) == 0);
      covered |= bits.mask();
      if (field.get<std::string>("ipxact:reserved", "") == "'b1") {
        CHECK(field.get<std::string>("ipxact:access") == "read-only");
        CHECK(field.get<std::string>("ipxact:resets.ipxact:reset.ipxact:value") == "'h0");
        continue;
      }
      found.fields[lower(field.get<std::string>("ipxact:name"))] = bits;
      modified = field.get<std::string>("ipxact:modifiedWriteValue", modified);
      if (const auto value = field.get_optional<std::string>("ipxact:resets.ipxact:reset.ipxact:value")) {
        has_reset = true;
        reset |= verilog_number(*value) << low;
      }
    }
    CHECK(covered == 0xFFFFFFFF);  // every bit is a field or reserved
    found.access = access_word(one.get<std::string>("ipxact:access"), modified);
    found.reset = has_reset ? hex(reset) : "capability";
    told[name] = found;
  }
  return told;
}

Registers markdown_registers() {
  const std::string text = generator::markdown(descriptions());
  Registers told;
  for (const std::smatch& one :
       matches(text, std::regex("\\| (0x[0-9A-F]{3}) \\| (\\w+) \\| (\\w+) \\| (0x[0-9A-F]+|\\*capability\\*) \\|"))) {
    Told& found = told[one[2]];
    found.offset = number(one[1]);
    found.access = one[3];
    found.reset = one[4] == "*capability*" ? "capability" : hex(number(one[4]));
    const std::size_t from = text.find("\n### " + one[2].str() + "\n");
    if (from == std::string::npos) {
      continue;
    }
    const std::string table = text.substr(from, text.find("\n#", from + 1) - from);
    for (const std::smatch& field : matches(table, std::regex("\\| (\\d+)(:(\\d+))? \\| (\\w+) \\|"))) {
      found.fields[lower(field[4])] = {number(field[1]), number(field[3].matched ? field[3] : field[1])};
    }
  }
  return told;
}

// Views that must give a register without fields one for its whole value.
Registers without_whole_values(Registers told) {
  for (auto& [name, one] : told) {
    if (one.fields.count("value") != 0 && one.fields.at("value").mask() == 0xFFFFFFFF) {
      one.fields.erase("value");
    }
  }
  return told;
}

void check_same(const char* of, const Registers& told, const Registers& expected) {
  CHECK(told.size() == expected.size());
  for (const auto& [name, one] : expected) {
    CAPTURE(of, name);
    REQUIRE(told.count(name) == 1);
    CHECK(told.at(name) == one);
  }
}

std::string text_of(const std::string& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("the C header, SVD, IP-XACT and the reference page tell of the registers what the C++ view tells") {
  const Registers expected = cpp_registers();
  CHECK(expected.size() == sizeof(view::register_table) / sizeof(view::register_table[0]));
  check_same("C header", header_registers(), expected);
  check_same("SVD", without_whole_values(svd_registers()), expected);
  check_same("IP-XACT", without_whole_values(ipxact_registers()), expected);
  check_same("reference page", markdown_registers(), expected);
}

TEST_CASE("a register's fields are the bits that the chip implements") {
  for (const auto& [name, told] : cpp_registers()) {
    CAPTURE(name);
    std::uint32_t bits = told.fields.empty() ? 0xFFFFFFFFu : 0u;
    for (const auto& [field, range] : told.fields) {
      bits |= range.mask();
    }
    for (const view::RegisterInfo& info : view::register_table) {
      CHECK((info.name != name || info.implemented == bits));
    }
  }
}

TEST_CASE("the description inside the program is the one the build was made from") {
  const std::string generated = std::string(SPINVP_BINARY_DIR) + "/generated/";
  CHECK(
      (generator::c_header(descriptions(), "pim_interface.h") == text_of(generated + "ip/interface/pim_interface.h")));
  CHECK((generator::cpp_view(descriptions()) == text_of(generated + "ip/interface/pim_view.h")));
  CHECK((generator::markdown(descriptions()) == text_of(generated + "docs/interface.md")));
}

TEST_CASE("the SVD view stands where it is placed and says what reading and writing do") {
  const Xml xml = parse_xml(generator::svd(descriptions().front(), {0x60000000, 9}, {}));
  const Xml& peripheral = xml.get_child("device.peripherals.peripheral");
  CHECK(peripheral.get<std::string>("baseAddress") == "0x60000000");
  CHECK(peripheral.get<int>("interrupt.value") == 9);
  std::map<std::string, Xml> found;
  for (const auto& [kind, one] : peripheral.get_child("registers")) {
    found[one.get<std::string>("name")] = one;
  }
  CHECK(found["CYCLES_LO"].get<std::string>("readAction") == "modifyExternal");
  CHECK(found["CYCLES_HI"].get<std::string>("readAction", "none") == "none");
  CHECK(found["STATUS"].get<std::string>("description").find("Reserved bits, which read 0: 31:4.") !=
        std::string::npos);
  CHECK(elements(found["ERROR_CAUSE"].get_child("fields.field.enumeratedValues")).size() ==
        sizeof(view::error_cause_values) / sizeof(view::error_cause_values[0]));
  for (const auto& [kind, field] : found["CONTROL"].get_child("fields")) {
    CHECK(field.get<std::string>("access", "as the register") ==
          (field.get<std::string>("name") == "RESET" ? "write-only" : "as the register"));
  }
}
