#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <fstream>
#include <limits>
#include <memory>
#include <string>

#include "core/errors.h"
#include "core/file_errors.h"
#include "network/generate/generate.h"
#include "sc_main/commands.h"
#include "sc_main/layer_text.h"
#include "sc_main/output_file.h"

namespace spinvp {
namespace {

struct GenerateCommand {
  network::GenerateOptions options;
  std::string weights_and_inputs = "1:1";
  std::string output;
  std::string images;
  std::uint32_t count = 1;
  bool without_groups = false;
  bool quiet = false;
};

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!stream.flush()) {
    throw cannot_write(path);
  }
}

int generate(GenerateCommand command) {
  command.options.groups = !command.without_groups;
  command.options.weights_and_inputs = network::parse_weights_and_inputs(command.weights_and_inputs);
  require_writable(command.output, {});
  if (!command.images.empty()) {
    require_writable(command.images, {command.output});
  }
  const std::string bytes = network::generate_network(command.options, [&](const std::string& layer) {
    if (!command.quiet) {
      fmt::print(stderr, "spinvp: drawing the weights of {}\n", layer);
    }
  });
  write_file(command.output, bytes);
  fmt::print("{}: {} bytes, {} at {}, random weights of seed {}\n", command.output, bytes.size(),
             command.options.network, command.weights_and_inputs, command.options.seed);
  if (!command.images.empty()) {
    write_file(command.images, network::generate_images(command.options, command.count));
    fmt::print("{}: {} with random pixels of seed {}\n", command.images, images_text(command.count),
               command.options.seed);
  }
  return 0;
}

}  // namespace

Subcommand add_generate_command(CLI::App& app) {
  auto options = std::make_shared<GenerateCommand>();
  CLI::App* command = app.add_subcommand("generate", "Write an ONNX network of a known shape with random weights");
  command->add_option("network", options->options.network, fmt::format("{}", fmt::join(network::network_names(), ", ")))
      ->required();
  command->add_option("-o,--output", options->output, "ONNX file to write")->required();
  command->add_option(
      "--wi", options->weights_and_inputs,
      fmt::format("bits of weights and activations: {} [1:1]", fmt::join(network::offered_weights_and_inputs(), ", ")));
  command->add_option("--seed", options->options.seed, "of the random weights and pixels [1]")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()));
  CLI::Option* const images =
      command->add_option("--images", options->images, "write images for the network to this IDX file, random pixels");
  command->add_option("--count", options->count, "how many images [1]")
      ->check(CLI::Range(std::uint32_t{1}, std::uint32_t{10000}))
      ->needs(images);
  command->add_flag("--without-groups", options->without_groups, "AlexNet with every layer in one group");
  command->add_flag("--float-weights", options->options.float_weights,
                    "weights as float32, not as INT8 with Cast and Mul");
  command->add_flag("--quiet", options->quiet, "do not show progress");
  return [command, options] { return command->parsed() ? generate(*options) : -1; };
}

}  // namespace spinvp
