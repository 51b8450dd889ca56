#include "ip/interface/generator/xml_writer.h"

namespace spinvp::generator {
namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

XmlWriter::XmlWriter(const std::string& root, const Attributes& attributes, std::string prefix)
    : prefix_(std::move(prefix)), text_("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") {
  open(root, attributes);
}

void XmlWriter::open(const std::string& name, const Attributes& attributes) {
  start(name, attributes);
  text_ += "\n";
  open_.push_back(name);
}

void XmlWriter::element(const std::string& name, const std::string& text) {
  start(name, {});
  text_ += escaped(text) + "</" + prefix_ + name + ">\n";
}

void XmlWriter::close() {
  const std::string name = open_.back();
  open_.pop_back();
  text_ += std::string(2 * open_.size(), ' ') + "</" + prefix_ + name + ">\n";
}

std::string XmlWriter::finish() {
  while (!open_.empty()) {
    close();
  }
  return text_;
}

void XmlWriter::start(const std::string& name, const Attributes& attributes) {
  text_ += std::string(2 * open_.size(), ' ') + "<" + prefix_ + name;
  for (const auto& [key, value] : attributes) {
    text_ += " " + key + "=\"" + escaped(value) + "\"";
  }
  text_ += ">";
}

}  // namespace spinvp::generator
