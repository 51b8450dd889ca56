// Millions of guest instructions a second, on the core alone and in the SystemC CPU with DMI, and beside them what the
// fastest public SystemC RISC-V platform reaches with its caches on for a program of the same kind: its figures are its
// own, from another machine and other code. Seconds are processor time, so that other programs on the machine count
// less. Repeat: build the target `interpreter_mips` of a Release build and run it. Every result is checked against the
// same C code compiled for the host.
#include <fmt/format.h>
#include <tlm_utils/simple_target_socket.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "core/errors.h"
#include "platform/cpu/cpu.h"
#include "platform/cpu/rv32_core.h"

extern "C" {
std::uint32_t host_alu(std::uint32_t rounds);
std::uint32_t host_matmul_int8(std::uint32_t rounds);
std::uint32_t host_word_copy(std::uint32_t rounds);
std::uint32_t host_mixed(std::uint32_t rounds);
std::uint32_t host_crc32(std::uint32_t rounds);
}

namespace {

using namespace spinvp;
using namespace spinvp::platform;

constexpr std::uint32_t ram_base = 0x80000000;
constexpr std::uint32_t ram_size = 1u << 20;
constexpr unsigned a0 = 10;
constexpr int repetitions = 20;  // the best one counts: the machine may be shared

struct Kernel {
  const char* name;
  std::uint32_t rounds;
  std::uint32_t (*host)(std::uint32_t);
  double reference_mips;  ///< 0: none is known
};

const Kernel kernels[] = {{"alu", 4000000, host_alu, 1078},
                          {"matmul_int8", 30, host_matmul_int8, 736},
                          {"word_copy", 3000, host_word_copy, 804},
                          {"mixed", 50000, host_mixed, 0},
                          {"crc32", 700, host_crc32, 0}};

std::vector<std::uint8_t> load_ram(const std::string& name) {
  const std::string path = std::string(SPINVP_KERNEL_DIR) + "/" + name + ".bin";
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(path + ": cannot read the kernel");
  std::vector<std::uint8_t> ram{std::istreambuf_iterator<char>(file), {}};
  ram.resize(ram_size);
  return ram;
}

class NoBus : public CoreBus {
 public:
  bool fetch(std::uint32_t, std::uint16_t&) override { return false; }
  bool read(std::uint32_t, std::uint32_t, std::uint32_t&) override { return false; }
  bool write(std::uint32_t, std::uint32_t, std::uint32_t) override { return false; }
};

struct Ram : sc_core::sc_module {
  tlm_utils::simple_target_socket<Ram> socket{"socket"};
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(ram_size);

  explicit Ram(sc_core::sc_module_name name) : sc_module(name) {
    socket.register_b_transport(this, &Ram::transport);
    socket.register_get_direct_mem_ptr(this, &Ram::direct_memory);
  }
  void transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time&) {
    std::uint8_t* const memory = bytes.data() + (transaction.get_address() - ram_base) % ram_size;
    if (transaction.is_read()) std::memcpy(transaction.get_data_ptr(), memory, transaction.get_data_length());
    if (transaction.is_write()) std::memcpy(memory, transaction.get_data_ptr(), transaction.get_data_length());
    transaction.set_dmi_allowed(true);
    transaction.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  bool direct_memory(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) {
    dmi.set_dmi_ptr(bytes.data());
    dmi.set_start_address(ram_base);
    dmi.set_end_address(ram_base + ram_size - 1);
    dmi.allow_read_write();
    return true;
  }
};

struct System : sc_core::sc_module {
  Cpu cpu;
  Ram ram{"ram"};
  sc_core::sc_signal<bool> wake{"wake"};
  sc_core::sc_signal<bool> quiet{"quiet"};

  explicit System(sc_core::sc_module_name name)
      : sc_module(name),
        cpu("cpu", {sc_core::sc_time(1, sc_core::SC_NS), ram_base, 0, sc_core::sc_time(10, sc_core::SC_US)}) {
    cpu.bus.bind(ram.socket);
    cpu.software_irq(wake);
    cpu.timer_irq(quiet);
    cpu.external_irq(quiet);
  }
};

struct Sample {
  std::uint64_t instructions;
  double seconds;
  double mips() const { return static_cast<double>(instructions) / seconds / 1e6; }
};

void check(const Kernel& kernel, std::uint32_t expected, std::uint32_t result) {
  if (result != expected) {
    throw RunError(fmt::format("{}: the guest computed {:#x}, the host {:#x}", kernel.name, result, expected));
  }
}

double seconds_since(std::clock_t start) {
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

Sample run_core(const Kernel& kernel, std::uint32_t expected) {
  std::vector<std::uint8_t> ram = load_ram(kernel.name);
  NoBus bus;
  Rv32Core core(bus, ram_base, 0);
  core.add_memory({ram_base, ram_size, ram.data(), true});
  core.set_reg(a0, kernel.rounds);
  const std::clock_t start = std::clock();
  while (core.run(1u << 30) == StopReason::InstructionLimit) {
  }
  const Sample sample{core.instructions(), seconds_since(start)};
  check(kernel, expected, core.reg(a0));
  return sample;
}

Sample run_system(System& system, const Kernel& kernel, std::uint32_t expected) {
  const std::vector<std::uint8_t> image = load_ram(kernel.name);
  std::copy(image.begin(), image.end(), system.ram.bytes.begin());
  system.cpu.invalidate_code(ram_base, ram_size);
  system.cpu.core().set_pc(ram_base);
  system.cpu.core().set_csr(csr::mie, interrupt::software);
  system.cpu.core().set_reg(a0, kernel.rounds);
  const std::uint64_t before = system.cpu.instructions();
  const std::clock_t start = std::clock();
  system.wake.write(true);  // out of the previous kernel's WFI
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  system.wake.write(false);
  sc_core::sc_start();  // until the kernel sleeps
  const Sample sample{system.cpu.instructions() - before, seconds_since(start)};
  check(kernel, expected, system.cpu.core().reg(a0));
  return sample;
}

template <typename Run>
Sample best_of(Run run) {
  Sample best = run();
  for (int i = 1; i < repetitions; ++i) {
    const Sample sample = run();
    if (sample.seconds < best.seconds) best = sample;
  }
  return best;
}

}  // namespace

int sc_main(int, char*[]) {
  try {
    System system("system");
    fmt::print("{:12} {:>14} {:>10} {:>10} {:>11} {:>15} {:>16}\n", "kernel", "instructions", "core MIPS", "CPU MIPS",
               "CPU : core", "reference MIPS", "CPU : reference");
    for (const Kernel& kernel : kernels) {
      const std::uint32_t expected = kernel.host(kernel.rounds);  // once: the host's copy keeps its memory
      const Sample core = best_of([&] { return run_core(kernel, expected); });
      const Sample cpu = best_of([&] { return run_system(system, kernel, expected); });
      fmt::print("{:12} {:>14} {:>10.0f} {:>10.0f} {:>11.2f}", kernel.name, core.instructions, core.mips(), cpu.mips(),
                 cpu.mips() / core.mips());
      if (kernel.reference_mips > 0) {
        fmt::print(" {:>15.0f} {:>16.2f}", kernel.reference_mips, cpu.mips() / kernel.reference_mips);
      }
      fmt::print("\n");
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "interpreter_mips: {}\n", error.what());
    return 1;
  }
  return 0;
}
