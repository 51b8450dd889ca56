/* The smallest application: says where it runs. */
#include <stdio.h>

#include "firmware/bsp/bsp.h"

int main(const struct boot_info* info) {
  printf("hello from SpinVP: PIM chip at 0x%08lx, timer %lu Hz\n", (unsigned long)info->pim_base,
         (unsigned long)info->timer_hz);
  return 0;
}
