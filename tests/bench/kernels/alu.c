// Arithmetic and logic in registers, without memory: a few words mixed into each other, over and over.
#include <stdint.h>

uint32_t kernel(uint32_t rounds) {
  uint32_t a = 1;
  uint32_t b = 0x9e3779b9u;
  uint32_t c = 0;
  for (uint32_t i = 0; i < rounds; ++i) {
    a += i ^ b;
    b = (b << 7) + (b >> 3);
    c ^= a & 0x3ffu;
    c -= b | i;
    a = (a << 1) ^ (c >> 11);
  }
  return a + b + c;
}
