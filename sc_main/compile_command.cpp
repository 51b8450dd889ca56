#include <fmt/format.h>

#include <memory>
#include <string>

#include "ip/config/chip_file.h"
#include "network/image/network_image.h"
#include "network/mapping/mapper.h"
#include "network/onnx/import.h"
#include "platform/soc_config.h"
#include "sc_main/commands.h"
#include "sc_main/estimate_table.h"
#include "sc_main/input_options.h"
#include "sc_main/layer_table.h"
#include "sc_main/mapping_options.h"
#include "sc_main/notes.h"
#include "sc_main/output_file.h"
#include "sc_main/quantise_options.h"
#include "sc_main/resources.h"
#include "sc_main/target_of.h"

namespace spinvp {
namespace {

struct CompileOptions {
  std::string network;
  std::string output;
  std::string chip;
  std::string soc;
  InputOptions input;
  QuantiseOptions quantise;
  network::MappingOptions mapping;
};

int compile(const CompileOptions& options) {
  const std::string chip_file = description_file(options.chip, "configs/chips", "imce");
  const std::string soc_file = description_file(options.soc, "configs/socs", "default");
  require_writable(options.output,
                   {options.network, options.quantise.images, chip_file, technology_file(chip_file), soc_file});
  const ChipConfig chip = load_chip_config(chip_file);
  const network::ChipTarget target = target_of(chip, platform::load_soc_config(soc_file));
  const InputChoice input = choose_input(options.input, options.network);
  const network::ImportedNetwork imported = network::import_network(
      options.network, {input.scaling, read_calibration(options.quantise, options.network, false)});
  const network::IntegerGraph& graph = imported.graph;
  require_layers(options.mapping, graph);
  require_engine(options.mapping, target);
  const network::NetworkImage image = network::map_network(graph, target, options.mapping);
  image.write(options.output);
  print_notes(input.notes);
  print_notes(imported.notes);
  print_layer_table(image);
  print_estimates(network::estimate_network(graph, target, options.mapping));
  fmt::print("\n{}: {} bytes\n", options.output, image.bytes().size());
  return 0;
}

}  // namespace

Subcommand add_compile_command(CLI::App& app) {
  auto options = std::make_shared<CompileOptions>();
  CLI::App* command = app.add_subcommand("compile", "Compile an ONNX network to a network image for a chip");
  command->add_option("network", options->network, "ONNX file")->required();
  command->add_option("-o,--output", options->output, "network image to write (.pimnet)")->required();
  command->add_option("--chip", options->chip, "chip description, or the name of one in configs/chips [imce]");
  command->add_option("--soc", options->soc,
                      "system description, or the name of one in configs/socs: how fast its memory is [default]");
  add_input_options(*command, options->input);
  add_quantise_options(*command, options->quantise);
  add_mapping_options(*command, options->mapping);
  return [command, options] { return command->parsed() ? compile(*options) : -1; };
}

}  // namespace spinvp
