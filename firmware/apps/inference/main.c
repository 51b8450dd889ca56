/* The application on the RISC-V core: gives the portable part its HAL and its terminal. */
#include <stdio.h>

#include "firmware/apps/inference/inference.h"
#include "firmware/bsp/bsp.h"
#include "firmware/ports/bsp/bsp_hal.h"

static struct inference app;

static void print(void* context, const char* line) {
  (void)context;
  fputs(line, stdout);
}

int main(const struct boot_info* info) {
  app.boot = *info;
  app.hal = bsp_pim_hal();
  app.print = print;
  if (bsp_pim_irq_register(info->pim_irq, &app.device) != 0) {
    print(NULL, "inference: error: the chip has no interrupt\n");
    return PIM_E_ARGUMENT;
  }
  return inference_run(&app);
}
