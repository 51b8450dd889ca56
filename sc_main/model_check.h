#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "network/dataset.h"
#include "network/float_reference.h"
#include "network/integer_graph.h"
#include "sc_main/run_record.h"

namespace spinvp {

/// An image of which the chip and the model's own float64 arithmetic say different classes.
struct ModelDifference {
  /// Boundary: a value of the model lies on a place where it rounds or compares, so that its own last bit decides. Tie:
  /// the model's two classes are nearer to each other than scores tell apart. Quantised: this run quantised
  /// the model, so that it is another network. None: the classes should be equal.
  enum class Reason { Boundary, Tie, Quantised, None } reason = Reason::None;
  std::size_t image = 0;
  std::uint32_t predicted = 0;  ///< by the chip
  int model = 0;                ///< by the model
  double margin = 0;            ///< of the chip's best score before the next one, in the model's numbers
  double model_margin = 0;      ///< likewise
  network::FloatReference::Boundary nearest;
};

struct ModelCheck {
  std::size_t images = 0;
  std::size_t on_boundary = 0;  ///< images with a value on a boundary, whether or not their classes differ
  std::vector<ModelDifference> differences;

  std::size_t equal() const { return images - differences.size(); }
  /// How many differ for no reason.
  std::size_t unexplained() const;

  bool is_before_quantising = false;  ///< the reference is the float model that was quantised on the way
  /// Says so, and of all differences that this is the reason.
  void allow_for_quantising();
};

/// A value nearer than this to a boundary lies on it: of the quantiser's step, or in the numbers that the node
/// compares.
constexpr double boundary_distance = 1e-9;

/// Holds the class of every image against the model's. `last` is the layer that gives the scores; `threads` share the
/// images.
ModelCheck check_model(const network::FloatReference& reference, const network::Dataset& data,
                       const network::Layer& last, const std::vector<Prediction>& predictions, std::size_t threads);

/// Why one image's classes differ.
ModelDifference explain(const network::FloatReference::Result& model, const Prediction& chip,
                        const network::Layer& last);

/// The word that reports use: "boundary", "tie", "quantised", "none".
const char* to_string(ModelDifference::Reason reason);

/// A line with the count, and one for each image that differs.
void print_model_check(const ModelCheck& check);

}  // namespace spinvp
