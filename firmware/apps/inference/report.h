#ifndef SPINVP_FIRMWARE_APPS_INFERENCE_REPORT_H
#define SPINVP_FIRMWARE_APPS_INFERENCE_REPORT_H

/* What the application says. Errors are always printed, the rest unless BOOT_FLAG_QUIET is set. */

#include "firmware/apps/inference/inference.h"

void report_chip(const struct inference* app);
void report_network(const struct inference* app, uint64_t ticks);
void report_end(const struct inference* app, uint32_t images_done, uint64_t ticks);

void report_boot(const struct inference* app);
void report_stride(const struct inference* app, const char* field, uint64_t needed, uint64_t found);
void report_alignment(const struct inference* app);
void report_error(const struct inference* app, const char* doing, enum pim_status status);
void report_retry(const struct inference* app, uint32_t attempts);
void report_image_error(const struct inference* app, uint32_t image, enum pim_status status);

#endif /* SPINVP_FIRMWARE_APPS_INFERENCE_REPORT_H */
