/* Sleeps for a millisecond and tells how many ticks went by. */
#include <stdio.h>

#include "firmware/bsp/bsp.h"

int main(const struct boot_info* info) {
  const uint64_t start = bsp_ticks();
  bsp_sleep_until(start + info->timer_hz / 1000);
  printf("slept %lu ticks\n", (unsigned long)(bsp_ticks() - start));
  return 7;
}
