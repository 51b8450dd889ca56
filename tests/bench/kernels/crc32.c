// A table-driven CRC-32 over a buffer, over and over.
#include <stdint.h>

enum { bytes = 8192 };

static uint32_t table[256];
static uint8_t buffer[bytes];

static void make_table(void) {
  for (uint32_t index = 0; index < 256; ++index) {
    uint32_t value = index;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1u) != 0 ? 0xedb88320u : 0u);
    table[index] = value;
  }
}

static __attribute__((noinline)) uint32_t crc(uint32_t value, const uint8_t* data, uint32_t count) {
  value = ~value;
  for (uint32_t i = 0; i < count; ++i) value = table[(value ^ data[i]) & 0xffu] ^ (value >> 8);
  return ~value;
}

uint32_t kernel(uint32_t rounds) {
  make_table();
  for (uint32_t i = 0; i < bytes; ++i) buffer[i] = (uint8_t)(i * 7 + (i >> 5));
  uint32_t value = 0;
  for (uint32_t round = 0; round < rounds; ++round) value = crc(value, buffer, bytes);
  return value;
}
