#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ip/ledger/ledger.h"
#include "sc_main/bus_use.h"

namespace spinvp {

/// Images [first, end) of a data set.
struct ImageRange {
  std::size_t first = 0;
  std::size_t end = 0;

  std::size_t count() const { return end - first; }
};

/// What came out of one image.
struct Prediction {
  std::uint32_t predicted = 0;
  std::vector<std::int32_t> scores;
};

/// What the simulation of a range of images left: counts and times, of which every report is a view. Records of
/// neighbouring ranges become the record of both without any loss.
struct RunRecord {
  ImageRange images;
  Ledger ledger;
  std::uint64_t start_picoseconds = 0;  ///< from power-on to the first image: booting, checking and loading the network
  /// Of all images, each from the start of its first stream to the end of its last one.
  std::uint64_t image_picoseconds = 0;
  /// From each image's end to the next image's start, the next range's first one included: the software stores results.
  std::uint64_t between_picoseconds = 0;
  BusUse bus_once;    ///< before the first image
  BusUse bus_images;  ///< from the first image's start to the last one's end, or to the next range's start
  std::vector<Prediction> predictions;  ///< one an image
  std::uint64_t layers_checked = 0;     ///< against the integer reference
  std::uint64_t mismatches = 0;
  std::string first_mismatch;
  std::uint64_t instructions = 0;  ///< of the RISC-V core
  std::uint64_t recoveries = 0;    ///< failures of the chip after which the software tried again
  double host_seconds = 0;

  /// Takes up the record of the range that follows this one: what is done for images adds up, what is done once is the
  /// same in both and counts once. RunError when it is not the same.
  void append(const RunRecord& next);
};

/// What was counted for images since `earlier`, and all that was counted once.
Ledger work_since(const Ledger& earlier, const Ledger& now);

/// For the way from one process to another, whose chip has the same blocks.
std::vector<std::uint8_t> serialize(const RunRecord& record);
/// `empty` is a ledger with the blocks of the chip and no counts.
RunRecord deserialize(const std::vector<std::uint8_t>& bytes, const Ledger& empty);

}  // namespace spinvp
