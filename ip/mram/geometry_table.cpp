#include "ip/mram/geometry_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <set>

namespace spinvp {
namespace {

/// How far from `below` to `above` a value lies.
double position(std::uint32_t below, std::uint32_t above, std::uint32_t value) {
  return below == above ? 0 : (static_cast<double>(value) - below) / (static_cast<double>(above) - below);
}

Geometry mix(const Geometry& a, const Geometry& b, double share, std::uint32_t rows, std::uint32_t columns) {
  const auto value = [&](double Geometry::*member) { return a.*member + share * (b.*member - a.*member); };
  return {rows,
          columns,
          value(&Geometry::read_latency_ns),
          value(&Geometry::write_latency_ns),
          value(&Geometry::read_picojoules),
          value(&Geometry::write_overhead_picojoules),
          value(&Geometry::leakage_watts),
          value(&Geometry::area_um2)};
}

}  // namespace

bool GeometryTable::add(const Geometry& geometry) {
  if (find(geometry.rows, geometry.columns) != nullptr) {
    return false;
  }
  listed_.push_back(geometry);
  return true;
}

const Geometry* GeometryTable::find(std::uint32_t rows, std::uint32_t columns) const {
  const auto found = std::find_if(listed_.begin(), listed_.end(), [&](const Geometry& geometry) {
    return geometry.rows == rows && geometry.columns == columns;
  });
  return found == listed_.end() ? nullptr : &*found;
}

std::optional<Geometry> GeometryTable::between(std::uint32_t rows_below, std::uint32_t rows_above, std::uint32_t rows,
                                               std::uint32_t columns) const {
  // The columns that are listed for both, nearest on either side.
  std::optional<std::uint32_t> left;
  std::optional<std::uint32_t> right;
  for (const Geometry& geometry : listed_) {
    if (geometry.rows != rows_below || find(rows_above, geometry.columns) == nullptr) {
      continue;
    }
    if (geometry.columns <= columns && (!left || geometry.columns > *left)) {
      left = geometry.columns;
    }
    if (geometry.columns >= columns && (!right || geometry.columns < *right)) {
      right = geometry.columns;
    }
  }
  if (!left || !right) {
    return std::nullopt;
  }
  const double down = position(rows_below, rows_above, rows);
  const auto side = [&](std::uint32_t at) { return mix(*find(rows_below, at), *find(rows_above, at), down, rows, at); };
  return mix(side(*left), side(*right), position(*left, *right, columns), rows, columns);
}

std::optional<Geometry> GeometryTable::at(std::uint32_t rows, std::uint32_t columns) const {
  if (const Geometry* const exact = find(rows, columns)) {
    return *exact;
  }
  std::set<std::uint32_t, std::greater<>> below;
  std::set<std::uint32_t> above;
  for (const Geometry& geometry : listed_) {
    if (geometry.rows <= rows) {
      below.insert(geometry.rows);
    }
    if (geometry.rows >= rows) {
      above.insert(geometry.rows);
    }
  }
  for (const std::uint32_t rows_below : below) {
    for (const std::uint32_t rows_above : above) {
      if (const auto found = between(rows_below, rows_above, rows, columns)) {
        return found;
      }
    }
  }
  return std::nullopt;
}

std::string GeometryTable::text() const {
  std::vector<std::string> sizes;
  for (const Geometry& geometry : listed_) {
    sizes.push_back(fmt::format("{} x {}", geometry.rows, geometry.columns));
  }
  const auto [fewest_rows, most_rows] = std::minmax_element(
      listed_.begin(), listed_.end(), [](const Geometry& a, const Geometry& b) { return a.rows < b.rows; });
  const auto [fewest_columns, most_columns] = std::minmax_element(
      listed_.begin(), listed_.end(), [](const Geometry& a, const Geometry& b) { return a.columns < b.columns; });
  return listed_.empty() ? "none"
                         : fmt::format("{}; rows {} to {}, columns {} to {}", fmt::join(sizes, ", "), fewest_rows->rows,
                                       most_rows->rows, fewest_columns->columns, most_columns->columns);
}

}  // namespace spinvp
