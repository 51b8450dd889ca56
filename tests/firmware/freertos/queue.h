#ifndef SPINVP_TESTS_FREERTOS_QUEUE_H
#define SPINVP_TESTS_FREERTOS_QUEUE_H

#include "FreeRTOS.h"

#ifdef __cplusplus
extern "C" {
#endif

QueueHandle_t xQueueCreateStatic(UBaseType_t length, UBaseType_t item_bytes, uint8_t* storage, StaticQueue_t* memory);
BaseType_t xQueueSend(QueueHandle_t queue, const void* item, TickType_t ticks);
BaseType_t xQueueReceive(QueueHandle_t queue, void* item, TickType_t ticks);

#ifdef __cplusplus
}
#endif

#endif
