#pragma once

#include <cstdint>
#include <vector>

#include "ip/interface/pim_view.h"
#include "ip/pim/plane_map.h"

namespace spinvp {

/// The multipliers of the digital unit (command MULTIPLY): output-stationary, each multiplier with a register file of
/// `sums_per_multiplier` running sums.
///
/// One side of the output is spread over the multipliers, the other one over their register files. With L multipliers,
/// P pixels, K kernels and E elements:
///   pixels across:  blocks of L pixels x 16 kernels; a weight is broadcast, each multiplier has a level of its own.
///                   ceil(P / L) K E cycles.
///   kernels across: blocks of L kernels x 16 pixels; a level is broadcast, each multiplier has a weight of its own.
///                   ceil(K / L) P E cycles.
/// The unit takes the one with fewer cycles, pixels across when they are equal. Weights are read once a block of
/// pixels, levels once a block of kernels. Levels come by rows of the kernel: for the pixels of a block that lie in one
/// output row, the map pixels from the first to the last one that this kernel row touches are read once; positions
/// outside the map have the padding's level and are not read, but multiplied like others: P K E multiplications in all.
class MultiplierArray {
 public:
  static constexpr std::uint32_t sums_per_multiplier = 16;

  struct Work {
    std::uint64_t multiplies = 0;
    std::uint64_t cycles = 0;  ///< of the multipliers
  };

  explicit MultiplierArray(std::uint32_t multipliers) : multipliers_(multipliers) {}

  Work run(const interface::MultiplyCommand& command, BufferTraffic& traffic, PlanePacker& packer);

 private:
  struct Range {
    std::uint64_t first = 0;
    std::uint32_t count = 0;
  };

  void run_block(Range pixels, Range kernels, bool new_fields);
  void fetch_fields(Range pixels);
  void fetch_kernel_row(Range row_pixels, std::uint32_t place, std::uint32_t kernel_row);
  void read_weights(Range kernels);
  void write_sums(Range pixels, Range kernels);

  const std::uint32_t multipliers_;
  const interface::MultiplyCommand* command_ = nullptr;
  BufferTraffic* traffic_ = nullptr;
  PlanePacker* packer_ = nullptr;
  bool keep_levels_ = false;           // fields_ is to be filled from what is read
  std::size_t stride_ = 0;             // elements, rounded up
  std::vector<std::int16_t> fields_;   // [pixel of the block][stride_]
  std::vector<std::int16_t> weights_;  // [kernel of the block][stride_]
  std::vector<std::uint32_t> sums_;    // [pixel of the block][kernel of the block]
};

}  // namespace spinvp
