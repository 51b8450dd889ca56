/* The few functions of FreeRTOS that firmware/ports/freertos calls, with their names and shapes, for one task at a
 * time: stub.cpp lets a mock system's clock run where a task would sleep. */
#ifndef SPINVP_TESTS_FREERTOS_H
#define SPINVP_TESTS_FREERTOS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t TickType_t;
typedef long BaseType_t;
typedef unsigned long UBaseType_t;

#define pdFALSE ((BaseType_t)0)
#define pdTRUE ((BaseType_t)1)
#define portMAX_DELAY ((TickType_t)0xFFFFFFFFu)

void stub_yield_from_isr(BaseType_t woken);
#define portYIELD_FROM_ISR(woken) stub_yield_from_isr(woken)

/* A ring of items; a binary semaphore is one with a single item without content. */
typedef struct stub_queue {
  UBaseType_t length;
  UBaseType_t item_bytes;
  uint8_t* storage;
  UBaseType_t first;
  UBaseType_t count;
} StaticQueue_t;
typedef StaticQueue_t* QueueHandle_t;
typedef StaticQueue_t StaticSemaphore_t;
typedef StaticSemaphore_t* SemaphoreHandle_t;

#ifdef __cplusplus
}
#endif

#endif
