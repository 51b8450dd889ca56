#ifndef SPINVP_FIRMWARE_DRIVER_PIM_INTERNAL_H
#define SPINVP_FIRMWARE_DRIVER_PIM_INTERNAL_H

/* Shared by the files of the driver, not by its users. Above: pim_driver.c, the handle; pim_jobs.c, the queue;
 * pim_network.c, what jobs may name. Below: pim_layers.c, the active job's way through its layers; pim_image.c, which
 * reads images. */

#include <stddef.h>

#include "firmware/driver/pim_driver.h"

/* A command stream inside the image. */
struct pim_stream {
  uint32_t offset;
  uint32_t bytes;    /* 0: there is none */
  uint32_t checksum; /* 0: the image does not say */
};

/* An image being read: with whose eyes, and what is known of it. */
struct pim_image {
  struct pim_device* device;
  struct pim_network* network;
};

static inline uint32_t pim_read_register(const struct pim_device* device, uint32_t offset) {
  return device->hal.read32(device->hal.context, device->base + offset);
}

static inline void pim_write_register(const struct pim_device* device, uint32_t offset, uint32_t value) {
  device->hal.write32(device->hal.context, device->base + offset, value);
}

/* A pair of registers: the low word first, the high word at the next address. */
static inline uint64_t pim_read_pair(const struct pim_device* device, uint32_t low_offset) {
  const uint64_t low = pim_read_register(device, low_offset);
  return low | (uint64_t)pim_read_register(device, low_offset + 4u) << 32;
}

static inline void pim_write_pair(const struct pim_device* device, uint32_t low_offset, uint64_t value) {
  pim_write_register(device, low_offset, (uint32_t)value);
  pim_write_register(device, low_offset + 4u, (uint32_t)(value >> 32));
}

static inline void pim_lock(const struct pim_device* device) {
  if (device->hal.lock != NULL) {
    device->hal.lock(device->hal.context);
  }
}

static inline void pim_unlock(const struct pim_device* device) {
  if (device->hal.unlock != NULL) {
    device->hal.unlock(device->hal.context);
  }
}

/* pim_driver.c */

bool pim_is_open(const struct pim_device* device);

/* Forgets the last error. */
void pim_clear_error(struct pim_device* device);

/* Notes an error and returns it; the caller adds what else is known to device->error. */
enum pim_status pim_fail(struct pim_device* device, enum pim_status status);

/* Resets the chip; no network is on it any more. Where that fails STATUS is noted, and the next job tries again. */
enum pim_status pim_reset_chip(struct pim_device* device);

/* pim_jobs.c: all of it under the lock, but pim_tell_ends(). */

bool pim_has_jobs(const struct pim_device* device);

/* Cancels every job, the active one too; the chip is as pim_stop() leaves it. */
void pim_end_jobs(struct pim_device* device);

/* The active job is over; unless it ended well device->error says how. */
void pim_end_active(struct pim_device* device, enum pim_status status);

/* Calls back for the jobs that are over, without the lock. */
void pim_tell_ends(struct pim_device* device);

/* Loads a judged network as a job of its own, and waits for it. Takes the lock over from the caller and returns it. */
enum pim_status pim_load_now(struct pim_device* device, struct pim_network* network);

/* pim_network.c */

/* Judges an image for this chip and this scratch memory. */
enum pim_status pim_judge(struct pim_device* device, struct pim_network* network, uint64_t image_address,
                          uint64_t image_bytes, uint64_t scratch_address, uint64_t scratch_bytes);

/* The network that a caller means, null being the one of pim_load(); null when it is not there. */
struct pim_network* pim_find_network(struct pim_device* device, struct pim_network* network);

/* pim_layers.c */

/* Starts the first stream of a job that has become the active one. */
void pim_start(struct pim_device* device);

/* Looks whether the active job's stream is over, and starts the next one. False when there was nothing to do. */
bool pim_advance(struct pim_device* device);

/* Stops the active job's stream by a reset. */
void pim_stop(struct pim_device* device);

/* pim_image.c */

/* Validates the image and fills image.network. */
enum pim_status pim_image_open(struct pim_image image, uint64_t address, uint64_t bytes);

/* Whether the chip can run what image.network asks for. */
enum pim_status pim_image_check_chip(struct pim_image image);

/* Whether the image is, byte for byte, what it was when it was opened. */
enum pim_status pim_image_verify(struct pim_image image);

/* Reads where the streams of a layer stand, checking their bounds again: memory may have changed since loading. */
enum pim_status pim_image_load_stream(struct pim_image image, uint32_t layer, struct pim_stream* stream);
enum pim_status pim_image_run_stream(struct pim_image image, uint32_t layer, struct pim_stream* stream);

/* The checksum that a stream has as it stands in memory, of which the image does not say it. */
uint32_t pim_image_sum_up(struct pim_image image, const struct pim_stream* stream);

#endif /* SPINVP_FIRMWARE_DRIVER_PIM_INTERNAL_H */
