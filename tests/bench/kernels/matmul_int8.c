// The product of two int8 matrices with sums of 32 bits, as a plain loop over rows, columns and terms, over and over.
#include <stdint.h>

enum { side = 64 };

static int8_t left[side][side];
static int8_t right[side][side];
static int32_t product[side][side];

static __attribute__((noinline)) void multiply(void) {
  for (uint32_t row = 0; row < side; ++row) {
    for (uint32_t column = 0; column < side; ++column) {
      int32_t sum = 0;
      for (uint32_t term = 0; term < side; ++term) sum += left[row][term] * right[term][column];
      product[row][column] = sum;
    }
  }
}

uint32_t kernel(uint32_t rounds) {
  for (uint32_t row = 0; row < side; ++row) {
    for (uint32_t column = 0; column < side; ++column) {
      left[row][column] = (int8_t)(row * 7 + column * 3);
      right[row][column] = (int8_t)(row * 5 - column * 11);
    }
  }
  uint32_t check = 0;
  for (uint32_t round = 0; round < rounds; ++round) {
    left[round % side][(round >> 3) % side] ^= (int8_t)round;
    multiply();
    check = check * 31 + (uint32_t)product[(round * 13) % side][(round * 29) % side];
  }
  return check;
}
