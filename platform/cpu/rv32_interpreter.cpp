// The interpreter: direct-threaded code. Each handler ends by jumping to the next entry's handler, so that the host
// predicts every guest instruction's successor on its own. Fast paths live in here and in rv32_semantics.h, everything
// rare in rv32_core.cpp.
//
// Instructions are counted when a trace is left: within one, `left` is what was left at its start. A trace is entered
// for its whole length only; the last instructions of a run are executed one by one, in `step`.
#include "platform/cpu/handlers.h"
#include "platform/cpu/rv32_core.h"
#include "platform/cpu/rv32_semantics.h"

// Labels as values are what this file is about.
#pragma GCC diagnostic ignored "-Wpedantic"

namespace spinvp::platform {
namespace {

DecodedEntry* near_target(DecodedEntry* entry) {
  return reinterpret_cast<DecodedEntry*>(reinterpret_cast<char*>(entry) + entry->immediate);
}
std::int32_t distance(const DecodedEntry* from, const DecodedEntry* to) {
  return static_cast<std::int32_t>(reinterpret_cast<const char*>(to) - reinterpret_cast<const char*>(from));
}

}  // namespace

// The same handler wherever the operands are.
#define HANDLER(name, ...)                      \
  name##_0 : name##_1 : name##_2 : name##_3 : { \
    __VA_ARGS__                                 \
  }

#define ENTER_TRACE()                                    \
  do {                                                   \
    if (UNLIKELY(left < longest_trace)) goto near_limit; \
    goto * entry->handler;                               \
  } while (false)

// Leaves the trace of the branch, near jump or end `e` for its target.
#define TAKE(e)                          \
  do {                                   \
    if (UNLIKELY((e)->immediate == 0)) { \
      entry = (e);                       \
      goto unlinked;                     \
    }                                    \
    left -= (e)->count;                  \
    entry = near_target(e);              \
    ENTER_TRACE();                       \
  } while (false)

#define FIRST_0(e) RS1(e)
#define FIRST_1(e) at_hand
#define FIRST_2(e) RS1(e)
#define FIRST_3(e) earlier
#define SECOND_0(e) RS2(e)
#define SECOND_1(e) RS2(e)
#define SECOND_2(e) at_hand
#define SECOND_3(e) RS2(e)

#define SINGLE_FROM(name, source)                                                      \
  name##_##source : {                                                                  \
    DO_##name(entry, FIRST_##source(entry), SECOND_##source(entry), goto slow_memory); \
    ++entry;                                                                           \
    goto * entry->handler;                                                             \
  }
#define SINGLE(name) SINGLE_FROM(name, 0) SINGLE_FROM(name, 1) SINGLE_FROM(name, 2) SINGLE_FROM(name, 3)

#define PAIR_FROM(name1, name2, source1, source2)                                                     \
  name1##_##name2##_##source1##source2 : {                                                            \
    DO_##name1(entry, FIRST_##source1(entry), SECOND_##source1(entry), goto slow_memory);             \
    DO_##name2(entry + 1, FIRST_##source2(entry + 1), SECOND_##source2(entry + 1), goto second_slow); \
    entry += 2;                                                                                       \
    goto * entry->handler;                                                                            \
  }
#define PAIRS_FROM(name1, name2, source1) \
  PAIR_FROM(name1, name2, source1, 0)     \
  PAIR_FROM(name1, name2, source1, 1)     \
  PAIR_FROM(name1, name2, source1, 3)
#define FUSED(name1, name2) PAIRS_FROM(name1, name2, 0) PAIRS_FROM(name1, name2, 1) PAIRS_FROM(name1, name2, 3)
#define ORDERED(name1, name2)   \
  FUSED(name1, name2)           \
  PAIR_FROM(name1, name2, 0, 2) \
  PAIR_FROM(name1, name2, 1, 2) \
  PAIR_FROM(name1, name2, 3, 2)

#define STEP(name)                                              \
  case Operation::name:                                         \
    DO_##name(entry, RS1(entry), RS2(entry), goto slow_memory); \
    ++entry;                                                    \
    goto step;

// The core's state as of the current instruction, for code outside of the fast path.
#define PUBLISH_STATE()              \
  do {                               \
    pc_ = entry->pc;                 \
    left_ = left + 1 - entry->count; \
  } while (false)

#define SLOW(name, call) \
  HANDLER(name, {        \
    PUBLISH_STATE();     \
    outcome = (call);    \
    goto finish_slow;    \
  })

StopReason Rv32Core::interpret() {
  static const void* const handlers[] = {
#define SPINVP_LABELS(name) &&name##_0, &&name##_1, &&name##_2, &&name##_3,
      SPINVP_RV32_INSTRUCTIONS(SPINVP_LABELS) SPINVP_RV32_INTERNAL_OPERATIONS(SPINVP_LABELS)
#undef SPINVP_LABELS
#define SPINVP_FUSED_FROM(pair, source) &&pair##_##source##0, &&pair##_##source##1, nullptr, &&pair##_##source##3
#define SPINVP_ORDERED_FROM(pair, source) \
  &&pair##_##source##0, &&pair##_##source##1, &&pair##_##source##2, &&pair##_##source##3
#define SPINVP_NONE nullptr, nullptr, nullptr, nullptr
#define SPINVP_LABELS(first, second)                                                           \
  SPINVP_FUSED_FROM(first##_##second, 0), SPINVP_FUSED_FROM(first##_##second, 1), SPINVP_NONE, \
      SPINVP_FUSED_FROM(first##_##second, 3),
          SPINVP_RV32_FUSED_PAIRS(SPINVP_LABELS)
#undef SPINVP_LABELS
#define SPINVP_LABELS(first, second)                                                               \
  SPINVP_ORDERED_FROM(first##_##second, 0), SPINVP_ORDERED_FROM(first##_##second, 1), SPINVP_NONE, \
      SPINVP_ORDERED_FROM(first##_##second, 3),
              SPINVP_RV32_ORDERED_PAIRS(SPINVP_LABELS)
#undef SPINVP_LABELS
  };
  if (handlers_ == nullptr) {
    handlers_ = handlers;
    return StopReason::InstructionLimit;
  }

  std::uint32_t* const x = x_.data();
  std::uint64_t left;
  std::uint32_t at_hand = 0;
  std::uint32_t earlier = 0;
  CodePage* page;
  DecodedEntry* entry;
  std::uint32_t target;
  Outcome outcome;

resume:  // pc_ and left_ are exact; interrupts, stop requests and direct memory may have changed
  attention_ = false;
  if (left_ == 0) return StopReason::InstructionLimit;
  if (stop_requested_) {
    stop_requested_ = false;
    return StopReason::StopRequested;
  }
  if (waiting_) {
    if (!csrs_.interrupt_pending()) return StopReason::WaitingForInterrupt;
    waiting_ = false;
  }
  if (const std::uint32_t line = csrs_.interrupt_to_take()) {
    pc_ = csrs_.enter_interrupt(line, pc_);
    passing_breakpoint_ = passing_watch_ = false;
  }
  removed_memories_.clear();
  entry = fetch(page);
  if (entry == nullptr) {
    --left_;
    goto resume;
  }
  left = left_;
  ENTER_TRACE();

unlinked:  // the branch, near jump or end at `entry` is taken, and its target was not known before
  target = entry->pc + static_cast<std::uint32_t>(std::int32_t{entry->offset});
  if (const DecodedEntry* const head = page->head(target)) entry->immediate = distance(entry, head);
  left -= entry->count;

jump:  // to `target`, with an exact `left`; usually to where execution has been before
  if (target - page->base >= page->size) {
    if (fetch_memory_ == nullptr || !fetch_memory_->contains(target, 2)) goto leave;
    CodePage* const known = fetch_memory_->known_page(target);
    if (known == nullptr) goto leave;
    page = known;
  }
  entry = page->head(target);
  if (entry != nullptr) ENTER_TRACE();

leave:  // for `target`, with an exact `left`
  pc_ = target;
  left_ = left;
  goto resume;

near_limit:  // at the start of a trace, or behind a slow instruction in one
  if (left >= entry->length) goto * entry->handler;
step:  // the run ends within this trace
  if (left + 1 == entry->count) {
    pc_ = entry->pc;
    left_ = 0;
    return StopReason::InstructionLimit;
  }
  switch (operation_of(*entry)) {
    SPINVP_RV32_PLAIN_OPERATIONS(STEP)
    SPINVP_RV32_BRANCHES(STEP)
    default:
      goto* handlers[single_handler(operation_of(*entry), Source::Registers)];
  }

second_slow:
  ++entry;
slow_memory:  // the load or store at `entry` is not for the fast path
  PUBLISH_STATE();
  outcome = access_memory(*entry, RS1(entry) + IMMEDIATE(entry));
finish_slow:
  if (UNLIKELY(outcome == Outcome::Stopped)) return stop_reason_;
  --left_;
  if (outcome == Outcome::Trapped) goto resume;
  pc_ += length_of(*entry);
  if (outcome == Outcome::Resume) goto resume;
  if (entry->rd != discarded_register) RESULT(entry, RD(entry));
  ++entry;
  ENTER_TRACE();

  SPINVP_RV32_PLAIN_OPERATIONS(SINGLE)
  SPINVP_RV32_BRANCHES(SINGLE)
  SPINVP_RV32_FUSED_PAIRS(FUSED)
  SPINVP_RV32_ORDERED_PAIRS(ORDERED)

  HANDLER(JumpNear, { TAKE(entry); });
  HANDLER(TraceEnd, { TAKE(entry); });
  HANDLER(JalNear, {
    RD(entry) = entry->pc + length_of(*entry);
    TAKE(entry);
  });
  HANDLER(Jal, {
    target = entry->pc + IMMEDIATE(entry);
    RD(entry) = entry->pc + length_of(*entry);
    left -= entry->count;
    goto jump;
  });
  HANDLER(Jalr, {
    target = (RS1(entry) + IMMEDIATE(entry)) & ~1u;
    RD(entry) = entry->pc + length_of(*entry);
    left -= entry->count;
    goto jump;
  });

  HANDLER(Fence, {  // one hart, and memory accesses happen in program order
    ++entry;
    ENTER_TRACE();
  });
  HANDLER(FenceI, {
    for (const auto& memory : memories_) memory->invalidate_all();
    target = entry->pc + length_of(*entry);
    left -= entry->count;
    goto leave;
  });
  HANDLER(Mret, {
    target = csrs_.return_from_trap();
    left -= entry->count;
    goto leave;
  });
  HANDLER(Wfi, {
    waiting_ = true;
    target = entry->pc + length_of(*entry);
    left -= entry->count;
    goto leave;
  });
  SLOW(Csr, access_csr(*entry));
  SLOW(LoadReserved, load_reserved(*entry));
  SLOW(StoreConditional, store_conditional(*entry));
  SLOW(Atomic, atomic(*entry));
  SLOW(Illegal, trap(Exception::IllegalInstruction, IMMEDIATE(entry)));
  SLOW(Ecall, trap(Exception::EnvironmentCall, 0));
  SLOW(Ebreak, ebreak());

  HANDLER(Forgotten, {
    target = entry->pc;
    goto leave;
  });
  HANDLER(Breakpoint, {
    pc_ = entry->pc;
    left_ = left;
    if (!passes_breakpoint()) return StopReason::Breakpoint;
    page = &no_page_;
    entry = fetch_one();
    if (entry != nullptr) goto * entry->handler;
    --left_;
    goto resume;
  });
  // What decoding turns into constants.
Lui_0:
Lui_1:
Lui_2:
Lui_3:
Auipc_0:
Auipc_1:
Auipc_2:
Auipc_3:
  __builtin_unreachable();
}

}  // namespace spinvp::platform
