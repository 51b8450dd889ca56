#include "firmware/apps/inference/report.h"

#include "firmware/apps/inference/text.h"

static struct text begin(void) {
  struct text line;
  text_clear(&line);
  text_add(&line, "inference: ");
  return line;
}

static void print(const struct inference* app, struct text* line) {
  text_add(line, "\n");
  app->print(app->print_context, line->bytes);
}

static bool is_quiet(const struct inference* app) {
  return (app->boot.flags & BOOT_FLAG_QUIET) != 0u;
}

static void add_count(struct text* line, uint64_t count, const char* one, const char* more) {
  text_add_number(line, count);
  text_add(line, count == 1u ? one : more);
}

/* Ticks as microseconds with one decimal, without overflow for runs of many hours. */
static void add_microseconds(struct text* line, uint64_t ticks, uint32_t timer_hz) {
  if (timer_hz == 0u) {
    text_add_number(line, ticks);
    text_add(line, " ticks");
    return;
  }
  const uint64_t tenths_a_second = 10000000u;
  text_add_tenths(line, ticks / timer_hz * tenths_a_second + ticks % timer_hz * tenths_a_second / timer_hz);
  text_add(line, " us");
}

void report_chip(const struct inference* app) {
  if (is_quiet(app)) {
    return;
  }
  const struct pim_chip* chip = &app->device.chip;
  struct text line = begin();
  text_add(&line, "PIM chip, ");
  add_count(&line, chip->banks, " bank x ", " banks x ");
  add_count(&line, chip->bank_subarrays, " sub-array of ", " sub-arrays of ");
  text_add_number(&line, chip->rows);
  text_add(&line, " x ");
  text_add_number(&line, chip->columns);
  text_add(&line, " bits, buffer ");
  text_add_number(&line, chip->buffer_bytes);
  text_add(&line, " bytes, ");
  text_add_tenths(&line, chip->clock_khz / 100u);
  text_add(&line, " MHz");
  print(app, &line);
}

void report_network(const struct inference* app, uint64_t ticks) {
  if (is_quiet(app)) {
    return;
  }
  const struct pim_network* network = &app->device.network;
  struct text line = begin();
  text_add(&line, "network ");
  text_add(&line, network->name);
  text_add(&line, ", input ");
  text_add_number(&line, network->input_height);
  text_add(&line, " x ");
  text_add_number(&line, network->input_width);
  text_add(&line, " x ");
  text_add_number(&line, network->input_channels);
  text_add(&line, ", ");
  add_count(&line, network->output_count, " score", " scores");
  print(app, &line);
  line = begin();
  text_add(&line, "loaded ");
  add_count(&line, network->layer_count, " layer in ", " layers in ");
  add_microseconds(&line, ticks, app->boot.timer_hz);
  text_add(&line, network->weights_stationary ? ", weights are stationary" : ", weights are streamed");
  print(app, &line);
}

void report_end(const struct inference* app, uint32_t images_done, uint64_t ticks) {
  if (is_quiet(app)) {
    return;
  }
  struct text line = begin();
  text_add(&line, "done, ");
  add_count(&line, images_done, " image in ", " images in ");
  add_microseconds(&line, ticks, app->boot.timer_hz);
  if (images_done > 1u) {
    text_add(&line, ", ");
    add_microseconds(&line, ticks / images_done, app->boot.timer_hz);
    text_add(&line, " an image");
  }
  if (app->recoveries > 0u) {
    text_add(&line, ", tried again ");
    add_count(&line, app->recoveries, " time", " times");
  }
  print(app, &line);
}

void report_retry(const struct inference* app, uint32_t attempts) {
  struct text line = begin();
  text_add(&line, "trying again, ");
  text_add_number(&line, attempts);
  text_add(&line, " of ");
  add_count(&line, app->boot.retries, " time at most", " times at most");
  print(app, &line);
}

void report_boot(const struct inference* app) {
  struct text line = begin();
  text_add(&line, "error: no boot information: magic ");
  text_add_hex(&line, app->boot.magic);
  text_add(&line, ", version ");
  text_add_number(&line, app->boot.version);
  text_add(&line, ", summary at ");
  text_add_hex(&line, app->boot.summary_address);
  print(app, &line);
}

void report_stride(const struct inference* app, const char* field, uint64_t needed, uint64_t found) {
  struct text line = begin();
  text_add(&line, "error: boot information: ");
  text_add(&line, field);
  text_add(&line, " must be at least ");
  text_add_number(&line, needed);
  text_add(&line, ", is ");
  text_add_number(&line, found);
  print(app, &line);
}

void report_alignment(const struct inference* app) {
  struct text line = begin();
  text_add(&line, "error: boot information: results must stand at multiples of 4");
  print(app, &line);
}

static void add_chip_error(struct text* line, const struct pim_error* error) {
  text_add(line, ": cause ");
  text_add_number(line, error->cause);
  text_add(line, " (");
  text_add(line, pim_cause_text(error->cause));
  text_add(line, "), detail ");
  text_add_hex(line, error->detail);
  text_add(line, ", command at ");
  text_add_hex(line, error->address);
}

static void add_comparison(struct text* line, const struct pim_error* error, void (*add)(struct text*, uint64_t)) {
  text_add(line, ": needed ");
  add(line, error->needed);
  text_add(line, ", found ");
  add(line, error->found);
}

/* What is known beyond the status. */
static void add_details(struct text* line, const struct pim_error* error) {
  switch (error->status) {
    case PIM_E_CHIP:
      add_chip_error(line, error);
      break;
    case PIM_E_RESET:
    case PIM_E_DOORBELL_REJECTED:
    case PIM_E_TIMEOUT:
    case PIM_E_INCONSISTENT:
      text_add(line, ": STATUS ");
      text_add_hex(line, error->found);
      break;
    case PIM_E_IMAGE_LAYOUT:
      text_add(line, ": field at ");
      text_add_hex(line, error->address);
      text_add(line, " is ");
      text_add_number(line, error->found);
      break;
    case PIM_E_NOT_PIM:
    case PIM_E_IMAGE_MAGIC:
    case PIM_E_IMAGE_CHECKSUM:
    case PIM_E_ENGINE:
      add_comparison(line, error, text_add_hex);
      break;
    case PIM_E_INTERFACE_VERSION:
    case PIM_E_IMAGE_VERSION:
    case PIM_E_IMAGE_TRUNCATED:
    case PIM_E_ROWS:
    case PIM_E_COLUMNS:
    case PIM_E_SUBARRAYS:
    case PIM_E_BUFFER:
    case PIM_E_SCRATCH:
      add_comparison(line, error, text_add_number);
      break;
    case PIM_OK:
    case PIM_E_ARGUMENT:
    case PIM_E_NOT_LOADED:
    case PIM_E_CANCELLED:
    case PIM_E_BUSY:
      break;
  }
}

static void add_error(const struct inference* app, struct text* line, enum pim_status status) {
  const struct pim_error* error = &app->device.error;
  if (error->layer != PIM_NO_LAYER) {
    text_add(line, ", layer ");
    text_add_number(line, error->layer);
  }
  text_add(line, ": ");
  text_add(line, pim_status_text(status));
  add_details(line, error);
}

void report_error(const struct inference* app, const char* doing, enum pim_status status) {
  struct text line = begin();
  text_add(&line, "error: ");
  text_add(&line, doing);
  add_error(app, &line, status);
  print(app, &line);
}

void report_image_error(const struct inference* app, uint32_t image, enum pim_status status) {
  struct text line = begin();
  text_add(&line, "error: image ");
  text_add_number(&line, image);
  add_error(app, &line, status);
  print(app, &line);
}
