#include "network/onnx/model/order.h"

#include <fmt/format.h>

#include <functional>
#include <queue>
#include <unordered_map>
#include <unordered_set>

namespace spinvp::network::onnx {
namespace {

using Producers = std::unordered_map<std::string, std::size_t>;  ///< value -> index of the node that computes it

Producers find_producers(const Graph& graph) {
  std::unordered_set<std::string> given;
  for (const ValueInfo& input : graph.inputs) {
    given.insert(input.name);
  }
  Producers producers;
  for (std::size_t index = 0; index < graph.nodes.size(); ++index) {
    const Node& node = graph.nodes[index];
    for (const std::string& output : node.outputs) {
      if (output.empty()) {
        continue;
      }
      if (given.count(output) != 0 || graph.constants.count(output) != 0 || !producers.emplace(output, index).second) {
        graph.refuse(node, fmt::format("computes '{}', which has a source already", output));
      }
    }
  }
  for (const Node& node : graph.nodes) {
    for (const std::string& input : node.inputs) {
      if (!input.empty() && given.count(input) == 0 && graph.constants.count(input) == 0 &&
          producers.count(input) == 0) {
        graph.refuse(node,
                     fmt::format("reads '{}', which is no initialiser, no graph input and no node's output", input));
      }
    }
  }
  return producers;
}

/// Every node must lead to an output: one that does not is a part of the network that would be dropped in silence.
void require_connected(const Graph& graph, const Producers& producers) {
  std::unordered_set<std::string> reached;
  std::queue<std::string> pending;
  for (const ValueInfo& output : graph.outputs) {
    pending.push(output.name);
  }
  while (!pending.empty()) {
    const std::string value = pending.front();
    pending.pop();
    const auto producer = producers.find(value);
    if (!reached.insert(value).second || producer == producers.end()) {
      continue;
    }
    for (const std::string& input : graph.nodes[producer->second].inputs) {
      pending.push(input);
    }
  }
  for (const ValueInfo& output : graph.outputs) {
    if (producers.count(output.name) == 0) {
      graph.refuse(fmt::format("no node computes the graph output '{}'", output.name));
    }
  }
  for (const Node& node : graph.nodes) {
    bool leads = false;
    for (const std::string& output : node.outputs) {
      leads = leads || (!output.empty() && reached.count(output) != 0);
    }
    if (!leads) {
      graph.refuse(node, "does not lead to the graph's output; remove it or connect it");
    }
  }
  for (const ValueInfo& input : graph.inputs) {
    if (reached.count(input.name) == 0) {
      graph.refuse(fmt::format("the graph input '{}' does not lead to the graph's output", input.name));
    }
  }
}

}  // namespace

std::vector<const Node*> topological_order(const Graph& graph) {
  const Producers producers = find_producers(graph);
  std::vector<std::size_t> waiting_for(graph.nodes.size(), 0);
  std::vector<std::vector<std::size_t>> readers(graph.nodes.size());
  for (std::size_t index = 0; index < graph.nodes.size(); ++index) {
    for (const std::string& input : graph.nodes[index].inputs) {
      const auto producer = producers.find(input);
      if (producer != producers.end()) {
        ++waiting_for[index];
        readers[producer->second].push_back(index);
      }
    }
  }
  // In the file's own order as far as it goes: what belongs together stays together, so that constants on their way to
  // a layer need not all wait in memory.
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t index = 0; index < graph.nodes.size(); ++index) {
    if (waiting_for[index] == 0) {
      ready.push(index);
    }
  }
  std::vector<const Node*> order;
  while (!ready.empty()) {
    const std::size_t index = ready.top();
    ready.pop();
    order.push_back(&graph.nodes[index]);
    for (const std::size_t reader : readers[index]) {
      if (--waiting_for[reader] == 0) {
        ready.push(reader);
      }
    }
  }
  for (std::size_t index = 0; index < graph.nodes.size(); ++index) {
    if (waiting_for[index] != 0) {
      graph.refuse(graph.nodes[index], "is part of a cycle, or reads from one");
    }
  }
  require_connected(graph, producers);
  return order;
}

}  // namespace spinvp::network::onnx
