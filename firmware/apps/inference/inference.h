#ifndef SPINVP_FIRMWARE_APPS_INFERENCE_INFERENCE_H
#define SPINVP_FIRMWARE_APPS_INFERENCE_INFERENCE_H

/* Classifies the images that the platform left in memory: opens the chip, loads the network, runs every image, writes a
 * result for each and a summary at the end (platform/boot_info.yaml). Portable: it knows the world through the driver's
 * HAL and one print function. */

#include "firmware/driver/pim_driver.h"
#include "platform/boot_info.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Seconds of timer time that one layer may take before it counts as hung. */
#define INFERENCE_LAYER_SECONDS 20u
/* How often a second of timer time the driver looks at a layer by itself: what a lost interrupt costs at most. */
#define INFERENCE_LOOKS_A_SECOND 100u

struct inference {
  struct boot_info boot; /* as the platform left it */
  struct pim_hal hal;
  void (*print)(void* context, const char* line); /* a whole line with its line feed */
  void* print_context;
  uint32_t recoveries;      /* failures of the chip after which it was tried again */
  struct pim_device device; /* opened by inference_run(); an interrupt handler may call pim_irq() on it at any time */
};

/* 0 for success, else the enum pim_status that is in the summary too. Without a valid boot information it prints a line
 * and touches nothing, because then nobody knows where the summary would go. */
int inference_run(struct inference* app);

/* The index of the largest of `count` int32 scores at `address`; the lowest of equals. A single score decides between
 * two classes: 1 above zero, else 0. */
uint32_t inference_argmax(const struct pim_hal* hal, uint64_t address, uint32_t count);

#ifdef __cplusplus
}
#endif

#endif /* SPINVP_FIRMWARE_APPS_INFERENCE_INFERENCE_H */
