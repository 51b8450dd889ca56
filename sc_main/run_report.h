#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/units.h"
#include "ip/pim/chip_area.h"
#include "sc_main/injection.h"
#include "sc_main/model_check.h"
#include "sc_main/run_record.h"
#include "sc_main/simulation.h"

namespace spinvp {

/// Time, energy and counts of some work. Parts add up to totals exactly.
struct WorkReport {
  std::uint64_t cycles = 0;  ///< of the chip's clock
  std::uint64_t picoseconds = 0;
  Femtojoules energy;
  std::uint64_t row_operations = 0;  ///< senses of two and three rows
  std::uint64_t row_reads = 0;
  std::uint64_t row_writes = 0;
  std::uint64_t additions = 0;          ///< of an operand to the accumulator rows of a sub-array
  std::uint64_t additions_skipped = 0;  ///< what zero weights or levels saved of them
  std::uint64_t multiplies = 0;         ///< of the digital unit
  std::uint64_t dma_bytes = 0;

  WorkReport& operator+=(const WorkReport& other);
};

/// What a layer's mapping makes of its arithmetic, for one image. Operations are row operations of AND-accumulation, or
/// additions of the in-memory adder, those that zero weights or levels save among them.
struct PackingReport {
  double ideal = 0;  ///< operations if every column of each did a useful bit: MACs x weight planes x activation planes
                     ///< / columns, or MACs / columns for additions
  double real = 0;

  double loss() const { return real > 0 ? 1 - ideal / real : 0; }
};

struct LayerReport {
  std::string name;
  std::string kind;
  std::string engine;  ///< "and", "adder", "digital", "none"
  std::string sources;
  std::string weight_kind;
  std::string input_shape;   ///< HxWxC
  std::string output_shape;  ///< HxWxC
  std::string bits;          ///< of weight and activation
  std::uint32_t groups = 1;
  unsigned weight_bits = 0;
  unsigned activation_bits = 0;
  std::uint64_t macs = 0;  ///< an image
  std::uint64_t weights_zero = 0;
  std::uint32_t subarrays = 0;           ///< used at once
  std::uint32_t passes = 0;              ///< times weights are loaded over kernels and tiles
  WorkReport run;                        ///< of all images
  WorkReport once;                       ///< loading weights that stay
  double busy = 0;                       ///< share of all sub-array cycles with a row operation
  std::optional<PackingReport> packing;  ///< of layers that run in sub-arrays

  WorkReport total() const;
  /// Share of the additions that zero weights or levels saved.
  double additions_saved() const;
};

/// What one kind of event of a block came to in the whole run.
struct EventReport {
  Event event{};
  std::uint64_t count = 0;
  Femtojoules energy;
};

/// A block of the chip (or all blocks of one name) in the whole run; blocks add up to the total energy exactly.
struct BlockReport {
  std::string name;
  std::vector<EventReport> events;  ///< that happened
  Femtojoules leakage;

  Femtojoules energy() const;
};

/// What the run was asked for, defaults included.
struct OptionsReport {
  std::size_t count = 0;  ///< images, the first ones of the file
  /// Absent where a network image had decided it.
  std::optional<network::MappingOptions> mapping;
  std::optional<network::InputScaling> input;  ///< of a model with real inputs
  std::optional<QuantiseOptions> quantise;     ///< absent unless asked for
  std::string firmware;                        ///< file; empty with the native driver
  double time_limit_s = 0;
  std::uint32_t retries = 0;
};

/// What a run showed: a view of a record and of what ran.
struct RunReport {
  std::string version;
  std::string network;
  std::vector<std::string> notes;  ///< on how the network was read
  std::string chip;
  std::string network_file;
  std::string images_file;
  std::string labels_file;  ///< the images' where it holds the labels too; empty without labels
  std::string chip_file;
  std::string technology_file;
  std::string soc_file;
  std::string driver;
  std::string detail;
  std::string timing;     ///< "lt", "at"
  std::string data_path;  ///< of the host: "direct", "bus"
  BusUse bus_once;        ///< before the first image
  BusUse bus_images;
  OptionsReport options;
  std::string weights;  ///< as NetworkImage::weights_text() says
  std::size_t images = 0;
  std::optional<std::size_t> correct;  ///< without labels nobody knows
  std::vector<LayerReport> layers;
  /// While no command stream ran: the software's time, the chip's leakage. And streams of no layer of the network,
  /// which only firmware of one's own has.
  WorkReport outside_run;   ///< from each image's start to its end
  WorkReport outside_once;  ///< booting, checking and loading the network
  /// The software's reads and writes of sub-arrays as plain memory; their time is the software's.
  WorkReport host_access;
  WorkReport total;  ///< layers, outside and host access
  /// What went wrong by itself, from power-on to the end; nothing on a chip without faults.
  std::optional<FaultCounts> faults;
  std::uint64_t fault_seed = 0;
  std::vector<InjectionReport> injection;  ///< what became of the faults that the run was asked for
  std::vector<BlockReport> blocks;
  std::vector<AreaPart> area;
  std::size_t processes = 1;
  double host_seconds = 0;
  std::uint64_t instructions = 0;  ///< of the RISC-V core, in all processes
  std::uint64_t recoveries = 0;    ///< failures of the chip after which the software tried again
  bool verified = false;
  std::uint64_t layers_checked = 0;
  std::uint64_t mismatches = 0;
  std::string first_mismatch;
  std::optional<ModelCheck> model_check;

  double accuracy() const { return static_cast<double>(correct.value_or(0)) / static_cast<double>(images); }
  /// Simulated, an image from the start of its first stream to the end of its last one: booting, loading and what the
  /// software does between two images are left out.
  double images_per_simulated_second = 0;
  Femtojoules energy_an_image;  ///< in the same time
  /// From an image's end to the next one's start, on average; nothing where no image follows another. In no other
  /// number.
  std::optional<double> nanoseconds_between_images;

  WorkReport run() const;      ///< of all images: layers, outside and host access
  WorkReport once() const;     ///< whatever the number of images: layers and outside
  WorkReport outside() const;  ///< run and once
  /// Of the layers that run on this engine together.
  std::optional<PackingReport> packing(const std::string& engine) const;
};

RunReport make_report(const Simulation& simulation, const RunRecord& record, std::size_t processes);

void print_table(const RunReport& report);
/// One line: images, accuracy, verification.
void print_result(const RunReport& report);
/// InputError when the file cannot be written.
void write_json(const RunReport& report, const std::string& path);
void write_predictions(const Simulation& simulation, const RunRecord& record, const std::string& path);

}  // namespace spinvp
