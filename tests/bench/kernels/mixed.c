// The mix of a system program: records behind pointers, calls, switches, short strings, a matrix, divisions.
#include <stdint.h>

enum { name_length = 24, jobs = 8, side = 12 };

enum state { Idle, Ready, Running, Blocked };

struct job {
  struct job* next;
  enum state state;
  int32_t priority;
  uint32_t budget;
  char name[name_length];
};

static struct job pool[jobs];
static int32_t matrix[side][side];

static __attribute__((noinline)) int compare(const char* a, const char* b) {
  while (*a != '\0' && *a == *b) {
    ++a;
    ++b;
  }
  return (unsigned char)*a - (unsigned char)*b;
}

static __attribute__((noinline)) void set_name(char* to, const char* from, uint32_t number) {
  while (*from != '\0') *to++ = *from++;
  *to++ = (char)('0' + number % 10);
  *to = '\0';
}

static __attribute__((noinline)) enum state advance(const struct job* job, int32_t tick) {
  switch (job->state) {
    case Idle:
      return (tick & 1) != 0 ? Ready : Idle;
    case Ready:
      return job->priority > tick % 16 ? Running : Ready;
    case Running:
      return job->budget == 0 ? Blocked : Running;
    default:
      return (tick & 3) == 0 ? Idle : Blocked;
  }
}

static __attribute__((noinline)) void spend(struct job* job, uint32_t amount) {
  job->budget = job->budget > amount ? job->budget - amount : 0;
  if (job->state == Blocked) job->budget = 40 + (uint32_t)job->priority;
}

static __attribute__((noinline)) int32_t touch_matrix(int32_t row, int32_t value) {
  int32_t sum = 0;
  for (int32_t column = 0; column < side; ++column) {
    matrix[row][column] += value + column;
    sum += matrix[row][column] * column;
  }
  return sum;
}

static __attribute__((noinline)) struct job* find(struct job* head, const char* name) {
  for (struct job* job = head; job != 0; job = job->next) {
    if (compare(job->name, name) == 0) return job;
  }
  return 0;
}

uint32_t kernel(uint32_t rounds) {
  for (uint32_t i = 0; i < jobs; ++i) {
    pool[i].next = i + 1 < jobs ? &pool[i + 1] : 0;
    pool[i].priority = (int32_t)(i * 5 % 11);
    pool[i].budget = 10 * i;
    set_name(pool[i].name, "job number ", i);
  }
  uint32_t result = 0;
  char wanted[name_length];
  for (uint32_t round = 0; round < rounds; ++round) {
    for (struct job* job = pool; job != 0; job = job->next) {
      job->state = advance(job, (int32_t)round);
      spend(job, round & 7u);
    }
    set_name(wanted, "job number ", round % jobs);
    struct job* found = find(pool, wanted);
    found->priority = (found->priority * 3 + 1) % 17;
    result = result * 33 + (uint32_t)touch_matrix((int32_t)(round % side), found->priority) + (uint32_t)found->state;
    if (round % 16 == 0) result /= 3;
  }
  return result;
}
