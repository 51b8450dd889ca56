#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/units.h"

namespace spinvp {

/// A node of a YAML file that knows where it stands. Every accessor throws InputError naming file, line, column, key
/// and what was expected; `allow` refuses keys nobody reads and names the nearest valid one.
class Yaml {
 public:
  /// Reads a file; InputError when it is missing, not YAML, more than one document or beyond 4 MiB.
  static Yaml load(const std::string& path);
  /// Reads a text; `name` stands for the file in messages.
  static Yaml parse(const std::string& text, const std::string& name);

  /// A map of texts that was written elsewhere, on a command line for instance; messages name no line then. InputError
  /// when a key stands there twice.
  static Yaml map(const std::vector<std::pair<std::string, std::string>>& entries, const std::string& name);

  ~Yaml();
  Yaml(const Yaml&);
  Yaml(Yaml&&) noexcept;
  Yaml& operator=(const Yaml&);
  Yaml& operator=(Yaml&&) noexcept;

  /// The file's path as given to load().
  const std::string& file() const;
  /// The key path from the root: "timing.clock".
  const std::string& key() const;
  /// 1-based; 0 where there are no lines.
  int line() const;

  // Maps
  void allow(std::initializer_list<const char*> keys) const;  ///< also checks that this is a map
  bool has(const std::string& key) const;
  Yaml operator[](const std::string& key) const;  ///< throws when missing
  std::vector<std::string> keys() const;          ///< in the file's order

  // Lists
  bool is_list() const;
  std::vector<Yaml> items() const;

  // Scalars
  std::string text() const;
  bool boolean() const;
  std::int64_t integer(std::int64_t minimum, std::int64_t maximum) const;  ///< decimal or 0x...
  std::uint64_t address() const;  ///< a 64-bit address or a size: 0x80000000, 4096, 16 MiB
  double number() const;
  std::string one_of(std::initializer_list<const char*> choices) const;

  // Parameters: {value: 62.0 pJ, provenance: published|derived|assumed, source: "..."}
  Quantity quantity(const std::string& unit) const;  ///< finite, not negative, with provenance and source
  std::int64_t count(const std::string& unit, std::int64_t minimum, std::int64_t maximum) const;  ///< a whole quantity

  /// Throws InputError "file:line:column: key: message", or "file: key: message" where there are no lines.
  [[noreturn]] void fail(const std::string& message) const;

 private:
  struct Node;
  explicit Yaml(std::shared_ptr<const Node> node);
  std::shared_ptr<const Node> node_;
};

/// The candidate with the smallest edit distance to `word`; empty when none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace spinvp
