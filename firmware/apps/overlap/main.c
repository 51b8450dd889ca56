/* Classifies images as the inference application does, but never waits for the chip while there is something else to
 * do: two jobs keep the chip busy, and between two looks at it the core works on. What it works on here stands for
 * whatever firmware has to do besides: it adds up the pixels of all images. */
#include <stddef.h>
#include <stdio.h>

#include "firmware/bsp/bsp.h"
#include "firmware/ports/bsp/bsp_hal.h"

#define JOBS 2u
#define LAYER_SECONDS 60u /* of timer time, before a layer counts as hung */
#define LOOKS_A_SECOND 100u
#define PIECE_WORDS 16u /* of other work between two looks at the chip */

struct slot {
  struct pim_job job;
  uint32_t image;
};

static struct {
  struct boot_info boot;
  struct pim_device chip;
  struct slot slots[JOBS];
  uint32_t next_image;
  uint32_t images_done;
  struct pim_error error; /* of the first image that failed */
  uint64_t work_address;
  uint64_t pixel_sum;
  uint32_t pieces; /* of other work */
  uint32_t pieces_while_busy;
  uint32_t sleeps;
} app;

static uintptr_t result_address(uint32_t image) {
  return (uintptr_t)(app.boot.results_address + (uint64_t)image * app.boot.result_stride);
}

/* The largest score, the lowest of equals; a single one decides between two classes. */
static uint32_t best_class(uintptr_t scores) {
  const uint32_t count = app.chip.network.output_count;
  uint32_t best = 0;
  if (count == 1u) {
    return (int32_t)bsp_read32(scores) > 0 ? 1u : 0u;
  }
  for (uint32_t i = 1; i < count; ++i) {
    if ((int32_t)bsp_read32(scores + 4u * i) > (int32_t)bsp_read32(scores + 4u * best)) {
      best = i;
    }
  }
  return best;
}

static void image_done(struct pim_job* job, void* context);

static enum pim_status submit_next(struct slot* slot) {
  if (app.next_image >= app.boot.image_count || app.error.status != PIM_OK) {
    return PIM_OK;
  }
  slot->image = app.next_image++;
  slot->job.input_address = app.boot.images_address + (uint64_t)slot->image * app.boot.image_stride;
  slot->job.output_address = result_address(slot->image) + BOOT_RESULT_BYTES;
  slot->job.done = image_done;
  slot->job.done_context = slot;
  return pim_submit(&app.chip, &slot->job);
}

/* Called from pim_poll(), when the chip has begun the other slot's image already. */
static void image_done(struct pim_job* job, void* context) {
  struct slot* slot = context;
  const uintptr_t result = result_address(slot->image);
  const enum pim_status status = job->error.status;
  bsp_write32(result + offsetof(struct boot_result, predicted),
              status == PIM_OK ? best_class(result + BOOT_RESULT_BYTES) : UINT32_MAX);
  bsp_write32(result + offsetof(struct boot_result, status), (uint32_t)status);
  if (status == PIM_OK && app.error.status == PIM_OK) {
    ++app.images_done;
    (void)submit_next(slot);
  } else if (app.error.status == PIM_OK) {
    app.error = job->error;
    for (uint32_t i = 0; i < JOBS; ++i) {
      (void)pim_cancel(&app.chip, &app.slots[i].job); /* an image behind a failed one does not count */
    }
  }
}

/* A piece of other work; false when there is none left. */
static bool work(void) {
  const uint64_t end = app.boot.images_address + (uint64_t)app.boot.image_count * app.boot.image_stride;
  for (uint32_t i = 0; i < PIECE_WORDS; ++i) {
    if (app.work_address + 4u > end) {
      return false;
    }
    const uint32_t word = bsp_read32((uintptr_t)app.work_address);
    app.pixel_sum += (word & 0xFFu) + (word >> 8 & 0xFFu) + (word >> 16 & 0xFFu) + (word >> 24);
    app.work_address += 4u;
  }
  ++app.pieces;
  return true;
}

static void run(void) {
  for (uint32_t i = 0; i < JOBS; ++i) {
    const enum pim_status status = submit_next(&app.slots[i]);
    if (status != PIM_OK) {
      app.error = app.chip.error;
      return;
    }
  }
  while (pim_poll(&app.chip)) {
    if (work()) {
      ++app.pieces_while_busy;
      continue;
    }
    const uint64_t wake = pim_wake_time(&app.chip);
    if (wake != 0u) {
      ++app.sleeps;
      app.chip.hal.wait_for_interrupt(app.chip.hal.context, wake);
    }
  }
  while (work()) {
  }
}

/* The magic comes last: whoever sees it sees a whole summary. */
static void write_summary(uint64_t ticks) {
  const uintptr_t address = (uintptr_t)app.boot.summary_address;
  bsp_write32(address + offsetof(struct boot_summary, status), (uint32_t)app.error.status);
  bsp_write32(address + offsetof(struct boot_summary, images_done), app.images_done);
  bsp_write32(address + offsetof(struct boot_summary, layer), app.error.layer);
  bsp_write32(address + offsetof(struct boot_summary, error_cause), app.error.cause);
  bsp_write32(address + offsetof(struct boot_summary, error_detail), app.error.detail);
  bsp_write32(address + offsetof(struct boot_summary, error_address), (uint32_t)app.error.address);
  bsp_write32(address + offsetof(struct boot_summary, error_address) + 4u, (uint32_t)(app.error.address >> 32));
  bsp_write32(address + offsetof(struct boot_summary, ticks), (uint32_t)ticks);
  bsp_write32(address + offsetof(struct boot_summary, ticks) + 4u, (uint32_t)(ticks >> 32));
  app.chip.hal.barrier(app.chip.hal.context);
  bsp_write32(address + offsetof(struct boot_summary, magic), BOOT_SUMMARY_MAGIC);
}

/* That every image and every result has its place; needs the loaded network's sizes. */
static bool has_places(void) {
  const struct pim_network* network = &app.chip.network;
  return app.boot.image_stride >= network->input_bytes && app.boot.image_stride % 4u == 0u &&
         app.boot.result_stride >= BOOT_RESULT_BYTES + 4u * (uint64_t)network->output_count &&
         app.boot.result_stride % 4u == 0u && app.boot.results_address % 4u == 0u;
}

static enum pim_status load(void) {
  const struct boot_info* boot = &app.boot;
  const struct pim_hal hal = bsp_pim_hal();
  enum pim_status status = pim_open(&app.chip, &hal, boot->pim_base);
  if (status == PIM_OK) {
    app.chip.wait_limit = (uint64_t)LAYER_SECONDS * boot->timer_hz;
    app.chip.poll_interval = boot->timer_hz / LOOKS_A_SECOND;
    status =
        pim_load(&app.chip, boot->network_address, boot->network_bytes, boot->scratch_address, boot->scratch_bytes);
  }
  if (status != PIM_OK) {
    app.error = app.chip.error;
  } else if (!has_places()) {
    app.error.status = PIM_E_ARGUMENT;
  } else {
    app.error.layer = PIM_NO_LAYER;
  }
  return app.error.status;
}

int main(const struct boot_info* info) {
  app.boot = *info;
  app.next_image = info->first_image;
  app.work_address = info->images_address + (uint64_t)info->first_image * info->image_stride;
  if (bsp_pim_irq_register(info->pim_irq, &app.chip) != 0) {
    printf("overlap: error: the chip has no interrupt\n");
    return PIM_E_ARGUMENT;
  }
  const enum pim_status status = load();
  const uint64_t start = bsp_ticks();
  if (status == PIM_OK) {
    run();
  }
  const uint64_t ticks = bsp_ticks() - start;
  write_summary(ticks);
  if (app.error.status != PIM_OK) {
    printf("overlap: error: %s %lu, layer %ld: %s\n", status == PIM_OK ? "image" : "loading for image",
           (unsigned long)(info->first_image + app.images_done), (long)(int32_t)app.error.layer,
           pim_status_text(app.error.status));
    return (int)app.error.status;
  }
  printf(
      "overlap: %lu images in %lu ticks; meanwhile the core did %lu of its %lu pieces of other work and slept %lu "
      "times\n",
      (unsigned long)app.images_done, (unsigned long)ticks, (unsigned long)app.pieces_while_busy,
      (unsigned long)app.pieces, (unsigned long)app.sleeps);
  printf("overlap: the pixels' sum is %lu\n", (unsigned long)app.pixel_sum);
  (void)pim_close(&app.chip);
  return 0;
}
