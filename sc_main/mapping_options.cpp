#include "sc_main/mapping_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "core/errors.h"

namespace spinvp {
namespace {

using network::Engine;
using network::MappingOptions;
using network::Objective;
using network::WeightPolicy;

constexpr Engine engines[] = {Engine::AndAccumulate, Engine::Adder, Engine::Digital};

/// An option whose words stand for values; words that are none are wrong usage.
template <class Value>
void add_choice(CLI::App& command, const std::string& name, const std::map<std::string, Value>& values,
                std::function<void(Value)> set, const std::string& help) {
  std::vector<std::string> words;
  for (const auto& [word, value] : values) {
    words.push_back(word);
  }
  command
      .add_option_function<std::string>(
          name, [values, set = std::move(set)](const std::string& word) { set(values.at(word)); }, help)
      ->check(CLI::IsMember(words));
}

std::string engine_words() {
  std::string words;
  for (const Engine engine : engines) {
    words += fmt::format("{}{}", words.empty() ? "" : ", ", to_string(engine));
  }
  return words;
}

void read_layer_mapping(const std::string& text, MappingOptions& options) {
  const std::size_t equals = text.rfind('=');  // a layer's name may hold others
  if (equals == std::string::npos || equals == 0) {
    throw CLI::ValidationError("--layer-mapping", fmt::format("'{}' is not NAME=ENGINE, for instance conv2=adder; "
                                                              "engines: {}",
                                                              text, engine_words()));
  }
  const std::string layer = text.substr(0, equals);
  const std::string word = text.substr(equals + 1);
  const auto* const engine =
      std::find_if(std::begin(engines), std::end(engines), [&](Engine one) { return word == to_string(one); });
  if (engine == std::end(engines)) {
    throw CLI::ValidationError("--layer-mapping", fmt::format("layer '{}': there is no engine '{}'; engines: {}", layer,
                                                              word, engine_words()));
  }
  if (!options.layers.emplace(layer, *engine).second) {
    throw CLI::ValidationError("--layer-mapping", fmt::format("layer '{}' is given twice", layer));
  }
}

}  // namespace

const char* to_string(Engine engine) {
  switch (engine) {
    case Engine::AndAccumulate:
      return "and";
    case Engine::Adder:
      return "adder";
    case Engine::Digital:
      return "digital";
  }
  return "none";
}

std::string mapping_text(const MappingOptions& options) {
  return options.cheapest ? "auto" : options.engine ? to_string(*options.engine) : "array";
}

const char* to_string(Objective objective) {
  switch (objective) {
    case Objective::Energy:
      return "energy";
    case Objective::EnergyDelay:
      return "edp";
    case Objective::Latency:
      break;
  }
  return "latency";
}

const char* to_string(WeightPolicy policy) {
  switch (policy) {
    case WeightPolicy::Stationary:
      return "stationary";
    case WeightPolicy::Streamed:
      return "streamed";
    case WeightPolicy::Auto:
      break;
  }
  return "auto";
}

void add_mapping_options(CLI::App& command, MappingOptions& options) {
  MappingOptions* const to = &options;
  add_choice<WeightPolicy>(
      command, "--weights",
      {{"auto", WeightPolicy::Auto}, {"stationary", WeightPolicy::Stationary}, {"streamed", WeightPolicy::Streamed}},
      [to](WeightPolicy policy) { to->weights = policy; },
      "'stationary': loaded once; 'streamed': loaded for every image; 'auto': stationary when all fit [auto]");
  struct Mapping {
    bool cheapest = false;
    std::optional<Engine> engine{};
  };
  add_choice<Mapping>(
      command, "--mapping",
      {{"array", {}},
       {"auto", {true}},
       {"and", {false, Engine::AndAccumulate}},
       {"adder", {false, Engine::Adder}},
       {"digital", {false, Engine::Digital}}},
      [to](Mapping mapping) {
        to->cheapest = mapping.cheapest;
        to->engine = mapping.engine;
      },
      "what runs the layers: 'and'-accumulation, in-memory 'adder' or 'digital' unit wherever it can; 'array': the "
      "sub-arrays, the first of these three that the chip has and that can run the layer, which also runs the layers "
      "that the engine named cannot; 'auto': the cheapest by the objective [array]");
  add_choice<Objective>(
      command, "--objective",
      {{"latency", Objective::Latency}, {"energy", Objective::Energy}, {"edp", Objective::EnergyDelay}},
      [to](Objective objective) { to->objective = objective; },
      "what every mapping keeps low where it has a choice: latency, energy, or their product edp [latency]");
  command
      .add_option(
          "--density", options.most_for_density,
          "with objective latency: how many times as long as with all sub-arrays a network may take so that each "
          "layer keeps to few sub-arrays of its own; 1: whatever is faster [1.25]")
      ->check(CLI::Range(1.0, 1000.0));
  command
      .add_option_function<std::vector<std::string>>(
          "--layer-mapping",
          [to](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              read_layer_mapping(text, *to);
            }
          },
          "NAME=ENGINE: what runs the layer of this name, before --mapping; may be given again")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void require_layers(const MappingOptions& options, const network::IntegerGraph& graph) {
  for (const auto& [name, engine] : options.layers) {
    const bool exists = std::any_of(graph.layers.begin(), graph.layers.end(),
                                    [name = name](const network::Layer& layer) { return layer.name == name; });
    if (exists) {
      continue;
    }
    std::string layers;
    for (const network::Layer& layer : graph.layers) {
      layers += fmt::format("{}{}", layers.empty() ? "" : ", ", layer.name);
    }
    throw InputError(fmt::format("--layer-mapping {}={}: network '{}' has no layer '{}'; layers: {}", name,
                                 to_string(engine), graph.name, name, layers));
  }
}

void require_engine(const MappingOptions& options, const network::ChipTarget& target) {
  if (!options.engine) {
    return;
  }
  const std::map<Engine, bool> present{
      {Engine::AndAccumulate, target.and_accumulate}, {Engine::Adder, target.adder}, {Engine::Digital, target.digital}};
  if (present.at(*options.engine)) {
    return;
  }
  std::string words;
  for (const Engine engine : engines) {
    words += present.at(engine) ? fmt::format("{}{}", words.empty() ? "" : ", ", to_string(engine)) : "";
  }
  throw InputError(fmt::format("--mapping {}: chip '{}' has no such engine; it has: {}", to_string(*options.engine),
                               target.name, words));
}

std::string given_mapping_option(const MappingOptions& options) {
  return options.weights != WeightPolicy::Auto                           ? "--weights"
         : options.cheapest || options.engine                            ? "--mapping"
         : options.objective != Objective::Latency                       ? "--objective"
         : options.most_for_density != MappingOptions{}.most_for_density ? "--density"
         : !options.layers.empty()                                       ? "--layer-mapping"
                                                                         : "";
}

}  // namespace spinvp
