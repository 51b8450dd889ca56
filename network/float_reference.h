#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "network/input_scaling.h"
#include "network/integer_graph.h"

namespace spinvp::network {

namespace onnx {
struct Graph;
}

/// The model as its file means it, executed in float64 operator by operator: what imported networks are held against.
/// It knows nothing of layers, levels and thresholds. One object may run images in several threads.
class FloatReference {
 public:
  /// Reads the file; InputError as the importer's for files that are no model, and for operators that are not known.
  /// Without `input` a model with real inputs reads bytes as numbers; one with uint8 inputs refuses `input`.
  explicit FloatReference(const std::string& path, const std::optional<InputScaling>& input = std::nullopt);
  /// The same from the file's bytes; `file` stands for it in messages.
  FloatReference(const std::string& bytes, const std::string& file, const std::optional<InputScaling>& input);
  /// The same of a graph that was read already, and perhaps changed.
  FloatReference(onnx::Graph graph, const std::optional<InputScaling>& input);
  ~FloatReference();
  FloatReference(FloatReference&&) noexcept;
  FloatReference& operator=(FloatReference&&) noexcept;

  /// Where an image came closest to a place at which the model's result jumps.
  struct Boundary {
    std::string node;       ///< empty when no node rounds or compares
    double distance = 0;    ///< of the nearest element of any node
    bool in_steps = false;  ///< of the node's quantiser; else in the numbers that the node reads
  };

  struct Result {
    std::vector<double> scores;  ///< the graph's first output
    Boundary nearest;
  };

  /// `image` holds the bytes of an image of `shape`, HWC. InputError when the model reads another shape: [N, channels,
  /// rows, columns], [N, rows, columns, channels] where the sizes say so, or [N, features].
  Result run(const std::uint8_t* image, const Shape& shape) const;

  struct Map {
    std::vector<std::int64_t> dims;
    std::vector<double> numbers;
  };
  /// Every value that is computed, by its name.
  std::map<std::string, Map> run_all(const std::uint8_t* image, const Shape& shape) const;

 private:
  class Program;
  std::unique_ptr<const Program> program_;
};

/// The index of the largest score, the first of equal ones; of a single score 1 above zero, else 0.
int argmax(const std::vector<double>& scores);

}  // namespace spinvp::network
