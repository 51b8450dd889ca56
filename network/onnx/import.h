#pragma once

#include <optional>
#include <string>
#include <vector>

#include "network/imported_network.h"
#include "network/input_scaling.h"
#include "network/integer_graph.h"
#include "network/onnx/quantise/post_training.h"

namespace spinvp::network {

struct ImportOptions {
  /// What a byte of an image is in a model with real inputs; such a model is refused without it. Not for models that
  /// read uint8 images themselves.
  std::optional<InputScaling> input{};
  /// Quantises what is not quantised yet; without it such a model is refused.
  std::optional<PostTraining> quantise{};
};

/// Reads a quantised network from an ONNX file. InputError names the file, the node, its operator, why it cannot be run
/// and what could.
ImportedNetwork import_network(const std::string& path, const ImportOptions& options = {});

/// The same from the file's bytes; `file` stands for it in messages.
ImportedNetwork import_network_bytes(const std::string& bytes, const std::string& file,
                                     const ImportOptions& options = {});

/// The graph alone.
IntegerGraph import_onnx(const std::string& path, const ImportOptions& options = {});
IntegerGraph import_onnx_bytes(const std::string& bytes, const std::string& file, const ImportOptions& options = {});

}  // namespace spinvp::network
