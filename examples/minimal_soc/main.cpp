// A system of its own around one chip: a bus, a memory and an initiator that runs a layer, all plain TLM-2.0.
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdio>
#include <cstring>
#include <systemc>
#include <vector>

#include "bus.h"
#include "chip.h"
#include "ip/interface/pim_view.h"
#include "ip/pim/pim_device.h"
#include "layer.h"
#include "memory.h"

namespace registers = spinvp::interface::registers;
namespace fields = spinvp::interface::fields;

namespace {

// The memory map: the chip's DMA engine sees the same addresses as the initiator.
constexpr std::uint64_t chip_base = 0x40000000;
constexpr std::uint64_t chip_size = 0x08000000;
constexpr std::uint64_t memory_base = 0x80000000;
constexpr std::uint64_t memory_size = 0x10000;

// Offsets in the memory.
constexpr std::uint32_t stream_at = 0;
constexpr std::uint32_t weights_at = 0x1000;
constexpr std::uint32_t inputs_at = 0x2000;
constexpr std::uint32_t sums_at = 0x3000;

/// The commands of the layer: weights and inputs into rows, AND-accumulate, sums back to the memory.
std::vector<std::uint32_t> layer_stream() {
  using namespace spinvp::interface;
  std::vector<std::uint32_t> words;
  const auto add = [&words](auto command) {
    command.header.wait = 0xF;  // every lane has finished what came before
    const std::size_t at = words.size();
    words.resize(at + command.word_count);
    command.encode(words.data() + at);
  };
  LoadRowsCommand weights;
  weights.memory_offset = weights_at;
  weights.rows = Layer::neurons * Layer::weight_planes;
  weights.row_bytes = Layer::row_bytes;
  add(weights);
  LoadRowsCommand inputs;
  inputs.memory_offset = inputs_at;
  inputs.first_row = weights.rows;
  inputs.rows = Layer::input_planes;
  inputs.row_bytes = Layer::row_bytes;
  add(inputs);
  AndAccCommand accumulate;
  accumulate.weight_kind = WeightKind::Ternary;
  accumulate.weight_planes = Layer::weight_planes;
  accumulate.activation_planes = Layer::input_planes;
  accumulate.kernels = Layer::neurons;
  accumulate.kernels_per_subarray = Layer::neurons;
  accumulate.image_row = inputs.first_row;
  accumulate.accumulator_pitch = Layer::neurons * 4;
  add(accumulate);
  StoreCommand sums;
  sums.memory_offset = sums_at;
  sums.bytes = Layer::neurons * 4;
  add(sums);
  add(StopCommand{});
  return words;
}

/// What a processor and its driver would do.
class Host : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Host> bus{"bus"};
  sc_core::sc_in<bool> irq{"irq"};
  bool passed = false;

  explicit Host(sc_core::sc_module_name name) : sc_module(name) {
    SC_HAS_PROCESS(Host);
    SC_THREAD(run);
  }

 private:
  void run() {
    const Layer layer;
    const std::vector<std::uint32_t> stream = layer_stream();
    copy_to_memory(weights_at, layer.weight_rows());
    copy_to_memory(inputs_at, layer.input_rows());
    access(tlm::TLM_WRITE_COMMAND, memory_base + stream_at, const_cast<std::uint32_t*>(stream.data()),
           stream.size() * 4);

    write(registers::base_network_lo, memory_base);
    write(registers::stream_address_lo, memory_base + stream_at);
    write(registers::stream_bytes, stream.size() * 4);
    write(registers::irq_enable, fields::irq_enable_done.mask() | fields::irq_enable_error.mask());
    write(registers::control, fields::control_enable.mask());
    const sc_core::sc_time start = sc_core::sc_time_stamp();
    write(registers::doorbell, fields::doorbell_start.mask());
    wait(irq.posedge_event());
    const sc_core::sc_time end = sc_core::sc_time_stamp();
    if (fields::status_done.extract(read(registers::status)) == 0) {
      std::printf("the chip stopped with cause %u\n", read(registers::error_cause));
      sc_core::sc_stop();
      return;
    }
    write(registers::irq_status, ~0u);

    std::vector<std::int32_t> sums(Layer::neurons);
    access(tlm::TLM_READ_COMMAND, memory_base + sums_at, sums.data(), sums.size() * 4);
    passed = true;
    for (std::uint32_t neuron = 0; neuron < Layer::neurons; ++neuron) {
      passed = passed && sums[neuron] == layer.sum(neuron);
      std::printf("neuron %2u: %5d, in plain C++ %5d\n", neuron, sums[neuron], layer.sum(neuron));
    }
    std::printf("%s after %s, %u row operations\n", passed ? "equal" : "DIFFERENT", (end - start).to_string().c_str(),
                read(registers::row_operations_lo));
    sc_core::sc_stop();
  }

  void copy_to_memory(std::uint64_t offset, std::vector<std::uint8_t> bytes) {
    access(tlm::TLM_WRITE_COMMAND, memory_base + offset, bytes.data(), bytes.size());
  }
  std::uint32_t read(std::uint32_t offset) {
    std::uint32_t value = 0;
    access(tlm::TLM_READ_COMMAND, chip_base + offset, &value, 4);
    return value;
  }
  void write(std::uint32_t offset, std::uint64_t value) {
    auto word = static_cast<std::uint32_t>(value);
    access(tlm::TLM_WRITE_COMMAND, chip_base + offset, &word, 4);
  }

  void access(tlm::tlm_command command, std::uint64_t address, void* data, std::size_t length) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(static_cast<unsigned>(length));
    payload.set_streaming_width(static_cast<unsigned>(length));
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    bus->b_transport(payload, delay);
    wait(delay);
    if (payload.is_response_error()) {
      SC_REPORT_ERROR("host", payload.get_response_string().c_str());
    }
  }
};

}  // namespace

int sc_main(int, char*[]) {
  Host host("host");
  Bus<> bus("bus");
  Memory<> memory("memory", memory_size);
  spinvp::PimDevice chip("chip", small_chip());
  sc_core::sc_signal<bool> irq("irq");
  sc_core::sc_signal<bool> reset("reset");  // nobody drives it: low

  host.bus.bind(bus.initiators);
  chip.dma.bind(bus.initiators);
  bus.map(chip.host, chip_base, chip_size);
  bus.map(memory.socket, memory_base, memory_size);
  chip.irq.bind(irq);
  host.irq.bind(irq);
  chip.reset.bind(reset);

  sc_core::sc_start();
  return host.passed ? 0 : 1;
}
