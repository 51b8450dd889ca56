#include "firmware/apps/inference/inference.h"

#include <stddef.h>

#include "firmware/apps/inference/report.h"

#define SUMMARY(field) ((uint32_t)offsetof(struct boot_summary, field))
#define RESULT(field) ((uint32_t)offsetof(struct boot_result, field))

static uint64_t now(const struct inference* app) {
  return app->hal.time(app->hal.context);
}

static void write32(const struct inference* app, uint64_t address, uint32_t value) {
  app->hal.write32(app->hal.context, address, value);
}

static void write64(const struct inference* app, uint64_t address, uint64_t value) {
  write32(app, address, (uint32_t)value);
  write32(app, address + 4u, (uint32_t)(value >> 32));
}

static uint64_t image_address(const struct inference* app, uint32_t image) {
  return app->boot.images_address + (uint64_t)image * app->boot.image_stride;
}

static uint64_t result_address(const struct inference* app, uint32_t image) {
  return app->boot.results_address + (uint64_t)image * app->boot.result_stride;
}

uint32_t inference_argmax(const struct pim_hal* hal, uint64_t address, uint32_t count) {
  uint32_t best = 0;
  int32_t best_score = INT32_MIN;
  if (count == 1) {
    return (int32_t)hal->read32(hal->context, address) > 0 ? 1 : 0;
  }
  for (uint32_t i = 0; i < count; ++i) {
    const int32_t score = (int32_t)hal->read32(hal->context, address + 4u * (uint64_t)i);
    if (score > best_score) {
      best = i;
      best_score = score;
    }
  }
  return best;
}

static void write_result(const struct inference* app, uint32_t image, uint32_t predicted, enum pim_status status) {
  write32(app, result_address(app, image) + RESULT(predicted), predicted);
  write32(app, result_address(app, image) + RESULT(status), (uint32_t)status);
}

/* The magic comes last: whoever sees it sees a whole summary. */
static void write_summary(const struct inference* app, enum pim_status status, uint32_t images_done, uint64_t ticks) {
  const uint64_t address = app->boot.summary_address;
  const struct pim_error* error = &app->device.error;
  write32(app, address + SUMMARY(status), (uint32_t)status);
  write32(app, address + SUMMARY(images_done), images_done);
  write32(app, address + SUMMARY(layer), error->layer);
  write32(app, address + SUMMARY(error_cause), error->cause);
  write32(app, address + SUMMARY(error_detail), error->detail);
  write64(app, address + SUMMARY(error_address), error->address);
  write64(app, address + SUMMARY(ticks), ticks);
  write32(app, address + SUMMARY(recoveries), app->recoveries);
  app->hal.barrier(app->hal.context);
  write32(app, address + SUMMARY(magic), BOOT_SUMMARY_MAGIC);
}

/* That every image and every result has its place. Needs the loaded network's sizes. */
static enum pim_status check_places(const struct inference* app) {
  const struct boot_info* boot = &app->boot;
  const struct pim_network* network = &app->device.network;
  if (boot->image_stride < network->input_bytes) {
    report_stride(app, "image_stride", network->input_bytes, boot->image_stride);
    return PIM_E_ARGUMENT;
  }
  const uint64_t result_bytes = BOOT_RESULT_BYTES + 4u * (uint64_t)network->output_count;
  if (boot->result_stride < result_bytes) {
    report_stride(app, "result_stride", result_bytes, boot->result_stride);
    return PIM_E_ARGUMENT;
  }
  if (boot->result_stride % 4u != 0u || boot->results_address % 4u != 0u) {
    report_alignment(app);
    return PIM_E_ARGUMENT;
  }
  return PIM_OK;
}

/* Failures that another attempt may not meet: the driver resets the chip, judges the image and loads it before. */
static bool may_pass(enum pim_status status) {
  return status == PIM_E_CHIP || status == PIM_E_TIMEOUT || status == PIM_E_INCONSISTENT ||
         status == PIM_E_DOORBELL_REJECTED;
}

/* Whether to try again what failed for the `attempts`-th time. */
static bool tries_again(struct inference* app, enum pim_status status, uint32_t attempts) {
  if (!may_pass(status) || attempts > app->boot.retries) {
    return false;
  }
  ++app->recoveries;
  report_retry(app, attempts);
  return true;
}

static enum pim_status load_network(struct inference* app) {
  const struct boot_info* boot = &app->boot;
  enum pim_status status;
  uint32_t attempts = 0;
  do {
    status =
        pim_load(&app->device, boot->network_address, boot->network_bytes, boot->scratch_address, boot->scratch_bytes);
    if (status != PIM_OK) {
      report_error(app, "loading the network", status);
    }
    ++attempts;
  } while (status != PIM_OK && tries_again(app, status, attempts));
  return status;
}

static enum pim_status load(struct inference* app) {
  const struct boot_info* boot = &app->boot;
  enum pim_status status = pim_open(&app->device, &app->hal, boot->pim_base);
  if (status != PIM_OK) {
    report_error(app, "opening the chip", status);
    return status;
  }
  app->device.wait_limit = (uint64_t)INFERENCE_LAYER_SECONDS * boot->timer_hz;
  app->device.poll_interval = boot->timer_hz / INFERENCE_LOOKS_A_SECOND;
  report_chip(app);
  const uint64_t start = now(app);
  status = load_network(app);
  if (status != PIM_OK) {
    return status;
  }
  report_network(app, now(app) - start);
  return check_places(app);
}

static enum pim_status classify(struct inference* app, uint32_t image) {
  const uint64_t scores = result_address(app, image) + BOOT_RESULT_BYTES;
  enum pim_status status;
  uint32_t attempts = 0;
  /* An interrupt whose cause the last image's end has already cleared may still wait at the controller: every image
   * begins without one, whichever came before it. */
  app->hal.wait_for_interrupt(app->hal.context, now(app));
  do {
    status = pim_run(&app->device, image_address(app, image), scores);
    if (status != PIM_OK) {
      report_image_error(app, image, status);
    }
    ++attempts;
  } while (status != PIM_OK && tries_again(app, status, attempts));
  if (status != PIM_OK) {
    write_result(app, image, UINT32_MAX, status);
    return status;
  }
  write_result(app, image, inference_argmax(&app->hal, scores, app->device.network.output_count), PIM_OK);
  return PIM_OK;
}

int inference_run(struct inference* app) {
  app->device = (struct pim_device){.state = PIM_STATE_CLOSED};
  app->recoveries = 0;
  if (app->boot.magic != BOOT_MAGIC || app->boot.version != BOOT_VERSION_MAJOR_VALUE ||
      app->boot.summary_address % 4u != 0u) {
    report_boot(app);
    return PIM_E_ARGUMENT;
  }
  enum pim_status status = load(app);
  uint32_t image = app->boot.first_image;
  const uint64_t start = now(app);
  while (status == PIM_OK && image < app->boot.image_count) {
    status = classify(app, image);
    if (status == PIM_OK) {
      ++image;
    }
  }
  const uint32_t images_done = image - app->boot.first_image;
  const uint64_t ticks = now(app) - start;
  write_summary(app, status, images_done, ticks);
  if (status == PIM_OK) {
    report_end(app, images_done, ticks);
  }
  if (app->device.state != PIM_STATE_CLOSED) {
    pim_close(&app->device);
  }
  return (int)status;
}
