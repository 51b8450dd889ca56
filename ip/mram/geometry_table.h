#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spinvp {

/// What a technology file lists for one size of a sub-array.
struct Geometry {
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;
  double read_latency_ns = 0;
  double write_latency_ns = 0;
  double read_picojoules = 0;            ///< one row sensed
  double write_overhead_picojoules = 0;  ///< a row write without what goes into the cells
  double leakage_watts = 0;
  double area_um2 = 0;
};

/// The sizes that a technology lists, and those between them.
class GeometryTable {
 public:
  /// False, and nothing added, when the size is there already.
  bool add(const Geometry& geometry);

  /// The listed values; for a size between listed ones, each value interpolated bilinearly in rows and columns among
  /// the nearest four that form a rectangle around it (two when its rows or columns are listed). Nothing when no such
  /// rectangle is listed. Linear, because energies, leakage and area grow with the wires and cells: NVSim's 256 x 512
  /// lies within 2 % in energy and area of the line from 256 x 256 to 256 x 1024.
  std::optional<Geometry> at(std::uint32_t rows, std::uint32_t columns) const;

  /// Why at() gives nothing for a size: outside of the listed rows or columns, or which sizes around it are missing.
  /// For messages: "128 rows are outside of the listed 256 to 512", "interpolating it needs 512 x 1024, which is
  /// missing".
  std::string missing(std::uint32_t rows, std::uint32_t columns) const;

  /// "256 x 256, 256 x 512": for messages.
  std::string text() const;

 private:
  const Geometry* find(std::uint32_t rows, std::uint32_t columns) const;
  std::optional<Geometry> between(std::uint32_t rows_below, std::uint32_t rows_above, std::uint32_t rows,
                                  std::uint32_t columns) const;

  std::vector<Geometry> listed_;
};

}  // namespace spinvp
