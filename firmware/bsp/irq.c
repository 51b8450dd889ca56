/* The interrupt controller. */
#include <stddef.h>

#include "firmware/bsp/board.h"
#include "firmware/bsp/bsp.h"

#define PLIC_PRIORITY 0x0u
#define PLIC_ENABLE 0x2000u
#define PLIC_CLAIM 0x200004u

struct irq_entry {
  uint32_t source; /* 0: free */
  bsp_irq_handler handler;
  void* context;
};

static struct irq_entry entries[BSP_MAX_HANDLERS];

/* The entry of a source, or a free one with source 0. */
static struct irq_entry* find_entry(uint32_t source) {
  for (unsigned i = 0; i < BSP_MAX_HANDLERS; ++i) {
    if (entries[i].source == source) {
      return &entries[i];
    }
  }
  return NULL;
}

int bsp_irq_register(uint32_t source, bsp_irq_handler handler, void* context) {
  if (source == 0 || handler == NULL) {
    return -1;
  }
  struct irq_entry* entry = find_entry(source);
  if (entry == NULL) {
    entry = find_entry(0);
  }
  if (entry == NULL) {
    return -1;
  }
  entry->source = source;
  entry->handler = handler;
  entry->context = context;
  bsp_write32(board.plic + PLIC_PRIORITY + 4 * source, 1);
  const uintptr_t enable = board.plic + PLIC_ENABLE + source / 32 * 4;
  bsp_write32(enable, bsp_read32(enable) | 1u << source % 32);
  return 0;
}

void irq_dispatch(void) {
  uint32_t source;
  while ((source = bsp_read32(board.plic + PLIC_CLAIM)) != 0) {
    const struct irq_entry* entry = find_entry(source);
    if (entry == NULL) {
      bsp_exit(BSP_EXIT_STRAY_INTERRUPT);
    }
    entry->handler(entry->context);
    bsp_write32(board.plic + PLIC_CLAIM, source);
  }
}
