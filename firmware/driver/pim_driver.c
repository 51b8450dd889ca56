#include "firmware/driver/pim_driver.h"

#include <stddef.h>

#include "firmware/driver/pim_internal.h"
#include "ip/interface/pim_interface.h"

static uint32_t field(uint32_t value, uint32_t mask, uint32_t shift) {
  return (value & mask) >> shift;
}

void pim_clear_error(struct pim_device* device) {
  device->error = (struct pim_error){.status = PIM_OK, .layer = PIM_NO_LAYER};
}

enum pim_status pim_fail(struct pim_device* device, enum pim_status status) {
  device->error.status = status;
  return status;
}

bool pim_is_open(const struct pim_device* device) {
  return device != NULL && (device->state == PIM_STATE_OPEN || device->state == PIM_STATE_LOADED);
}

static void read_capabilities(struct pim_device* device) {
  struct pim_chip* chip = &device->chip;
  const uint32_t array = pim_read_register(device, PIM_REG_CAP_ARRAY);
  chip->rows = field(array, PIM_CAP_ARRAY_ROWS_MASK, PIM_CAP_ARRAY_ROWS_SHIFT);
  chip->columns = field(array, PIM_CAP_ARRAY_COLUMNS_MASK, PIM_CAP_ARRAY_COLUMNS_SHIFT);
  const uint32_t banks = pim_read_register(device, PIM_REG_CAP_BANKS);
  chip->banks = field(banks, PIM_CAP_BANKS_BANKS_MASK, PIM_CAP_BANKS_BANKS_SHIFT);
  chip->bank_subarrays = field(banks, PIM_CAP_BANKS_SUBARRAYS_MASK, PIM_CAP_BANKS_SUBARRAYS_SHIFT);
  chip->subarrays = chip->banks * chip->bank_subarrays;
  chip->buffer_bytes = pim_read_register(device, PIM_REG_CAP_BUFFER);
  chip->engines = pim_read_register(device, PIM_REG_CAP_ENGINES);
  chip->clock_khz = pim_read_register(device, PIM_REG_CAP_CLOCK);
  /* CAP_FEATURES exists since interface version 2.2. */
  const uint32_t version = pim_read_register(device, PIM_REG_VERSION);
  chip->checks_streams = field(version, PIM_VERSION_MINOR_MASK, PIM_VERSION_MINOR_SHIFT) >= 2u &&
                         (pim_read_register(device, PIM_REG_CAP_FEATURES) & PIM_CAP_FEATURES_STREAM_CHECK_MASK) != 0u;
}

enum pim_status pim_reset_chip(struct pim_device* device) {
  device->resident = NULL;
  pim_write_register(device, PIM_REG_CONTROL, PIM_CONTROL_RESET_MASK);
  device->hal.barrier(device->hal.context);
  const uint32_t status = pim_read_register(device, PIM_REG_STATUS);
  device->needs_reset = status != PIM_STATUS_RESET;
  if (!device->needs_reset) {
    return PIM_OK;
  }
  pim_clear_error(device);
  device->error.needed = PIM_STATUS_RESET;
  device->error.found = status;
  return pim_fail(device, PIM_E_RESET);
}

static enum pim_status probe(struct pim_device* device) {
  device->error.needed = PIM_ID_RESET;
  device->error.found = pim_read_register(device, PIM_REG_ID);
  if (device->error.found != PIM_ID_RESET) {
    return pim_fail(device, PIM_E_NOT_PIM);
  }
  device->error.needed = PIM_VERSION_MAJOR_VALUE;
  device->error.found =
      field(pim_read_register(device, PIM_REG_VERSION), PIM_VERSION_MAJOR_MASK, PIM_VERSION_MAJOR_SHIFT);
  if (device->error.found != PIM_VERSION_MAJOR_VALUE) {
    return pim_fail(device, PIM_E_INTERFACE_VERSION);
  }
  return pim_reset_chip(device);
}

enum pim_status pim_open(struct pim_device* device, const struct pim_hal* hal, uint64_t base) {
  if (device == NULL) {
    return PIM_E_ARGUMENT;
  }
  *device = (struct pim_device){.base = base, .state = PIM_STATE_CLOSED};
  pim_clear_error(device);
  if (hal == NULL || hal->read32 == NULL || hal->write32 == NULL || hal->barrier == NULL ||
      hal->wait_for_interrupt == NULL || hal->time == NULL || (hal->lock == NULL) != (hal->unlock == NULL) ||
      base % 4u != 0u) {
    return pim_fail(device, PIM_E_ARGUMENT);
  }
  device->hal = *hal;
  const enum pim_status status = probe(device);
  if (status != PIM_OK) {
    return status;
  }
  read_capabilities(device);
  pim_clear_error(device);
  device->state = PIM_STATE_OPEN;
  return PIM_OK;
}

enum pim_status pim_load(struct pim_device* device, uint64_t image_address, uint64_t image_bytes,
                         uint64_t scratch_address, uint64_t scratch_bytes) {
  if (!pim_is_open(device)) {
    return PIM_E_ARGUMENT;
  }
  pim_lock(device);
  pim_clear_error(device);
  enum pim_status status = PIM_E_BUSY;
  if (pim_has_jobs(device)) {
    status = pim_fail(device, status);
  } else {
    device->state = PIM_STATE_OPEN;
    status = pim_judge(device, &device->network, image_address, image_bytes, scratch_address, scratch_bytes);
    if (status == PIM_OK) {
      status = pim_load_now(device, &device->network);
    }
    if (status == PIM_OK) {
      device->state = PIM_STATE_LOADED;
    }
  }
  pim_unlock(device);
  return status;
}

enum pim_status pim_recover(struct pim_device* device, struct pim_network* network) {
  if (!pim_is_open(device)) {
    return PIM_E_ARGUMENT;
  }
  pim_lock(device);
  pim_clear_error(device);
  enum pim_status status = pim_has_jobs(device) ? pim_fail(device, PIM_E_BUSY) : pim_reset_chip(device);
  if (status == PIM_OK) {
    struct pim_network* const found = pim_find_network(device, network);
    if (found == NULL) {
      status = pim_fail(device, PIM_E_NOT_LOADED);
    } else {
      found->suspect = true;
      status = pim_load_now(device, found);
    }
  }
  pim_unlock(device);
  return status;
}

enum pim_status pim_reset(struct pim_device* device) {
  if (!pim_is_open(device)) {
    return PIM_E_ARGUMENT;
  }
  pim_lock(device);
  pim_end_jobs(device);
  pim_clear_error(device);
  device->state = PIM_STATE_OPEN;
  const enum pim_status status = pim_reset_chip(device);
  pim_unlock(device);
  pim_tell_ends(device);
  return status;
}

enum pim_status pim_close(struct pim_device* device) {
  if (!pim_is_open(device)) {
    return PIM_E_ARGUMENT;
  }
  pim_lock(device);
  pim_end_jobs(device);
  pim_write_register(device, PIM_REG_IRQ_ENABLE, 0u);
  pim_write_register(device, PIM_REG_CONTROL, 0u);
  device->hal.barrier(device->hal.context);
  device->state = PIM_STATE_CLOSED;
  pim_clear_error(device);
  pim_unlock(device);
  pim_tell_ends(device);
  return PIM_OK;
}

bool pim_irq(struct pim_device* device) {
  if (!pim_is_open(device)) {
    return false;
  }
  if ((pim_read_register(device, PIM_REG_IRQ_STATUS) & pim_read_register(device, PIM_REG_IRQ_ENABLE)) == 0u) {
    return false;
  }
  pim_write_register(device, PIM_REG_IRQ_ENABLE, 0u);
  device->hal.barrier(device->hal.context);
  return true;
}

enum pim_status pim_read_counters(struct pim_device* device, struct pim_counters* counters) {
  if (!pim_is_open(device) || counters == NULL) {
    return PIM_E_ARGUMENT;
  }
  pim_lock(device);
  counters->cycles = pim_read_pair(device, PIM_REG_CYCLES_LO);
  counters->row_operations = pim_read_pair(device, PIM_REG_ROW_OPERATIONS_LO);
  counters->row_writes = pim_read_pair(device, PIM_REG_ROW_WRITES_LO);
  counters->dma_bytes = pim_read_pair(device, PIM_REG_DMA_BYTES_LO);
  counters->commands = pim_read_register(device, PIM_REG_COMMANDS);
  pim_unlock(device);
  return PIM_OK;
}
