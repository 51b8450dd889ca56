/* Rings the test's device, which writes into memory and raises its line, and counts the interrupts. */
#include <stdio.h>

#include "firmware/bsp/bsp.h"

#define DEVICE_RING 0x0u
#define DEVICE_ACKNOWLEDGE 0x4u

#define RUNS 5

struct device {
  uintptr_t base;
  volatile unsigned interrupts;
};

/* The device fills it by DMA; its first word is an instruction that the core has run before. */
typedef int (*function)(void);

static void acknowledge(void* context) {
  struct device* device = context;
  bsp_write32(device->base + DEVICE_ACKNOWLEDGE, 1);
  ++device->interrupts;
}

int main(const struct boot_info* info) {
  /* li a0, 1; ret - the device overwrites the first word with li a0, <run> */
  static uint32_t code[] = {0x00100513, 0x00008067};
  struct device device = {(uintptr_t)info->pim_base, 0};
  if (bsp_irq_register(info->pim_irq, acknowledge, &device) != 0) {
    return 1;
  }
  const function call = (function)(uintptr_t)code;
  printf("before: %d\n", call());
  for (unsigned run = 0; run < RUNS; ++run) {
    bsp_write32(device.base + DEVICE_RING, (uint32_t)(uintptr_t)code);
    while (device.interrupts == run) {
      bsp_wait_for_interrupt();
    }
    printf("after: %d\n", call());
  }
  printf("%u interrupts\n", device.interrupts);
  return 0;
}
