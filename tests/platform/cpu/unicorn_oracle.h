#pragma once

#include <unicorn/unicorn.h>

#include <array>
#include <cstdint>

/// The registers and the pc of an RV32 hart.
struct HartState {
  std::array<std::uint32_t, 32> x{};
  std::uint32_t pc = 0;
};

/// QEMU's RISC-V, as packaged by Unicorn: a second opinion on what one instruction does.
class UnicornOracle {
 public:
  UnicornOracle();
  UnicornOracle(const UnicornOracle&) = delete;
  UnicornOracle& operator=(const UnicornOracle&) = delete;
  ~UnicornOracle();

  /// Lets it work on host memory.
  void map(std::uint32_t base, std::uint8_t* host, std::uint32_t size, std::uint32_t permissions);
  /// Executes `count` instructions; the error says whether one of them trapped. After a trap, pc means nothing.
  uc_err run(HartState& state, std::size_t count);

 private:
  uc_engine* engine_ = nullptr;
};
