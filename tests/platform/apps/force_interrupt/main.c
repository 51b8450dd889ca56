/* Tries the way of the chip's interrupt, from its line through the controller to a handler, without running a stream:
 * each cause is forced, and the handler clears it. */
#include <stdio.h>

#include "firmware/bsp/bsp.h"
#include "ip/interface/pim_interface.h"

struct chip {
  uintptr_t base;
  uint32_t seen; /* causes that the handler has found */
  unsigned calls;
};

static void on_interrupt(void* context) {
  struct chip* chip = context;
  const uint32_t causes = bsp_read32(chip->base + PIM_REG_IRQ_STATUS);
  chip->seen |= causes;
  ++chip->calls;
  bsp_write32(chip->base + PIM_REG_IRQ_STATUS, causes);
}

int main(const struct boot_info* info) {
  struct chip chip = {.base = (uintptr_t)info->pim_base, .seen = 0u, .calls = 0u};
  const uint32_t causes = PIM_IRQ_FORCE_DONE_MASK | PIM_IRQ_FORCE_ERROR_MASK | PIM_IRQ_FORCE_SIGNAL_MASK;
  if (bsp_irq_register(info->pim_irq, on_interrupt, &chip) != 0) {
    return 1;
  }
  bsp_write32(chip.base + PIM_REG_IRQ_ENABLE, causes);
  for (uint32_t cause = 1u; cause <= causes; cause <<= 1) {
    bsp_write32(chip.base + PIM_REG_IRQ_FORCE, cause);
    bsp_wait_for_interrupt();
  }
  printf("forced: %u interrupts, causes %lx, left %lx, status %lx\n", chip.calls, (unsigned long)chip.seen,
         (unsigned long)bsp_read32(chip.base + PIM_REG_IRQ_STATUS),
         (unsigned long)bsp_read32(chip.base + PIM_REG_STATUS));
  return 0;
}
