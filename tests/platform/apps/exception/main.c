/* Loads from where nothing is. */
#include "firmware/bsp/bsp.h"

int main(const struct boot_info* info) {
  (void)info;
  (void)bsp_read32(0x30000000);
  return 0;
}
