/* stdout and stderr over the UART; there is no input. */
#include <stdio.h>

#include "firmware/bsp/board.h"
#include "firmware/bsp/bsp.h"

#define UART_TXDATA 0x0u
#define TXDATA_FULL 0x80000000u

void bsp_uart_put(char byte) {
  if (board.uart == 0) {
    return;
  }
  while (bsp_read32(board.uart + UART_TXDATA) & TXDATA_FULL) {
  }
  bsp_write32(board.uart + UART_TXDATA, (unsigned char)byte);
}

static int put(char byte, FILE* file) {
  (void)file;
  bsp_uart_put(byte);
  return (unsigned char)byte;
}

static FILE uart = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);

FILE* const stdout = &uart;
FILE* const stderr = &uart;
