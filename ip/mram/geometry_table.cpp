#include "ip/mram/geometry_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <iterator>
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

std::string GeometryTable::missing(std::uint32_t rows, std::uint32_t columns) const {
  std::set<std::uint32_t> listed_rows;
  std::set<std::uint32_t> listed_columns;
  for (const Geometry& geometry : listed_) {
    listed_rows.insert(geometry.rows);
    listed_columns.insert(geometry.columns);
  }
  std::vector<std::string> outside;
  const auto check = [&](const std::set<std::uint32_t>& listed, std::uint32_t value, const char* what) {
    if (listed.empty() || value < *listed.begin() || value > *listed.rbegin()) {
      outside.push_back(listed.empty() ? fmt::format("no {} are listed", what)
                                       : fmt::format("{} {} are outside of the listed {} to {}", value, what,
                                                     *listed.begin(), *listed.rbegin()));
    }
  };
  check(listed_rows, rows, "rows");
  check(listed_columns, columns, "columns");
  if (!outside.empty()) {
    return fmt::format("{}", fmt::join(outside, ", and "));
  }
  if (listed_rows.count(rows) != 0 && listed_columns.count(columns) != 0) {
    return "it is a corner that has to be listed itself, and is missing";
  }
  std::set<std::string> corners;
  for (const std::uint32_t row : {*std::prev(listed_rows.upper_bound(rows)), *listed_rows.lower_bound(rows)}) {
    for (const std::uint32_t column :
         {*std::prev(listed_columns.upper_bound(columns)), *listed_columns.lower_bound(columns)}) {
      if (find(row, column) == nullptr) {
        corners.insert(fmt::format("{} x {}", row, column));
      }
    }
  }
  return fmt::format("interpolating it needs {}, which {} missing", fmt::join(corners, " and "),
                     corners.size() == 1 ? "is" : "are");
}

std::string GeometryTable::text() const {
  std::vector<std::string> sizes;
  for (const Geometry& geometry : listed_) {
    sizes.push_back(fmt::format("{} x {}", geometry.rows, geometry.columns));
  }
  return sizes.empty() ? "none" : fmt::format("{}", fmt::join(sizes, ", "));
}

}  // namespace spinvp
