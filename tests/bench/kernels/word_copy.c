// Copies a buffer word by word, over and over.
#include <stdint.h>

enum { words = 4096 };

static uint32_t source[words];
static uint32_t destination[words];

static __attribute__((noinline)) void copy(uint32_t* to, const uint32_t* from, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) to[i] = from[i];
}

uint32_t kernel(uint32_t rounds) {
  for (uint32_t round = 0; round < rounds; ++round) {
    source[round % words] += round + 1;
    copy(destination, source, words);
  }
  uint32_t sum = 0;
  for (uint32_t i = 0; i < words; ++i) sum = sum * 31 + destination[i];
  return sum;
}
