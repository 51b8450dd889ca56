// The interpreter: direct-threaded code. Each handler ends by jumping to the next entry's handler, so that the host
// predicts every guest instruction's successor on its own. Fast paths live in here and in rv32_semantics.h, everything
// rare in rv32_core.cpp.
#include "platform/cpu/rv32_core.h"
#include "platform/cpu/rv32_semantics.h"

// Labels as values are what this file is about.
#pragma GCC diagnostic ignored "-Wpedantic"

namespace spinvp::platform {
namespace {

DecodedEntry* near_target(DecodedEntry* entry) {
  return reinterpret_cast<DecodedEntry*>(reinterpret_cast<char*>(entry) + entry->immediate);
}

}  // namespace

// Both handlers of an operation; `halfwords` is the length of the encoding.
#define HANDLER(name, ...)                        \
  name##_short : {                                \
    [[maybe_unused]] constexpr int halfwords = 1; \
    __VA_ARGS__                                   \
  }                                               \
  name##_wide : {                                 \
    [[maybe_unused]] constexpr int halfwords = 2; \
    __VA_ARGS__                                   \
  }

// Counts an instruction and goes on at `entry`.
#define DISPATCH()                         \
  do {                                     \
    if (UNLIKELY(--left == 0)) goto limit; \
    goto * entry->handler;                 \
  } while (false)

#define NEXT()          \
  do {                  \
    entry += halfwords; \
    DISPATCH();         \
  } while (false)

#define SINGLE(name)                    \
  HANDLER(name, {                       \
    DO_##name(entry, goto slow_memory); \
    NEXT();                             \
  })

#define BRANCH(name)                                  \
  HANDLER(name##Near, {                               \
    if (IF_##name(entry)) {                           \
      entry = near_target(entry);                     \
      DISPATCH();                                     \
    }                                                 \
    NEXT();                                           \
  })                                                  \
  HANDLER(name, {                                     \
    if (IF_##name(entry)) {                           \
      target = page->pc_of(entry) + IMMEDIATE(entry); \
      goto far_jump;                                  \
    }                                                 \
    NEXT();                                           \
  })

// The second instruction of a pair, at `second`, and where the pair ends.
#define THEN(name)                      \
  {                                     \
    DO_##name(second, goto only_first); \
    entry = second + second_halfwords;  \
    goto * entry->handler;              \
  }
#define THEN_BRANCH(name)              \
  {                                    \
    if (IF_##name(second)) {           \
      entry = near_target(second);     \
      goto * entry->handler;           \
    }                                  \
    entry = second + second_halfwords; \
    goto * entry->handler;             \
  }
#define THEN_Addi THEN(Addi)
#define THEN_Add THEN(Add)
#define THEN_And THEN(And)
#define THEN_Andi THEN(Andi)
#define THEN_Constant THEN(Constant)
#define THEN_Lbu THEN(Lbu)
#define THEN_Lw THEN(Lw)
#define THEN_Move THEN(Move)
#define THEN_Mul THEN(Mul)
#define THEN_Or THEN(Or)
#define THEN_Sb THEN(Sb)
#define THEN_Slli THEN(Slli)
#define THEN_Srli THEN(Srli)
#define THEN_Sw THEN(Sw)
#define THEN_Xor THEN(Xor)
#define THEN_BeqNear THEN_BRANCH(Beq)
#define THEN_BneNear THEN_BRANCH(Bne)
#define THEN_BltNear THEN_BRANCH(Blt)
#define THEN_BgeNear THEN_BRANCH(Bge)
#define THEN_BltuNear THEN_BRANCH(Bltu)
#define THEN_BgeuNear THEN_BRANCH(Bgeu)
#define THEN_JumpNear            \
  {                              \
    entry = near_target(second); \
    goto * entry->handler;       \
  }

// A pair leaves at least one instruction of the run's limit over, so that it need not look for the end.
#define FUSED_HANDLER(label, first_name, second_name, first_length, second_length) \
  label : {                                                                        \
    [[maybe_unused]] constexpr int second_halfwords = second_length;               \
    if (UNLIKELY(left <= 2)) goto* handlers[entry->form];                          \
    second = entry + first_length;                                                 \
    DO_##first_name(entry, goto* handlers[entry->form]);                           \
    left -= 2;                                                                     \
    THEN_##second_name                                                             \
  }
#define FUSED(first, second)                                         \
  FUSED_HANDLER(first##_##second##_short_short, first, second, 1, 1) \
  FUSED_HANDLER(first##_##second##_short_wide, first, second, 1, 2)  \
  FUSED_HANDLER(first##_##second##_wide_short, first, second, 2, 1)  \
  FUSED_HANDLER(first##_##second##_wide_wide, first, second, 2, 2)

// The core's state as of the current instruction, for code outside of the fast path.
#define PUBLISH_STATE()       \
  do {                        \
    pc_ = page->pc_of(entry); \
    left_ = left;             \
  } while (false)

#define SLOW(name, call) \
  HANDLER(name, {        \
    PUBLISH_STATE();     \
    outcome = (call);    \
    goto finish_slow;    \
  })

StopReason Rv32Core::interpret() {
  static const void* const handlers[] = {
#define SPINVP_LABELS(name) &&name##_short, &&name##_wide,
      SPINVP_RV32_INSTRUCTIONS(SPINVP_LABELS) SPINVP_RV32_INTERNAL_OPERATIONS(SPINVP_LABELS)
#undef SPINVP_LABELS
#define SPINVP_LABELS(first, second)                                                                  \
  &&first##_##second##_short_short, &&first##_##second##_short_wide, &&first##_##second##_wide_short, \
      &&first##_##second##_wide_wide,
          SPINVP_RV32_FUSED_PAIRS(SPINVP_LABELS)
#undef SPINVP_LABELS
  };
  if (handlers_ == nullptr) {
    handlers_ = handlers;
    return StopReason::InstructionLimit;
  }

  std::uint32_t* const x = x_.data();
  std::uint64_t left;
  CodePage* page;
  DecodedEntry* entry;
  DecodedEntry* second;
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
    passing_breakpoint_ = false;
  }
  removed_memories_.clear();
  left = left_;
  page = page_at(pc_);
  if (page == nullptr) goto fetch_from_bus;
  entry = page->entry_at(pc_ - page->base);
  goto * entry->handler;

fetch_from_bus:
  page = fetch_from_bus();
  if (page == nullptr) {
    --left_;
    goto resume;
  }
  entry = page->entry_at(0);
  goto * entry->handler;

far_jump:  // to `target`, from the instruction at `entry`; usually into a page that was executed before
  if (UNLIKELY(left == 1) || fetch_memory_ == nullptr || !fetch_memory_->contains(target, 2)) goto jump;
  if (CodePage* const known = fetch_memory_->known_page(target)) {
    page = known;
    --left;
    entry = page->entry_at(target - page->base);
    goto * entry->handler;
  }

jump:  // the same, looking at interrupts first
  pc_ = target;
  left_ = left - 1;
  goto resume;

limit:
  pc_ = page->pc_of(entry);
  left_ = 0;
  return StopReason::InstructionLimit;

only_first:  // of a pair was executed
  ++left;
  entry = second;
  goto* handlers[entry->form];

slow_memory:  // the load or store at `entry` is not for the fast path
  PUBLISH_STATE();
  outcome = access_memory(*entry, RS1(entry) + IMMEDIATE(entry));
finish_slow:
  --left_;
  if (outcome == Outcome::Trapped) goto resume;
  pc_ += length_of(*entry);
  if (outcome == Outcome::Resume || left_ == 0) goto resume;
  left = left_;
  entry += length_of(*entry) / 2;
  goto * entry->handler;

  HANDLER(Undecoded, {
    if (UNLIKELY(!page->memory->decode(*page, *entry))) {
      PUBLISH_STATE();
      goto fetch_from_bus;
    }
    goto * entry->handler;
  });
  HANDLER(PageEnd, {
    PUBLISH_STATE();
    goto resume;
  });
  HANDLER(Breakpoint, {
    PUBLISH_STATE();
    if (passes_breakpoint()) goto* handlers[entry->form];
    return StopReason::Breakpoint;
  });

  SINGLE(Constant);
  SINGLE(Move);
  SINGLE(Lui);
  SINGLE(Auipc);
  SINGLE(Addi);
  SINGLE(Slti);
  SINGLE(Sltiu);
  SINGLE(Xori);
  SINGLE(Ori);
  SINGLE(Andi);
  SINGLE(Slli);
  SINGLE(Srli);
  SINGLE(Srai);
  SINGLE(Add);
  SINGLE(Sub);
  SINGLE(Sll);
  SINGLE(Slt);
  SINGLE(Sltu);
  SINGLE(Xor);
  SINGLE(Srl);
  SINGLE(Sra);
  SINGLE(Or);
  SINGLE(And);
  SINGLE(Mul);
  SINGLE(Mulh);
  SINGLE(Mulhsu);
  SINGLE(Mulhu);
  SINGLE(Div);
  SINGLE(Divu);
  SINGLE(Rem);
  SINGLE(Remu);
  SINGLE(Lb);
  SINGLE(Lh);
  SINGLE(Lw);
  SINGLE(Lbu);
  SINGLE(Lhu);
  SINGLE(Sb);
  SINGLE(Sh);
  SINGLE(Sw);

  BRANCH(Beq);
  BRANCH(Bne);
  BRANCH(Blt);
  BRANCH(Bge);
  BRANCH(Bltu);
  BRANCH(Bgeu);

  SPINVP_RV32_FUSED_PAIRS(FUSED);

  HANDLER(JumpNear, {
    entry = near_target(entry);
    DISPATCH();
  });
  HANDLER(JalNear, {
    RD(entry) = page->pc_of(entry) + 2 * halfwords;
    entry = near_target(entry);
    DISPATCH();
  });
  HANDLER(Jal, {
    const std::uint32_t pc = page->pc_of(entry);
    target = pc + IMMEDIATE(entry);
    RD(entry) = pc + 2 * halfwords;
    goto far_jump;
  });
  HANDLER(Jalr, {
    target = (RS1(entry) + IMMEDIATE(entry)) & ~1u;
    RD(entry) = page->pc_of(entry) + 2 * halfwords;
    if (const std::uint32_t offset = target - page->base; offset < page->size) {
      entry = page->entry_at(offset);
      DISPATCH();
    }
    goto far_jump;
  });

  HANDLER(Fence, { NEXT(); });  // one hart, and memory accesses happen in program order
  HANDLER(FenceI, {
    for (const auto& memory : memories_) memory->invalidate_all();
    NEXT();
  });
  HANDLER(Mret, {
    target = csrs_.return_from_trap();
    goto jump;
  });
  HANDLER(Wfi, {
    waiting_ = true;
    target = page->pc_of(entry) + 2 * halfwords;
    goto jump;
  });
  SLOW(Csr, access_csr(*entry));
  SLOW(LoadReserved, load_reserved(*entry));
  SLOW(StoreConditional, store_conditional(*entry));
  SLOW(Atomic, atomic(*entry));
  SLOW(Illegal, trap(Exception::IllegalInstruction, IMMEDIATE(entry)));
  SLOW(Ecall, trap(Exception::EnvironmentCall, 0));
  SLOW(Ebreak, trap(Exception::Breakpoint, pc_));
}

}  // namespace spinvp::platform
