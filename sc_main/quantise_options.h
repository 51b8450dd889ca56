#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "network/onnx/quantise/post_training.h"

namespace spinvp {

/// --quantize, --calibration and --calibration-count.
struct QuantiseOptions {
  int weight_bits = 0;  ///< 0: not given
  int activation_bits = 0;
  std::string images;  ///< file or folder
  std::optional<std::size_t> count;

  bool is_given() const { return weight_bits > 0; }
};

/// The options of every command that imports a network. `options` must outlive the parsing.
void add_quantise_options(CLI::App& command, QuantiseOptions& options);

/// The bits and the calibration images for an ONNX file; nothing where --quantize was not given. Shows progress on
/// stderr while images are looked at, unless `quiet`. InputError when the images cannot be read, are too few, or are of
/// another shape than the network reads.
std::optional<network::PostTraining> read_calibration(const QuantiseOptions& options, const std::string& network,
                                                      bool quiet);

}  // namespace spinvp
