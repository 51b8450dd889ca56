#include "sc_main/layer_table.h"

#include <fmt/format.h>

namespace spinvp {

void print_layer_table(const network::NetworkImage& image) {
  const interface::ImageHeader& header = image.header();
  fmt::print("Network '{}' for chip '{}' ({} sub-arrays of {} x {}, {} bytes of buffer)\n",
             network::text_of(header.network_name), network::text_of(header.chip_name), std::uint32_t{header.subarrays},
             std::uint32_t{header.rows}, std::uint32_t{header.columns}, std::uint32_t{header.buffer_bytes});
  fmt::print("Format {}.{}, {} bytes, {} layers, {} weights, input {} x {} x {}, {} scores, {} bytes of scratch\n\n",
             std::uint16_t{header.version_major}, std::uint16_t{header.version_minor},
             std::uint32_t{header.total_bytes}, std::uint32_t{header.layer_count},
             header.weights_stationary != 0 ? "stationary" : "streamed", std::uint32_t{header.input_height},
             std::uint32_t{header.input_width}, std::uint32_t{header.input_channels},
             std::uint32_t{header.output_count}, std::uint32_t{header.scratch_bytes});
  fmt::print("{:<16} {:<5} {:<8} {:>5} {:<21} {:>12} {:>6} {:>4} {:>4} {:>8} {:>7} {:>7} {:>6} {:>10} {:>10}\n",
             "layer", "kind", "weights", "W:A", "shape", "MACs", "tiles", "S", "G", "kernels", "passes", "rows",
             "pixels", "weights B", "stream B");
  for (std::size_t i = 0; i < image.layer_count(); ++i) {
    const interface::ImageLayer& layer = image.layer(i);
    const bool convolution = layer.kind == static_cast<std::uint32_t>(interface::LayerKind::Convolution);
    const std::string weights = interface::weight_kind_values[std::uint32_t{
      layer.weight_kind} % 4].name;
    fmt::print(
        "{:<16} {:<5} {:<8} {:>5} {:<21} {:>12} {:>6} {:>4} {:>4} {:>8} {:>7} {:>7} {:>6} {:>10} {:>10}\n",
        network::text_of(layer.name), convolution ? "conv" : "fc", weights == "twos_complement" ? "integer" : weights,
        fmt::format("{}:{}", std::uint32_t{layer.weight_bits}, std::uint32_t{layer.input_bits}),
        fmt::format("{}x{}x{} > {}x{}x{}", std::uint32_t{layer.input_height}, std::uint32_t{layer.input_width},
                    std::uint32_t{layer.input_channels}, std::uint32_t{layer.output_height},
                    std::uint32_t{layer.output_width}, std::uint32_t{layer.output_channels}),
        layer.macs_lo | std::uint64_t{layer.macs_hi} << 32, std::uint32_t{layer.tiles},
        std::uint32_t{layer.subarrays_per_replica}, std::uint32_t{layer.replicas},
        std::uint32_t{layer.kernels_per_subarray}, std::uint32_t{layer.passes}, std::uint32_t{layer.kernel_row},
        std::uint32_t{layer.pixels_per_block}, std::uint32_t{layer.weights_bytes}, std::uint32_t{layer.run_bytes});
  }
  fmt::print(
      "\nS sub-arrays hold the kernels of a pass, G groups of them work on other pixels; 'rows' is the first "
      "kernel row, 'pixels' the pixels a sub-array holds at once.\n");
}

}  // namespace spinvp
