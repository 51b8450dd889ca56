#pragma once

#include <stdexcept>
#include <string>

namespace spinvp {

/// The user's input is wrong: a file, a key, an option, a network. Exit code 2.
/// The message says which file (and line or node), what is wrong and what was expected.
class InputError : public std::runtime_error {
 public:
  explicit InputError(const std::string& message) : std::runtime_error(message) {}
};

/// The input was fine but the run failed or its result is wrong. Exit code 1.
class RunError : public std::runtime_error {
 public:
  explicit RunError(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace spinvp
