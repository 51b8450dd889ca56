#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "core/errors.h"
#include "network/integer_graph.h"
#include "network/value_range.h"

namespace spinvp::network {

constexpr int most_input_bits = 12;     ///< of a layer's input levels, and of its output levels
constexpr int most_threshold_bits = 8;  ///< of a level before pooling
constexpr int most_weight_bits = 8;

/// Whether a map of this shape may be: sides that commands can say, and a bounded number of values.
bool in_range(const Shape& shape);

/// The rules that one layer keeps by itself, whatever stands before it. A broken rule throws InputError "network 'n',
/// layer 'l': rule".
class LayerCheck {
 public:
  LayerCheck(const IntegerGraph& graph, const Layer& layer) : graph_(graph), layer_(layer) {}

  /// All rules; gives the range of each channel's accumulators.
  std::vector<ValueRange> run(bool last) const;

  template <typename... Parts>
  void require(bool holds, const char* rule, const Parts&... parts) const {
    if (!holds) {
      throw InputError(fmt::format("network '{}', layer '{}': {}", graph_.name, layer_.name,
                                   fmt::format(fmt::runtime(rule), parts...)));
    }
  }

  void shape(const Shape& shape, const char* which) const;

 private:
  void window() const;
  void elementwise() const;
  void weights() const;
  void pooling(bool last) const;
  void thresholds() const;
  void threshold_values(std::size_t levels) const;
  void affine(const std::vector<ValueRange>& ranges) const;

  const IntegerGraph& graph_;
  const Layer& layer_;
};

}  // namespace spinvp::network
