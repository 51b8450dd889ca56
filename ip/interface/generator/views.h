#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ip/interface/generator/description.h"

/// The views of an interface description. Each is a text, made from nothing else.
namespace spinvp::generator {

// Views of everything: each takes every description that belongs to it.
std::string c_header(const std::vector<Description>& descriptions,
                     const std::string& file);  ///< `file` makes its guard
std::string cpp_view(const std::vector<Description>& descriptions);
std::string markdown(const std::vector<Description>& descriptions);

/// Memory that the chip shows behind its registers: its sub-arrays. How large it is, is up to the build of the chip.
struct Window {
  std::uint64_t offset = 0;  ///< from the chip's base
  std::uint64_t bytes = 0;   ///< 0: left out
};

/// Where a chip stands in a system; the defaults are those of configs/socs/default.yaml.
struct Placement {
  std::uint64_t base = 0x40000000;  ///< address of the first register
  std::uint32_t interrupt = 1;      ///< number of its line at the interrupt controller
};

// Views of the registers for other tools. Neither format can say that a register's reset value is up to the build of
// the chip: a capability has none there (IP-XACT), or a reset mask of 0 (SVD).

/// CMSIS-SVD, schema 1.3: for debuggers and generators of device headers. SVD has no word for reserved bits; they are
/// the gaps between the fields, and the register's description names them.
std::string svd(const Description& description, const Placement& placement, const Window& window);

/// An IP-XACT component, IEEE 1685-2014, with one memory map that counts from the chip's base.
std::string ipxact(const Description& description, const Window& window);

}  // namespace spinvp::generator
