#include "firmware/bsp/bsp.h"

#include <stddef.h>

#include "firmware/bsp/board.h"

#define FINISHER_PASS 0x5555u
#define FINISHER_FAIL 0x3333u

#define CLINT_MTIMECMP 0x4000u
#define CLINT_MTIME 0xBFF8u

#define MSTATUS_MIE 8

struct board board;

void bsp_init(const struct boot_info* info) {
  if (info == NULL || info->magic != BOOT_MAGIC || info->version != BOOT_VERSION_MAJOR_VALUE) {
    for (;;) {
      __asm__ volatile("wfi");
    }
  }
  board.uart = (uintptr_t)info->uart_base;
  board.clint = (uintptr_t)info->clint_base;
  board.plic = (uintptr_t)info->plic_base;
  board.finisher = (uintptr_t)info->finisher_base;
  interrupt_source_on(INTERRUPT_EXTERNAL);
}

void bsp_wait_for_interrupt(void) {
  __asm__ volatile("wfi" : : : "memory");
  __asm__ volatile("csrsi mstatus, %0" : : "i"(MSTATUS_MIE) : "memory");
  __asm__ volatile("csrci mstatus, %0" : : "i"(MSTATUS_MIE) : "memory");
}

uint64_t bsp_ticks(void) {
  uint32_t high;
  uint32_t low;
  do {
    high = bsp_read32(board.clint + CLINT_MTIME + 4);
    low = bsp_read32(board.clint + CLINT_MTIME);
  } while (high != bsp_read32(board.clint + CLINT_MTIME + 4));
  return (uint64_t)high << 32 | low;
}

static void set_alarm(uint64_t ticks) {
  /* The high word first goes to its largest value, so that no mixture of old and new fires. */
  bsp_write32(board.clint + CLINT_MTIMECMP + 4, UINT32_MAX);
  bsp_write32(board.clint + CLINT_MTIMECMP, (uint32_t)ticks);
  bsp_write32(board.clint + CLINT_MTIMECMP + 4, (uint32_t)(ticks >> 32));
}

void bsp_wait_for_interrupt_until(uint64_t ticks) {
  set_alarm(ticks);
  interrupt_source_on(INTERRUPT_TIMER);
  bsp_wait_for_interrupt();
  interrupt_source_off(INTERRUPT_TIMER);
  set_alarm(UINT64_MAX);
}

void bsp_sleep_until(uint64_t ticks) {
  while (bsp_ticks() < ticks) {
    bsp_wait_for_interrupt_until(ticks);
  }
}

_Noreturn void bsp_exit(uint32_t code) {
  if (board.finisher != 0) {
    bsp_write32(board.finisher, code == 0 ? FINISHER_PASS : code << 16 | FINISHER_FAIL);
  }
  for (;;) {
    __asm__ volatile("wfi");
  }
}
