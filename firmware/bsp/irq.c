/* The interrupt controller. */
#include <stddef.h>

#include "firmware/bsp/board.h"
#include "firmware/bsp/bsp.h"

#define PLIC_PRIORITY 0x0u
#define PLIC_ENABLE 0x2000u
#define PLIC_CLAIM 0x200004u

/* A source that comes so often in one go is not lowered by its handler. */
#define MOST_CLAIMS 100u

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

/* The line of a source stays high whatever its handler does: without it the core goes on, and whoever waits for the
 * device finds out by looking. */
static void switch_off(uint32_t source) {
  const uintptr_t enable = board.plic + PLIC_ENABLE + source / 32 * 4;
  bsp_write32(enable, bsp_read32(enable) & ~(1u << source % 32));
  trap_put_text("interrupt: source ");
  trap_put_hex(source);
  trap_put_text(" stays high and is switched off\n");
}

void irq_dispatch(void) {
  uint32_t source;
  uint32_t last = 0;
  unsigned claims = 0;
  while ((source = bsp_read32(board.plic + PLIC_CLAIM)) != 0) {
    const struct irq_entry* entry = find_entry(source);
    if (entry == NULL) {
      bsp_exit(BSP_EXIT_STRAY_INTERRUPT);
    }
    entry->handler(entry->context);
    bsp_write32(board.plic + PLIC_CLAIM, source);
    claims = source == last ? claims + 1 : 1;
    last = source;
    if (claims == MOST_CLAIMS) {
      switch_off(source);
    }
  }
}
