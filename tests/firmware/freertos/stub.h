#pragma once

#include <cstdint>
#include <functional>

#include "firmware/mock_system.h"

namespace spinvp::test {

/// What the functions of FreeRTOS stand on, as long as one of these exists.
struct FreeRtosStub {
  explicit FreeRtosStub(MockSystem& mock);
  ~FreeRtosStub();
  FreeRtosStub(const FreeRtosStub&) = delete;
  FreeRtosStub& operator=(const FreeRtosStub&) = delete;

  MockSystem& system;
  std::uint32_t first_tick = 0;      ///< the counter when the mock's clock stands at 0
  std::function<void()> other_task;  ///< one turn of it; called while the current task waits for its notification
  int yields = 0;                    ///< interrupts that woke a task
  std::uint32_t notifications = 0;   ///< of the current task
};

}  // namespace spinvp::test
