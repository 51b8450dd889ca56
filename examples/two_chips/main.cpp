// Two chips of different configurations in one simulation: each classifies handwritten digits with a network of its
// own, through the same C driver, over one bus of 64 bits and one memory. usage: two_chips CONFIGS IMAGES LABELS
// NETWORK_OF_IMCE NETWORK_OF_PARAPIM_B
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <systemc>
#include <vector>

#include "../minimal_soc/bus.h"
#include "../minimal_soc/memory.h"
#include "core/errors.h"
#include "driver_host.h"
#include "ip/config/chip_file.h"
#include "ip/pim/pim_device.h"

namespace {

using Bytes = std::vector<std::uint8_t>;

// Everything on the bus has sockets of this width.
constexpr unsigned bus_bits = 64;
using Chip = spinvp::BasicPimDevice<bus_bits, bus_bits>;
using Host = DriverHost<bus_bits>;
using SystemBus = Bus<bus_bits>;
using Ram = Memory<bus_bits>;

constexpr std::uint64_t chip_size = 0x08000000;
constexpr std::uint64_t memory_base = 0x80000000;
constexpr std::uint64_t station_size = 0x100000;  // of the memory: a chip's network, scratch, input and scores
constexpr std::uint64_t scratch_at = 0x80000;
constexpr std::uint64_t scratch_size = 0x40000;
constexpr std::uint64_t input_at = 0xC0000;
constexpr std::uint64_t scores_at = 0xC8000;
constexpr std::size_t digits = 5;

Bytes file_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw spinvp::InputError(path + ": cannot open the file");
  }
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

/// Handwritten digits in IDX files, whose headers have 16 and 8 bytes.
struct Digits {
  Bytes images;
  Bytes labels;
  std::uint8_t label(std::size_t digit) const { return labels.at(8 + digit); }
};

/// A chip, the initiator that drives it, and their part of the memory.
class Station {
 public:
  Station(const char* name, const spinvp::ChipConfig& config, std::uint64_t chip_base, std::uint64_t memory_offset,
          const Digits& data, const Bytes& network)
      : chip_(name, config),
        host_((std::string(name) + "_host").c_str(), [this](Host&) { classify(); }),
        irq_((std::string(name) + "_irq").c_str()),
        reset_((std::string(name) + "_reset").c_str()),
        chip_base_(chip_base),
        memory_offset_(memory_offset),
        network_bytes_(network.size()),
        digits_(data) {}

  void connect(SystemBus& bus, Ram& memory, const Bytes& network) {
    memory_ = &memory;
    host_.bus.bind(bus.initiators);
    chip_.dma.bind(bus.initiators);
    bus.map(chip_.host, chip_base_, chip_size);
    chip_.irq.bind(irq_);
    host_.irq.bind(irq_);
    chip_.reset.bind(reset_);
    if (network.size() > scratch_at) {
      throw spinvp::InputError("the network is larger than its place in the memory");
    }
    std::copy(network.begin(), network.end(), memory.bytes.begin() + static_cast<std::ptrdiff_t>(memory_offset_));
  }

  std::size_t right() const { return right_; }

  void print() const {
    spinvp::Femtojoules energy;
    const spinvp::Ledger& ledger = chip_.ledger();
    for (std::size_t i = 0; i < ledger.activities(); ++i) {
      energy += ledger.energy(spinvp::Activity::at(i));
    }
    std::printf("%-9s at %.0f MHz: %zu of %zu digits right, ready after %s, %.1f nJ\n", chip_.config().name.c_str(),
                1e-6 / chip_.config().clock_period.to_seconds(), right_, digits, end_.to_string().c_str(),
                energy.picojoules() / 1e3);
  }

 private:
  void classify() {
    const std::uint64_t memory = memory_base + memory_offset_;
    const pim_hal hal = host_.hal();
    pim_status status = pim_open(&host_.device, &hal, chip_base_);
    if (status == PIM_OK) {
      host_.device.wait_limit = 1'000'000'000;  // a second
      status = pim_load(&host_.device, memory, network_bytes_, memory + scratch_at, scratch_size);
    }
    for (std::size_t digit = 0; status == PIM_OK && digit < digits; ++digit) {
      const std::size_t bytes = host_.device.network.input_bytes;
      std::copy_n(digits_.images.begin() + static_cast<std::ptrdiff_t>(16 + digit * bytes), bytes, at(input_at));
      status = pim_run(&host_.device, memory + input_at, memory + scores_at);
      if (status == PIM_OK) {
        const auto* scores = reinterpret_cast<const std::int32_t*>(&*at(scores_at));
        const auto best = std::max_element(scores, scores + host_.device.network.output_count) - scores;
        right_ += best == digits_.label(digit) ? 1 : 0;
      }
    }
    if (status != PIM_OK) {
      std::printf("%s: %s\n", chip_.config().name.c_str(), pim_status_text(status));
    }
    end_ = sc_core::sc_time_stamp();
  }

  Bytes::iterator at(std::uint64_t offset) {
    return memory_->bytes.begin() + static_cast<std::ptrdiff_t>(memory_offset_ + offset);
  }

  Chip chip_;
  Host host_;
  sc_core::sc_signal<bool> irq_;
  sc_core::sc_signal<bool> reset_;
  const std::uint64_t chip_base_;
  const std::uint64_t memory_offset_;
  const std::size_t network_bytes_;
  const Digits& digits_;
  Ram* memory_ = nullptr;
  std::size_t right_ = 0;
  sc_core::sc_time end_;
};

int run(char* argv[]) {
  const std::string configs = argv[1];
  const Digits data{file_bytes(argv[2]), file_bytes(argv[3])};
  const Bytes networks[] = {file_bytes(argv[4]), file_bytes(argv[5])};

  SystemBus bus("bus");
  Ram memory("memory", 2 * station_size);
  bus.map(memory.socket, memory_base, 2 * station_size);
  Station imce("imce", spinvp::load_chip_config(configs + "/chips/imce.yaml"), 0x40000000, 0, data, networks[0]);
  Station parapim_b("parapim_b", spinvp::load_chip_config(configs + "/chips/parapim_b.yaml"), 0x50000000, station_size,
                    data, networks[1]);
  imce.connect(bus, memory, networks[0]);
  parapim_b.connect(bus, memory, networks[1]);

  sc_core::sc_start();
  imce.print();
  parapim_b.print();
  return imce.right() == digits && parapim_b.right() == digits ? 0 : 1;
}

}  // namespace

int sc_main(int argc, char* argv[]) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: two_chips CONFIGS IMAGES LABELS NETWORK_OF_IMCE NETWORK_OF_PARAPIM_B\n");
    return 2;
  }
  try {
    return run(argv);
  } catch (const spinvp::InputError& error) {
    std::fprintf(stderr, "two_chips: %s\n", error.what());
    return 2;
  }
}
