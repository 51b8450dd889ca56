/* The queue of jobs: who is next, who waits, who is over. */
#include <stddef.h>

#include "firmware/driver/pim_internal.h"

static bool is_pending(const struct pim_job* job) {
  return job->state == PIM_JOB_QUEUED || job->state == PIM_JOB_RUNNING;
}

bool pim_has_jobs(const struct pim_device* device) {
  return device->active != NULL || device->queue != NULL || device->ended != NULL;
}

static void append(struct pim_job** list, struct pim_job* job) {
  struct pim_job** link = list;
  while (*link != NULL) {
    link = &(*link)->next;
  }
  job->next = NULL;
  *link = job;
}

static bool unlink_job(struct pim_job** list, const struct pim_job* job) {
  struct pim_job** link = list;
  while (*link != NULL && *link != job) {
    link = &(*link)->next;
  }
  if (*link == NULL) {
    return false;
  }
  *link = job->next;
  return true;
}

/* The job, in no list any more, is over: well, or as device->error says. */
static void end_job(struct pim_device* device, struct pim_job* job, enum pim_status status) {
  if (status == PIM_OK) {
    pim_clear_error(device);
  }
  job->error = device->error;
  job->state = PIM_JOB_RUNNING; /* until it is told */
  append(&device->ended, job);
}

/* The same for a job that did not come to run. */
static void end_early(struct pim_device* device, struct pim_job* job, enum pim_status status) {
  pim_clear_error(device);
  end_job(device, job, pim_fail(device, status));
}

void pim_end_active(struct pim_device* device, enum pim_status status) {
  struct pim_job* job = device->active;
  device->active = NULL;
  device->streaming = false;
  end_job(device, job, status);
}

static void start_next(struct pim_device* device) {
  if (device->active == NULL && device->queue != NULL) {
    device->active = device->queue;
    device->queue = device->active->next;
    device->active->next = NULL;
    device->active->state = PIM_JOB_RUNNING;
    pim_start(device);
  }
}

static uint64_t earliest_queued_deadline(const struct pim_device* device) {
  uint64_t earliest = PIM_NO_DEADLINE;
  for (const struct pim_job* job = device->queue; job != NULL; job = job->next) {
    earliest = job->deadline < earliest ? job->deadline : earliest;
  }
  return earliest;
}

/* Jobs whose time is over before their turn has come. */
static void expire_queued(struct pim_device* device) {
  if (earliest_queued_deadline(device) == PIM_NO_DEADLINE) {
    return;
  }
  const uint64_t now = device->hal.time(device->hal.context);
  struct pim_job** link = &device->queue;
  while (*link != NULL) {
    struct pim_job* job = *link;
    if (now >= job->deadline) {
      *link = job->next;
      end_early(device, job, PIM_E_TIMEOUT);
    } else {
      link = &job->next;
    }
  }
}

static void cancel_active(struct pim_device* device) {
  struct pim_job* job = device->active;
  device->active = NULL;
  pim_stop(device);
  end_early(device, job, PIM_E_CANCELLED);
}

void pim_end_jobs(struct pim_device* device) {
  if (device->active != NULL) {
    cancel_active(device);
  }
  while (device->queue != NULL) {
    struct pim_job* job = device->queue;
    device->queue = job->next;
    end_early(device, job, PIM_E_CANCELLED);
  }
}

/* A callback may submit its job again: only those that are over now are told of, however long that goes on. */
void pim_tell_ends(struct pim_device* device) {
  uint32_t count = 0;
  pim_lock(device);
  for (const struct pim_job* job = device->ended; job != NULL; job = job->next) {
    ++count;
  }
  while (count != 0u && device->ended != NULL) {
    struct pim_job* job = device->ended;
    void (*const done)(struct pim_job*, void*) = job->done;
    void* const context = job->done_context;
    device->ended = job->next;
    job->next = NULL;
    job->state = PIM_JOB_DONE;
    --count;
    pim_unlock(device);
    if (done != NULL) {
      done(job, context);
    }
    pim_lock(device);
  }
  pim_unlock(device);
}

static void enqueue(struct pim_device* device, struct pim_job* job) {
  job->deadline = PIM_NO_DEADLINE;
  if (job->time_limit != 0u) {
    const uint64_t now = device->hal.time(device->hal.context);
    job->deadline = job->time_limit < PIM_NO_DEADLINE - now ? now + job->time_limit : PIM_NO_DEADLINE;
  }
  job->state = PIM_JOB_QUEUED;
  append(&device->queue, job);
  start_next(device);
}

static enum pim_status check_job(struct pim_device* device, struct pim_job* job) {
  if (is_pending(job)) {
    return PIM_E_BUSY;
  }
  struct pim_network* const network = pim_find_network(device, job->network);
  if (network == NULL) {
    return PIM_E_NOT_LOADED;
  }
  if (network->input_bytes > UINT64_MAX - job->input_address ||
      (uint64_t)network->output_count * 4u > UINT64_MAX - job->output_address) {
    return PIM_E_ARGUMENT;
  }
  job->network = network;
  return PIM_OK;
}

enum pim_status pim_submit(struct pim_device* device, struct pim_job* job) {
  if (!pim_is_open(device) || job == NULL) {
    return PIM_E_ARGUMENT;
  }
  pim_lock(device);
  enum pim_status status = check_job(device, job);
  if (status == PIM_OK) {
    job->loads_only = false;
    enqueue(device, job);
  } else {
    pim_clear_error(device);
    status = pim_fail(device, status);
  }
  pim_unlock(device);
  return status;
}

bool pim_poll(struct pim_device* device) {
  if (!pim_is_open(device)) {
    return false;
  }
  pim_lock(device);
  expire_queued(device);
  while (device->active != NULL && pim_advance(device)) {
  }
  start_next(device);
  const bool has_ends = device->ended != NULL;
  bool is_unfinished = pim_has_jobs(device);
  pim_unlock(device);
  if (has_ends) {
    pim_tell_ends(device);
    pim_lock(device);
    is_unfinished = pim_has_jobs(device);
    pim_unlock(device);
  }
  return is_unfinished;
}

/* 0: at once. */
static uint64_t wake_time(const struct pim_device* device) {
  if (device->active == NULL) {
    return pim_has_jobs(device) ? 0u : PIM_NO_DEADLINE;
  }
  if (device->ended != NULL) {
    return 0u;
  }
  uint64_t wake = earliest_queued_deadline(device);
  wake = device->stream_deadline < wake ? device->stream_deadline : wake;
  if (device->poll_interval != 0u && device->poll_interval < PIM_NO_DEADLINE - device->last_look) {
    const uint64_t look = device->last_look + device->poll_interval;
    wake = look < wake ? look : wake;
  }
  return wake;
}

uint64_t pim_wake_time(struct pim_device* device) {
  if (!pim_is_open(device)) {
    return PIM_NO_DEADLINE;
  }
  pim_lock(device);
  const uint64_t wake = wake_time(device);
  pim_unlock(device);
  return wake;
}

enum pim_status pim_wait(struct pim_device* device, struct pim_job* job) {
  if (!pim_is_open(device) || job == NULL) {
    return PIM_E_ARGUMENT;
  }
  for (;;) {
    const bool is_unfinished = pim_poll(device);
    pim_lock(device);
    const bool is_over = !is_pending(job);
    const uint64_t wake = wake_time(device);
    pim_unlock(device);
    if (is_over) {
      return job->state == PIM_JOB_DONE ? job->error.status : PIM_E_ARGUMENT;
    }
    if (!is_unfinished) {
      return PIM_E_ARGUMENT; /* another chip's job */
    }
    if (wake != 0u) {
      device->hal.wait_for_interrupt(device->hal.context, wake);
    }
  }
}

enum pim_status pim_cancel(struct pim_device* device, struct pim_job* job) {
  if (!pim_is_open(device) || job == NULL) {
    return PIM_E_ARGUMENT;
  }
  enum pim_status status = PIM_OK;
  pim_lock(device);
  if (device->active == job) {
    cancel_active(device);
    start_next(device);
  } else if (unlink_job(&device->queue, job)) {
    end_early(device, job, PIM_E_CANCELLED);
  } else {
    status = PIM_E_ARGUMENT;
  }
  pim_unlock(device);
  pim_tell_ends(device);
  return status;
}

/* Member by member: a C library's memset() may go byte by byte, which pim_run() would pay for with every input. */
static void set_up(struct pim_job* job, struct pim_network* network) {
  job->network = network;
  job->input_address = 0;
  job->output_address = 0;
  job->time_limit = 0;
  job->done = NULL;
  job->done_context = NULL;
  job->state = PIM_JOB_IDLE;
  job->loads_only = false;
}

enum pim_status pim_load_now(struct pim_device* device, struct pim_network* network) {
  struct pim_job job;
  set_up(&job, network);
  job.loads_only = true;
  enqueue(device, &job);
  pim_unlock(device);
  const enum pim_status status = pim_wait(device, &job);
  pim_lock(device);
  device->error = job.error;
  return status;
}

enum pim_status pim_run(struct pim_device* device, uint64_t input_address, uint64_t output_address) {
  struct pim_job job;
  set_up(&job, NULL);
  job.input_address = input_address;
  job.output_address = output_address;
  enum pim_status status = pim_submit(device, &job);
  if (status == PIM_OK) {
    status = pim_wait(device, &job);
    pim_lock(device);
    device->error = job.error;
    pim_unlock(device);
  }
  return status;
}
