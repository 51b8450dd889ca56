#include "ip/mram/sense_margins.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ip/mram/noise.h"

namespace spinvp {
namespace {

constexpr std::uint32_t most_rows = 3;

/// Draws cells and sense amplifiers.
class Sampler {
 public:
  Sampler(const ResistiveCell& cell, std::uint64_t seed) : cell_(cell), random_(seed) {}

  /// Some cells in parallel. A draw far outside of what a junction can be is drawn again.
  double ohms(std::uint32_t rows, std::uint32_t high) {
    double siemens = 0;
    for (std::uint32_t i = 0; i < rows; ++i) {
      const double low = cell_.low_ohms * factor(cell_.resistance_spread);
      siemens += 1 / (i < high ? low * (1 + cell_.ratio() * factor(cell_.ratio_spread)) : low);
    }
    return 1 / siemens;
  }
  double offset_volts() { return cell_.offset_volts * random_.normal(); }

 private:
  double factor(double spread) {
    double value = 0;
    do {
      value = 1 + spread * random_.normal();
    } while (value < 0.01);
    return value;
  }

  const ResistiveCell& cell_;
  NoiseSource random_;
};

/// What the sense amplifiers' answers mean: one an entry of references_of(), in its order.
std::uint32_t result_of(SenseFunction function, const std::vector<bool>& answers) {
  switch (function) {
    case SenseFunction::Xor2:
      return answers[0] && !answers[1] ? 1 : 0;
    case SenseFunction::FullAdd: {
      // Sum: one or three ones; carry: at least two.
      const bool sum = (answers[0] && !answers[1]) || answers[2];
      return (sum ? 1 : 0) | (answers[1] ? 2 : 0);
    }
    default:
      return answers[0] ? 1 : 0;
  }
}

std::uint32_t right_result(SenseFunction function, std::uint32_t high) {
  std::vector<bool> answers;
  for (const std::uint32_t reference : references_of(function)) {
    answers.push_back(high >= reference);
  }
  return result_of(function, answers);
}

double combinations(std::uint32_t rows, std::uint32_t high) {
  return high == 0 || high == rows ? 1 : rows;  // up to three rows
}

void sample(SenseState& state, Sampler& sampler, std::uint64_t runs) {
  for (std::uint64_t run = 0; run < runs; ++run) {
    state.sampled_ohms.push_back(sampler.ohms(state.rows, state.high));
  }
  const double count = static_cast<double>(runs);
  state.mean_ohms = std::accumulate(state.sampled_ohms.begin(), state.sampled_ohms.end(), 0.0) / count;
  double squares = 0;
  for (const double ohms : state.sampled_ohms) {
    squares += (ohms - state.mean_ohms) * (ohms - state.mean_ohms);
  }
  state.deviation_ohms = std::sqrt(squares / (count - 1));
}

/// The share of the runs in which a state is misjudged.
double counted_errors(const ResistiveCell& cell, SenseFunction function, const SenseState& state, Sampler& sampler) {
  std::vector<double> references;
  for (const std::uint32_t high : references_of(function)) {
    references.push_back(cell.reference_ohms(state.rows, high) * cell.sense_amperes);
  }
  const std::uint32_t right = right_result(function, state.high);
  std::uint64_t wrong = 0;
  std::vector<bool> answers(references.size());
  for (const double ohms : state.sampled_ohms) {
    for (std::size_t i = 0; i < references.size(); ++i) {
      answers[i] = ohms * cell.sense_amperes + sampler.offset_volts() > references[i];
    }
    wrong += result_of(function, answers) == right ? 0 : 1;
  }
  return static_cast<double>(wrong) / static_cast<double>(state.sampled_ohms.size());
}

/// The chance that any of the sense amplifiers misjudges a state, from normal distributions.
double estimated_errors(const ResistiveCell& cell, SenseFunction function, const SenseState& state) {
  const double deviation = std::hypot(state.deviation_ohms * cell.sense_amperes, cell.offset_volts);
  double chance = 0;
  for (const std::uint32_t high : references_of(function)) {
    const double distance = (cell.reference_ohms(state.rows, high) - state.mean_ohms) * cell.sense_amperes;
    const double safe = state.high >= high ? -distance : distance;
    chance += deviation > 0 ? normal_tail(safe / deviation) : (safe > 0 ? 0 : 1);
  }
  return std::min(chance, 1.0);
}

double margin(const ResistiveCell& cell, SenseFunction function) {
  const std::uint32_t rows = rows_of(function);
  double smallest = cell.high_ohms;
  for (const std::uint32_t high : references_of(function)) {
    const double reference = cell.reference_ohms(rows, high);
    smallest = std::min(
        {smallest, reference - cell.equivalent_ohms(rows, high - 1), cell.equivalent_ohms(rows, high) - reference});
  }
  return smallest;
}

}  // namespace

const char* to_string(SenseFunction function) {
  constexpr std::array<const char*, sense_functions.size()> names = {"READ", "OR2",  "AND2", "XOR2",
                                                                     "OR3",  "MAJ3", "AND3", "FULL ADD"};
  return names[index_of(function)];
}

std::uint32_t rows_of(SenseFunction function) {
  return function == SenseFunction::Read ? 1 : function <= SenseFunction::Xor2 ? 2 : 3;
}

std::vector<std::uint32_t> references_of(SenseFunction function) {
  switch (function) {
    case SenseFunction::Read:
    case SenseFunction::Or2:
    case SenseFunction::Or3:
      return {1};
    case SenseFunction::And2:
    case SenseFunction::Maj3:
      return {2};
    case SenseFunction::Xor2:
      return {1, 2};
    case SenseFunction::And3:
      return {3};
    case SenseFunction::FullAdd:
      break;
  }
  return {1, 2, 3};
}

const SenseState& SenseAnalysis::state(std::uint32_t rows, std::uint32_t high) const {
  return *std::find_if(states.begin(), states.end(),
                       [&](const SenseState& state) { return state.rows == rows && state.high == high; });
}

double SenseAnalysis::error_probability(SenseFunction function) const {
  const SenseErrors& errors = of(function);
  return errors.counted * static_cast<double>(runs) >= 10 ? errors.counted : errors.estimated;
}

double normal_tail(double deviations) {
  return std::erfc(deviations / std::sqrt(2.0)) / 2;
}

SenseAnalysis analyse_senses(const ResistiveCell& cell, std::uint64_t runs, std::uint64_t seed) {
  SenseAnalysis analysis;
  analysis.runs = runs;
  analysis.seed = seed;
  Sampler sampler(cell, seed);
  for (std::uint32_t rows = 1; rows <= most_rows; ++rows) {
    for (std::uint32_t high = 0; high <= rows; ++high) {
      SenseState& state = analysis.states.emplace_back();
      state.rows = rows;
      state.high = high;
      state.ohms = cell.equivalent_ohms(rows, high);
      sample(state, sampler, runs);
    }
  }
  for (const SenseFunction function : sense_functions) {
    SenseErrors& errors = analysis.functions[index_of(function)];
    errors.margin_ohms = margin(cell, function);
    errors.margin_volts = errors.margin_ohms * cell.sense_amperes;
    const std::uint32_t rows = rows_of(function);
    for (std::uint32_t high = 0; high <= rows; ++high) {
      const double weight = combinations(rows, high) / (1u << rows);
      const SenseState& state = analysis.state(rows, high);
      errors.counted += weight * counted_errors(cell, function, state, sampler);
      errors.estimated += weight * estimated_errors(cell, function, state);
    }
  }
  return analysis;
}

}  // namespace spinvp
