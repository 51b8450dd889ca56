/* Recurses until the stack is used up. */
#include "firmware/bsp/bsp.h"

static unsigned descend(volatile unsigned* above) {
  volatile unsigned here[64];
  here[0] = *above + 1;
  return *above == UINT32_MAX ? 0 : descend(here) + here[0];
}

int main(const struct boot_info* info) {
  (void)info;
  volatile unsigned top = 0;
  return (int)descend(&top);
}
