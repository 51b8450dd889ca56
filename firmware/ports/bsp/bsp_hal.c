#include "firmware/ports/bsp/bsp_hal.h"

#include "firmware/bsp/bsp.h"

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

struct pim_hal bsp_pim_hal(void) {
  return (struct pim_hal){
      .read32 = read32, .write32 = write32, .barrier = barrier, .wait_for_interrupt = wait_for_interrupt, .time = time};
}

static void handle_chip_interrupt(void* context) {
  (void)pim_irq(context);
}

int bsp_pim_irq_register(uint32_t source, struct pim_device* device) {
  return bsp_irq_register(source, handle_chip_interrupt, device);
}
