#include "sc_main/graph_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "sc_main/graph_text.h"

namespace spinvp {
namespace {

using network::IntegerGraph;
using network::Layer;

constexpr std::size_t columns = 12;
using Line = std::array<std::string, columns>;

const Line heading = {"layer", "kind", "reads",  "W:A",     "weights", "grp",
                      "shape", "MACs", "window", "pooling", "gives",   "meaning"};

constexpr bool is_number(std::size_t column) {
  return column == 5 || column == 7;
}

std::string reads_text(const IntegerGraph& graph, const Layer& layer) {
  const std::string added = residual_text(graph, layer);
  return source_text(graph, layer) + (added.empty() ? "" : " + " + added);
}

Line line_of(const IntegerGraph& graph, const Layer& layer) {
  return {layer.name,
          kind_text(layer),
          reads_text(graph, layer),
          bits_text(layer),
          weights_text(layer),
          std::to_string(layer.groups),
          shape_text(layer.input) + " > " + shape_text(layer.output),
          std::to_string(layer.macs()),
          window_text(layer),
          pooling_text(layer.pooling),
          output_text(graph, layer),
          meaning_text(graph, layer)};
}

void print_lines(const std::vector<Line>& lines) {
  std::array<std::size_t, columns> widths{};
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < columns; ++i) {
      widths[i] = std::max(widths[i], line[i].size());
    }
  }
  for (const Line& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < columns; ++i) {
      if (widths[i] > 0) {
        text +=
            is_number(i) ? fmt::format("{:>{}}  ", line[i], widths[i]) : fmt::format("{:<{}}  ", line[i], widths[i]);
      }
    }
    fmt::print("{}\n", text.substr(0, text.find_last_not_of(' ') + 1));
  }
}

}  // namespace

void print_graph_table(const IntegerGraph& graph) {
  std::uint64_t macs = 0;
  std::uint64_t weights = 0;
  std::vector<Line> lines{heading};
  for (const Layer& layer : graph.layers) {
    macs += layer.macs();
    weights += layer.weights.size();
    lines.push_back(line_of(graph, layer));
  }
  fmt::print("Network '{}': image {} of {} b, {} layers, {} weights, {} multiply-accumulates an image\n\n", graph.name,
             shape_text(graph.input), graph.input_bits, graph.layers.size(), weights, macs);
  print_lines(lines);
  fmt::print(
      "\n'reads' is the layer (or the image) that is read and, behind a plus, what is added; grp: groups of a "
      "convolution.\nPads that differ stand as top,left,bottom,right; 'of' is the level of the padding where it is not "
      "0.\n'meaning' is what the model means by a number n that the layer gives.\n");
}

}  // namespace spinvp
