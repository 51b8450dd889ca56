#include "tests/ip/support/xml_structure.h"

#include <boost/property_tree/xml_parser.hpp>
#include <regex>
#include <sstream>

namespace spinvp::test {
namespace {

constexpr int many = 1 << 20;

const char* const name_text = "[_A-Za-z][_A-Za-z0-9]*";
const char* const some_text = "[\\x20-\\x7E]+";  // plain ASCII, not empty
const char* const svd_number = "(0x[0-9A-F]+)|[0-9]+";
const char* const boolean_text = "true|false";

const ElementRule& rule_of(const ElementRules& rules, const std::string& parent, const std::string& name) {
  static const ElementRule nothing{{}, "(?!)"};  // an element that nobody allows matches nothing
  const auto close = rules.find(parent + "/" + name);
  const auto plain = rules.find(name);
  return close != rules.end() ? close->second : plain != rules.end() ? plain->second : nothing;
}

class Checker {
 public:
  explicit Checker(const ElementRules& rules) : rules_(rules) {}

  void check(const Xml& xml, const std::string& parent, const std::string& name, const std::string& path) {
    const ElementRule& rule = rule_of(rules_, parent, name);
    if (rule.children.empty()) {
      if (!elements(xml).empty() || !std::regex_match(xml.data(), std::regex(rule.text))) {
        problems.push_back(path + ": '" + xml.data() + "' is no value here");
      }
      return;
    }
    check_order(xml, rule, path);
    for (const auto& [child_name, child] : elements(xml)) {
      check(child, name, child_name, path + "/" + child_name);
    }
  }

  std::vector<std::string> problems;

 private:
  void check_order(const Xml& xml, const ElementRule& rule, const std::string& path) {
    const auto children = elements(xml);
    std::size_t next = 0;
    for (const ElementRule::Child& child : rule.children) {
      int count = 0;
      for (; next < children.size() && children[next].first == child.name; ++next) {
        ++count;
      }
      if (count < child.least || count > child.most) {
        problems.push_back(path + ": " + std::to_string(count) + " of " + child.name);
      }
    }
    if (next < children.size()) {
      problems.push_back(path + ": " + children[next].first + " may not stand there");
    }
  }

  const ElementRules& rules_;
};

}  // namespace

Xml parse_xml(const std::string& text) {
  std::istringstream stream(text);
  Xml document;
  boost::property_tree::read_xml(stream, document, boost::property_tree::xml_parser::trim_whitespace);
  return document;
}

std::vector<std::pair<std::string, Xml>> elements(const Xml& xml) {
  std::vector<std::pair<std::string, Xml>> found;
  for (const auto& [name, child] : xml) {
    if (name != "<xmlattr>" && name != "<xmlcomment>") {
      found.emplace_back(name, child);
    }
  }
  return found;
}

std::vector<std::string> broken_rules(const std::string& text, const ElementRules& rules) {
  const auto roots = elements(parse_xml(text));
  Checker checker(rules);
  if (roots.size() != 1) {
    return {"a document has one root"};
  }
  checker.check(roots.front().second, "", roots.front().first, roots.front().first);
  return checker.problems;
}

const ElementRules& svd_rules() {
  static const ElementRules rules = {
      {"device",
       {{{"vendor", 0, 1},
         {"name", 1, 1},
         {"version", 1, 1},
         {"description", 1, 1},
         {"addressUnitBits", 1, 1},
         {"width", 1, 1},
         {"size", 0, 1},
         {"access", 0, 1},
         {"resetValue", 0, 1},
         {"resetMask", 0, 1},
         {"peripherals", 1, 1}}}},
      {"peripherals", {{{"peripheral", 1, many}}}},
      {"peripheral",
       {{{"name", 1, 1},
         {"version", 0, 1},
         {"description", 0, 1},
         {"groupName", 0, 1},
         {"baseAddress", 1, 1},
         {"size", 0, 1},
         {"access", 0, 1},
         {"resetValue", 0, 1},
         {"resetMask", 0, 1},
         {"addressBlock", 1, many},
         {"interrupt", 0, many},
         {"registers", 1, 1}}}},
      {"addressBlock", {{{"offset", 1, 1}, {"size", 1, 1}, {"usage", 1, 1}}}},
      {"interrupt", {{{"name", 1, 1}, {"description", 0, 1}, {"value", 1, 1}}}},
      {"registers", {{{"register", 1, many}}}},
      {"register",
       {{{"name", 1, 1},
         {"description", 0, 1},
         {"addressOffset", 1, 1},
         {"size", 0, 1},
         {"access", 0, 1},
         {"resetValue", 0, 1},
         {"resetMask", 0, 1},
         {"modifiedWriteValues", 0, 1},
         {"readAction", 0, 1},
         {"fields", 0, 1}}}},
      {"fields", {{{"field", 1, 32}}}},
      {"field",
       {{{"name", 1, 1},
         {"description", 0, 1},
         {"bitRange", 1, 1},
         {"access", 0, 1},
         {"modifiedWriteValues", 0, 1},
         {"readAction", 0, 1},
         {"enumeratedValues", 0, 2}}}},
      {"enumeratedValues", {{{"name", 0, 1}, {"enumeratedValue", 1, many}}}},
      {"enumeratedValue", {{{"name", 1, 1}, {"description", 0, 1}, {"value", 1, 1}}}},
      {"vendor", {{}, some_text}},
      {"name", {{}, name_text}},
      {"version", {{}, some_text}},
      {"description", {{}, some_text}},
      {"groupName", {{}, name_text}},
      {"addressUnitBits", {{}, svd_number}},
      {"width", {{}, svd_number}},
      {"size", {{}, svd_number}},
      {"baseAddress", {{}, svd_number}},
      {"offset", {{}, svd_number}},
      {"addressOffset", {{}, svd_number}},
      {"resetValue", {{}, svd_number}},
      {"resetMask", {{}, svd_number}},
      {"value", {{}, svd_number}},
      {"usage", {{}, "registers|buffer|reserved"}},
      {"bitRange", {{}, "\\[[0-4]?[0-9]:[0-4]?[0-9]\\]"}},
      {"access", {{}, "read-only|write-only|read-write|writeOnce|read-writeOnce"}},
      {"modifiedWriteValues",
       {{}, "oneToClear|oneToSet|oneToToggle|zeroToClear|zeroToSet|zeroToToggle|clear|set|modify"}},
      {"readAction", {{}, "clear|set|modify|modifyExternal"}}};
  return rules;
}

const ElementRules& ipxact_rules() {
  static const std::string number = "('h[0-9A-F]+)|('b[01]+)|[0-9]+";
  static const ElementRules rules = {
      {"ipxact:component",
       {{{"ipxact:vendor", 1, 1},
         {"ipxact:library", 1, 1},
         {"ipxact:name", 1, 1},
         {"ipxact:version", 1, 1},
         {"ipxact:memoryMaps", 0, 1},
         {"ipxact:description", 0, 1}}}},
      {"ipxact:memoryMaps", {{{"ipxact:memoryMap", 1, many}}}},
      {"ipxact:memoryMap",
       {{{"ipxact:name", 1, 1},
         {"ipxact:description", 0, 1},
         {"ipxact:addressBlock", 0, many},
         {"ipxact:addressUnitBits", 0, 1}}}},
      {"ipxact:addressBlock",
       {{{"ipxact:name", 1, 1},
         {"ipxact:description", 0, 1},
         {"ipxact:baseAddress", 1, 1},
         {"ipxact:range", 1, 1},
         {"ipxact:width", 1, 1},
         {"ipxact:usage", 0, 1},
         {"ipxact:volatile", 0, 1},
         {"ipxact:access", 0, 1},
         {"ipxact:register", 0, many}}}},
      {"ipxact:register",
       {{{"ipxact:name", 1, 1},
         {"ipxact:description", 0, 1},
         {"ipxact:addressOffset", 1, 1},
         {"ipxact:size", 1, 1},
         {"ipxact:volatile", 0, 1},
         {"ipxact:access", 0, 1},
         {"ipxact:field", 1, 32}}}},
      {"ipxact:field",
       {{{"ipxact:name", 1, 1},
         {"ipxact:description", 0, 1},
         {"ipxact:bitOffset", 1, 1},
         {"ipxact:resets", 0, 1},
         {"ipxact:bitWidth", 1, 1},
         {"ipxact:volatile", 0, 1},
         {"ipxact:access", 0, 1},
         {"ipxact:enumeratedValues", 0, 1},
         {"ipxact:modifiedWriteValue", 0, 1},
         {"ipxact:readAction", 0, 1},
         {"ipxact:testable", 0, 1},
         {"ipxact:reserved", 0, 1}}}},
      {"ipxact:resets", {{{"ipxact:reset", 1, many}}}},
      {"ipxact:reset", {{{"ipxact:value", 1, 1}, {"ipxact:mask", 0, 1}}}},
      {"ipxact:enumeratedValues", {{{"ipxact:enumeratedValue", 1, many}}}},
      {"ipxact:enumeratedValue", {{{"ipxact:name", 1, 1}, {"ipxact:description", 0, 1}, {"ipxact:value", 1, 1}}}},
      {"ipxact:vendor", {{}, name_text}},
      {"ipxact:library", {{}, name_text}},
      {"ipxact:name", {{}, name_text}},
      {"ipxact:version", {{}, "[-._:A-Za-z0-9]+"}},
      {"ipxact:description", {{}, some_text}},
      {"ipxact:baseAddress", {{}, number}},
      {"ipxact:range", {{}, number}},
      {"ipxact:width", {{}, number}},
      {"ipxact:size", {{}, number}},
      {"ipxact:addressOffset", {{}, number}},
      {"ipxact:addressUnitBits", {{}, number}},
      {"ipxact:bitOffset", {{}, number}},
      {"ipxact:bitWidth", {{}, number}},
      {"ipxact:value", {{}, number}},
      {"ipxact:mask", {{}, number}},
      {"ipxact:reserved", {{}, number}},
      {"ipxact:volatile", {{}, boolean_text}},
      {"ipxact:testable", {{}, boolean_text}},
      {"ipxact:usage", {{}, "memory|register|reserved"}},
      {"ipxact:access", {{}, "read-only|write-only|read-write|writeOnce|read-writeOnce"}},
      {"ipxact:modifiedWriteValue",
       {{}, "oneToClear|oneToSet|oneToToggle|zeroToClear|zeroToSet|zeroToToggle|clear|set|modify"}},
      {"ipxact:readAction", {{}, "clear|set|modify"}}};
  return rules;
}

}  // namespace spinvp::test
