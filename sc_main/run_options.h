#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "ip/pim/chip_config.h"
#include "network/mapping/chip_target.h"
#include "platform/bus.h"
#include "sc_main/injection.h"
#include "sc_main/input_options.h"
#include "sc_main/quantise_options.h"

namespace spinvp {

/// What `spinvp run` is asked for. Empty paths mean the shipped default.
struct RunOptions {
  std::string network;
  std::string images;
  std::string labels;
  std::optional<std::size_t> count;
  std::string soc;
  std::string chip;
  std::string firmware;
  bool native_driver = false;
  Detail detail = Detail::Fast;
  platform::TimingStyle timing = platform::TimingStyle::Loose;
  InputOptions input;
  QuantiseOptions quantise;
  network::MappingOptions mapping;
  InjectionOptions injection;
  std::uint32_t retries = 1;              ///< of loading, and of each image, after a failure of the chip
  std::size_t jobs = 1;                   ///< processes; 0: one a core
  std::string trace_instructions;         ///< file
  std::string profile;                    ///< file
  std::optional<std::uint16_t> gdb_port;  ///< wait there for a debugger; 0: any free port
  double time_limit_s = 100;              ///< simulated, from an image's end (or power-on) to the next image's end
  std::string report;
  std::string predictions;
  bool verify = false;
  bool verify_model = false;
  bool quiet = false;
};

}  // namespace spinvp
