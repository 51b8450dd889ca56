#pragma once

#include <string>
#include <utility>
#include <vector>

namespace spinvp::generator {

/// Writes an XML document, two blanks a level.
///
///     XmlWriter xml("device", {{"schemaVersion", "1.3"}});
///     xml.element("name", "PIM");
///     xml.open("peripherals");
///     xml.close();
///     const std::string text = xml.finish();
class XmlWriter {
 public:
  using Attributes = std::vector<std::pair<std::string, std::string>>;

  /// `prefix` ("ipxact:") stands before every element's name.
  explicit XmlWriter(const std::string& root, const Attributes& attributes, std::string prefix = "");

  void open(const std::string& name, const Attributes& attributes = {});
  void element(const std::string& name, const std::string& text);
  void close();
  /// Closes what is open; the whole document.
  std::string finish();

 private:
  void start(const std::string& name, const Attributes& attributes);

  std::string prefix_;
  std::string text_;
  std::vector<std::string> open_;
};

}  // namespace spinvp::generator
