#include "sc_main/image_check.h"

#include <fmt/format.h>

#include <vector>

#include "core/errors.h"

namespace spinvp {
namespace {

namespace fields = interface::fields;

struct EngineName {
  std::uint32_t mask;
  const char* name;
};

// What a chip may lack, by the bits of CAP_ENGINES.
const EngineName engine_names[] = {
    {fields::cap_engines_and_accumulate.mask(), "AND-accumulation"},
    {fields::cap_engines_adder_a.mask(), "in-memory addition of scheme A"},
    {fields::cap_engines_adder_b.mask(), "in-memory addition of scheme B"},
    {fields::cap_engines_multiply.mask(), "multipliers in the digital unit"},
};

std::uint32_t engines_of(const ChipConfig& chip) {
  return fields::cap_engines_and_accumulate.insert(chip.accumulator.present ? 1 : 0) |
         fields::cap_engines_adder_a.insert(chip.adder.scheme == AdditionScheme::A ? 1 : 0) |
         fields::cap_engines_adder_b.insert(chip.adder.scheme == AdditionScheme::B ? 1 : 0) |
         fields::cap_engines_multiply.insert(chip.digital.multipliers > 0 ? 1 : 0);
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += text.empty() ? word : ", " + word;
  }
  return text;
}

}  // namespace

void require_chip_of_image(const network::NetworkImage& image, const ChipConfig& chip, const std::string& image_path,
                           const std::string& chip_path) {
  const interface::ImageHeader& header = image.header();
  std::vector<std::string> wrong;
  const auto compare = [&](const char* what, std::uint32_t needed, std::uint32_t found, bool fits) {
    if (!fits) {
      wrong.push_back(fmt::format("{} {}, the chip has {}", needed, what, found));
    }
  };
  compare("rows", header.rows, chip.rows(), header.rows == chip.rows());
  compare("columns", header.columns, chip.columns(), header.columns == chip.columns());
  compare("sub-arrays", header.subarrays, chip.subarrays(), header.subarrays <= chip.subarrays());
  compare("bytes of buffer", header.buffer_bytes, chip.buffer.bytes, header.buffer_bytes <= chip.buffer.bytes);
  const std::uint32_t missing = header.engines & ~engines_of(chip);
  for (const EngineName& engine : engine_names) {
    if ((missing & engine.mask) != 0) {
      wrong.push_back(fmt::format("{}, which the chip has not", engine.name));
    }
  }
  if (!wrong.empty()) {
    throw InputError(fmt::format("{}: mapped for another chip ('{}') than '{}' ({}): it needs {}", image_path,
                                 network::text_of(header.chip_name), chip.name, chip_path, listed(wrong)));
  }
}

}  // namespace spinvp
