// Any bytes as an ONNX file: they are read or refused with an InputError; nothing else may come out.

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/errors.h"
#include "network/float_reference.h"
#include "network/onnx/import.h"

using namespace spinvp::network;

namespace {

constexpr std::size_t most_elements = 1 << 12;

/// What is understood is executed as well, unless it is large.
void run_reference(const std::string& bytes, const IntegerGraph& graph, const ImportOptions& options) {
  double macs = 0;
  for (const Layer& layer : graph.layers) {
    macs += static_cast<double>(layer.macs()) + static_cast<double>(layer.output.elements());
  }
  if (graph.input.elements() <= most_elements && macs < 1e5) {
    const FloatReference reference(bytes, "fuzz.onnx", options.input);
    const std::string image(graph.input.elements(), '\x55');
    reference.run(reinterpret_cast<const std::uint8_t*>(image.data()), graph.input);
  }
}

void import(const std::string& bytes, const ImportOptions& options) {
  try {
    run_reference(bytes, import_onnx_bytes(bytes, "fuzz.onnx", options), options);
  } catch (const spinvp::InputError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  import(bytes, {});
  ImportOptions scaled;
  scaled.input = InputScaling{1.0 / 255, {0.0}, {1.0}};
  import(bytes, scaled);
  return 0;
}
