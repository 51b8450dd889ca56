#ifndef SPINVP_FIRMWARE_DRIVER_PIM_DRIVER_H
#define SPINVP_FIRMWARE_DRIVER_PIM_DRIVER_H

/* Driver of the PIM chip: opens it, loads network images and runs them layer by layer, at once or from a queue.
 *
 * C11, no allocation, no globals, nothing of libc but types: whatever it touches, registers and memory alike, goes
 * through the functions of struct pim_hal. Jobs, networks and handles are memory of the caller. One handle serves one
 * chip; who may call what from where is a table in docs/programming-guide.md, which tells the whole story. */

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PIM_NO_DEADLINE UINT64_MAX /* wait_for_interrupt, pim_wake_time: for as long as it takes */
#define PIM_NO_LAYER UINT32_MAX    /* error.layer: the error belongs to no layer */
#define PIM_NAME_BYTES 64u

/* What the driver asks of its system. Every function gets `context` as its first argument; all are required but the
 * last two, which come together or not at all. */
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
  /* Keep other threads (a mutex), or interrupt handlers that call more than pim_irq() (interrupts off), out of the
   * handle. Null where one thread owns it. Never nested, never held while the driver sleeps or calls back. */
  void (*lock)(void* context);
  void (*unlock)(void* context);
};

/* Values are part of the contract with the platform (status of a boot result and summary): append only. */
enum pim_status {
  PIM_OK = 0,
  PIM_E_ARGUMENT = 1,           /* an argument cannot be right, or the handle is not open */
  PIM_E_NOT_PIM = 2,            /* no PIM chip at this address */
  PIM_E_INTERFACE_VERSION = 3,  /* a chip of another major interface version */
  PIM_E_RESET = 4,              /* the chip did not come out of reset */
  PIM_E_NOT_LOADED = 5,         /* a job without a loaded network */
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
  PIM_E_TIMEOUT = 19,           /* no end of the stream within wait_limit, or of the job within its time_limit */
  PIM_E_INCONSISTENT = 20,      /* the end was reported but STATUS does not confirm it */
  PIM_E_CANCELLED = 21,         /* the job was ended by pim_cancel(), pim_reset() or pim_close() */
  PIM_E_BUSY = 22               /* it cannot be done while jobs are unfinished */
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
  bool checks_streams; /* CAP_FEATURES.STREAM_CHECK */
};

/* A network that a chip can run, with its scratch memory: filled by pim_load() or pim_attach(), to be read. */
struct pim_network {
  uint64_t image_address;
  uint64_t scratch_address;
  uint32_t loads;    /* how often its load streams were run: once, and again after other networks and failures */
  uint32_t checksum; /* of the image, as it was when it was judged */
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
  bool suspect;              /* a run failed for an unknown reason: the image is judged again before the next */
  char name[PIM_NAME_BYTES]; /* zero-terminated */
};

/* What is known of a failure. */
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

enum pim_job_state {
  PIM_JOB_IDLE = 0,    /* never submitted */
  PIM_JOB_QUEUED = 1,  /* waits for its turn */
  PIM_JOB_RUNNING = 2, /* on the chip, or over and not told yet */
  PIM_JOB_DONE = 3     /* over: `error` says how */
};

/* One run of a network on one input. The caller's memory: zero it, fill the first members, submit it, and leave it
 * alone until it is PIM_JOB_DONE; then it may be changed and submitted again. */
struct pim_job {
  struct pim_network* network; /* null: the one of pim_load() */
  uint64_t input_address;      /* of network->input_bytes */
  uint64_t output_address;     /* of network->output_count int32 scores; they count only when the job ended well */
  uint64_t time_limit;         /* ticks from pim_submit() to the end; 0: no limit */
  /* Called when the job is over, by whoever calls pim_poll(), pim_wait(), pim_run() or what ends jobs; null: nobody.
   * It may submit jobs, this one too, and cancel them. */
  void (*done)(struct pim_job* job, void* context);
  void* done_context;

  /* To be read. */
  enum pim_job_state state;
  struct pim_error error; /* when over; error.status PIM_OK: it ended well */

  /* The driver's own. */
  struct pim_job* next;
  uint64_t deadline;
  bool loads_only; /* no input, no output: just load the network */
};

enum pim_state { PIM_STATE_CLOSED = 0, PIM_STATE_OPEN = 1, PIM_STATE_LOADED = 2 };

/* The handle: the caller's memory, filled by pim_open(). */
struct pim_device {
  /* May be set at any time after pim_open(). */
  uint64_t wait_limit;    /* ticks a stream may take; 0: no limit */
  uint64_t poll_interval; /* ticks after which the driver looks by itself, in case an interrupt got lost; 0: never */

  /* To be read. */
  struct pim_hal hal;
  uint64_t base;
  enum pim_state state; /* LOADED: pim_load() succeeded, and nothing took its network away */
  struct pim_chip chip;
  struct pim_network network; /* of pim_load() */
  struct pim_error error;     /* the last call, or job, that failed */
  uint32_t recoveries;        /* how often the chip was reset because a stream did not end as it should */

  /* The driver's own. */
  struct pim_job* active;
  struct pim_job* queue;        /* oldest first */
  struct pim_job* ended;        /* over and not told yet, oldest first */
  struct pim_network* resident; /* whose weights the chip holds */
  uint64_t stream_deadline;
  uint64_t last_look;
  uint32_t layer; /* of the active job */
  bool loading;   /* its load streams, not its run streams */
  bool streaming; /* a stream runs */
  bool needs_reset;
};

/* Performance counters of the chip since its last reset. */
struct pim_counters {
  uint64_t cycles;
  uint64_t row_operations;
  uint64_t row_writes;
  uint64_t dma_bytes;
  uint32_t commands;
};

/* Fills the handle (wait_limit and poll_interval 0), checks that a PIM chip of our interface version is at `base`,
 * resets it and reads its capabilities. Interrupts of the chip stay off until a stream is started. */
enum pim_status pim_open(struct pim_device* device, const struct pim_hal* hal, uint64_t base);

/* Checks the image (all of it, by checksum) against itself, the chip and the memory given, then enables the chip and
 * runs the load streams. The image and the scratch memory must stay until pim_close() or the next pim_load(); the
 * image's address must be a multiple of 4. When it fails nothing is loaded, whatever was before. PIM_E_BUSY, and
 * nothing done, while jobs are unfinished. */
enum pim_status pim_load(struct pim_device* device, uint64_t image_address, uint64_t image_bytes,
                         uint64_t scratch_address, uint64_t scratch_bytes);

/* Checks an image as pim_load() does and makes it a network that jobs may name, without touching the chip: its first
 * job loads it. Any number of networks takes turns on a chip; a chip holds the weights of one at a time, so that each
 * change costs the next one's load streams. Networks may share scratch memory. The network must stay, unchanged, while
 * jobs name it; attach it again after pim_open(). */
enum pim_status pim_attach(struct pim_device* device, struct pim_network* network, uint64_t image_address,
                           uint64_t image_bytes, uint64_t scratch_address, uint64_t scratch_bytes);

/* Queues a job and, where the chip is idle, starts it; never waits and never calls back. A status other than PIM_OK
 * says that the job was not taken (PIM_E_BUSY: it is queued already); how a job that was taken ends is in job->error.
 */
enum pim_status pim_submit(struct pim_device* device, struct pim_job* job);

/* Looks at the chip and goes on as far as that is possible without waiting, but not beyond the start of the next job.
 * True while jobs are unfinished. */
bool pim_poll(struct pim_device* device);

/* When pim_poll() must be called at the latest if no interrupt comes before: for callers who sleep by themselves. */
uint64_t pim_wake_time(struct pim_device* device);

/* Polls and sleeps until the job is over; returns job->error.status. Other jobs go on meanwhile. */
enum pim_status pim_wait(struct pim_device* device, struct pim_job* job);

/* Ends an unfinished job with PIM_E_CANCELLED. One that waits leaves the queue; one that runs is stopped by a reset of
 * the chip, and the next job loads its network again: what a stream does that nobody saw ending is not to be relied on.
 * PIM_E_ARGUMENT when the job is not unfinished here: it may just have ended. */
enum pim_status pim_cancel(struct pim_device* device, struct pim_job* job);

/* Runs every layer of the network of pim_load() on `network.input_bytes` at input_address; leaves
 * `network.output_count` int32 scores at output_address: pim_submit() and pim_wait(). The output is meaningful only
 * when this returns PIM_OK.
 *
 * After a failure on the chip the driver relies on nothing that it held: the next job's network is loaded again, its
 * image judged first unless the system's refusal of an address explains it all. After PIM_E_DOORBELL_REJECTED,
 * PIM_E_TIMEOUT and PIM_E_INCONSISTENT, where nobody knows what the chip does, it has been reset as well, so that it
 * writes no memory any more. */
enum pim_status pim_run(struct pim_device* device, uint64_t input_address, uint64_t output_address);

/* Resets the chip, judges the network (null: the one of pim_load()) once more and loads it: PIM_OK says that its next
 * job finds everything as it should be. The driver does as much by itself when the next job comes; this does it now,
 * and tells. PIM_E_BUSY while jobs are unfinished. */
enum pim_status pim_recover(struct pim_device* device, struct pim_network* network);

/* Ends every job with PIM_E_CANCELLED and brings every register of the chip to its reset value; the network of
 * pim_load() must be loaded again, attached ones are when their next job comes. */
enum pim_status pim_reset(struct pim_device* device);

/* Ends every job with PIM_E_CANCELLED, switches the chip and its interrupts off and ends the handle. */
enum pim_status pim_close(struct pim_device* device);

/* Call it from the handler of the chip's (level) interrupt. It masks the interrupt at the chip, so that the line falls
 * and the handler is not entered again, and leaves the cause for pim_poll() or whoever waits, which acknowledges it and
 * unmasks before the next doorbell. False when the chip did not interrupt (a shared or a late interrupt). */
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
