#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "firmware/driver/pim_driver.h"

namespace spinvp::test {

/// How a stream ends.
struct StreamEnd {
  enum class Kind { Done, Error, Never } kind = Kind::Done;
  std::uint64_t ticks = 10;  ///< after the doorbell
  std::uint32_t cause = 0;
  std::uint32_t detail = 0;
  std::uint64_t address = 0;
};

/// A doorbell that was accepted, with the registers at that moment.
struct Doorbell {
  std::uint64_t stream_address;
  std::uint32_t stream_bytes;
  std::uint64_t base_network;
  std::uint64_t base_input;
  std::uint64_t base_output;
  std::uint64_t base_scratch;
};

/// The registers of a PIM chip with the semantics of pim.yaml; throws std::logic_error where the driver breaks its
/// rules. What streams do is up to the test.
class MockChip {
 public:
  MockChip();

  std::uint32_t read(std::uint32_t offset);
  void write(std::uint32_t offset, std::uint32_t value, std::uint64_t now);

  /// Ends the running stream when its time has come.
  void advance(std::uint64_t now);
  bool irq() const { return (registers_[irq_status] & registers_[irq_enable]) != 0; }
  /// When the running stream will end; PIM_NO_DEADLINE when nothing will.
  std::uint64_t next_event() const { return end_time_; }

  std::uint32_t peek(std::uint32_t offset) { return registers_[offset]; }
  void poke(std::uint32_t offset, std::uint32_t value) { registers_[offset] = value; }

  std::function<StreamEnd(const Doorbell&)> on_stream = [](const Doorbell&) { return StreamEnd{}; };
  std::vector<Doorbell> doorbells;
  bool reset_works = true;      ///< false: BUSY stays
  bool hears_doorbells = true;  ///< false: rejected
  bool sets_done = true;        ///< false: the interrupt comes without STATUS.DONE

 private:
  static constexpr std::uint32_t irq_status = 0x2C;
  static constexpr std::uint32_t irq_enable = 0x30;

  void reset();
  void ring(std::uint64_t now);
  void finish();
  std::uint64_t pair(std::uint32_t low_offset);

  std::map<std::uint32_t, std::uint32_t> capabilities_;
  mutable std::map<std::uint32_t, std::uint32_t> registers_;
  StreamEnd end_;
  std::uint64_t end_time_ = PIM_NO_DEADLINE;
};

/// Memory, chips and a clock behind the driver's HAL. The clock moves only while the driver waits, or a test lets it.
class MockSystem {
 public:
  static constexpr std::uint64_t chip_base = 0x10000000;

  MockSystem();

  pim_hal hal();
  MockChip& add_chip(std::uint64_t base);
  MockChip& chip() { return chips_.at(chip_base); }

  std::uint32_t read32(std::uint64_t address);
  void write32(std::uint64_t address, std::uint32_t value);
  void load(std::uint64_t address, const std::vector<std::uint8_t>& bytes);  ///< a multiple of 4
  std::uint64_t now() const { return now_; }
  void pass(std::uint64_t ticks);  ///< as if software did something else meanwhile, with interrupts on

  std::function<void()> interrupt_handler;  ///< called while a chip's line is high and the driver waits
  int handler_calls = 0;
  int waits = 0;
  int spurious_wakes = 0;          ///< so many waits return without anything having happened
  bool interrupt_is_lost = false;  ///< the driver sleeps until its deadline whatever the chips do

 private:
  void wait_for_interrupt(std::uint64_t deadline);
  void advance_to(std::uint64_t time);
  bool irq() const;
  void call_handler();

  std::map<std::uint64_t, MockChip> chips_;
  std::map<std::uint64_t, std::uint32_t> memory_;
  std::uint64_t now_ = 1000;
};

}  // namespace spinvp::test
