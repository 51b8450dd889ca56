#include "platform/cpu/unicorn_oracle.h"

#include <stdexcept>
#include <string>

namespace {

void expect_ok(uc_err error, const char* what) {
  if (error != UC_ERR_OK) throw std::runtime_error(std::string(what) + ": " + uc_strerror(error));
}

constexpr std::size_t register_count = 32;  // x1..x31 and the pc

struct RegisterList {
  std::array<int, register_count> ids{};
  std::array<void*, register_count> values{};

  explicit RegisterList(HartState& state) {
    for (int i = 1; i < 32; ++i) {
      ids[static_cast<std::size_t>(i - 1)] = UC_RISCV_REG_X0 + i;
      values[static_cast<std::size_t>(i - 1)] = &state.x[static_cast<std::size_t>(i)];
    }
    ids[31] = UC_RISCV_REG_PC;
    values[31] = &state.pc;
  }
};

}  // namespace

UnicornOracle::UnicornOracle() {
  expect_ok(uc_open(UC_ARCH_RISCV, UC_MODE_RISCV32, &engine_), "uc_open");
}

UnicornOracle::~UnicornOracle() {
  uc_close(engine_);
}

void UnicornOracle::map(std::uint32_t base, std::uint8_t* host, std::uint32_t size, std::uint32_t permissions) {
  expect_ok(uc_mem_map_ptr(engine_, base, size, permissions, host), "uc_mem_map_ptr");
}

uc_err UnicornOracle::run(HartState& state, std::size_t count) {
  RegisterList list(state);
  expect_ok(uc_reg_write_batch(engine_, list.ids.data(), list.values.data(), register_count), "uc_reg_write_batch");
  const uc_err error = uc_emu_start(engine_, state.pc, 0xffffffffffffffff, 0, count);
  expect_ok(uc_reg_read_batch(engine_, list.ids.data(), list.values.data(), register_count), "uc_reg_read_batch");
  return error;
}
