/* Networks of a chip: judged when they come, found when a job names them. */
#include <stddef.h>

#include "firmware/driver/pim_internal.h"

static bool is_named(const struct pim_device* device, const struct pim_network* network) {
  for (const struct pim_job* job = device->queue; job != NULL; job = job->next) {
    if (job->network == network) {
      return true;
    }
  }
  return device->active != NULL && device->active->network == network;
}

enum pim_status pim_judge(struct pim_device* device, struct pim_network* network, uint64_t image_address,
                          uint64_t image_bytes, uint64_t scratch_address, uint64_t scratch_bytes) {
  const struct pim_image image = {.device = device, .network = network};
  if (image_address % 4u != 0u || image_bytes > UINT64_MAX - image_address ||
      scratch_bytes > UINT64_MAX - scratch_address) {
    network->layer_count = 0; /* a job that names it is refused */
    return pim_fail(device, PIM_E_ARGUMENT);
  }
  if (device->resident == network) {
    device->resident = NULL; /* what comes now is another network in the same memory */
  }
  enum pim_status status = pim_image_open(image, image_address, image_bytes);
  network->scratch_address = scratch_address;
  if (status == PIM_OK) {
    status = pim_image_check_chip(image);
  }
  if (status == PIM_OK && network->scratch_bytes > scratch_bytes) {
    device->error.needed = network->scratch_bytes;
    device->error.found = (uint32_t)scratch_bytes;
    status = pim_fail(device, PIM_E_SCRATCH);
  }
  if (status != PIM_OK) {
    network->layer_count = 0;
  }
  return status;
}

enum pim_status pim_attach(struct pim_device* device, struct pim_network* network, uint64_t image_address,
                           uint64_t image_bytes, uint64_t scratch_address, uint64_t scratch_bytes) {
  if (!pim_is_open(device) || network == NULL || network == &device->network) {
    return PIM_E_ARGUMENT;
  }
  pim_lock(device);
  pim_clear_error(device);
  const enum pim_status status = is_named(device, network) ? pim_fail(device, PIM_E_BUSY)
                                                           : pim_judge(device, network, image_address, image_bytes,
                                                                       scratch_address, scratch_bytes);
  pim_unlock(device);
  return status;
}

struct pim_network* pim_find_network(struct pim_device* device, struct pim_network* network) {
  struct pim_network* const found = network == NULL ? &device->network : network;
  if (found == &device->network && device->state != PIM_STATE_LOADED) {
    return NULL;
  }
  return found->layer_count == 0u ? NULL : found;
}
