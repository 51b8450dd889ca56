#pragma once

#include <boost/property_tree/ptree.hpp>
#include <map>
#include <string>
#include <vector>

namespace spinvp::test {

using Xml = boost::property_tree::ptree;

/// Reads a document; throws where it is no XML.
Xml parse_xml(const std::string& text);

/// The child elements of an element, without its attributes.
std::vector<std::pair<std::string, Xml>> elements(const Xml& xml);

/// What may stand in an element: children in this order, each so many times; or, without children, a text.
struct ElementRule {
  struct Child {
    std::string name;
    int least;
    int most;
  };
  std::vector<Child> children;
  std::string text = ".*";  ///< regular expression of the whole text
};

/// By the element's name, or "parent/name" where that is said more closely.
using ElementRules = std::map<std::string, ElementRule>;

/// The order of elements and the form of values that CMSIS-SVD 1.3 and IEEE 1685-2014 ask for, of the elements we use.
/// Both are XML schemas of sequences: a tool refuses a file whose elements stand in another order.
const ElementRules& svd_rules();
const ElementRules& ipxact_rules();

/// What breaks the rules, as "path: what"; nothing when the document follows them.
std::vector<std::string> broken_rules(const std::string& text, const ElementRules& rules);

}  // namespace spinvp::test
