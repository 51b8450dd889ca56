#pragma once

#include <cstdint>
#include <optional>

namespace spinvp::platform {

/// Synchronous exceptions, as mcause numbers them.
enum class Exception : std::uint32_t {
  FetchMisaligned = 0,  ///< cannot happen: with C every target is aligned
  FetchFault = 1,
  IllegalInstruction = 2,
  Breakpoint = 3,
  LoadMisaligned = 4,
  LoadFault = 5,
  StoreMisaligned = 6,  ///< stores and AMOs
  StoreFault = 7,
  EnvironmentCall = 11,  ///< from M-mode
};

/// Bits of mip and mie.
namespace interrupt {
constexpr std::uint32_t software = 1u << 3;
constexpr std::uint32_t timer = 1u << 7;
constexpr std::uint32_t external = 1u << 11;
constexpr std::uint32_t all = software | timer | external;
}  // namespace interrupt

/// CSR numbers the simulator itself speaks about.
namespace csr {
constexpr std::uint32_t mstatus = 0x300, misa = 0x301, mie = 0x304, mtvec = 0x305, mstatush = 0x310;
constexpr std::uint32_t mcountinhibit = 0x320, mscratch = 0x340, mepc = 0x341, mcause = 0x342, mtval = 0x343;
constexpr std::uint32_t mip = 0x344, mcycle = 0xb00, minstret = 0xb02, mcycleh = 0xb80, minstreth = 0xb82;
constexpr std::uint32_t cycle = 0xc00, instret = 0xc02, cycleh = 0xc80, instreth = 0xc82;
constexpr std::uint32_t mvendorid = 0xf11, marchid = 0xf12, mimpid = 0xf13, mhartid = 0xf14, mconfigptr = 0xf15;
}  // namespace csr

/// What the hardware has counted since the start of the simulation; never written by the guest.
struct Progress {
  std::uint64_t cycles = 0;
  std::uint64_t retired = 0;
};

/// The machine-mode CSRs of one hart: storage, access rules, trap entry and return.
class CsrFile {
 public:
  explicit CsrFile(std::uint32_t hart_id) : hart_id_(hart_id) {}

  /// Nothing when there is no such CSR.
  std::optional<std::uint32_t> read(std::uint32_t number, const Progress& now) const;
  /// False when there is no such CSR or it is read-only. `after` is the progress at which the next instruction starts:
  /// a counter shows the written value there.
  bool write(std::uint32_t number, std::uint32_t value, const Progress& after);

  /// Records the trap and masks interrupts; returns the handler's address.
  std::uint32_t enter_exception(Exception exception, std::uint32_t pc, std::uint32_t value);
  std::uint32_t enter_interrupt(std::uint32_t line, std::uint32_t pc);
  /// mret; returns the address to go on at.
  std::uint32_t return_from_trap();

  void set_lines(std::uint32_t lines) { mip_ = lines & interrupt::all; }
  /// Wakes a hart that waits, whether or not mstatus lets the interrupt in.
  bool interrupt_pending() const { return (mip_ & mie_) != 0; }
  /// The bit of the interrupt to take now (external before software before timer); 0 when none.
  std::uint32_t interrupt_to_take() const;

 private:
  /// A 64-bit counter the guest may set and stop, as a view of one that never stops.
  class Counter {
   public:
    std::uint64_t value(std::uint64_t now) const { return stopped_ ? held_ : now + offset_; }
    void set(std::uint64_t value, std::uint64_t now);
    void set_low(std::uint32_t low, std::uint64_t now);
    void set_high(std::uint32_t high, std::uint64_t now);
    void inhibit(bool stop, std::uint64_t now);
    bool inhibited() const { return stopped_; }

   private:
    std::uint64_t offset_ = 0;
    std::uint64_t held_ = 0;
    bool stopped_ = false;
  };

  void mask_interrupts(std::uint32_t pc, std::uint32_t cause, std::uint32_t value);

  std::uint32_t hart_id_;
  bool interrupts_enabled_ = false;           // mstatus.MIE
  bool previous_interrupts_enabled_ = false;  // mstatus.MPIE
  std::uint32_t mie_ = 0;
  std::uint32_t mip_ = 0;
  std::uint32_t mtvec_ = 0;
  std::uint32_t mscratch_ = 0;
  std::uint32_t mepc_ = 0;
  std::uint32_t mcause_ = 0;
  std::uint32_t mtval_ = 0;
  Counter cycles_;
  Counter retired_;
};

}  // namespace spinvp::platform
