#include "sc_main/graph_picture.h"

#include <fmt/format.h>

#include <vector>

#include "sc_main/graph_text.h"

namespace spinvp {
namespace {

using network::IntegerGraph;
using network::Layer;
using network::LayerKind;

struct Colours {
  const char* head;
  const char* body;
};

Colours colours_of(const Layer& layer) {
  return layer.kind == LayerKind::Convolution      ? Colours{"#3b6ea5", "#e8f0f9"}
         : layer.kind == LayerKind::FullyConnected ? Colours{"#3f7d58", "#e7f3ec"}
                                                   : Colours{"#8a6d2f", "#f8f1e0"};
}

/// Length of the UTF-8 character that begins here; 0 when none does. Graphviz stops at bytes that are no text.
std::size_t utf8_length(const std::string& text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  const std::size_t length = first < 0x80                    ? 1
                             : first >= 0xc2 && first < 0xe0 ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4
                                                             : 0;
  if (length == 0 || at + length > text.size()) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) {
      return 0;
    }
  }
  return length;
}

/// A text of the user's as Graphviz's HTML-like labels take it.
std::string escaped(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    const char c = text[at];
    if (length > 1) {
      result += text.substr(at, length);
    } else if (length == 0) {
      result += '?';
    } else if (static_cast<unsigned char>(c) < ' ' || c == 127) {
      result += ' ';
    } else {
      switch (c) {
        case '&':
          result += "&amp;";
          break;
        case '<':
          result += "&lt;";
          break;
        case '>':
          result += "&gt;";
          break;
        case '"':
          result += "&quot;";
          break;
        default:
          result += c;
      }
    }
    at += length > 1 ? length : 1;
  }
  return result;
}

std::string macs_text(std::uint64_t macs) {
  const auto number = static_cast<double>(macs);
  return macs >= 1000000000 ? fmt::format("{:.3g} G MACs", number / 1e9)
         : macs >= 1000000  ? fmt::format("{:.3g} M MACs", number / 1e6)
         : macs >= 1000     ? fmt::format("{:.3g} k MACs", number / 1e3)
                            : fmt::format("{} MACs", macs);
}

std::vector<std::string> facts_of(const IntegerGraph& graph, const Layer& layer) {
  std::vector<std::string> facts;
  if (layer.kind == LayerKind::Convolution) {
    facts.push_back(
        fmt::format("{}{}", window_text(layer), layer.groups > 1 ? fmt::format(", {} groups", layer.groups) : ""));
  }
  if (layer.has_weights()) {
    const bool said = layer.weight_kind == network::WeightKind::Ternary;  // by the bits
    facts.push_back(fmt::format("{}W:A {}", said ? "" : weights_text(layer) + ", ", bits_text(layer)));
    facts.push_back(macs_text(layer.macs()));
  }
  const std::string pooling = pooling_text(layer.pooling);
  const bool before = layer.pooling.stage == network::PoolStage::BeforeThresholds;
  const std::string gives = layer.gives_levels() ? output_text(graph, layer) : "";
  for (const std::string& fact : {before ? pooling : gives, before ? gives : pooling}) {
    if (!fact.empty()) {
      facts.push_back(fact);
    }
  }
  return facts;
}

std::string layer_node(const IntegerGraph& graph, std::size_t index) {
  const Layer& layer = graph.layers[index];
  const Colours colours = colours_of(layer);
  std::string rows;
  for (const std::string& fact : facts_of(graph, layer)) {
    rows += fmt::format("<tr><td align=\"left\">{}</td></tr>", escaped(fact));
  }
  return fmt::format(
      "  layer{} [label=<<table border=\"1\" color=\"{}\" bgcolor=\"{}\" cellborder=\"0\" cellspacing=\"0\" "
      "cellpadding=\"3\"><tr><td bgcolor=\"{}\"><font color=\"white\"><b>{}</b> "
      "&#160;{}</font></td></tr>{}</table>>];\n",
      index, colours.head, colours.body, colours.head, escaped(layer.name), kind_text(layer), rows);
}

std::string edge(const std::string& from, const std::string& to, const std::string& label, const std::string& style) {
  return fmt::format("  {} -> {} [label=<{}>{}];\n", from, to, label, style);
}

std::string output_label(const Layer& layer) {
  return fmt::format("{}<br/>{}", shape_text(layer.output), output_bits_text(layer));
}

std::string edges_of(const IntegerGraph& graph, std::size_t index) {
  const Layer& layer = graph.layers[index];
  const std::string to = fmt::format("layer{}", index);
  const auto of_layer = [&](int from, const char* style) {
    return edge(fmt::format("layer{}", from), to, output_label(graph.layers[static_cast<std::size_t>(from)]), style);
  };
  // What is read keeps to one line, what is added goes around it.
  const char* const read = ", weight=4";
  std::string edges =
      layer.source == network::image_input
          ? edge("image", to, fmt::format("{}<br/>{} b", shape_text(graph.input), graph.input_bits), read)
          : of_layer(layer.source, read);
  const char* const added = ", style=dashed, color=\"#a0522d\", fontcolor=\"#a0522d\"";
  if (layer.residual.layer >= 0) {
    edges += of_layer(layer.residual.layer, added);
  } else if (layer.residual.constant >= 0) {
    const auto constant = static_cast<std::size_t>(layer.residual.constant);
    edges += edge(fmt::format("constant{}", constant), to,
                  fmt::format("{}<br/>int32", shape_text(graph.constants[constant].shape)), added);
  }
  return edges;
}

}  // namespace

std::string graph_picture(const IntegerGraph& graph) {
  const char* const end = "style=\"rounded,filled\", shape=box, fillcolor=\"#eeeeee\", color=\"#777777\"";
  std::string text = fmt::format(
      "digraph network {{\n"
      "  graph [label=<<b>{}</b>>, labelloc=t, fontname=\"Helvetica\", fontsize=16, nodesep=0.4, ranksep=0.35];\n"
      "  node [shape=plain, fontname=\"Helvetica\", fontsize=11];\n"
      "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#555555\", fontcolor=\"#555555\", arrowsize=0.7];\n"
      "  image [label=<<b>image</b>>, {}];\n",
      graph.name.empty() ? "network" : escaped(graph.name), end);
  for (std::size_t i = 0; i < graph.constants.size(); ++i) {
    text += fmt::format(
        "  constant{0} [label=<constant {0}>, shape=note, style=filled, fillcolor=\"#fbeee6\", "
        "color=\"#a0522d\"];\n",
        i);
  }
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    text += layer_node(graph, i);
  }
  text += fmt::format("  scores [label=<<b>scores</b>>, {}];\n", end);
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    text += edges_of(graph, i);
  }
  if (!graph.layers.empty()) {
    text += edge(fmt::format("layer{}", graph.layers.size() - 1), "scores", output_label(graph.layers.back()), "");
  }
  return text + "}\n";
}

}  // namespace spinvp
