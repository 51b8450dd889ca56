#include "firmware/freertos/stub.h"

#include <cstring>
#include <stdexcept>

#include "queue.h"
#include "semphr.h"
#include "task.h"

namespace spinvp::test {
namespace {

FreeRtosStub* stub;

}  // namespace

FreeRtosStub::FreeRtosStub(MockSystem& mock) : system(mock) {
  stub = this;
}

FreeRtosStub::~FreeRtosStub() {
  stub = nullptr;
}

}  // namespace spinvp::test

using spinvp::test::stub;

void stub_yield_from_isr(BaseType_t woken) {
  stub->yields += woken == pdTRUE ? 1 : 0;
}

QueueHandle_t xQueueCreateStatic(UBaseType_t length, UBaseType_t item_bytes, std::uint8_t* storage,
                                 StaticQueue_t* memory) {
  *memory = StaticQueue_t{length, item_bytes, storage, 0, 0};
  return memory;
}

BaseType_t xQueueSend(QueueHandle_t queue, const void* item, TickType_t) {
  if (queue->count == queue->length) {
    return pdFALSE;
  }
  const UBaseType_t place = (queue->first + queue->count++) % queue->length;
  if (queue->item_bytes != 0) {
    std::memcpy(queue->storage + place * queue->item_bytes, item, queue->item_bytes);
  }
  return pdTRUE;
}

BaseType_t xQueueReceive(QueueHandle_t queue, void* item, TickType_t) {
  if (queue->count == 0) {
    return pdFALSE;
  }
  if (queue->item_bytes != 0) {
    std::memcpy(item, queue->storage + queue->first * queue->item_bytes, queue->item_bytes);
  }
  queue->first = (queue->first + 1) % queue->length;
  --queue->count;
  return pdTRUE;
}

SemaphoreHandle_t xSemaphoreCreateBinaryStatic(StaticSemaphore_t* memory) {
  return xQueueCreateStatic(1, 0, nullptr, memory);
}

/// Until it was given there is nothing to do: the clock runs to the next event of a chip, or to the end of patience.
/// Where the task that waits was notified meanwhile it has its turn, and so this one, which would sleep on, is left
/// early.
BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t ticks) {
  const pim_hal hal = stub->system.hal();
  const std::uint64_t deadline = ticks == portMAX_DELAY ? PIM_NO_DEADLINE : stub->system.now() + ticks;
  while (semaphore->count == 0 && stub->notifications == 0 && stub->system.now() < deadline) {
    hal.wait_for_interrupt(hal.context, deadline);
  }
  return xQueueReceive(semaphore, nullptr, 0);
}

BaseType_t xSemaphoreGive(SemaphoreHandle_t semaphore) {
  return xQueueSend(semaphore, nullptr, 0);
}

BaseType_t xSemaphoreGiveFromISR(SemaphoreHandle_t semaphore, BaseType_t* woken) {
  *woken = xSemaphoreGive(semaphore);
  return *woken;
}

TickType_t xTaskGetTickCount() {
  return stub->first_tick + static_cast<TickType_t>(stub->system.now());
}

TaskHandle_t xTaskGetCurrentTaskHandle() {
  return stub;
}

BaseType_t xTaskNotifyGive(TaskHandle_t task) {
  if (task != stub) {
    throw std::logic_error("a notification for a task that does not exist");
  }
  ++stub->notifications;
  return pdTRUE;
}

std::uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t) {
  for (int turns = 0; stub->notifications == 0; ++turns) {
    if (turns > 1000) {
      throw std::logic_error("the task would sleep forever");
    }
    stub->other_task();
  }
  const std::uint32_t taken = stub->notifications;
  stub->notifications = clear == pdTRUE ? 0 : taken - 1;
  return taken;
}
