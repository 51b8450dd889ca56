/* What the parts of the board support know of each other; applications include bsp.h. */
#ifndef SPINVP_FIRMWARE_BOARD_H
#define SPINVP_FIRMWARE_BOARD_H

#include <stdint.h>

struct board {
  uintptr_t uart;
  uintptr_t clint;
  uintptr_t plic;
  uintptr_t finisher;
};

/* Filled by bsp_init(); all zero before. */
extern struct board board;

/* Machine interrupts: their numbers in mcause and bits in mie. */
enum { INTERRUPT_TIMER = 7, INTERRUPT_EXTERNAL = 11 };

static inline void interrupt_source_on(unsigned number) {
  __asm__ volatile("csrs mie, %0" : : "r"(1u << number) : "memory");
}
static inline void interrupt_source_off(unsigned number) {
  __asm__ volatile("csrc mie, %0" : : "r"(1u << number) : "memory");
}

/* Calls the handlers of all sources that are pending. */
void irq_dispatch(void);

/* To the UART without stdio: a trap may have come from there. */
void trap_put_text(const char* text);
void trap_put_hex(uint32_t value);

#endif
