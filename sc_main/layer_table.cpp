#include "sc_main/layer_table.h"

#include <fmt/format.h>

#include <vector>

#include "sc_main/layer_text.h"

namespace spinvp {

void print_layer_table(const network::NetworkImage& image) {
  const interface::ImageHeader& header = image.header();
  fmt::print("Network '{}' for chip '{}' ({} sub-arrays of {} x {}, {} bytes of buffer)\n",
             network::text_of(header.network_name), network::text_of(header.chip_name), std::uint32_t{header.subarrays},
             std::uint32_t{header.rows}, std::uint32_t{header.columns}, std::uint32_t{header.buffer_bytes});
  fmt::print("Format {}.{}, {} bytes, {} layers, {} weights, input {} x {} x {}, {} scores, {} bytes of scratch\n\n",
             std::uint16_t{header.version_major}, std::uint16_t{header.version_minor},
             std::uint32_t{header.total_bytes}, std::uint32_t{header.layer_count}, image.weights_text(),
             std::uint32_t{header.input_height}, std::uint32_t{header.input_width},
             std::uint32_t{header.input_channels}, std::uint32_t{header.output_count},
             std::uint32_t{header.scratch_bytes});
  std::vector<interface::ImageLayer> layers;
  for (std::size_t i = 0; i < image.layer_count(); ++i) {
    layers.push_back(image.layer(i));
  }
  const int names = name_width(layers, [](const auto& layer) { return std::string(network::text_of(layer.name)); });
  const int sources = name_width(layers, [&](const auto& layer) { return sources_text(image, layer); });
  fmt::print(
      "{:<{}} {:<5} {:<7} {:<{}} {:>9} {:>3} {:<22} {:>12} {:>6} {:>4} {:>4} {:>8} {:>7} {:>6} {:>7} {:>10} {:>10}\n",
      "layer", names, "kind", "engine", "reads", sources, "W:A", "grp", "shape", "MACs", "tiles", "S", "G", "kernels",
      "passes", "rows", "pixels", "weights B", "stream B");
  for (const interface::ImageLayer& layer : layers) {
    fmt::print(
        "{:<{}} {:<5} {:<7} {:<{}} {:>9} {:>3} {:<22} {:>12} {:>6} {:>4} {:>4} {:>8} {:>7} {:>6} {:>7} {:>10} {:>10}\n",
        network::text_of(layer.name), names, kind_text(layer), engine_text(layer), sources_text(image, layer), sources,
        bits_text(layer), groups_of(layer), input_shape_text(layer) + " > " + output_shape_text(layer), macs_of(layer),
        std::uint32_t{layer.tiles}, std::uint32_t{layer.subarrays_per_replica}, std::uint32_t{layer.replicas},
        std::uint32_t{layer.kernels_per_subarray}, std::uint32_t{layer.passes}, std::uint32_t{layer.kernel_row},
        std::uint32_t{layer.pixels_per_block}, std::uint32_t{layer.weights_bytes}, std::uint32_t{layer.run_bytes});
  }
  fmt::print(
      "\n'reads' is the layer (or the image) that is read and, behind a plus, the one that is added; grp: groups of a "
      "convolution.\nS sub-arrays hold the kernels of a pass, G replicas of them work on other pixels; 'rows' is the "
      "first kernel row, 'pixels' the pixels a replica holds at once.\n");
}

}  // namespace spinvp
