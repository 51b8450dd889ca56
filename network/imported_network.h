#pragma once

#include <string>
#include <vector>

#include "network/integer_graph.h"

namespace spinvp::network {

struct ImportedNetwork {
  IntegerGraph graph;
  std::vector<std::string> notes;  ///< a sentence each: what was rounded or changed, for users to read
  bool quantised = false;          ///< ImportOptions::quantise has made another network of it
};

}  // namespace spinvp::network
