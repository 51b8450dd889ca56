#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ip/mram/cell.h"

namespace spinvp {

/// What a sense amplifier can tell of one, two or three cells on its bit line.
enum class SenseFunction { Read, Or2, And2, Xor2, Or3, Maj3, And3, FullAdd };
constexpr std::array<SenseFunction, 8> sense_functions = {
    SenseFunction::Read, SenseFunction::Or2,  SenseFunction::And2, SenseFunction::Xor2,
    SenseFunction::Or3,  SenseFunction::Maj3, SenseFunction::And3, SenseFunction::FullAdd};
constexpr std::size_t index_of(SenseFunction function) {
  return static_cast<std::size_t>(function);
}
const char* to_string(SenseFunction function);
std::uint32_t rows_of(SenseFunction function);
/// The references that it compares with, one sense amplifier each: the number of ones from which each answers 1.
std::vector<std::uint32_t> references_of(SenseFunction function);

/// Some cells in parallel, so many of them high, over all runs.
struct SenseState {
  std::uint32_t rows = 0;
  std::uint32_t high = 0;
  double ohms = 0;       ///< of cells without variation
  double mean_ohms = 0;  ///< of the runs
  double deviation_ohms = 0;
  std::vector<double> sampled_ohms;  ///< a value a run
};

struct SenseErrors {
  double margin_ohms = 0;   ///< the smallest distance of a state from a reference that it is compared with
  double margin_volts = 0;  ///< the same at the sense current
  /// Chance of a wrong answer of a column (of either for FULL ADD) when every combination of operand bits is as likely
  /// as any other.
  double counted = 0;    ///< of all runs and combinations; nothing below about 1 / runs can be seen
  double estimated = 0;  ///< from the tails of normal distributions with the runs' means and deviations
};

/// What a Monte-Carlo over the variation of cells and sense amplifiers says of a technology.
struct SenseAnalysis {
  std::uint64_t runs = 0;
  std::uint64_t seed = 0;
  std::vector<SenseState> states;                               ///< 1, 2, 3 rows; in each from no ones to all
  std::array<SenseErrors, sense_functions.size()> functions{};  ///< by index_of()

  const SenseState& state(std::uint32_t rows, std::uint32_t high) const;
  const SenseErrors& of(SenseFunction function) const { return functions[index_of(function)]; }
  /// The count where it rests on ten wrong runs or more, else the estimate.
  double error_probability(SenseFunction function) const;
};

/// Draws the cells of each state and the offsets of the sense amplifiers `runs` times (at least twice). The same seed
/// gives the same result.
SenseAnalysis analyse_senses(const ResistiveCell& cell, std::uint64_t runs, std::uint64_t seed);

/// The chance of a normally distributed value to lie more than `deviations` above its mean.
double normal_tail(double deviations);

}  // namespace spinvp
