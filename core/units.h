#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace spinvp {

/// Energy as a whole number of femtojoules, so that the parts of a report add up to its total exactly.
class Femtojoules {
 public:
  constexpr Femtojoules() = default;
  constexpr explicit Femtojoules(std::uint64_t value) : value_(value) {}

  constexpr std::uint64_t value() const { return value_; }
  constexpr double picojoules() const { return static_cast<double>(value_) / 1e3; }

  constexpr Femtojoules& operator+=(Femtojoules other) {
    value_ += other.value_;
    return *this;
  }
  friend constexpr Femtojoules operator+(Femtojoules a, Femtojoules b) { return Femtojoules(a.value_ + b.value_); }
  friend constexpr Femtojoules operator*(Femtojoules a, std::uint64_t count) { return Femtojoules(a.value_ * count); }
  friend constexpr bool operator==(Femtojoules a, Femtojoules b) { return a.value_ == b.value_; }
  friend constexpr bool operator!=(Femtojoules a, Femtojoules b) { return a.value_ != b.value_; }

 private:
  std::uint64_t value_ = 0;
};

/// Rounded to whole femtojoules.
Femtojoules from_picojoules(double picojoules);

/// How a number came to be: see docs/chip.md, "Numbers".
enum class Provenance { Published, Derived, Assumed };

const char* to_string(Provenance provenance);

/// A parameter as configs write it: `{value: 62.0 pJ, provenance: derived, source: NVSim run}`.
struct Quantity {
  double value = 0;  ///< in the unit the reader asked for
  std::string unit;
  Provenance provenance = Provenance::Assumed;
  std::string source;
};

/// Splits "1.5 ns" and converts it to `unit` ("ns"). Units of one kind convert into each other:
/// fJ pJ nJ uJ · ps ns us ms s · nW uW mW W · Hz kHz MHz GHz · um2 mm2 · B KiB MiB GiB · Ohm kOhm · any word with
/// itself. Nothing when the text is no number with a unit of that kind.
std::optional<double> parse_quantity(const std::string& text, const std::string& unit);

}  // namespace spinvp
