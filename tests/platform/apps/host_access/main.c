/* Writes a row of the chip's first sub-array and reads a word of it back, then classifies the images: firmware that
 * uses the chip as memory and as accelerator. */
#define main inference_main
#include "firmware/apps/inference/main.c"
#undef main

#include "ip/interface/pim_interface.h"

#define ROW_WORDS 16u /* of 512 columns */

int main(const struct boot_info* info) {
  volatile uint32_t* const words = (volatile uint32_t*)((uintptr_t)info->pim_base + PIM_SUBARRAY_WINDOW);
  for (uint32_t i = 0; i < ROW_WORDS; ++i) {
    words[i] = i;
  }
  return words[ROW_WORDS - 1u] == ROW_WORDS - 1u ? inference_main(info) : 1;
}
