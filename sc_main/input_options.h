#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "network/input_scaling.h"

namespace spinvp {

/// --input-scale, --input-mean and --input-std as they were given; empty: not given.
struct InputOptions {
  std::optional<double> scale;
  std::vector<double> mean;
  std::vector<double> deviation;

  bool is_given() const { return scale || !mean.empty() || !deviation.empty(); }
};

/// What a model's input is told to be, and where that comes from.
struct InputChoice {
  std::optional<network::InputScaling> scaling;  ///< nothing where neither options nor a file say any
  std::vector<std::string> notes;                ///< a sentence each, for users
};

/// The options of every command that imports a network. `options` must outlive the parsing.
void add_input_options(CLI::App& command, InputOptions& options);

/// The options and, for what they leave open, the file NET.yaml beside the network NET.onnx, where there is one
/// (NET.yml, NET.onnx.yaml and NET.onnx.yml are read as well):
///   input: {scale: 1/255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}
/// InputError with line and key when the file holds anything else, or when there is more than one.
InputChoice choose_input(const InputOptions& options, const std::string& network);

/// A finite number, or two of them with a slash between: "0.5", "1/255".
std::optional<double> parse_fraction(const std::string& text);

}  // namespace spinvp
