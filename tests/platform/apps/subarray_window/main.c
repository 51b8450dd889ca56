/* Uses the chip's sub-arrays as plain memory, then reads behind them. The chip has 32 sub-arrays of 256 rows of 64
 * bytes. */
#include <stdio.h>

#include "firmware/bsp/bsp.h"
#include "ip/interface/pim_interface.h"

#define ROW_BYTES 64u
#define WINDOW_BYTES (32u * 256u * ROW_BYTES)

int main(const struct boot_info* info) {
  const uintptr_t window = (uintptr_t)info->pim_base + PIM_SUBARRAY_WINDOW;
  volatile uint8_t* const bytes = (volatile uint8_t*)window;
  volatile uint16_t* const halves = (volatile uint16_t*)window;
  volatile uint32_t* const words = (volatile uint32_t*)window;

  words[0] = 0x44332211u;
  bytes[5] = 0x66u;
  halves[3] = 0x8877u;
  words[WINDOW_BYTES / 4u - 1u] = 0xCAFEF00Du;
  printf("window: %08lx %02x %04x %08lx\n", (unsigned long)words[0], bytes[1], halves[3],
         (unsigned long)words[WINDOW_BYTES / 4u - 1u]);
  (void)words[WINDOW_BYTES / 4u];
  return 0;
}
