#include "ip/interface/generator/shipped.h"

#include <fmt/format.h>

#include "core/errors.h"

namespace spinvp::generator {

std::vector<Description> shipped_descriptions() {
  const auto text = [](const std::string& file) {
    const char* const found = shipped_text(file);
    if (found == nullptr) {
      throw InputError(fmt::format("{}: no such part of the interface description", file));
    }
    return std::string(found);
  };
  return {read_description("pim.yaml", text), read_description("image.yaml", text)};
}

}  // namespace spinvp::generator
