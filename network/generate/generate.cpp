#include "network/generate/generate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/errors.h"
#include "network/generate/network_writer.h"
#include "network/onnx/import.h"

namespace spinvp::network {
namespace {

/// Krizhevsky, Sutskever and Hinton, 2012, on 227 x 227 images.
void alexnet(NetworkWriter& net, bool groups) {
  const int two = groups ? 2 : 1;
  net.convolution({"conv1", 96, 11, 4, 0, 1, 3});
  net.convolution({"conv2", 256, 5, 1, 2, two, 3});
  net.convolution({"conv3", 384, 3, 1, 1});
  net.convolution({"conv4", 384, 3, 1, 1, two});
  net.convolution({"conv5", 256, 3, 1, 1, two, 3});
  net.fully_connected("fc6", 4096);
  net.fully_connected("fc7", 4096);
  net.scores("fc8", 1000);
}

/// DoReFa-Net's model A, on 40 x 40 images; conv6 covers its whole input.
void svhn(NetworkWriter& net, bool) {
  net.convolution({"conv0", 48, 5, 1, 0, 1, 2});
  net.convolution({"conv1", 64, 3, 1, 1});
  net.convolution({"conv2", 64, 3, 1, 1, 1, 2});
  net.convolution({"conv3", 128, 3});
  net.convolution({"conv4", 128, 3, 1, 1});
  net.convolution({"conv5", 128, 3});
  net.convolution({"conv6", 512, 5});
  net.scores("fc", 10);
}

/// The 20-50-500 variant of LeNet-5, on MNIST's 28 x 28 images.
void lenet5(NetworkWriter& net, bool) {
  net.convolution({"conv1", 20, 5, 1, 0, 1, 2});
  net.convolution({"conv2", 50, 5, 1, 0, 1, 2});
  net.fully_connected("fc1", 500);
  net.scores("fc2", 10);
}

void mlp(NetworkWriter& net, bool) {
  net.fully_connected("fc1", 250);
  net.scores("fc2", 10);
}

/// Seven convolutions 64-64-P-128-128-P-256-256-256-P and two fully connected layers, on 32 x 32 images.
void vgg9(NetworkWriter& net, bool) {
  net.convolution({"conv1", 64, 3, 1, 1});
  net.convolution({"conv2", 64, 3, 1, 1, 1, 2});
  net.convolution({"conv3", 128, 3, 1, 1});
  net.convolution({"conv4", 128, 3, 1, 1, 1, 2});
  net.convolution({"conv5", 256, 3, 1, 1});
  net.convolution({"conv6", 256, 3, 1, 1});
  net.convolution({"conv7", 256, 3, 1, 1, 1, 2});
  net.fully_connected("fc8", 512);
  net.scores("fc9", 10);
}

/// He, Zhang, Ren and Sun, 2015, on 224 x 224 images.
void resnet18(NetworkWriter& net, bool) {
  net.convolution({"conv1", 64, 7, 2, 3, 1, 3, 2, 1});
  int channels = 64;
  for (int stage = 1; stage <= 4; ++stage, channels *= 2) {
    net.residual_block(fmt::format("stage{}_block1", stage), channels, stage == 1 ? 1 : 2);
    net.residual_block(fmt::format("stage{}_block2", stage), channels, 1);
  }
  net.global_average();
  net.scores("fc", 1000);
}

struct KnownNetwork {
  const char* name;
  int side;  ///< of its images
  int channels;
  void (*write)(NetworkWriter& net, bool groups);
};

constexpr KnownNetwork known_networks[] = {
    {"alexnet", 227, 3, alexnet}, {"svhn", 40, 3, svhn},          {"lenet5", 28, 1, lenet5},
    {"mlp", 28, 1, mlp},          {"resnet18", 224, 3, resnet18}, {"vgg9", 32, 3, vgg9},
};

const KnownNetwork& find_network(const std::string& name) {
  const auto* const known = std::find_if(std::begin(known_networks), std::end(known_networks),
                                         [&](const KnownNetwork& one) { return name == one.name; });
  if (known == std::end(known_networks)) {
    throw InputError(
        fmt::format("network '{}' is not known; expected one of {}", name, fmt::join(network_names(), ", ")));
  }
  return *known;
}

void append_word(std::string& bytes, std::uint32_t word) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(word >> shift & 0xff);
  }
}

}  // namespace

const std::vector<std::string>& offered_weights_and_inputs() {
  static const std::vector<std::string> offered{"1:1",       "1:2",       "1:4",       "1:8",       "2:2",
                                                "4:4",       "8:8",       "ternary:1", "ternary:2", "ternary:3",
                                                "ternary:4", "ternary:5", "ternary:6", "ternary:7", "ternary:8"};
  return offered;
}

WeightsAndInputs parse_weights_and_inputs(const std::string& text) {
  const std::vector<std::string>& offered = offered_weights_and_inputs();
  if (std::find(offered.begin(), offered.end(), text) == offered.end()) {
    throw InputError(fmt::format("weights and activations '{}' are not offered; expected one of {}", text,
                                 fmt::join(offered, ", ")));
  }
  WeightsAndInputs result;
  result.ternary = text[0] == 't';
  result.weight_bits = result.ternary ? 2 : text[0] - '0';
  result.activation_bits = text.back() - '0';
  return result;
}

const std::vector<std::string>& network_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const KnownNetwork& known : known_networks) {
      all.emplace_back(known.name);
    }
    return all;
  }();
  return names;
}

std::string generate_network(const GenerateOptions& options, const GenerateProgress& progress) {
  const std::string& name = options.network;
  const KnownNetwork& known = find_network(name);
  if (!options.groups && name != "alexnet") {
    throw InputError(fmt::format("network '{}' has no groups to leave out; alexnet has", name));
  }
  const WeightsAndInputs& form = options.weights_and_inputs;
  NetworkWriter net(
      options, progress,
      fmt::format("{}_w{}a{}", name, form.ternary ? "t" : std::to_string(form.weight_bits), form.activation_bits));
  net.image(known.side, known.channels);
  known.write(net, options.groups);
  return net.bytes();
}

std::string generate_images(const GenerateOptions& options, std::uint32_t count) {
  const KnownNetwork& known = find_network(options.network);
  const auto side = static_cast<std::uint32_t>(known.side);
  const auto channels = static_cast<std::uint32_t>(known.channels);
  std::string bytes;
  for (const std::uint32_t word : {channels == 1 ? 0x803u : 0x804u, count, side, side}) {
    append_word(bytes, word);
  }
  if (channels > 1) {
    append_word(bytes, channels);
  }
  Random random(~options.seed);  // other numbers than the weights'
  const std::uint64_t pixels = std::uint64_t{count} * side * side * channels;
  for (std::uint64_t i = 0; i < pixels; ++i) {
    bytes += static_cast<char>(random.bits() >> 56);
  }
  return bytes;
}

IntegerGraph generate_graph(const GenerateOptions& options) {
  return import_onnx_bytes(generate_network(options), options.network);
}

}  // namespace spinvp::network
