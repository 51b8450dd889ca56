#include "firmware/apps/inference/text.h"

static void add_character(struct text* text, char character) {
  if (text->length + 1u < TEXT_BYTES) {
    text->bytes[text->length++] = character;
    text->bytes[text->length] = '\0';
  }
}

static void add_in_base(struct text* text, uint64_t value, uint32_t base) {
  char digits[20]; /* 2^64 - 1 has twenty decimal digits */
  uint32_t count = 0;
  do {
    digits[count++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0u);
  while (count != 0u) {
    add_character(text, digits[--count]);
  }
}

void text_clear(struct text* text) {
  text->length = 0;
  text->bytes[0] = '\0';
}

void text_add(struct text* text, const char* piece) {
  for (; *piece != '\0'; ++piece) {
    add_character(text, *piece);
  }
}

void text_add_number(struct text* text, uint64_t value) {
  add_in_base(text, value, 10u);
}

void text_add_hex(struct text* text, uint64_t value) {
  text_add(text, "0x");
  add_in_base(text, value, 16u);
}

void text_add_tenths(struct text* text, uint64_t value_in_tenths) {
  add_in_base(text, value_in_tenths / 10u, 10u);
  add_character(text, '.');
  add_in_base(text, value_in_tenths % 10u, 10u);
}
