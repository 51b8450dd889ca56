#pragma once

#include <string>

#include "core/errors.h"

namespace spinvp::test {

/// The message of the InputError that `action` throws; a text no test expects when it throws none.
template <typename Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "(no InputError)";
}

}  // namespace spinvp::test
