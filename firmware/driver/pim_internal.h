#ifndef SPINVP_FIRMWARE_DRIVER_PIM_INTERNAL_H
#define SPINVP_FIRMWARE_DRIVER_PIM_INTERNAL_H

/* Shared by the files of the driver, not by its users. */

#include "firmware/driver/pim_driver.h"

/* A command stream inside the image. */
struct pim_stream {
  uint32_t offset;
  uint32_t bytes; /* 0: there is none */
};

/* Forgets the last error. */
void pim_clear_error(struct pim_device* device);

/* Notes an error and returns it; the caller adds what else is known to device->error. */
enum pim_status pim_fail(struct pim_device* device, enum pim_status status);

/* Validates the image and fills device->network. */
enum pim_status pim_image_open(struct pim_device* device, uint64_t address, uint64_t bytes);

/* Whether the chip can run what device->network's image asks for. */
enum pim_status pim_image_check_chip(struct pim_device* device);

/* Reads where the streams of a layer stand, checking their bounds again: memory may have changed since loading. */
enum pim_status pim_image_load_stream(struct pim_device* device, uint32_t layer, struct pim_stream* stream);
enum pim_status pim_image_run_stream(struct pim_device* device, uint32_t layer, struct pim_stream* stream);

#endif /* SPINVP_FIRMWARE_DRIVER_PIM_INTERNAL_H */
