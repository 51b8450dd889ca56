#pragma once

#include <CLI/CLI.hpp>

#include "network/mapping/chip_target.h"

namespace spinvp {

/// The option --weights, which every command that maps a network has. `policy` must outlive the parsing.
inline void add_weight_option(CLI::App& command, network::WeightPolicy& policy) {
  command
      .add_option_function<std::string>(
          "--weights",
          [&policy](const std::string& name) {
            policy = name == "stationary" ? network::WeightPolicy::Stationary
                     : name == "streamed" ? network::WeightPolicy::Streamed
                                          : network::WeightPolicy::Auto;
          },
          "'stationary': loaded once; 'streamed': loaded for every image; 'auto': stationary when all fit [auto]")
      ->check(CLI::IsMember({"auto", "stationary", "streamed"}));
}

}  // namespace spinvp
