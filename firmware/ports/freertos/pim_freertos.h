/* The driver under FreeRTOS: one task owns the chip, any number of tasks has jobs done by it.
 *
 *   static struct pim_service service;                            static memory, as everything here
 *   pim_service_open(&service, &board, PIM_BASE, pdMS_TO_TICKS(20));  before the scheduler starts, or in the task
 *   pim_attach(&service.device, &network, ...);
 *   xTaskCreateStatic(pim_service_task, ..., &service, ...);
 *   void pim_isr(void) { pim_service_isr(&service); }             the chip's interrupt handler
 *
 * and then, in any task: pim_service_run(&service, &job). Every tick is one of FreeRTOS. */
#ifndef SPINVP_FIRMWARE_PORTS_PIM_FREERTOS_H
#define SPINVP_FIRMWARE_PORTS_PIM_FREERTOS_H

#include "FreeRTOS.h"
#include "firmware/driver/pim_driver.h"
#include "queue.h"
#include "semphr.h"
#include "task.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PIM_SERVICE_REQUESTS 8u /* that may wait until the task looks */

struct pim_request {
  struct pim_job* job;
  bool cancels;
};

struct pim_service {
  struct pim_device device; /* the task's, once it runs */
  struct pim_hal board;     /* how to reach the chip */
  SemaphoreHandle_t wake;   /* there may be something to look at: an end, or a request */
  StaticSemaphore_t wake_memory;
  QueueHandle_t requests;
  StaticQueue_t requests_memory;
  uint8_t requests_storage[PIM_SERVICE_REQUESTS * sizeof(struct pim_request)];
  TickType_t last_ticks; /* FreeRTOS counts in 32 bits, the driver in 64 */
  uint64_t ticks;
};

/* Opens the chip at `base`. `board` gives read32, write32 and barrier with their context; its other functions are not
 * used. The driver looks at the chip every `poll_interval` ticks, whatever its interrupt does; 0: never. */
enum pim_status pim_service_open(struct pim_service* service, const struct pim_hal* board, uint64_t base,
                                 TickType_t poll_interval);

/* The owner's task: give it `service`. It never returns. */
void pim_service_task(void* service);

/* One turn of it: takes requests, looks at the chip, sleeps until there is a reason to look again. */
void pim_service_step(struct pim_service* service);

/* From the handler of the chip's interrupt, on the core of the task. */
void pim_service_isr(struct pim_service* service);

/* From any other task: has the job done and sleeps until it is over, whatever else notifies the task meanwhile. It
 * takes the job's `done`, and clears the task's notification (of index 0): notifications from elsewhere may get lost,
 * and one may be left behind when one came from elsewhere. Set time_limit. PIM_E_BUSY when there was no place for the
 * request within time_limit, or at all without. */
enum pim_status pim_service_run(struct pim_service* service, struct pim_job* job);

/* From any task: asks for the end of a job that another one sleeps for. False when there is no place for the request.
 * A job is known by its address, and the request means the one that is there now: whoever may be late must see to it,
 * with a lock or with jobs that are not used again, that the other task has not begun its next job at the same address.
 */
bool pim_service_cancel(struct pim_service* service, struct pim_job* job);

#ifdef __cplusplus
}
#endif

#endif
