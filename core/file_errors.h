#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "core/errors.h"

namespace spinvp {

/// The system's words for the last call that failed, behind a colon; nothing where it has none.
inline std::string system_reason(int error = errno) {
  return error == 0 ? "" : ": " + std::generic_category().message(error);
}

/// To throw right after a file could not be opened for reading; `errno` holds why.
inline InputError cannot_open(const std::string& path) {
  const int error = errno;
  return InputError(fmt::format("{}: cannot open the file{}", path, system_reason(error)));
}

/// Likewise for writing.
inline InputError cannot_write(const std::string& path) {
  const int error = errno;
  return InputError(fmt::format("{}: cannot write the file{}", path, system_reason(error)));
}

}  // namespace spinvp
