#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ip/pim/pim_device.h"
#include "network/dataset.h"
#include "network/image/network_image.h"
#include "network/integer_graph.h"
#include "network/reference.h"

namespace spinvp {

/// Holds every layer's output, as it stands on the chip or in memory when the layer is done, against the integer
/// reference. It only looks: nothing it does changes the simulation.
class Verifier : public StreamObserver {
 public:
  /// Reads system memory without side effects.
  using ReadMemory = std::function<void(std::uint64_t address, void* bytes, std::size_t length)>;
  struct Places {
    std::uint64_t scratch = 0;
    std::uint64_t first_scores = 0;
    std::uint64_t score_stride = 0;
  };

  Verifier(const network::IntegerGraph& graph, const network::NetworkImage& image, const network::Dataset& data,
           PimDevice& device, const Places& places, ReadMemory read_memory);

  /// The image that the chip runs first, and the first one to check.
  void begin_at(std::size_t image, std::size_t checked) {
    current_image_ = image;
    first_checked_ = checked;
  }
  void stream_finished(Activity activity, sc_core::sc_time duration) override;

  std::uint64_t layers_checked() const { return layers_checked_; }
  std::uint64_t mismatches() const { return mismatches_; }
  /// What differed first; empty when nothing did.
  const std::string& first_mismatch() const { return first_mismatch_; }

 private:
  std::vector<std::int32_t> chip_output(std::size_t layer);
  void compare(std::size_t layer, const std::vector<std::int32_t>& chip, const network::LayerOutput& reference);

  const network::IntegerGraph& graph_;
  const network::NetworkImage& image_;
  const network::Dataset& data_;
  PimDevice& device_;
  const Places places_;
  const ReadMemory read_memory_;

  std::size_t current_image_ = 0;
  std::size_t first_checked_ = 0;
  std::vector<network::LayerOutput> reference_;  // of the current image
  std::uint64_t layers_checked_ = 0;
  std::uint64_t mismatches_ = 0;
  std::string first_mismatch_;
};

}  // namespace spinvp
