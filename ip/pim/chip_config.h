#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <systemc>

#include "core/units.h"
#include "ip/mram/sub_array.h"
#include "ip/mram/technology.h"

namespace spinvp {

/// How finely the chip is simulated. Bits, times, energies and counters are the same.
enum class Detail {
  Fast,  ///< a whole block of row operations at once through direct memory pointers
  Row,   ///< every row operation and buffer access a transaction
};

/// How the chip's DMA speaks to the system.
enum class Timing {
  Loose,        ///< b_transport, ahead of simulated time
  Approximate,  ///< nb_transport with four phases, in time
};

/// How ones are counted: a tree takes a row a cycle, a serial counter a column a cycle.
enum class BitCounter { Tree, Serial };

/// How the in-memory adder makes a bit of a sum.
enum class AdditionScheme {
  None,  ///< the chip has no in-memory adder
  A,     ///< MAJ3 into the carry latch, then XOR: two senses a bit
  B,     ///< three-row full adder: one sense a bit
};

/// One chip. Times are whole clock cycles unless said otherwise; energies are of one event.
struct ChipConfig {
  std::string name;
  sc_core::sc_time clock_period{2, sc_core::SC_NS};
  Detail detail = Detail::Fast;
  Timing timing = Timing::Loose;
  /// Grants the host direct memory pointers to sub-arrays while no stream runs. What goes through them is neither
  /// counted nor paid for. A sub-array in which something can go wrong, or of detail Row, is never granted.
  bool host_dmi = false;

  std::uint32_t banks = 0;
  std::uint32_t subarrays_per_bank = 0;
  SubArrayCosts subarray;                     ///< rows, columns (a multiple of 64) and costs
  std::shared_ptr<const FaultConfig> faults;  ///< null: nothing goes wrong

  struct {
    bool present = false;
    BitCounter bit_counter = BitCounter::Tree;
    std::uint32_t pipeline_stages = 0;
    Femtojoules bit_count;  ///< of a row
    Femtojoules shift_accumulate;
    std::uint32_t nv_store_interval = 0;  ///< accumulations from one non-volatile store to the next; 0: a CMOS adder
    double nv_store_latency_ns = 0;
    Femtojoules nv_store;
    double leakage_watts = 0;  ///< of one, beside its sub-array
    double area_um2 = 0;       ///< of one
  } accumulator;

  struct {
    AdditionScheme scheme = AdditionScheme::None;
    bool carry_write_back = false;  ///< the carry is written to a row and sensed there; else the latch drives it
    bool sum_write_cycle = false;  ///< writing a sum bit takes a cycle of its own; else it overlaps with the next sense
    Femtojoules step;              ///< control of one row operation
    double leakage_watts = 0;      ///< of one, beside its sub-array
    double area_um2 = 0;           ///< of one
    double level_control_area_um2 = 0;  ///< of a bank: what a LevelAdder has beside the adders
    double lane_gather_area_um2 = 0;
  } adder;

  struct {
    std::uint32_t bytes = 0;
    std::uint32_t port_bytes = 0;  ///< per cycle, each unit's port
    Femtojoules read_byte;
    Femtojoules write_byte;
    double leakage_watts = 0;
    double area_um2 = 0;
  } buffer;

  struct {
    std::uint32_t bytes_per_cycle = 0;
    std::uint32_t burst_bytes = 0;
    Femtojoules byte;
    double leakage_watts = 0;
    double area_um2 = 0;
    /// Timing::Loose: how far a command runs ahead of simulated time before it waits; zero: to its end.
    sc_core::sc_time quantum;
    /// Timing::Loose: copies through direct memory pointers where the system grants them. A burst then takes the
    /// latency that came with the pointer, once, or its own beats where these take longer.
    bool use_direct_memory = false;
    /// Takes a response status that a target has left at TLM_INCOMPLETE_RESPONSE for success instead of a bus error.
    bool tolerate_incomplete_response = false;
  } dma;

  struct {
    double leakage_watts = 0;
    double area_um2 = 0;
  } gather;

  struct {
    std::uint32_t lanes = 0;
    Femtojoules compare;
    Femtojoules pool;
    Femtojoules pack_bit;
    std::uint32_t multipliers = 0;  ///< multiply-accumulates a cycle
    Femtojoules multiply;
    double leakage_watts = 0;
    double area_um2 = 0;             ///< without multipliers
    double multiplier_area_um2 = 0;  ///< of one
  } digital;

  struct {
    double area_um2 = 0;
  } host_interface;

  struct {
    std::uint32_t queue_depth = 0;
    Femtojoules command;
    double leakage_watts = 0;
    double area_um2 = 0;
  } processor;

  std::uint32_t subarrays() const { return banks * subarrays_per_bank; }
  std::uint32_t rows() const { return subarray.rows; }
  std::uint32_t columns() const { return subarray.columns; }
  std::uint32_t row_words() const { return subarray.columns / 64; }
  std::uint32_t row_bytes() const { return subarray.columns / 8; }

  /// Cycles that a latency takes, at least one.
  std::uint32_t cycles(double latency_ns) const;
  std::uint32_t read_cycles() const { return cycles(subarray.read_latency_ns); }
  /// From one row operation to the next of a sub-array: sensing and counting are pipelined.
  std::uint32_t row_operation_cycles() const;
  /// `index` is the sub-array's in the chip.
  SubArrayConfig subarray_config(std::uint32_t index) const;
  std::uint32_t write_cycles() const { return cycles(subarray.write_latency_ns); }
};

}  // namespace spinvp
