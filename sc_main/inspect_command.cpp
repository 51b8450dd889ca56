#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "core/errors.h"
#include "core/file_errors.h"
#include "ip/config/chip_file.h"
#include "network/image/disassembler.h"
#include "network/image/network_image.h"
#include "network/onnx/file/parse.h"
#include "network/onnx/import.h"
#include "sc_main/chip_table.h"
#include "sc_main/commands.h"
#include "sc_main/graph_picture.h"
#include "sc_main/graph_table.h"
#include "sc_main/input_options.h"
#include "sc_main/layer_table.h"
#include "sc_main/notes.h"
#include "sc_main/output_file.h"
#include "sc_main/quantise_options.h"
#include "sc_main/resources.h"

namespace spinvp {
namespace {

struct InspectOptions {
  std::string network;
  std::string chip;
  std::string dot;
  InputOptions input;
  QuantiseOptions quantise;
  bool layers_only = false;
};

void write_picture(const std::string& path, const network::IntegerGraph& graph) {
  std::ofstream stream(path);
  stream << graph_picture(graph);
  stream.close();
  if (!stream) {
    throw cannot_write(path);
  }
}

/// Whether the model reads real numbers, of which somebody must say what a byte is.
bool reads_real_numbers(const std::string& path) {
  const network::onnx::Graph graph = network::onnx::parse(path);
  return graph.inputs.size() == 1 && graph.inputs[0].type != network::onnx::ElementType::Uint8;
}

int inspect_model(const InspectOptions& options) {
  if (!options.dot.empty()) {
    require_writable(options.dot, {options.network});
  }
  InputChoice input = choose_input(options.input, options.network);
  if (!input.scaling && reads_real_numbers(options.network)) {
    input.scaling = network::InputScaling{};
    input.notes.push_back(
        "the model reads real numbers; here a byte of an image is taken as it is. To run it, say what a byte is: "
        "--input-scale, --input-mean, --input-std or a YAML beside the model");
  }
  const network::ImportedNetwork imported = network::import_network(
      options.network, {input.scaling, read_calibration(options.quantise, options.network, false)});
  print_graph_table(imported.graph);
  if (!input.notes.empty() || !imported.notes.empty()) {
    fmt::print("\n");
  }
  print_notes(input.notes);
  print_notes(imported.notes);
  if (!options.dot.empty()) {
    write_picture(options.dot, imported.graph);
    fmt::print("\n{}: a drawing; dot -Tsvg {} -o NET.svg\n", options.dot, options.dot);
  }
  return 0;
}

int inspect_image(const InspectOptions& options) {
  const network::NetworkImage image = network::NetworkImage::read(options.network);
  print_layer_table(image);
  if (options.layers_only) {
    return 0;
  }
  for (std::size_t i = 0; i < image.layer_count(); ++i) {
    const interface::ImageLayer& layer = image.layer(i);
    if (layer.load_bytes > 0) {
      fmt::print("\nLayer '{}', load stream:\n{}", network::text_of(layer.name),
                 network::disassemble(image.words(layer.load_offset, layer.load_bytes)));
    }
    fmt::print("\nLayer '{}', run stream:\n{}", network::text_of(layer.name),
               network::disassemble(image.words(layer.run_offset, layer.run_bytes)));
  }
  return 0;
}

/// A file of another kind under another name is refused with both that are shown; whether an image is a sound one, its
/// reader says.
void require_image(const std::string& path) {
  constexpr char magic[] = {'P', 'M', 'N', 'T'};
  std::array<char, sizeof(magic)> start{};
  std::ifstream file(path, std::ios::binary);
  const bool named = std::filesystem::path(path).extension() == ".pimnet";
  if (!named && file.read(start.data(), start.size()) && !std::equal(start.begin(), start.end(), magic)) {
    throw InputError(
        fmt::format("{}: is no network image and not named as an ONNX file; expected NET.onnx or NET.pimnet", path));
  }
}

int inspect(const InspectOptions& options) {
  if (!options.chip.empty()) {
    print_chip(load_chip_config(description_file(options.chip, "configs/chips", "imce")));
    return 0;
  }
  if (options.network.empty()) {
    throw InputError("inspect: expected an ONNX file, a network image, or --chip with a chip description");
  }
  const std::filesystem::path extension = std::filesystem::path(options.network).extension();
  if (extension == ".onnx") {
    return inspect_model(options);
  }
  if ((extension == ".yaml" || extension == ".yml") && std::filesystem::exists(options.network)) {
    throw InputError(
        fmt::format("{0}: is a description; a chip's is shown by: spinvp inspect --chip {0}", options.network));
  }
  if (options.input.is_given() || options.quantise.is_given() || !options.dot.empty()) {
    throw InputError(fmt::format("{}: {} for ONNX files", options.network,
                                 options.input.is_given()      ? "--input-scale, --input-mean and --input-std are"
                                 : options.quantise.is_given() ? "--quantize is"
                                                               : "--dot is"));
  }
  require_image(options.network);
  return inspect_image(options);
}

}  // namespace

Subcommand add_inspect_command(CLI::App& app) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command = app.add_subcommand("inspect",
                                         "Show what is understood of an ONNX file; or a network image: layers, sizes, "
                                         "mapping, command streams; or a chip");
  CLI::Option* const network =
      command->add_option("network", options->network, "ONNX file, or network image (.pimnet)");
  command
      ->add_option("--chip", options->chip,
                   "show this chip description, or the one of this name in configs/chips, instead: costs and area")
      ->excludes(network);
  command->add_option("--dot", options->dot, "of an ONNX file: write a drawing of its layers for Graphviz");
  add_input_options(*command, options->input);
  add_quantise_options(*command, options->quantise);
  command->add_flag("--layers-only", options->layers_only, "of a network image: leave out the command streams");
  return [command, options] { return command->parsed() ? inspect(*options) : -1; };
}

}  // namespace spinvp
