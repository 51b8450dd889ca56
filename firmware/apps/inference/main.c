/* The application on the RISC-V core: gives the portable part its HAL and its terminal. */
#include <stdio.h>

#include "firmware/apps/inference/inference.h"
#include "firmware/bsp/bsp.h"

static struct inference app;

static uint32_t read32(void* context, uint64_t address) {
  (void)context;
  return bsp_read32((uintptr_t)address);
}

static void write32(void* context, uint64_t address, uint32_t value) {
  (void)context;
  bsp_write32((uintptr_t)address, value);
}

static void barrier(void* context) {
  (void)context;
  __asm__ volatile("fence iorw, iorw" : : : "memory");
}

/* Interrupts are delivered only inside these calls, so none is lost between the driver's look and its sleep. */
static void wait_for_interrupt(void* context, uint64_t deadline) {
  (void)context;
  if (deadline == PIM_NO_DEADLINE) {
    bsp_wait_for_interrupt();
  } else {
    bsp_wait_for_interrupt_until(deadline);
  }
}

static uint64_t time(void* context) {
  (void)context;
  return bsp_ticks();
}

static void print(void* context, const char* line) {
  (void)context;
  fputs(line, stdout);
}

static void handle_chip_interrupt(void* context) {
  pim_irq(context);
}

int main(const struct boot_info* info) {
  app.boot = *info;
  app.hal = (struct pim_hal){
      .read32 = read32, .write32 = write32, .barrier = barrier, .wait_for_interrupt = wait_for_interrupt, .time = time};
  app.print = print;
  if (bsp_irq_register(info->pim_irq, handle_chip_interrupt, &app.device) != 0) {
    print(NULL, "inference: error: the chip has no interrupt\n");
    return PIM_E_ARGUMENT;
  }
  return inference_run(&app);
}
