#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/units.h"
#include "sc_main/simulation.h"

namespace spinvp {

/// Time, energy and counts of some work. Parts add up to totals exactly.
struct WorkReport {
  std::uint64_t cycles = 0;  ///< of the chip's clock
  std::uint64_t picoseconds = 0;
  Femtojoules energy;
  std::uint64_t row_operations = 0;  ///< two-row senses
  std::uint64_t row_reads = 0;
  std::uint64_t row_writes = 0;
  std::uint64_t dma_bytes = 0;

  WorkReport& operator+=(const WorkReport& other);
};

struct LayerReport {
  std::string name;
  std::string kind;
  std::string weight_kind;
  std::string input_shape;   ///< HxWxC
  std::string output_shape;  ///< HxWxC
  unsigned weight_bits = 0;
  unsigned activation_bits = 0;
  std::uint64_t macs = 0;       ///< an image
  std::uint32_t subarrays = 0;  ///< used at once
  WorkReport run;               ///< of all images
  WorkReport once;              ///< loading weights that stay
  double busy = 0;              ///< share of all sub-array cycles with a row operation
  double packing = 0;           ///< share of the columns of a row operation that hold weights

  WorkReport total() const;
};

/// What a run showed: a view of the chip's ledger and of the results.
struct RunReport {
  std::string version;
  std::string network;
  std::string chip;
  std::size_t images = 0;
  std::optional<std::size_t> correct;  ///< without labels nobody knows
  std::vector<LayerReport> layers;
  /// While no command stream ran: the software's time, the chip's leakage.
  WorkReport outside_run;   ///< from the first image's start to the last one's end
  WorkReport outside_once;  ///< booting, checking and loading the network, ending
  WorkReport total;         ///< layers and outside
  double host_seconds = 0;
  std::uint64_t instructions = 0;  ///< of the RISC-V core
  bool verified = false;
  std::uint64_t layers_checked = 0;
  std::uint64_t mismatches = 0;
  std::string first_mismatch;

  double accuracy() const { return static_cast<double>(correct.value_or(0)) / static_cast<double>(images); }
  /// Simulated, from the first image's start to the last one's end: booting and loading are left out.
  double images_per_simulated_second = 0;
  Femtojoules energy_an_image;  ///< in the same time

  WorkReport run() const;      ///< of all images: layers and outside
  WorkReport once() const;     ///< whatever the number of images: layers and outside
  WorkReport outside() const;  ///< run and once

  std::string driver;
  std::string detail;
  bool weights_stationary = false;
};

RunReport make_report(const Simulation& simulation);

void print_table(const RunReport& report);
/// One line: images, accuracy, verification.
void print_result(const RunReport& report);
/// InputError when the file cannot be written.
void write_json(const RunReport& report, const std::string& path);
void write_predictions(const Simulation& simulation, const std::string& path);

}  // namespace spinvp
