/* Board support: what an application may ask of the SoC.
 *
 * Start-up (start.S) sets up stack, data and traps, calls bsp_init() and main(), and ends the run with main's result.
 * Interrupts are delivered only inside the functions below that wait: code that checks a condition
 * and then waits cannot miss the interrupt in between. */
#ifndef SPINVP_FIRMWARE_BSP_H
#define SPINVP_FIRMWARE_BSP_H

#include <stdint.h>

#include "platform/boot_info.h"

/* Exit code after an exception: this plus the cause (mcause, 0 to 15). */
#define BSP_EXIT_EXCEPTION 0xE0u
/* Exit code after an exception while an exception or an interrupt was handled. */
#define BSP_EXIT_NESTED 0xDEu
/* Exit code after an interrupt nobody asked for. */
#define BSP_EXIT_STRAY_INTERRUPT 0xDFu

typedef void (*bsp_irq_handler)(void* context);

/* Every application defines it. The result becomes the exit code of the run: 0 is success; the low 16 bits count. */
int main(const struct boot_info* info);

/* Called by start-up. Where the boot information is not valid there is nobody to tell: the core sleeps for ever. */
void bsp_init(const struct boot_info* info);

/* Calls `handler` when `source` of the interrupt controller is high; the handler makes the device lower its line. A
 * line that stays high all the same is switched off, with a line on the UART.
 * One handler a source, at most BSP_MAX_HANDLERS sources: -1 when there is no place, 0 otherwise. */
#define BSP_MAX_HANDLERS 8
int bsp_irq_register(uint32_t source, bsp_irq_handler handler, void* context);

/* Sleeps until an interrupt is pending and delivers it; returns at once when one is pending already. */
void bsp_wait_for_interrupt(void);
/* The same, but wakes at the latest when bsp_ticks() reaches `ticks`. */
void bsp_wait_for_interrupt_until(uint64_t ticks);

/* Ticks of the timer since the start, info->timer_hz a second. */
uint64_t bsp_ticks(void);
/* Sleeps until bsp_ticks() >= ticks; other interrupts are delivered meanwhile. */
void bsp_sleep_until(uint64_t ticks);

/* Ends the run. */
_Noreturn void bsp_exit(uint32_t code);

/* One byte to the UART; stdout and stderr go here. */
void bsp_uart_put(char byte);

static inline uint32_t bsp_read32(uintptr_t address) {
  return *(volatile const uint32_t*)address;
}
static inline void bsp_write32(uintptr_t address, uint32_t value) {
  *(volatile uint32_t*)address = value;
}

#endif
