#include "core/yaml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <sstream>

#include "core/errors.h"

namespace spinvp {

struct Yaml::Node {
  YAML::Node yaml;
  std::shared_ptr<const std::string> file;
  std::string key;
  int line = 1;
  int column = 1;
};

namespace {

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

Yaml Yaml::load(const std::string& path) {
  std::ifstream stream(path);
  if (!stream) {
    throw InputError(fmt::format("{}: cannot open the file", path));
  }
  std::ostringstream text;
  text << stream.rdbuf();
  if (stream.bad() || text.fail()) {
    throw InputError(fmt::format("{}: cannot read the file", path));
  }
  return parse(text.str(), path);
}

Yaml Yaml::parse(const std::string& text, const std::string& name) {
  auto node = std::make_shared<Node>();
  node->file = std::make_shared<const std::string>(name);
  try {
    node->yaml = YAML::Load(text);
  } catch (const YAML::Exception& error) {
    throw InputError(
        fmt::format("{}:{}:{}: not valid YAML: {}", name, error.mark.line + 1, error.mark.column + 1, error.msg));
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
  throw InputError(fmt::format("{}:{}:{}: {}{}{}", file(), node_->line, node_->column, node_->key,
                               node_->key.empty() ? "" : ": ", message));
}

void Yaml::allow(std::initializer_list<const char*> allowed) const {
  const std::vector<std::string> valid(allowed.begin(), allowed.end());
  if (!node_->yaml.IsMap()) {
    fail(fmt::format("expected a map with the keys {}, found {}", fmt::join(valid, ", "), kind_of(node_->yaml)));
  }
  std::vector<std::string> seen;
  for (const auto& entry : node_->yaml) {
    const std::string name = entry.first.Scalar();
    const auto refuse = [&](const std::string& message) {
      Node at = *node_;
      at.line = entry.first.Mark().line + 1;
      at.column = entry.first.Mark().column + 1;
      Yaml(std::make_shared<const Node>(std::move(at))).fail(message);
    };
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
    names.push_back(entry.first.Scalar());
  }
  return names;
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
  std::size_t used = 0;
  std::int64_t value = 0;
  try {
    value = std::stoll(written, &used, 0);
  } catch (const std::exception&) {
    used = std::string::npos;
  }
  if (used != written.size() || value < minimum || value > maximum) {
    fail(fmt::format("expected a whole number from {} to {}, found '{}'", minimum, maximum, written));
  }
  return value;
}

std::uint64_t Yaml::address() const {
  const std::string written = text();
  std::size_t used = 0;
  std::uint64_t value = 0;
  try {
    value = written.find('-') == std::string::npos ? std::stoull(written, &used, 0) : 0;
  } catch (const std::exception&) {
    used = std::string::npos;
  }
  if (used == written.size() && used > 0) {
    return value;
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
  const std::string written = text();
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
  result.source = (*this)["source"].text();
  return result;
}

std::int64_t Yaml::count(const std::string& unit, std::int64_t minimum, std::int64_t maximum) const {
  const Quantity read = quantity(unit);
  if (read.value != std::floor(read.value) || read.value < static_cast<double>(minimum) ||
      read.value > static_cast<double>(maximum)) {
    (*this)["value"].fail(
        fmt::format("expected a whole number of {} from {} to {}, found {}", unit, minimum, maximum, read.value));
  }
  return static_cast<std::int64_t>(read.value);
}

}  // namespace spinvp
