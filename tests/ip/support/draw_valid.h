#pragma once

#include "ip/pim/command_check.h"
#include "tests/ip/support/random_commands.h"

namespace spinvp::test {

/// Draws until the chip's own check is content. What it lets through is tested against references elsewhere.
template <class Command, class Draw>
Command draw_valid(const ChipConfig& chip, const Draw& draw) {
  while (true) {
    const Command command = draw();
    if (!check_command(words_of(command).data(), chip).failed()) {
      return command;
    }
  }
}

}  // namespace spinvp::test
