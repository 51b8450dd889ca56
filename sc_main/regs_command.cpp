#include <fmt/format.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>

#include "core/errors.h"
#include "core/file_errors.h"
#include "ip/config/chip_file.h"
#include "ip/interface/generator/shipped.h"
#include "ip/interface/generator/views.h"
#include "ip/interface/pim_view.h"
#include "sc_main/commands.h"
#include "sc_main/output_file.h"
#include "sc_main/resources.h"

namespace spinvp {
namespace {

struct RegsCommand {
  std::string format = "md";
  std::string output;
  generator::Placement placement;
  std::string chip;
};

/// The sub-arrays of a chip as memory behind its registers.
generator::Window window_of(const std::string& chip) {
  const ChipConfig config = load_chip_config(description_file(chip, "configs/chips", "imce"));
  return {interface::pim_subarray_window, std::uint64_t{config.subarrays()} * config.rows() * config.row_bytes()};
}

std::string view_text(const RegsCommand& command) {
  const std::vector<generator::Description> descriptions = generator::shipped_descriptions();
  if (command.format == "header") {
    return generator::c_header(descriptions, "pim_interface.h");
  }
  if (command.format == "view") {
    return generator::cpp_view(descriptions);
  }
  if (command.format == "svd") {
    return generator::svd(descriptions.front(), command.placement, window_of(command.chip));
  }
  if (command.format == "ipxact") {
    return generator::ipxact(descriptions.front(), window_of(command.chip));
  }
  return generator::markdown(descriptions);
}

int regs(const RegsCommand& command, bool is_placed) {
  if (is_placed && command.format != "svd") {
    throw InputError(fmt::format("--base and --irq are for --format svd; in '{}' addresses count from the chip's base",
                                 command.format));
  }
  if (!command.chip.empty() && command.format != "svd" && command.format != "ipxact") {
    throw InputError(
        fmt::format("--chip is for --format svd and ipxact; '{}' is the same for every chip", command.format));
  }
  if (command.output.empty()) {
    fmt::print("{}", view_text(command));
    return 0;
  }
  const bool reads_chip = command.format == "svd" || command.format == "ipxact";
  const std::string chip = reads_chip ? description_file(command.chip, "configs/chips", "imce") : "";
  require_writable(command.output, {chip, reads_chip ? technology_file(chip) : ""});
  std::ofstream stream(command.output, std::ios::binary);
  stream << view_text(command);
  if (!stream.flush()) {
    throw cannot_write(command.output);
  }
  return 0;
}

}  // namespace

Subcommand add_regs_command(CLI::App& app) {
  auto options = std::make_shared<RegsCommand>();
  CLI::App* command = app.add_subcommand("regs", "Print the registers, commands and memory structures of the chip");
  command
      ->add_option("--format", options->format,
                   "md: the reference page; header: for C; view: for C++; svd: CMSIS-SVD 1.3; ipxact: IEEE 1685-2014 "
                   "(the last two: the address map, not the commands) [md]")
      ->check(CLI::IsMember({"md", "header", "view", "svd", "ipxact"}));
  command->add_option("-o,--output", options->output, "file to write [stdout]");
  command->add_option("--chip", options->chip,
                      "svd, ipxact: the chip, or the name of one in configs/chips, whose sub-arrays are the memory "
                      "behind the registers [imce]");
  CLI::Option* const base =
      command->add_option("--base", options->placement.base, "svd: address of the first register [0x40000000]");
  CLI::Option* const irq =
      command->add_option("--irq", options->placement.interrupt, "svd: number of the chip's interrupt [1]");
  return [command, options, base, irq] {
    return command->parsed() ? regs(*options, base->count() + irq->count() > 0) : -1;
  };
}

}  // namespace spinvp
