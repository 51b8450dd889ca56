// The interpreter: direct-threaded code. Each handler ends by jumping to the next entry's handler, so that the host
// predicts every guest instruction's successor on its own. Fast paths live in here, everything rare in rv32_core.cpp.
#include <cstring>
#include <limits>

#include "platform/cpu/rv32_core.h"

// Labels as values are what this file is about.
#pragma GCC diagnostic ignored "-Wpedantic"

namespace spinvp::platform {
namespace {

std::int32_t as_signed(std::uint32_t value) {
  return static_cast<std::int32_t>(value);
}
std::uint32_t as_unsigned(std::int32_t value) {
  return static_cast<std::uint32_t>(value);
}

std::uint32_t shift_right_arithmetic(std::uint32_t value, std::uint32_t amount) {
  return as_unsigned(as_signed(value) >> (amount & 31));
}

std::uint32_t high_signed(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>((std::int64_t{as_signed(a)} * as_signed(b)) >> 32);
}
std::uint32_t high_mixed(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>((std::int64_t{as_signed(a)} * std::int64_t{b}) >> 32);
}
std::uint32_t high_unsigned(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>((std::uint64_t{a} * b) >> 32);
}

// Division by zero and overflow give the results that the manual defines; nothing traps.
bool overflows(std::uint32_t a, std::uint32_t b) {
  return a == 0x80000000u && b == 0xffffffffu;
}
std::uint32_t divide(std::uint32_t a, std::uint32_t b) {
  if (b == 0) return 0xffffffffu;
  return overflows(a, b) ? a : as_unsigned(as_signed(a) / as_signed(b));
}
std::uint32_t remainder(std::uint32_t a, std::uint32_t b) {
  if (b == 0) return a;
  return overflows(a, b) ? 0 : as_unsigned(as_signed(a) % as_signed(b));
}

DecodedEntry* near_target(DecodedEntry* entry) {
  return reinterpret_cast<DecodedEntry*>(reinterpret_cast<char*>(entry) + entry->immediate);
}

}  // namespace

#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

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

// What the operations do, for the instruction at `e`. Loads and stores execute `otherwise` when the fast path is not
// for them; nothing has changed then.
#define RD(e) x[(e)->rd]
#define RS1(e) x[(e)->rs1]
#define RS2(e) x[(e)->rs2]
#define IMMEDIATE(e) as_unsigned((e)->immediate)

#define LOAD(e, type, otherwise)                                            \
  {                                                                         \
    const std::uint32_t offset = RS1(e) + IMMEDIATE(e) - load_window_.base; \
    if (UNLIKELY(offset >= load_window_.bound)) otherwise;                  \
    type value;                                                             \
    std::memcpy(&value, load_window_.host + offset, sizeof value);          \
    RD(e) = as_unsigned(static_cast<std::int32_t>(value));                  \
  }
#define STORE(e, type, otherwise)                                                           \
  {                                                                                         \
    const std::uint32_t offset = RS1(e) + IMMEDIATE(e) - store_window_.base;                \
    if (UNLIKELY(offset >= store_window_.bound)) otherwise;                                 \
    if (UNLIKELY(store_window_.line_marks[offset >> DecodedMemory::line_shift])) otherwise; \
    const type value = static_cast<type>(RS2(e));                                           \
    std::memcpy(store_window_.host + offset, &value, sizeof value);                         \
  }

#define DO_Constant(e, otherwise) RD(e) = IMMEDIATE(e);
#define DO_Lui(e, otherwise) RD(e) = IMMEDIATE(e);
#define DO_Auipc(e, otherwise) RD(e) = page->pc_of(e) + IMMEDIATE(e);
#define DO_Move(e, otherwise) RD(e) = RS1(e);
#define DO_Addi(e, otherwise) RD(e) = RS1(e) + IMMEDIATE(e);
#define DO_Slti(e, otherwise) RD(e) = as_signed(RS1(e)) < (e)->immediate ? 1 : 0;
#define DO_Sltiu(e, otherwise) RD(e) = RS1(e) < IMMEDIATE(e) ? 1 : 0;
#define DO_Xori(e, otherwise) RD(e) = RS1(e) ^ IMMEDIATE(e);
#define DO_Ori(e, otherwise) RD(e) = RS1(e) | IMMEDIATE(e);
#define DO_Andi(e, otherwise) RD(e) = RS1(e) & IMMEDIATE(e);
#define DO_Slli(e, otherwise) RD(e) = RS1(e) << (IMMEDIATE(e) & 31);
#define DO_Srli(e, otherwise) RD(e) = RS1(e) >> (IMMEDIATE(e) & 31);
#define DO_Srai(e, otherwise) RD(e) = shift_right_arithmetic(RS1(e), IMMEDIATE(e));
#define DO_Add(e, otherwise) RD(e) = RS1(e) + RS2(e);
#define DO_Sub(e, otherwise) RD(e) = RS1(e) - RS2(e);
#define DO_Sll(e, otherwise) RD(e) = RS1(e) << (RS2(e) & 31);
#define DO_Slt(e, otherwise) RD(e) = as_signed(RS1(e)) < as_signed(RS2(e)) ? 1 : 0;
#define DO_Sltu(e, otherwise) RD(e) = RS1(e) < RS2(e) ? 1 : 0;
#define DO_Xor(e, otherwise) RD(e) = RS1(e) ^ RS2(e);
#define DO_Srl(e, otherwise) RD(e) = RS1(e) >> (RS2(e) & 31);
#define DO_Sra(e, otherwise) RD(e) = shift_right_arithmetic(RS1(e), RS2(e));
#define DO_Or(e, otherwise) RD(e) = RS1(e) | RS2(e);
#define DO_And(e, otherwise) RD(e) = RS1(e) & RS2(e);
#define DO_Mul(e, otherwise) RD(e) = RS1(e) * RS2(e);
#define DO_Mulh(e, otherwise) RD(e) = high_signed(RS1(e), RS2(e));
#define DO_Mulhsu(e, otherwise) RD(e) = high_mixed(RS1(e), RS2(e));
#define DO_Mulhu(e, otherwise) RD(e) = high_unsigned(RS1(e), RS2(e));
#define DO_Div(e, otherwise) RD(e) = divide(RS1(e), RS2(e));
#define DO_Divu(e, otherwise) RD(e) = RS2(e) == 0 ? 0xffffffffu : RS1(e) / RS2(e);
#define DO_Rem(e, otherwise) RD(e) = remainder(RS1(e), RS2(e));
#define DO_Remu(e, otherwise) RD(e) = RS2(e) == 0 ? RS1(e) : RS1(e) % RS2(e);
#define DO_Lb(e, otherwise) LOAD(e, std::int8_t, otherwise)
#define DO_Lh(e, otherwise) LOAD(e, std::int16_t, otherwise)
#define DO_Lw(e, otherwise) LOAD(e, std::int32_t, otherwise)
#define DO_Lbu(e, otherwise) LOAD(e, std::uint8_t, otherwise)
#define DO_Lhu(e, otherwise) LOAD(e, std::uint16_t, otherwise)
#define DO_Sb(e, otherwise) STORE(e, std::uint8_t, otherwise)
#define DO_Sh(e, otherwise) STORE(e, std::uint16_t, otherwise)
#define DO_Sw(e, otherwise) STORE(e, std::uint32_t, otherwise)

#define IF_Beq(e) (RS1(e) == RS2(e))
#define IF_Bne(e) (RS1(e) != RS2(e))
#define IF_Blt(e) (as_signed(RS1(e)) < as_signed(RS2(e)))
#define IF_Bge(e) (as_signed(RS1(e)) >= as_signed(RS2(e)))
#define IF_Bltu(e) (RS1(e) < RS2(e))
#define IF_Bgeu(e) (RS1(e) >= RS2(e))

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

#define SINGLE(name) HANDLER(name, { DO_##name(entry, goto slow_memory) NEXT(); })

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
      goto jump;                                      \
    }                                                 \
    NEXT();                                           \
  })

// The second instruction of a pair, at `second`, and where the pair ends.
#define THEN(name)                                                        \
  {                                                                       \
    DO_##name(second, goto only_first) entry = second + second_halfwords; \
    goto * entry->handler;                                                \
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
    DO_##first_name(entry, goto* handlers[entry->form]) left -= 2;                 \
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
  if (const std::uint32_t line = csrs_.interrupt_to_take()) pc_ = csrs_.enter_interrupt(line, pc_);
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

jump:  // to `target`, from the instruction at `entry`
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
  })
  HANDLER(PageEnd, {
    PUBLISH_STATE();
    goto resume;
  })

  SINGLE(Constant)
  SINGLE(Move)
  SINGLE(Lui) SINGLE(Auipc) SINGLE(Addi) SINGLE(Slti) SINGLE(Sltiu) SINGLE(Xori) SINGLE(Ori) SINGLE(Andi) SINGLE(Slli)
      SINGLE(Srli) SINGLE(Srai) SINGLE(Add) SINGLE(Sub) SINGLE(Sll) SINGLE(Slt) SINGLE(Sltu) SINGLE(Xor) SINGLE(Srl)
          SINGLE(Sra) SINGLE(Or) SINGLE(And) SINGLE(Mul) SINGLE(Mulh) SINGLE(Mulhsu) SINGLE(Mulhu) SINGLE(Div) SINGLE(
              Divu) SINGLE(Rem) SINGLE(Remu) SINGLE(Lb) SINGLE(Lh) SINGLE(Lw) SINGLE(Lbu) SINGLE(Lhu) SINGLE(Sb)
              SINGLE(Sh) SINGLE(Sw)

                  BRANCH(Beq) BRANCH(Bne) BRANCH(Blt) BRANCH(Bge) BRANCH(Bltu) BRANCH(Bgeu)

                      SPINVP_RV32_FUSED_PAIRS(FUSED)

                          HANDLER(JumpNear,
                                  {
                                    entry = near_target(entry);
                                    DISPATCH();
                                  }) HANDLER(JalNear,
                                             {
                                               RD(entry) = page->pc_of(entry) + 2 * halfwords;
                                               entry = near_target(entry);
                                               DISPATCH();
                                             }) HANDLER(Jal,
                                                        {
                                                          const std::uint32_t pc = page->pc_of(entry);
                                                          target = pc + IMMEDIATE(entry);
                                                          RD(entry) = pc + 2 * halfwords;
                                                          goto jump;
                                                        })
                              HANDLER(Jalr,
                                      {
                                        target = (RS1(entry) + IMMEDIATE(entry)) & ~1u;
                                        RD(entry) = page->pc_of(entry) + 2 * halfwords;
                                        if (const std::uint32_t offset = target - page->base; offset < page->size) {
                                          entry = page->entry_at(offset);
                                          DISPATCH();
                                        }
                                        goto jump;
                                      })

                                  HANDLER(Fence, { NEXT(); })  // one hart, and memory accesses happen in program order
      HANDLER(FenceI,
              {
                for (const auto& memory : memories_) memory->invalidate_all();
                NEXT();
              }) HANDLER(Mret,
                         {
                           target = csrs_.return_from_trap();
                           goto jump;
                         }) HANDLER(Wfi,
                                    {
                                      waiting_ = true;
                                      target = page->pc_of(entry) + 4;
                                      goto jump;
                                    }) SLOW(Csr, access_csr(*entry)) SLOW(LoadReserved, load_reserved(*entry))
          SLOW(StoreConditional, store_conditional(*entry)) SLOW(Atomic, atomic(*entry))
              SLOW(Illegal, trap(Exception::IllegalInstruction, IMMEDIATE(entry)))
                  SLOW(Ecall, trap(Exception::EnvironmentCall, 0)) SLOW(Ebreak, trap(Exception::Breakpoint, pc_))
}

}  // namespace spinvp::platform
