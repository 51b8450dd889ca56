#include "sc_main/notes.h"

#include <fmt/format.h>

namespace spinvp {

void print_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) {
    fmt::print("note: {}\n", note);
  }
}

}  // namespace spinvp
