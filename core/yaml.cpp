#include "core/yaml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <sstream>

#include "core/errors.h"
#include "core/file_errors.h"

namespace spinvp {

struct Yaml::Node {
  YAML::Node yaml;
  std::shared_ptr<const std::string> file;
  std::string key;
  int line = 1;
  int column = 1;

  /// This node, standing where `other` stands: for messages.
  Yaml at(const YAML::Node& other) const;
  std::string key_name(const YAML::Node& key) const;
};

namespace {

constexpr std::size_t most_file_bytes = 4 * 1024 * 1024;  // a device may never end

std::string kind_of(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Map:
      return "a map";
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Scalar:
      return fmt::format("'{}'", node.Scalar());
    default:
      return "nothing";
  }
}

/// Hears where documents begin and nothing else.
class DocumentStarts : public YAML::EventHandler {
 public:
  YAML::Mark last;

  void OnDocumentStart(const YAML::Mark& mark) override { last = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// Looks no further than at a second document: of some faulty texts the library finds documents without end.
YAML::Node single_document(const std::string& text, const std::string& name) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStarts starts;
  if (parser.HandleNextDocument(starts) && parser.HandleNextDocument(starts)) {
    throw InputError(fmt::format("{}:{}:{}: a second document begins here; expected one", name,
                                 std::max(starts.last.line, 0) + 1, std::max(starts.last.column, 0) + 1));
  }
  return YAML::Load(text);
}

// The whole text as digits, hexadecimal behind 0x; a leading zero means nothing.
std::optional<std::uint64_t> parse_digits(const std::string& text) {
  const bool hexadecimal = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  const char* const begin = text.data() + (hexadecimal ? 2 : 0);
  const char* const end = text.data() + text.size();
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(begin, end, value, hexadecimal ? 16 : 10);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> parse_integer(const std::string& text) {
  constexpr auto highest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const bool negative = !text.empty() && text.front() == '-';
  const bool sign = negative || (!text.empty() && text.front() == '+');
  const std::optional<std::uint64_t> magnitude = parse_digits(sign ? text.substr(1) : text);
  if (!magnitude || *magnitude > highest + (negative ? 1 : 0)) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(negative ? 0 - *magnitude : *magnitude);
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(3, word.size() / 2) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

Yaml::Yaml(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
Yaml::~Yaml() = default;
Yaml::Yaml(const Yaml&) = default;
Yaml::Yaml(Yaml&&) noexcept = default;
Yaml& Yaml::operator=(const Yaml&) = default;
Yaml& Yaml::operator=(Yaml&&) noexcept = default;

Yaml Yaml::Node::at(const YAML::Node& other) const {
  Node moved = *this;
  moved.line = other.Mark().line + 1;
  moved.column = other.Mark().column + 1;
  return Yaml(std::make_shared<const Node>(std::move(moved)));
}

std::string Yaml::Node::key_name(const YAML::Node& name) const {
  if (!name.IsScalar()) {
    at(name).fail(fmt::format("expected a text as key, found {}", kind_of(name)));
  }
  return name.Scalar();
}

Yaml Yaml::load(const std::string& path) {
  std::error_code none;
  if (std::filesystem::is_directory(path, none)) {
    throw InputError(fmt::format("{}: is a folder; expected a YAML file", path));
  }
  std::ifstream stream(path);
  if (!stream) {
    throw cannot_open(path);
  }
  std::string text(most_file_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) {
    throw InputError(fmt::format("{}: cannot read the file", path));
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > most_file_bytes) {
    throw InputError(
        fmt::format("{}: holds more than {} MiB; expected a YAML file", path, most_file_bytes / (1024 * 1024)));
  }
  return parse(text, path);
}

Yaml Yaml::parse(const std::string& text, const std::string& name) {
  auto node = std::make_shared<Node>();
  node->file = std::make_shared<const std::string>(name);
  try {
    node->yaml = single_document(text, name);
  } catch (const YAML::Exception& error) {
    throw InputError(
        fmt::format("{}:{}:{}: not valid YAML: {}", name, error.mark.line + 1, error.mark.column + 1, error.msg));
  }
  return Yaml(std::move(node));
}

Yaml Yaml::map(const std::vector<std::pair<std::string, std::string>>& entries, const std::string& name) {
  auto node = std::make_shared<Node>();
  node->file = std::make_shared<const std::string>(name);
  node->line = 0;
  node->yaml = YAML::Node(YAML::NodeType::Map);
  for (const auto& [key, text] : entries) {
    if (node->yaml[key].IsDefined()) {
      throw InputError(fmt::format("{}: the key '{}' stands here twice", name, key));
    }
    node->yaml[key] = text;
  }
  return Yaml(std::move(node));
}

const std::string& Yaml::file() const {
  return *node_->file;
}
const std::string& Yaml::key() const {
  return node_->key;
}
int Yaml::line() const {
  return node_->line;
}

void Yaml::fail(const std::string& message) const {
  const std::string place = node_->line > 0 ? fmt::format(":{}:{}", node_->line, node_->column) : "";
  throw InputError(fmt::format("{}{}: {}{}{}", file(), place, node_->key, node_->key.empty() ? "" : ": ", message));
}

void Yaml::allow(std::initializer_list<const char*> allowed) const {
  const std::vector<std::string> valid(allowed.begin(), allowed.end());
  if (!node_->yaml.IsMap()) {
    fail(fmt::format("expected a map with the keys {}, found {}", fmt::join(valid, ", "), kind_of(node_->yaml)));
  }
  std::vector<std::string> seen;
  for (const auto& entry : node_->yaml) {
    const auto refuse = [&](const std::string& message) { node_->at(entry.first).fail(message); };
    const std::string name = node_->key_name(entry.first);
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      refuse(fmt::format("the key '{}' stands here twice", name));
    }
    seen.push_back(name);
    if (std::find(valid.begin(), valid.end(), name) == valid.end()) {
      const std::string guess = nearest(name, valid);
      refuse(guess.empty() ? fmt::format("unknown key '{}'; valid keys: {}", name, fmt::join(valid, ", "))
                           : fmt::format("unknown key '{}'; did you mean '{}'?", name, guess));
    }
  }
}

bool Yaml::has(const std::string& key) const {
  return node_->yaml.IsMap() && node_->yaml[key].IsDefined();
}

Yaml Yaml::operator[](const std::string& key) const {
  if (!node_->yaml.IsMap()) {
    fail(fmt::format("expected a map with the key '{}', found {}", key, kind_of(node_->yaml)));
  }
  const YAML::Node child = node_->yaml[key];
  if (!child.IsDefined()) {
    fail(fmt::format("the key '{}' is missing", key));
  }
  auto node = std::make_shared<Node>();
  node->yaml = child;
  node->file = node_->file;
  node->key = node_->key.empty() ? key : node_->key + "." + key;
  node->line = child.Mark().line + 1;
  node->column = child.Mark().column + 1;
  return Yaml(std::move(node));
}

std::vector<std::string> Yaml::keys() const {
  if (!node_->yaml.IsMap()) {
    fail(fmt::format("expected a map, found {}", kind_of(node_->yaml)));
  }
  std::vector<std::string> names;
  for (const auto& entry : node_->yaml) {
    names.push_back(node_->key_name(entry.first));
  }
  return names;
}

bool Yaml::is_list() const {
  return node_->yaml.IsSequence();
}

std::vector<Yaml> Yaml::items() const {
  if (!node_->yaml.IsSequence()) {
    fail(fmt::format("expected a list, found {}", kind_of(node_->yaml)));
  }
  std::vector<Yaml> result;
  for (std::size_t i = 0; i < node_->yaml.size(); ++i) {
    auto node = std::make_shared<Node>();
    node->yaml = node_->yaml[i];
    node->file = node_->file;
    node->key = fmt::format("{}[{}]", node_->key, i);
    node->line = node->yaml.Mark().line + 1;
    node->column = node->yaml.Mark().column + 1;
    result.push_back(Yaml(std::move(node)));
  }
  return result;
}

std::string Yaml::text() const {
  if (!node_->yaml.IsScalar()) {
    fail(fmt::format("expected a text, found {}", kind_of(node_->yaml)));
  }
  return node_->yaml.Scalar();
}

bool Yaml::boolean() const {
  bool value = false;
  if (!node_->yaml.IsScalar() || !YAML::convert<bool>::decode(node_->yaml, value)) {
    fail(fmt::format("expected true or false, found {}", kind_of(node_->yaml)));
  }
  return value;
}

std::int64_t Yaml::integer(std::int64_t minimum, std::int64_t maximum) const {
  const std::string written = text();
  const std::optional<std::int64_t> value = parse_integer(written);
  if (!value || *value < minimum || *value > maximum) {
    fail(fmt::format("expected a whole number from {} to {}, found '{}'", minimum, maximum, written));
  }
  return *value;
}

std::uint64_t Yaml::address() const {
  const std::string written = text();
  if (const std::optional<std::uint64_t> value = parse_digits(written)) {
    return *value;
  }
  const auto size = parse_quantity(written, "B");
  if (!size || *size < 0 || *size > 9.0e18 || *size != std::floor(*size)) {
    fail(fmt::format("expected an address like 0x80000000 or a size like 16 MiB, found '{}'", written));
  }
  return static_cast<std::uint64_t>(*size);
}

double Yaml::number() const {
  const std::string written = text();
  std::size_t used = 0;
  double value = 0;
  try {
    value = std::stod(written, &used);
  } catch (const std::exception&) {
    used = std::string::npos;
  }
  if (used != written.size() || !std::isfinite(value)) {
    fail(fmt::format("expected a number, found '{}'", written));
  }
  return value;
}

std::string Yaml::one_of(std::initializer_list<const char*> choices) const {
  std::string written = text();
  const std::vector<std::string> valid(choices.begin(), choices.end());
  if (std::find(valid.begin(), valid.end(), written) == valid.end()) {
    fail(fmt::format("expected one of {}, found '{}'", fmt::join(valid, ", "), written));
  }
  return written;
}

Quantity Yaml::quantity(const std::string& unit) const {
  allow({"value", "provenance", "source"});
  const Yaml written = (*this)["value"];
  const auto value = parse_quantity(written.text(), unit);
  if (!value || *value < 0) {
    written.fail(fmt::format("expected a quantity like '1.5 {}', found '{}'", unit, written.text()));
  }
  const std::string provenance = (*this)["provenance"].one_of({"published", "derived", "assumed"});
  Quantity result;
  result.value = *value;
  result.unit = unit;
  result.provenance = provenance == "published" ? Provenance::Published
                      : provenance == "derived" ? Provenance::Derived
                                                : Provenance::Assumed;
  const Yaml source = (*this)["source"];
  result.source = source.text();
  if (result.source.empty()) {
    source.fail("expected where the number comes from, found an empty text");
  }
  return result;
}

std::int64_t Yaml::count(const std::string& unit, std::int64_t minimum, std::int64_t maximum) const {
  const double value = quantity(unit).value;
  constexpr double beyond = 9223372036854775808.0;  // the first double that is no int64
  if (value != std::floor(value) || value >= beyond || static_cast<std::int64_t>(value) < minimum ||
      static_cast<std::int64_t>(value) > maximum) {
    const Yaml written = (*this)["value"];
    written.fail(
        fmt::format("expected a whole number of {} from {} to {}, found '{}'", unit, minimum, maximum, written.text()));
  }
  return static_cast<std::int64_t>(value);
}

}  // namespace spinvp
