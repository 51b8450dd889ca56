#ifndef SPINVP_FIRMWARE_DRIVER_PIM_DRIVER_H
#define SPINVP_FIRMWARE_DRIVER_PIM_DRIVER_H

/* Driver of the PIM chip: opens it, loads a network image and runs it layer by layer.
 *
 * C11, no allocation, no globals, nothing of libc but types: whatever it touches, registers and memory alike, goes
 * through the five functions of struct pim_hal. One handle serves one chip and one thread; pim_irq() alone may be
 * called from an interrupt handler of the same core. docs/programming-guide.md tells the whole story. */

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PIM_NO_DEADLINE UINT64_MAX /* wait_for_interrupt: for as long as it takes */
#define PIM_NO_LAYER UINT32_MAX    /* error.layer: the error belongs to no layer */
#define PIM_NAME_BYTES 64u

/* What the driver asks of its system. Every function is required and gets `context` as its first argument. */
struct pim_hal {
  void* context;
  /* Aligned 32-bit little-endian accesses, to registers in order and never cached. */
  uint32_t (*read32)(void* context, uint64_t address);
  void (*write32)(void* context, uint64_t address, uint32_t value);
  /* Orders memory against registers: what was written before is visible to the chip after, and the reverse. */
  void (*barrier)(void* context);
  /* Sleeps until the chip's interrupt came (also one that came just before the call) or time() reaches `deadline`.
   * Returning early is allowed, returning never is not. */
  void (*wait_for_interrupt)(void* context, uint64_t deadline);
  /* Ticks of a clock that never runs backwards. */
  uint64_t (*time)(void* context);
};

/* Values are part of the contract with the platform (status of a boot result and summary): append only. */
enum pim_status {
  PIM_OK = 0,
  PIM_E_ARGUMENT = 1,           /* an argument cannot be right, or the handle is not open */
  PIM_E_NOT_PIM = 2,            /* no PIM chip at this address */
  PIM_E_INTERFACE_VERSION = 3,  /* a chip of another major interface version */
  PIM_E_RESET = 4,              /* the chip did not come out of reset */
  PIM_E_NOT_LOADED = 5,         /* pim_run without a loaded network */
  PIM_E_IMAGE_MAGIC = 6,        /* not a network image */
  PIM_E_IMAGE_VERSION = 7,      /* an image of another major version */
  PIM_E_IMAGE_TRUNCATED = 8,    /* the image is longer than the memory given for it */
  PIM_E_IMAGE_CHECKSUM = 9,     /* the image was altered */
  PIM_E_IMAGE_LAYOUT = 10,      /* a field of the header or of a layer contradicts the rest */
  PIM_E_ROWS = 11,              /* mapped for sub-arrays with another number of rows */
  PIM_E_COLUMNS = 12,           /* mapped for sub-arrays with another number of columns */
  PIM_E_SUBARRAYS = 13,         /* the chip has too few sub-arrays */
  PIM_E_BUFFER = 14,            /* the chip's buffer is too small */
  PIM_E_ENGINE = 15,            /* the chip lacks an engine or bit-planes */
  PIM_E_SCRATCH = 16,           /* too little scratch memory was given */
  PIM_E_DOORBELL_REJECTED = 17, /* the chip refused a doorbell: it was busy or not enabled */
  PIM_E_CHIP = 18,              /* the chip stopped with an error: see error.cause, .detail, .address, .layer */
  PIM_E_TIMEOUT = 19,           /* no end of the stream within wait_limit */
  PIM_E_INCONSISTENT = 20       /* the end was reported but STATUS does not confirm it */
};

/* What the chip is, from its capability registers. */
struct pim_chip {
  uint32_t rows;    /* of a sub-array */
  uint32_t columns; /* of a sub-array */
  uint32_t banks;
  uint32_t bank_subarrays; /* sub-arrays a bank */
  uint32_t subarrays;      /* in all */
  uint32_t buffer_bytes;
  uint32_t engines; /* as CAP_ENGINES */
  uint32_t clock_khz;
};

/* What is loaded, from the header of its image. */
struct pim_network {
  uint64_t image_address;
  uint32_t total_bytes;
  uint32_t layers_offset;
  uint32_t layer_count;
  uint32_t layer_bytes;
  uint32_t input_height;
  uint32_t input_width;
  uint32_t input_channels;
  uint32_t input_bytes;
  uint32_t output_count;     /* int32 scores */
  uint32_t scratch_bytes;    /* needed */
  bool weights_stationary;   /* weights were loaded once; otherwise every run streams them */
  char name[PIM_NAME_BYTES]; /* zero-terminated */
};

/* The last call that failed. */
struct pim_error {
  enum pim_status status;
  uint32_t cause;   /* PIM_E_CHIP: enum pim_error_cause */
  uint32_t detail;  /* PIM_E_CHIP: ERROR_DETAIL */
  uint64_t address; /* PIM_E_CHIP: address of the command; image errors: address of the field */
  uint32_t layer;   /* counted from 0, or PIM_NO_LAYER */
  bool loading;     /* it happened in the layer's load stream, not in its run stream */
  uint32_t needed;  /* what the image or the driver asks for ... */
  uint32_t found;   /* ... and what is there, where two numbers can be compared */
};

enum pim_state { PIM_STATE_CLOSED = 0, PIM_STATE_OPEN = 1, PIM_STATE_LOADED = 2 };

/* The handle: owned by the caller, filled by pim_open(). `wait_limit` may be set, the rest is to be read. */
struct pim_device {
  struct pim_hal hal;
  uint64_t base;
  uint64_t wait_limit; /* ticks a stream may take; 0: no limit */
  enum pim_state state;
  struct pim_chip chip;
  struct pim_network network;
  struct pim_error error;
};

/* Performance counters of the chip since its last reset. */
struct pim_counters {
  uint64_t cycles;
  uint64_t row_operations;
  uint64_t row_writes;
  uint64_t dma_bytes;
  uint32_t commands;
};

/* Fills the handle (wait_limit 0), checks that a PIM chip of our interface version is at `base`, resets it and reads
 * its capabilities. Interrupts of the chip stay off until pim_load(). */
enum pim_status pim_open(struct pim_device* device, const struct pim_hal* hal, uint64_t base);

/* Checks the image (all of it, by checksum) against itself, the chip and the memory given, then enables the chip and
 * runs the load streams. The image and the scratch memory must stay until pim_close() or the next pim_load(); the
 * image's address must be a multiple of 4. When it fails nothing is loaded, whatever was before. */
enum pim_status pim_load(struct pim_device* device, uint64_t image_address, uint64_t image_bytes,
                         uint64_t scratch_address, uint64_t scratch_bytes);

/* Runs every layer on `network.input_bytes` at input_address; leaves `network.output_count` int32 scores at
 * output_address. The output is meaningful only when this returns PIM_OK. After PIM_E_CHIP the network stays loaded;
 * after PIM_E_DOORBELL_REJECTED, PIM_E_TIMEOUT and PIM_E_INCONSISTENT the chip's state is unknown: the network counts
 * as unloaded until pim_reset() and pim_load(). */
enum pim_status pim_run(struct pim_device* device, uint64_t input_address, uint64_t output_address);

/* Stops whatever runs and brings every register to its reset value; the network must be loaded again. */
enum pim_status pim_reset(struct pim_device* device);

/* Switches the chip and its interrupts off and ends the handle. */
enum pim_status pim_close(struct pim_device* device);

/* Call it from the handler of the chip's (level) interrupt. It masks the interrupt at the chip, so that the line falls
 * and the handler is not entered again, and leaves the cause for the waiting pim_run() or pim_load(), which
 * acknowledges it and unmasks before the next doorbell. False when the chip did not interrupt (a shared or a late
 * interrupt). */
bool pim_irq(struct pim_device* device);

enum pim_status pim_read_counters(struct pim_device* device, struct pim_counters* counters);

/* One line of English, without a full stop. */
const char* pim_status_text(enum pim_status status);

/* The name of a value of ERROR_CAUSE, e.g. "ROW_RANGE"; "unknown" for what this driver does not know. */
const char* pim_cause_text(uint32_t cause);

#ifdef __cplusplus
}
#endif

#endif /* SPINVP_FIRMWARE_DRIVER_PIM_DRIVER_H */
