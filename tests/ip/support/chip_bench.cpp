#include "tests/ip/support/chip_bench.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace spinvp::test {

namespace registers = interface::registers;
namespace fields = interface::fields;
using sc_core::SC_NS;
using sc_core::sc_time;

ChipConfig small_chip(std::uint32_t rows, std::uint32_t columns, std::uint32_t banks, std::uint32_t subarrays_per_bank,
                      std::uint32_t buffer_bytes, Detail detail) {
  ChipConfig config;
  config.name = "small";
  config.clock_period = sc_time(2, SC_NS);
  config.detail = detail;
  config.banks = banks;
  config.subarrays_per_bank = subarrays_per_bank;
  config.subarray.rows = rows;
  config.subarray.columns = columns;
  config.subarray.read_latency_ns = 1.5;
  config.subarray.write_latency_ns = 3;
  config.subarray.read_energy = Femtojoules(1009);
  config.subarray.and2_energy = Femtojoules(2003);
  config.subarray.write_energy = Femtojoules(4001);
  config.subarray.leakage_watts = 1e-6;
  config.accumulator.present = true;
  config.accumulator.bit_counter = BitCounter::Tree;
  config.accumulator.pipeline_stages = 3;
  config.accumulator.bit_count = Femtojoules(101);
  config.accumulator.shift_accumulate = Femtojoules(211);
  config.accumulator.leakage_watts = 2e-6;
  config.buffer.bytes = buffer_bytes;
  config.buffer.port_bytes = 16;
  config.buffer.read_byte = Femtojoules(307);
  config.buffer.write_byte = Femtojoules(401);
  config.buffer.leakage_watts = 3e-6;
  config.dma.bytes_per_cycle = 8;
  config.dma.burst_bytes = 64;
  config.dma.byte = Femtojoules(503);
  config.dma.leakage_watts = 4e-6;
  config.gather.leakage_watts = 5e-6;
  config.digital.lanes = 4;
  config.digital.compare = Femtojoules(17);
  config.digital.pool = Femtojoules(19);
  config.digital.pack_bit = Femtojoules(23);
  config.digital.multipliers = 3;
  config.digital.multiply = Femtojoules(31);
  config.digital.leakage_watts = 6e-6;
  config.processor.queue_depth = 2;
  config.processor.command = Femtojoules(7001);
  config.processor.leakage_watts = 7e-6;
  return config;
}

ChipConfig with_adder(ChipConfig config, AdditionScheme scheme, bool carry_write_back, bool sum_write_cycle) {
  config.subarray.xor2_energy = Femtojoules(5003);
  config.subarray.maj3_energy = Femtojoules(6007);
  config.subarray.full_add_energy = Femtojoules(8009);
  config.adder.scheme = scheme;
  config.adder.carry_write_back = carry_write_back;
  config.adder.sum_write_cycle = sum_write_cycle;
  config.adder.step = Femtojoules(29);
  config.adder.leakage_watts = 8e-6;
  return config;
}

BenchMemory::BenchMemory(sc_core::sc_module_name name, const Config& config)
    : sc_module(name), data(config.bytes), config_(config) {
  socket.register_b_transport(this, &BenchMemory::transport);
}

void BenchMemory::transport(tlm::tlm_generic_payload& payload, sc_time& delay) {
  const std::uint64_t address = payload.get_address();
  const std::uint64_t length = payload.get_data_length();
  bursts.push_back({payload.is_write(), address, payload.get_data_length()});
  if (config_.waits) {
    wait(delay + config_.latency);
    delay = sc_core::SC_ZERO_TIME;
  } else {
    delay += config_.latency;
  }
  const std::uint64_t offset = address - config_.base;
  const bool exists = address >= config_.base && offset <= data.size() && length <= data.size() - offset;
  const bool refused = address < refuse_to && address + length > refuse_from;
  if (!exists || refused || (payload.is_write() && refuse_writes)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  if (payload.is_write()) {
    std::memcpy(data.data() + offset, payload.get_data_ptr(), length);
  } else {
    std::memcpy(payload.get_data_ptr(), data.data() + offset, length);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

ChipBench::ChipBench(sc_core::sc_module_name bench_name, const ChipConfig& config)
    : ChipBench(bench_name, config, BenchMemory::Config{}) {}

ChipBench::ChipBench(sc_core::sc_module_name bench_name, const ChipConfig& config,
                     const BenchMemory::Config& memory_config)
    : sc_module(bench_name),
      chip("chip", config),
      memory("memory", memory_config),
      stream_offset(memory_config.bytes / 2) {
  bases.fill(memory_config.base);
  host_.bind(chip.host);
  chip.dma.bind(memory.socket);
  chip.irq.bind(irq);
  chip.reset.bind(reset);
  SC_HAS_PROCESS(ChipBench);
  SC_METHOD(on_irq);
  sensitive << irq.posedge_event();
  dont_initialize();
}

void ChipBench::on_irq() {
  irq_time_ = sc_core::sc_time_stamp();
  sc_core::sc_pause();
}

void ChipBench::elaborate() {
  if (sc_core::sc_get_status() == sc_core::SC_ELABORATION) {
    // A bench lets the simulation run when nothing may be due.
    sc_core::sc_report_handler::set_actions(sc_core::SC_ID_NO_SC_START_ACTIVITY_, sc_core::SC_DO_NOTHING);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
}

void ChipBench::write_memory(std::uint64_t offset, const std::vector<std::uint8_t>& bytes) {
  if (offset + bytes.size() > memory.data.size()) {
    throw std::out_of_range("write_memory: beyond the bench's memory");
  }
  std::copy(bytes.begin(), bytes.end(), memory.data.begin() + static_cast<std::ptrdiff_t>(offset));
}

std::vector<std::uint8_t> ChipBench::read_memory(std::uint64_t offset, std::size_t bytes) const {
  if (offset + bytes > memory.data.size()) {
    throw std::out_of_range("read_memory: beyond the bench's memory");
  }
  const auto first = memory.data.begin() + static_cast<std::ptrdiff_t>(offset);
  return {first, first + static_cast<std::ptrdiff_t>(bytes)};
}

std::uint32_t ChipBench::read_register(std::uint32_t offset) {
  std::uint32_t value = 0;
  if (access(tlm::TLM_READ_COMMAND, offset, &value, 4) != tlm::TLM_OK_RESPONSE) {
    throw std::runtime_error("read_register: the chip refused");
  }
  return value;
}

void ChipBench::write_register(std::uint32_t offset, std::uint32_t value) {
  if (access(tlm::TLM_WRITE_COMMAND, offset, &value, 4) != tlm::TLM_OK_RESPONSE) {
    throw std::runtime_error("write_register: the chip refused");
  }
}

std::uint64_t ChipBench::read_wide(std::uint32_t low_offset) {
  const std::uint32_t low = read_register(low_offset);
  return low | std::uint64_t{read_register(low_offset + 4)} << 32;
}

tlm::tlm_response_status ChipBench::access(tlm::tlm_command command, std::uint64_t offset, void* bytes,
                                           unsigned length) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(offset);
  payload.set_data_ptr(static_cast<unsigned char*>(bytes));
  payload.set_data_length(length);
  payload.set_streaming_width(length);
  return transport(payload);
}

tlm::tlm_response_status ChipBench::transport(tlm::tlm_generic_payload& payload) {
  elaborate();
  sc_time delay = sc_core::SC_ZERO_TIME;
  host_->b_transport(payload, delay);
  return payload.get_response_status();
}

unsigned ChipBench::debug_read(std::uint64_t offset, std::uint32_t& value) {
  elaborate();
  tlm::tlm_generic_payload payload;
  payload.set_read();
  payload.set_address(offset);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(4);
  return host_->transport_dbg(payload);
}

void ChipBench::prepare(const std::vector<std::uint32_t>& words) {
  if (!words.empty()) {
    std::vector<std::uint8_t> bytes(words.size() * 4);
    std::memcpy(bytes.data(), words.data(), bytes.size());
    write_memory(stream_offset, bytes);
  }
  const std::uint64_t address = memory.base() + stream_offset;
  write_register(registers::stream_address_lo, static_cast<std::uint32_t>(address));
  write_register(registers::stream_address_hi, static_cast<std::uint32_t>(address >> 32));
  write_register(registers::stream_bytes, static_cast<std::uint32_t>(words.size() * 4));
  for (std::uint32_t base = 0; base < bases.size(); ++base) {
    write_register(registers::base_network_lo + base * 8, static_cast<std::uint32_t>(bases[base]));
    write_register(registers::base_network_hi + base * 8, static_cast<std::uint32_t>(bases[base] >> 32));
  }
  write_register(registers::irq_status, ~0u);
  write_register(registers::irq_enable, fields::irq_enable_done.mask() | fields::irq_enable_error.mask());
  write_register(registers::control, fields::control_enable.mask());
  run_for(sc_core::SC_ZERO_TIME);  // the line falls before it can rise again
}

void ChipBench::start(const std::vector<std::uint32_t>& words) {
  prepare(words);
  started_ = sc_core::sc_time_stamp();
  write_register(registers::doorbell, fields::doorbell_start.mask());
}

StreamResult ChipBench::finish() {
  const sc_time give_up = sc_core::sc_time_stamp() + time_limit;
  const auto busy = [this] { return fields::status_busy.extract(read_register(registers::status)) != 0; };
  while (busy() && sc_core::sc_time_stamp() < give_up && sc_core::sc_pending_activity()) {
    sc_core::sc_start(give_up - sc_core::sc_time_stamp(), sc_core::SC_EXIT_ON_STARVATION);
  }
  run_for(sc_core::SC_ZERO_TIME);
  StreamResult result;
  const std::uint32_t status = read_register(registers::status);
  result.finished = fields::status_busy.extract(status) == 0;
  result.done = fields::status_done.extract(status) != 0;
  result.cause = static_cast<interface::ErrorCause>(read_register(registers::error_cause));
  result.detail = read_register(registers::error_detail);
  if (result.cause != interface::ErrorCause::None) {
    result.error_address = read_wide(registers::error_address_lo) - memory.base() - stream_offset;
  }
  result.duration = irq_time_ - started_;
  return result;
}

StreamResult ChipBench::run_stream(const std::vector<std::uint32_t>& words) {
  start(words);
  return finish();
}

void ChipBench::run_for(sc_time time) {
  elaborate();
  const sc_time end = sc_core::sc_time_stamp() + time;
  do {  // an interrupt pauses the simulation
    sc_core::sc_start(end - sc_core::sc_time_stamp());
  } while (sc_core::sc_time_stamp() < end);
  while (sc_core::sc_pending_activity_at_current_time()) {
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
}

std::vector<std::uint8_t> ChipBench::buffer(std::uint32_t address, std::uint32_t bytes) {
  elaborate();
  std::vector<std::uint8_t> out(bytes);
  if (!chip.peek_buffer(address, out.data(), bytes)) {
    throw std::out_of_range("buffer: beyond the chip's global buffer");
  }
  return out;
}

std::vector<std::uint64_t> ChipBench::row(std::uint32_t subarray, std::uint32_t index) const {
  const std::uint64_t* words = chip.peek_row(subarray, index);
  if (words == nullptr) {
    throw std::out_of_range("row: no such row");
  }
  return {words, words + chip.config().row_words()};
}

std::vector<std::uint64_t> ChipBench::all_rows() const {
  std::vector<std::uint64_t> all;
  for (std::uint32_t subarray = 0; subarray < chip.config().subarrays(); ++subarray) {
    for (std::uint32_t index = 0; index < chip.config().rows(); ++index) {
      const std::vector<std::uint64_t> one = row(subarray, index);
      all.insert(all.end(), one.begin(), one.end());
    }
  }
  return all;
}

}  // namespace spinvp::test
