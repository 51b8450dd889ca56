#ifndef SPINVP_FIRMWARE_APPS_INFERENCE_TEXT_H
#define SPINVP_FIRMWARE_APPS_INFERENCE_TEXT_H

/* A line of text that is put together piece by piece, without libc; what does not fit is dropped. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TEXT_BYTES 240u

struct text {
  uint32_t length;
  char bytes[TEXT_BYTES]; /* always zero-terminated */
};

void text_clear(struct text* text);
void text_add(struct text* text, const char* piece);
void text_add_number(struct text* text, uint64_t value);
void text_add_hex(struct text* text, uint64_t value);              /* with 0x, without leading zeros */
void text_add_tenths(struct text* text, uint64_t value_in_tenths); /* 123 -> "12.3" */

#ifdef __cplusplus
}
#endif

#endif /* SPINVP_FIRMWARE_APPS_INFERENCE_TEXT_H */
