/* What start.S calls on every trap. Prints without stdio: the trap may have come from there. */
#include "firmware/bsp/board.h"
#include "firmware/bsp/bsp.h"

#define CAUSE_INTERRUPT 0x80000000u

void trap_handler(uint32_t cause, uint32_t epc, uint32_t value);

void trap_put_text(const char* text) {
  while (*text != '\0') {
    bsp_uart_put(*text++);
  }
}

void trap_put_hex(uint32_t value) {
  trap_put_text("0x");
  for (int shift = 28; shift >= 0; shift -= 4) {
    bsp_uart_put("0123456789abcdef"[value >> shift & 0xf]);
  }
}

static const char* cause_name(uint32_t cause) {
  static const char* const names[] = {
      "instruction address misaligned",
      "instruction access fault",
      "illegal instruction",
      "breakpoint",
      "load address misaligned",
      "load access fault",
      "store address misaligned",
      "store access fault",
      "environment call (U)",
      "environment call (S)",
      "reserved",
      "environment call (M)",
  };
  return cause < sizeof names / sizeof names[0] ? names[cause] : "unknown";
}

static void report(const char* kind, const char* name, uint32_t cause, uint32_t epc, uint32_t value) {
  trap_put_text(kind);
  trap_put_text(name);
  trap_put_text(": mcause ");
  trap_put_hex(cause);
  trap_put_text(", mepc ");
  trap_put_hex(epc);
  trap_put_text(", mtval ");
  trap_put_hex(value);
  trap_put_text("\n");
}

void trap_handler(uint32_t cause, uint32_t epc, uint32_t value) {
  switch (cause) {
    case CAUSE_INTERRUPT | INTERRUPT_EXTERNAL:
      irq_dispatch();
      return;
    case CAUSE_INTERRUPT | INTERRUPT_TIMER:
      interrupt_source_off(INTERRUPT_TIMER); /* who sleeps looks at the time itself */
      return;
    default:
      break;
  }
  if (cause & CAUSE_INTERRUPT) {
    report("interrupt", "", cause, epc, value);
    bsp_exit(BSP_EXIT_STRAY_INTERRUPT);
  }
  report("exception: ", cause_name(cause), cause, epc, value);
  bsp_exit(BSP_EXIT_EXCEPTION + (cause & 0xf));
}
