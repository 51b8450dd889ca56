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

#define RD x[entry->rd]
#define RS1 x[entry->rs1]
#define RS2 x[entry->rs2]
#define IMMEDIATE as_unsigned(entry->immediate)

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

#define COMPUTE(name, expression) \
  HANDLER(name, {                 \
    RD = (expression);            \
    NEXT();                       \
  })

#define LOAD(name, type)                                           \
  HANDLER(name, {                                                  \
    address = RS1 + IMMEDIATE;                                     \
    const std::uint32_t offset = address - load_window_.base;      \
    if (UNLIKELY(offset >= load_window_.bound)) goto slow_memory;  \
    type value;                                                    \
    std::memcpy(&value, load_window_.host + offset, sizeof value); \
    RD = as_unsigned(static_cast<std::int32_t>(value));            \
    NEXT();                                                        \
  })

#define STORE(name, type)                                                                          \
  HANDLER(name, {                                                                                  \
    address = RS1 + IMMEDIATE;                                                                     \
    const std::uint32_t offset = address - store_window_.base;                                     \
    if (UNLIKELY(offset >= store_window_.bound)) goto slow_memory;                                 \
    if (UNLIKELY(store_window_.line_marks[offset >> DecodedMemory::line_shift])) goto slow_memory; \
    const type value = static_cast<type>(RS2);                                                     \
    std::memcpy(store_window_.host + offset, &value, sizeof value);                                \
    NEXT();                                                                                        \
  })

#define BRANCH(name, condition)                 \
  HANDLER(name##Near, {                         \
    if (condition) {                            \
      entry = near_target(entry);               \
      DISPATCH();                               \
    }                                           \
    NEXT();                                     \
  })                                            \
  HANDLER(name, {                               \
    if (condition) {                            \
      address = page->pc_of(entry) + IMMEDIATE; \
      goto jump;                                \
    }                                           \
    NEXT();                                     \
  })

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
  };
  if (handlers_ == nullptr) {
    handlers_ = handlers;
    return StopReason::InstructionLimit;
  }

  std::uint32_t* const x = x_.data();
  std::uint64_t left;
  CodePage* page;
  DecodedEntry* entry;
  std::uint32_t address;
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

jump:  // to `address`, from the instruction at `entry`
  pc_ = address;
  left_ = left - 1;
  goto resume;

limit:
  pc_ = page->pc_of(entry);
  left_ = 0;
  return StopReason::InstructionLimit;

slow_memory:  // the load or store at `entry` touches `address`
  PUBLISH_STATE();
  outcome = access_memory(*entry, address);
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

  COMPUTE(Constant, IMMEDIATE)
  COMPUTE(Move, RS1)
  COMPUTE(Lui, IMMEDIATE)
  COMPUTE(Auipc, page->pc_of(entry) + IMMEDIATE)
  COMPUTE(Addi, RS1 + IMMEDIATE)
  COMPUTE(Slti, as_signed(RS1) < entry->immediate ? 1 : 0)
  COMPUTE(Sltiu, RS1 < IMMEDIATE ? 1 : 0)
  COMPUTE(Xori, RS1 ^ IMMEDIATE)
  COMPUTE(Ori, RS1 | IMMEDIATE)
  COMPUTE(Andi, RS1 & IMMEDIATE)
  COMPUTE(Slli, RS1 << (IMMEDIATE & 31))
  COMPUTE(Srli, RS1 >> (IMMEDIATE & 31))
  COMPUTE(Srai, shift_right_arithmetic(RS1, IMMEDIATE))
  COMPUTE(Add, RS1 + RS2)
  COMPUTE(Sub, RS1 - RS2)
  COMPUTE(Sll, RS1 << (RS2 & 31))
  COMPUTE(Slt, as_signed(RS1) < as_signed(RS2) ? 1 : 0)
  COMPUTE(Sltu, RS1 < RS2 ? 1 : 0)
  COMPUTE(Xor, RS1 ^ RS2)
  COMPUTE(Srl, RS1 >> (RS2 & 31))
  COMPUTE(Sra, shift_right_arithmetic(RS1, RS2))
  COMPUTE(Or, RS1 | RS2)
  COMPUTE(And, RS1 & RS2)
  COMPUTE(Mul, RS1 * RS2)
  COMPUTE(Mulh, high_signed(RS1, RS2))
  COMPUTE(Mulhsu, high_mixed(RS1, RS2))
  COMPUTE(Mulhu, high_unsigned(RS1, RS2))
  COMPUTE(Div, divide(RS1, RS2))
  COMPUTE(Divu, RS2 == 0 ? 0xffffffffu : RS1 / RS2)
  COMPUTE(Rem, remainder(RS1, RS2))
  COMPUTE(Remu, RS2 == 0 ? RS1 : RS1 % RS2)

  LOAD(Lb, std::int8_t)
  LOAD(Lh, std::int16_t)
  LOAD(Lw, std::int32_t)
  LOAD(Lbu, std::uint8_t)
  LOAD(Lhu, std::uint16_t)
  STORE(Sb, std::uint8_t)
  STORE(Sh, std::uint16_t)
  STORE(Sw, std::uint32_t)

  BRANCH(Beq, RS1 == RS2)
  BRANCH(Bne, RS1 != RS2)
  BRANCH(Blt, as_signed(RS1) < as_signed(RS2))
  BRANCH(Bge, as_signed(RS1) >= as_signed(RS2))
  BRANCH(Bltu, RS1 < RS2)
  BRANCH(Bgeu, RS1 >= RS2)

  HANDLER(JumpNear, {
    entry = near_target(entry);
    DISPATCH();
  })
  HANDLER(JalNear, {
    RD = page->pc_of(entry) + 2 * halfwords;
    entry = near_target(entry);
    DISPATCH();
  })
  HANDLER(Jal, {
    const std::uint32_t pc = page->pc_of(entry);
    address = pc + IMMEDIATE;
    RD = pc + 2 * halfwords;
    goto jump;
  })
  HANDLER(Jalr, {
    address = (RS1 + IMMEDIATE) & ~1u;
    RD = page->pc_of(entry) + 2 * halfwords;
    if (const std::uint32_t offset = address - page->base; offset < page->size) {
      entry = page->entry_at(offset);
      DISPATCH();
    }
    goto jump;
  })

  HANDLER(Fence, { NEXT(); })  // one hart, and memory accesses happen in program order
  HANDLER(FenceI, {
    for (const auto& memory : memories_) memory->invalidate_all();
    NEXT();
  })
  HANDLER(Mret, {
    address = csrs_.return_from_trap();
    goto jump;
  })
  HANDLER(Wfi, {
    waiting_ = true;
    address = page->pc_of(entry) + 4;
    goto jump;
  })
  SLOW(Csr, access_csr(*entry))
  SLOW(LoadReserved, load_reserved(*entry))
  SLOW(StoreConditional, store_conditional(*entry))
  SLOW(Atomic, atomic(*entry))
  SLOW(Illegal, trap(Exception::IllegalInstruction, IMMEDIATE))
  SLOW(Ecall, trap(Exception::EnvironmentCall, 0))
  SLOW(Ebreak, trap(Exception::Breakpoint, pc_))
}

}  // namespace spinvp::platform
