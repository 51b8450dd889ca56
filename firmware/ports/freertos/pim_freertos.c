#include "firmware/ports/freertos/pim_freertos.h"

#include <stdatomic.h>
#include <stddef.h>

/* A task whose job is not over. */
struct sleeper {
  TaskHandle_t task;
  atomic_bool over;
};

static uint32_t read32(void* context, uint64_t address) {
  const struct pim_service* service = context;
  return service->board.read32(service->board.context, address);
}

static void write32(void* context, uint64_t address, uint32_t value) {
  const struct pim_service* service = context;
  service->board.write32(service->board.context, address, value);
}

static void barrier(void* context) {
  const struct pim_service* service = context;
  service->board.barrier(service->board.context);
}

/* Right as long as somebody asks once in 2^32 ticks, which poll_interval sees to. */
static uint64_t time(void* context) {
  struct pim_service* service = context;
  const TickType_t now = xTaskGetTickCount();
  service->ticks += (TickType_t)(now - service->last_ticks);
  service->last_ticks = now;
  return service->ticks;
}

/* The semaphore remembers an interrupt that came between the driver's look and its sleep. */
static void wait_for_interrupt(void* context, uint64_t deadline) {
  const struct pim_service* service = context;
  TickType_t ticks = portMAX_DELAY;
  if (deadline != PIM_NO_DEADLINE) {
    const uint64_t now = time(context);
    const uint64_t left = deadline > now ? deadline - now : 0u;
    ticks = left < portMAX_DELAY ? (TickType_t)left : portMAX_DELAY - 1u;
  }
  (void)xSemaphoreTake(service->wake, ticks);
}

enum pim_status pim_service_open(struct pim_service* service, const struct pim_hal* board, uint64_t base,
                                 TickType_t poll_interval) {
  const struct pim_hal hal = {.context = service,
                              .read32 = read32,
                              .write32 = write32,
                              .barrier = barrier,
                              .wait_for_interrupt = wait_for_interrupt,
                              .time = time};
  service->board = *board;
  service->wake = xSemaphoreCreateBinaryStatic(&service->wake_memory);
  service->requests = xQueueCreateStatic(PIM_SERVICE_REQUESTS, sizeof(struct pim_request), service->requests_storage,
                                         &service->requests_memory);
  service->last_ticks = xTaskGetTickCount();
  service->ticks = service->last_ticks;
  const enum pim_status status = pim_open(&service->device, &hal, base);
  service->device.poll_interval = poll_interval;
  return status;
}

/* pim_submit() refuses without calling back: the task that sleeps for the job is told here. */
static void serve(struct pim_service* service, const struct pim_request* request) {
  struct pim_job* job = request->job;
  if (request->cancels) {
    (void)pim_cancel(&service->device, job); /* unless it is over already */
    return;
  }
  const enum pim_status status = pim_submit(&service->device, job);
  if (status != PIM_OK) {
    job->error = service->device.error;
    job->error.status = status;
    job->done(job, job->done_context);
  }
}

void pim_service_step(struct pim_service* service) {
  struct pim_request request;
  while (xQueueReceive(service->requests, &request, 0) == pdTRUE) {
    serve(service, &request);
  }
  (void)pim_poll(&service->device);
  const uint64_t wake = pim_wake_time(&service->device);
  if (wake != 0u) {
    wait_for_interrupt(service, wake);
  }
}

void pim_service_task(void* service) {
  for (;;) {
    pim_service_step(service);
  }
}

void pim_service_isr(struct pim_service* service) {
  BaseType_t woken = pdFALSE;
  if (pim_irq(&service->device)) {
    (void)xSemaphoreGiveFromISR(service->wake, &woken);
  }
  portYIELD_FROM_ISR(woken);
}

static bool send_request(struct pim_service* service, struct pim_job* job, bool cancels, TickType_t ticks) {
  const struct pim_request item = {.job = job, .cancels = cancels};
  if (xQueueSend(service->requests, &item, ticks) != pdTRUE) {
    return false;
  }
  (void)xSemaphoreGive(service->wake);
  return true;
}

/* A task that something else woke may be gone, and `context` with it, as soon as it sees that the job is over. */
static void notify(struct pim_job* job, void* context) {
  (void)job;
  struct sleeper* sleeper = context;
  const TaskHandle_t task = sleeper->task;
  atomic_store(&sleeper->over, true);
  (void)xTaskNotifyGive(task);
}

/* A notification may be left over from the task's other business, or come from there: it says nothing of the job. */
enum pim_status pim_service_run(struct pim_service* service, struct pim_job* job) {
  const TickType_t patience = job->time_limit < portMAX_DELAY ? (TickType_t)job->time_limit : portMAX_DELAY - 1u;
  struct sleeper sleeper = {.task = xTaskGetCurrentTaskHandle()};
  atomic_init(&sleeper.over, false);
  job->error.status = PIM_E_BUSY; /* until it is over, or for good */
  job->done = notify;
  /* cppcheck-suppress autoVariables ; taken back before it goes */
  job->done_context = &sleeper;
  if (send_request(service, job, false, patience)) {
    while (!atomic_load(&sleeper.over)) {
      (void)ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
    }
  }
  job->done_context = NULL;
  return job->error.status;
}

bool pim_service_cancel(struct pim_service* service, struct pim_job* job) {
  return send_request(service, job, true, 0);
}
