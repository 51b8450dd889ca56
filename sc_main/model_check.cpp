#include "sc_main/model_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>

#include "network/reference.h"
#include "sc_main/layer_text.h"

namespace spinvp {
namespace {

using network::FloatReference;
using network::Layer;
using Reason = ModelDifference::Reason;

/// How far scores of float64 arithmetic can be from each other by its own rounding, of the largest one.
constexpr double rounding_of_scores = 1e-9;

template <class Number>
double margin_of(const std::vector<Number>& scores) {
  if (scores.size() < 2) {  // a single score is held against zero
    return scores.empty() ? 0 : std::fabs(static_cast<double>(scores[0]));
  }
  auto best = std::numeric_limits<double>::lowest();
  double next = best;
  for (const Number score : scores) {
    const auto value = static_cast<double>(score);
    next = std::max(next, std::min(value, best));
    best = std::max(best, value);
  }
  return best - next;
}

/// How far a score can be from the model's number, in the model's numbers: half a unit, and what rounding the gain and
/// the offset to whole numbers makes of it.
double score_error(const Layer& last, const Prediction& chip, std::size_t index) {
  if (last.affine.gains.empty()) {
    return 0;
  }
  const double power = std::ldexp(1.0, last.affine.shift);
  const auto gain = static_cast<double>(last.affine.gains[index]);
  const double product =
      static_cast<double>(chip.scores[index]) * power - static_cast<double>(last.affine.offsets[index]);
  const double accumulator = gain != 0 ? std::fabs(product / gain) : 0;
  return last.step * (0.5 + (accumulator + 1) / (2 * power));
}

bool lies_on(const FloatReference::Boundary& boundary) {
  return !boundary.node.empty() && boundary.distance < boundary_distance;
}

bool is_tie(const FloatReference::Result& model, const Prediction& chip, const Layer& last, std::size_t one,
            std::size_t other) {
  if (model.scores.size() == 1) {
    return std::fabs(model.scores[0]) <= score_error(last, chip, 0);
  }
  const double apart = std::fabs(model.scores[one] - model.scores[other]);
  const double largest = std::max(std::fabs(model.scores[one]), std::fabs(model.scores[other]));
  return apart <= largest * rounding_of_scores + score_error(last, chip, one) + score_error(last, chip, other);
}

/// What one image adds to the check.
struct Outcome {
  bool on_boundary = false;
  bool differs = false;
  ModelDifference difference;
};

Outcome outcome_of(const FloatReference& reference, const network::Dataset& data, const Layer& last,
                   const Prediction& chip, std::size_t image) {
  const FloatReference::Result model = reference.run(data.image(image), data.shape);
  Outcome outcome;
  outcome.on_boundary = lies_on(model.nearest);
  outcome.differs = static_cast<std::uint32_t>(network::argmax(model.scores)) != chip.predicted;
  if (outcome.differs) {
    outcome.difference = explain(model, chip, last);
    outcome.difference.image = image;
  }
  return outcome;
}

}  // namespace

std::size_t ModelCheck::unexplained() const {
  return static_cast<std::size_t>(std::count_if(differences.begin(), differences.end(),
                                                [](const ModelDifference& one) { return one.reason == Reason::None; }));
}

void ModelCheck::allow_for_quantising() {
  is_before_quantising = true;
  for (ModelDifference& one : differences) {
    one.reason = Reason::Quantised;
  }
}

ModelDifference explain(const FloatReference::Result& model, const Prediction& chip, const Layer& last) {
  ModelDifference difference;
  difference.predicted = chip.predicted;
  difference.model = network::argmax(model.scores);
  difference.margin = margin_of(chip.scores) * last.step;
  difference.model_margin = margin_of(model.scores);
  difference.nearest = model.nearest;
  const bool comparable =
      chip.predicted < network::class_count(model.scores.size()) && model.scores.size() == chip.scores.size();
  if (lies_on(model.nearest)) {
    difference.reason = Reason::Boundary;
  } else if (comparable && is_tie(model, chip, last, chip.predicted, static_cast<std::size_t>(difference.model))) {
    difference.reason = Reason::Tie;
  }
  return difference;
}

ModelCheck check_model(const FloatReference& reference, const network::Dataset& data, const Layer& last,
                       const std::vector<Prediction>& predictions, std::size_t threads) {
  std::vector<Outcome> outcomes(predictions.size());
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex failing;
  const auto work = [&] {
    try {
      for (std::size_t image = next++; image < predictions.size(); image = next++) {
        outcomes[image] = outcome_of(reference, data, last, predictions[image], image);
      }
    } catch (...) {
      const std::lock_guard<std::mutex> hold(failing);
      failure = std::current_exception();
      next = predictions.size();
    }
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < threads; ++i) {
    others.emplace_back(work);
  }
  work();
  for (std::thread& thread : others) {
    thread.join();
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
  ModelCheck check;
  check.images = predictions.size();
  for (const Outcome& outcome : outcomes) {
    check.on_boundary += outcome.on_boundary ? 1 : 0;
    if (outcome.differs) {
      check.differences.push_back(outcome.difference);
    }
  }
  return check;
}

const char* to_string(Reason reason) {
  return reason == Reason::Boundary    ? "boundary"
         : reason == Reason::Tie       ? "tie"
         : reason == Reason::Quantised ? "quantised"
                                       : "none";
}

void print_model_check(const ModelCheck& check) {
  if (check.is_before_quantising) {
    fmt::print(
        "argmax equal to the float64 reference in {} of {}; the reference is the model before --quantize, so "
        "that other classes are no error\n",
        check.equal(), images_text(check.images));
    return;
  }
  fmt::print("argmax equal to the float64 reference in {} of {}; {} with a value on a rounding boundary\n",
             check.equal(), images_text(check.images), images_text(check.on_boundary));
  for (const ModelDifference& one : check.differences) {
    const std::string nearest = one.nearest.node.empty()
                                    ? "the model rounds nowhere"
                                    : fmt::format("nearest boundary at '{}', {:.3g}{} away", one.nearest.node,
                                                  one.nearest.distance, one.nearest.in_steps ? " of a step" : "");
    fmt::print("image {}: the chip says {} (by {:.6g}), the model {} (by {:.6g}); {}: {}\n", one.image, one.predicted,
               one.margin, one.model, one.model_margin, nearest,
               one.reason == Reason::Boundary ? "on a rounding boundary"
               : one.reason == Reason::Tie    ? "NOT on a boundary, but a tie of scores"
                                              : "NOT on a boundary");
  }
}

}  // namespace spinvp
