#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "platform/register_device.h"

namespace spinvp::platform {

/// Where a guest says that it is done, compatible with SiFive's test device:
///   0x0 write 0x5555: passed, exit code 0 · write (code << 16) | 0x3333: failed with that code
/// A failure with code 0 counts as 1, so that it never looks like a success; other values are ignored. Reads 0.
class TestFinisher : public RegisterDevice {
 public:
  explicit TestFinisher(sc_core::sc_module_name name);

  /// Called with the exit code when the guest ends, the first time only.
  void on_finish(std::function<void(int)> finish) { finish_ = std::move(finish); }
  /// What the guest ended with; nothing while it runs.
  std::optional<int> exit_code() const { return exit_code_; }

 private:
  void finish(std::uint32_t value);

  std::function<void(int)> finish_;
  std::optional<int> exit_code_;
};

}  // namespace spinvp::platform
