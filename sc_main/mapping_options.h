#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "network/integer_graph.h"
#include "network/mapping/chip_target.h"

namespace spinvp {

/// How --layer-mapping, --mapping and reports write an engine: "and", "adder", "digital".
const char* to_string(network::Engine engine);

/// As --mapping, --objective and --weights write them.
std::string mapping_text(const network::MappingOptions& options);
const char* to_string(network::Objective objective);
const char* to_string(network::WeightPolicy policy);

/// The options of every command that maps a network: --weights, --mapping, --objective and --layer-mapping. `options`
/// must outlive the parsing.
void add_mapping_options(CLI::App& command, network::MappingOptions& options);

/// InputError when --layer-mapping names a layer that the network has not.
void require_layers(const network::MappingOptions& options, const network::IntegerGraph& graph);

/// InputError when --mapping names an engine that the chip has not. Layers that an engine of the chip cannot run go to
/// another one.
void require_engine(const network::MappingOptions& options, const network::ChipTarget& target);

/// The first of these options that asks for something else than its default; empty when none does.
std::string given_mapping_option(const network::MappingOptions& options);

}  // namespace spinvp
