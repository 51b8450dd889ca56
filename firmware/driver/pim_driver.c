#include "firmware/driver/pim_driver.h"

#include <stddef.h>

#include "firmware/driver/pim_internal.h"
#include "ip/interface/pim_interface.h"

#define IRQ_END (PIM_IRQ_STATUS_DONE_MASK | PIM_IRQ_STATUS_ERROR_MASK)
#define IRQ_ALL (IRQ_END | PIM_IRQ_STATUS_SIGNAL_MASK)

static uint32_t read_register(const struct pim_device* device, uint32_t offset) {
  return device->hal.read32(device->hal.context, device->base + offset);
}

static void write_register(const struct pim_device* device, uint32_t offset, uint32_t value) {
  device->hal.write32(device->hal.context, device->base + offset, value);
}

/* A pair of registers: the low word first, the high word at the next address. */
static uint64_t read_pair(const struct pim_device* device, uint32_t low_offset) {
  const uint64_t low = read_register(device, low_offset);
  return low | (uint64_t)read_register(device, low_offset + 4u) << 32;
}

static void write_pair(const struct pim_device* device, uint32_t low_offset, uint64_t value) {
  write_register(device, low_offset, (uint32_t)value);
  write_register(device, low_offset + 4u, (uint32_t)(value >> 32));
}

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

static bool is_open(const struct pim_device* device) {
  return device != NULL && (device->state == PIM_STATE_OPEN || device->state == PIM_STATE_LOADED);
}

static void read_capabilities(struct pim_device* device) {
  struct pim_chip* chip = &device->chip;
  const uint32_t array = read_register(device, PIM_REG_CAP_ARRAY);
  chip->rows = field(array, PIM_CAP_ARRAY_ROWS_MASK, PIM_CAP_ARRAY_ROWS_SHIFT);
  chip->columns = field(array, PIM_CAP_ARRAY_COLUMNS_MASK, PIM_CAP_ARRAY_COLUMNS_SHIFT);
  const uint32_t banks = read_register(device, PIM_REG_CAP_BANKS);
  chip->banks = field(banks, PIM_CAP_BANKS_BANKS_MASK, PIM_CAP_BANKS_BANKS_SHIFT);
  chip->bank_subarrays = field(banks, PIM_CAP_BANKS_SUBARRAYS_MASK, PIM_CAP_BANKS_SUBARRAYS_SHIFT);
  chip->subarrays = chip->banks * chip->bank_subarrays;
  chip->buffer_bytes = read_register(device, PIM_REG_CAP_BUFFER);
  chip->engines = read_register(device, PIM_REG_CAP_ENGINES);
  chip->clock_khz = read_register(device, PIM_REG_CAP_CLOCK);
}

static enum pim_status reset_chip(struct pim_device* device) {
  write_register(device, PIM_REG_CONTROL, PIM_CONTROL_RESET_MASK);
  device->hal.barrier(device->hal.context);
  device->error.found = read_register(device, PIM_REG_STATUS);
  return device->error.found == PIM_STATUS_RESET ? PIM_OK : pim_fail(device, PIM_E_RESET);
}

static enum pim_status probe(struct pim_device* device) {
  device->error.needed = PIM_ID_RESET;
  device->error.found = read_register(device, PIM_REG_ID);
  if (device->error.found != PIM_ID_RESET) {
    return pim_fail(device, PIM_E_NOT_PIM);
  }
  device->error.needed = PIM_VERSION_MAJOR_VALUE;
  device->error.found = field(read_register(device, PIM_REG_VERSION), PIM_VERSION_MAJOR_MASK, PIM_VERSION_MAJOR_SHIFT);
  if (device->error.found != PIM_VERSION_MAJOR_VALUE) {
    return pim_fail(device, PIM_E_INTERFACE_VERSION);
  }
  device->error.needed = PIM_STATUS_RESET;
  return reset_chip(device);
}

enum pim_status pim_open(struct pim_device* device, const struct pim_hal* hal, uint64_t base) {
  if (device == NULL) {
    return PIM_E_ARGUMENT;
  }
  *device = (struct pim_device){.base = base, .state = PIM_STATE_CLOSED};
  pim_clear_error(device);
  if (hal == NULL || hal->read32 == NULL || hal->write32 == NULL || hal->barrier == NULL ||
      hal->wait_for_interrupt == NULL || hal->time == NULL || base % 4u != 0u) {
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

static enum pim_status fail_chip(struct pim_device* device) {
  device->error.cause = read_register(device, PIM_REG_ERROR_CAUSE);
  device->error.detail = read_register(device, PIM_REG_ERROR_DETAIL);
  device->error.address = read_pair(device, PIM_REG_ERROR_ADDRESS_LO);
  return pim_fail(device, PIM_E_CHIP);
}

/* The chip's state is unknown from here on. */
static enum pim_status fail_unknown(struct pim_device* device, enum pim_status status) {
  write_register(device, PIM_REG_IRQ_ENABLE, 0u);
  device->state = PIM_STATE_OPEN;
  device->error.found = read_register(device, PIM_REG_STATUS);
  return pim_fail(device, status);
}

static uint64_t deadline_of(const struct pim_device* device) {
  if (device->wait_limit == 0u) {
    return PIM_NO_DEADLINE;
  }
  const uint64_t now = device->hal.time(device->hal.context);
  return device->wait_limit > PIM_NO_DEADLINE - now ? PIM_NO_DEADLINE : now + device->wait_limit;
}

/* Waits for a cause in IRQ_STATUS, which nobody but us clears: an interrupt that came for another reason, twice or not
 * at all changes nothing but the time it takes. Returns 0 when the deadline passed. */
static uint32_t wait_for_end(const struct pim_device* device, uint64_t deadline) {
  for (;;) {
    const uint32_t causes = read_register(device, PIM_REG_IRQ_STATUS) & IRQ_END;
    if (causes != 0u) {
      return causes;
    }
    if (deadline != PIM_NO_DEADLINE && device->hal.time(device->hal.context) >= deadline) {
      return 0u;
    }
    device->hal.wait_for_interrupt(device->hal.context, deadline);
  }
}

static enum pim_status finish_stream(struct pim_device* device, uint32_t causes) {
  const uint32_t status = read_register(device, PIM_REG_STATUS);
  write_register(device, PIM_REG_IRQ_STATUS, causes);
  device->hal.barrier(device->hal.context);
  if ((causes & PIM_IRQ_STATUS_ERROR_MASK) != 0u || (status & PIM_STATUS_ERROR_MASK) != 0u) {
    return fail_chip(device);
  }
  if ((status & (PIM_STATUS_BUSY_MASK | PIM_STATUS_DONE_MASK)) != PIM_STATUS_DONE_MASK) {
    return fail_unknown(device, PIM_E_INCONSISTENT);
  }
  return PIM_OK;
}

static enum pim_status run_stream(struct pim_device* device, const struct pim_stream* stream) {
  write_pair(device, PIM_REG_STREAM_ADDRESS_LO, device->network.image_address + stream->offset);
  write_register(device, PIM_REG_STREAM_BYTES, stream->bytes);
  write_register(device, PIM_REG_IRQ_STATUS, IRQ_ALL);
  write_register(device, PIM_REG_IRQ_ENABLE, IRQ_END);
  const uint64_t deadline = deadline_of(device);
  device->hal.barrier(device->hal.context);
  write_register(device, PIM_REG_DOORBELL, PIM_DOORBELL_START_MASK);
  if ((read_register(device, PIM_REG_STATUS) & PIM_STATUS_REJECTED_MASK) != 0u) {
    return fail_unknown(device, PIM_E_DOORBELL_REJECTED);
  }
  const uint32_t causes = wait_for_end(device, deadline);
  return causes == 0u ? fail_unknown(device, PIM_E_TIMEOUT) : finish_stream(device, causes);
}

static enum pim_status load_layers(struct pim_device* device) {
  device->error.loading = true;
  for (uint32_t layer = 0; layer < device->network.layer_count; ++layer) {
    device->error.layer = layer;
    struct pim_stream stream;
    enum pim_status status = pim_image_load_stream(device, layer, &stream);
    if (status == PIM_OK && stream.bytes != 0u) {
      status = run_stream(device, &stream);
    }
    if (status != PIM_OK) {
      return status;
    }
  }
  return PIM_OK;
}

enum pim_status pim_load(struct pim_device* device, uint64_t image_address, uint64_t image_bytes,
                         uint64_t scratch_address, uint64_t scratch_bytes) {
  if (!is_open(device)) {
    return PIM_E_ARGUMENT;
  }
  pim_clear_error(device);
  device->state = PIM_STATE_OPEN;
  if (image_address % 4u != 0u || image_bytes > UINT64_MAX - image_address ||
      scratch_bytes > UINT64_MAX - scratch_address) {
    return pim_fail(device, PIM_E_ARGUMENT);
  }
  enum pim_status status = pim_image_open(device, image_address, image_bytes);
  if (status == PIM_OK) {
    status = pim_image_check_chip(device);
  }
  if (status != PIM_OK) {
    return status;
  }
  if (device->network.scratch_bytes > scratch_bytes) {
    device->error.needed = device->network.scratch_bytes;
    device->error.found = (uint32_t)scratch_bytes;
    return pim_fail(device, PIM_E_SCRATCH);
  }
  write_pair(device, PIM_REG_BASE_NETWORK_LO, image_address);
  write_pair(device, PIM_REG_BASE_SCRATCH_LO, scratch_address);
  write_register(device, PIM_REG_CONTROL, PIM_CONTROL_ENABLE_MASK);
  status = load_layers(device);
  if (status == PIM_OK) {
    pim_clear_error(device);
    device->state = PIM_STATE_LOADED;
  }
  return status;
}

enum pim_status pim_run(struct pim_device* device, uint64_t input_address, uint64_t output_address) {
  if (!is_open(device)) {
    return PIM_E_ARGUMENT;
  }
  pim_clear_error(device);
  if (device->state != PIM_STATE_LOADED) {
    return pim_fail(device, PIM_E_NOT_LOADED);
  }
  const struct pim_network* network = &device->network;
  if (network->input_bytes > UINT64_MAX - input_address ||
      (uint64_t)network->output_count * 4u > UINT64_MAX - output_address) {
    return pim_fail(device, PIM_E_ARGUMENT);
  }
  write_pair(device, PIM_REG_BASE_INPUT_LO, input_address);
  write_pair(device, PIM_REG_BASE_OUTPUT_LO, output_address);
  for (uint32_t layer = 0; layer < network->layer_count; ++layer) {
    device->error.layer = layer;
    struct pim_stream stream;
    enum pim_status status = pim_image_run_stream(device, layer, &stream);
    if (status == PIM_OK) {
      status = run_stream(device, &stream);
    }
    if (status != PIM_OK) {
      return status;
    }
  }
  pim_clear_error(device);
  return PIM_OK;
}

enum pim_status pim_reset(struct pim_device* device) {
  if (!is_open(device)) {
    return PIM_E_ARGUMENT;
  }
  pim_clear_error(device);
  device->state = PIM_STATE_OPEN;
  return reset_chip(device);
}

enum pim_status pim_close(struct pim_device* device) {
  if (!is_open(device)) {
    return PIM_E_ARGUMENT;
  }
  write_register(device, PIM_REG_IRQ_ENABLE, 0u);
  write_register(device, PIM_REG_CONTROL, 0u);
  device->hal.barrier(device->hal.context);
  device->state = PIM_STATE_CLOSED;
  pim_clear_error(device);
  return PIM_OK;
}

bool pim_irq(struct pim_device* device) {
  if (!is_open(device)) {
    return false;
  }
  if ((read_register(device, PIM_REG_IRQ_STATUS) & read_register(device, PIM_REG_IRQ_ENABLE)) == 0u) {
    return false;
  }
  write_register(device, PIM_REG_IRQ_ENABLE, 0u);
  device->hal.barrier(device->hal.context);
  return true;
}

enum pim_status pim_read_counters(struct pim_device* device, struct pim_counters* counters) {
  if (!is_open(device) || counters == NULL) {
    return PIM_E_ARGUMENT;
  }
  counters->cycles = read_pair(device, PIM_REG_CYCLES_LO);
  counters->row_operations = read_pair(device, PIM_REG_ROW_OPERATIONS_LO);
  counters->row_writes = read_pair(device, PIM_REG_ROW_WRITES_LO);
  counters->dma_bytes = read_pair(device, PIM_REG_DMA_BYTES_LO);
  counters->commands = read_register(device, PIM_REG_COMMANDS);
  return PIM_OK;
}
