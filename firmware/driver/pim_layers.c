/* The active job's way through its layers: load streams where its network is not on the chip, then run streams. */
#include <stddef.h>

#include "firmware/driver/pim_internal.h"
#include "ip/interface/pim_interface.h"

#define IRQ_END (PIM_IRQ_STATUS_DONE_MASK | PIM_IRQ_STATUS_ERROR_MASK)
#define IRQ_ALL (IRQ_END | PIM_IRQ_STATUS_SIGNAL_MASK)

static struct pim_image image_of(struct pim_device* device) {
  return (struct pim_image){.device = device, .network = device->active->network};
}

/* Notes an error together with the layer it belongs to. */
static enum pim_status fail_layer(struct pim_device* device, enum pim_status status) {
  device->error.layer = device->layer;
  device->error.loading = device->loading;
  return pim_fail(device, status);
}

/* The same for what STATUS tells. */
static enum pim_status fail_status(struct pim_device* device, enum pim_status status, uint32_t found) {
  pim_clear_error(device);
  device->error.found = found;
  return fail_layer(device, status);
}

static uint64_t earlier(uint64_t a, uint64_t b) {
  return a < b ? a : b;
}

/* The clock is left alone where nobody asks for it: reading it may cost bus accesses. */
static void set_deadline(struct pim_device* device) {
  device->stream_deadline = device->active->deadline;
  if (device->wait_limit == 0u && device->poll_interval == 0u) {
    return;
  }
  device->last_look = device->hal.time(device->hal.context);
  if (device->wait_limit != 0u && device->wait_limit < PIM_NO_DEADLINE - device->last_look) {
    device->stream_deadline = earlier(device->stream_deadline, device->last_look + device->wait_limit);
  }
}

static enum pim_status start_stream(struct pim_device* device, const struct pim_stream* stream) {
  if (device->chip.checks_streams) {
    const uint32_t checksum = stream->checksum != 0u ? stream->checksum : pim_image_sum_up(image_of(device), stream);
    pim_write_register(device, PIM_REG_STREAM_CHECKSUM, checksum);
  }
  pim_write_pair(device, PIM_REG_STREAM_ADDRESS_LO, device->active->network->image_address + stream->offset);
  pim_write_register(device, PIM_REG_STREAM_BYTES, stream->bytes);
  pim_write_register(device, PIM_REG_IRQ_STATUS, IRQ_ALL);
  pim_write_register(device, PIM_REG_IRQ_ENABLE, IRQ_END);
  set_deadline(device);
  device->hal.barrier(device->hal.context);
  pim_write_register(device, PIM_REG_DOORBELL, PIM_DOORBELL_START_MASK);
  const uint32_t status = pim_read_register(device, PIM_REG_STATUS);
  if ((status & PIM_STATUS_REJECTED_MASK) != 0u) {
    return fail_status(device, PIM_E_DOORBELL_REJECTED, status);
  }
  device->streaming = true;
  return PIM_OK;
}

static enum pim_status start_layer(struct pim_device* device) {
  const struct pim_image image = image_of(device);
  struct pim_stream stream;
  const enum pim_status status = device->loading ? pim_image_load_stream(image, device->layer, &stream)
                                                 : pim_image_run_stream(image, device->layer, &stream);
  if (status != PIM_OK) {
    return fail_layer(device, status);
  }
  if (stream.bytes == 0u) {
    ++device->layer;
    return PIM_OK;
  }
  return start_stream(device, &stream);
}

static void start_running(struct pim_device* device) {
  device->loading = false;
  device->layer = 0;
  pim_write_pair(device, PIM_REG_BASE_INPUT_LO, device->active->input_address);
  pim_write_pair(device, PIM_REG_BASE_OUTPUT_LO, device->active->output_address);
}

/* All layers of the load or of the run are through. */
static void finish_layers(struct pim_device* device) {
  struct pim_network* network = device->active->network;
  if (device->loading) {
    device->resident = network;
    ++network->loads;
    if (!device->active->loads_only) {
      start_running(device);
      return;
    }
  }
  pim_end_active(device, PIM_OK);
}

static bool is_bus_error(uint32_t cause) {
  return cause == (uint32_t)PIM_ERROR_CAUSE_BUS_READ || cause == (uint32_t)PIM_ERROR_CAUSE_BUS_WRITE;
}

/* After a failure the weights on the chip are not relied on: a command word that had changed may have written anywhere
 * before another one was refused. Nor is the image, unless the system explains it all by refusing an address. */
static void fail_active(struct pim_device* device, enum pim_status status) {
  device->resident = NULL;
  switch (status) {
    case PIM_E_DOORBELL_REJECTED:
    case PIM_E_TIMEOUT:
    case PIM_E_INCONSISTENT:
      /* Nobody knows what the chip does. It is stopped now, so that it writes no memory of the caller any more. */
      device->active->network->suspect = true;
      ++device->recoveries;
      pim_stop(device);
      break;
    case PIM_E_CHIP:
      device->active->network->suspect = !is_bus_error(device->error.cause);
      break;
    case PIM_E_IMAGE_LAYOUT: /* somebody writes into the image */
      device->active->network->suspect = true;
      break;
    default:
      break;
  }
  pim_end_active(device, status);
}

/* Goes on until a stream runs or the job is over. */
static void go_on(struct pim_device* device) {
  enum pim_status status = PIM_OK;
  while (status == PIM_OK && device->active != NULL && !device->streaming) {
    if (device->layer < device->active->network->layer_count) {
      status = start_layer(device);
    } else {
      finish_layers(device);
    }
  }
  if (status != PIM_OK) {
    fail_active(device, status);
  }
}

/* A network in doubt is judged again before the chip gets it. */
static enum pim_status prepare(struct pim_device* device) {
  const struct pim_image image = image_of(device);
  if (device->needs_reset && pim_reset_chip(device) != PIM_OK) {
    return PIM_E_RESET;
  }
  if (image.network->suspect) {
    const enum pim_status status = pim_image_verify(image);
    if (status != PIM_OK) {
      return status;
    }
    image.network->suspect = false;
  }
  return PIM_OK;
}

/* Scores of an output; no chip has memory for more than the register can say. */
static uint32_t output_bytes(const struct pim_network* network) {
  return network->output_count > UINT32_MAX / 4u ? UINT32_MAX : network->output_count * 4u;
}

static void program_bases(struct pim_device* device) {
  const struct pim_network* network = device->active->network;
  pim_write_pair(device, PIM_REG_BASE_NETWORK_LO, network->image_address);
  pim_write_pair(device, PIM_REG_BASE_SCRATCH_LO, network->scratch_address);
  uint32_t control = PIM_CONTROL_ENABLE_MASK;
  if (device->chip.checks_streams) {
    pim_write_register(device, PIM_REG_OUTPUT_BYTES, output_bytes(network));
    pim_write_register(device, PIM_REG_SCRATCH_BYTES, network->scratch_bytes);
    control |= PIM_CONTROL_CHECK_MASK;
  }
  pim_write_register(device, PIM_REG_CONTROL, control);
}

void pim_start(struct pim_device* device) {
  device->streaming = false;
  device->layer = 0;
  device->loading = false;
  const enum pim_status status = prepare(device);
  if (status != PIM_OK) {
    fail_active(device, status);
    return;
  }
  device->loading = device->resident != device->active->network;
  if (device->loading) {
    device->resident = NULL; /* until the last load stream is through */
    program_bases(device);
  } else {
    start_running(device);
  }
  go_on(device);
}

static enum pim_status fail_chip(struct pim_device* device) {
  pim_clear_error(device);
  device->error.cause = pim_read_register(device, PIM_REG_ERROR_CAUSE);
  device->error.detail = pim_read_register(device, PIM_REG_ERROR_DETAIL);
  device->error.address = pim_read_pair(device, PIM_REG_ERROR_ADDRESS_LO);
  return fail_layer(device, PIM_E_CHIP);
}

static enum pim_status finish_stream(struct pim_device* device, uint32_t causes) {
  const uint32_t status = pim_read_register(device, PIM_REG_STATUS);
  pim_write_register(device, PIM_REG_IRQ_STATUS, causes);
  device->hal.barrier(device->hal.context);
  if ((causes & PIM_IRQ_STATUS_ERROR_MASK) != 0u || (status & PIM_STATUS_ERROR_MASK) != 0u) {
    return fail_chip(device);
  }
  if ((status & (PIM_STATUS_BUSY_MASK | PIM_STATUS_DONE_MASK)) != PIM_STATUS_DONE_MASK) {
    return fail_status(device, PIM_E_INCONSISTENT, status);
  }
  ++device->layer;
  return PIM_OK;
}

/* The stream has not ended: is it time to give up? */
static enum pim_status check_deadline(struct pim_device* device) {
  if (device->stream_deadline == PIM_NO_DEADLINE && device->poll_interval == 0u) {
    return PIM_OK;
  }
  device->last_look = device->hal.time(device->hal.context);
  if (device->last_look < device->stream_deadline) {
    return PIM_OK;
  }
  return fail_status(device, PIM_E_TIMEOUT, pim_read_register(device, PIM_REG_STATUS));
}

/* IRQ_STATUS decides, which nobody but us clears: an interrupt that came for another reason, twice or not at all
 * changes nothing but the time it takes. */
bool pim_advance(struct pim_device* device) {
  const uint32_t causes = pim_read_register(device, PIM_REG_IRQ_STATUS) & IRQ_END;
  const enum pim_status status = causes == 0u ? check_deadline(device) : finish_stream(device, causes);
  if (status == PIM_OK && causes == 0u) {
    return false;
  }
  device->streaming = false;
  if (status == PIM_OK) {
    go_on(device);
  } else {
    fail_active(device, status);
  }
  return true;
}

void pim_stop(struct pim_device* device) {
  const struct pim_error error = device->error;
  device->streaming = false;
  pim_write_register(device, PIM_REG_IRQ_ENABLE, 0u);
  (void)pim_reset_chip(device); /* a chip that stays as it is fails the next job */
  device->error = error;
}
