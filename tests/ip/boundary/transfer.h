#pragma once

#include <catch2/catch.hpp>
#include <cstring>

#include "tests/ip/boundary/boundary_bench.h"

namespace spinvp::test {

/// A stream that uses every way of the DMA: bytes of the memory go through the buffer to another place of it, and to
/// rows of a sub-array.
struct Transfer {
  static constexpr std::uint32_t stream_at = 0x100;
  static constexpr std::uint32_t input_at = 0x1000;
  static constexpr std::uint32_t output_at = 0x6000;
  static constexpr std::uint32_t rows = 8;
  static constexpr std::uint32_t row_bytes = 8;

  Words words;
  Bytes input;

  explicit Transfer(Random& random, std::uint32_t bytes = 1000) : input(random.bytes(bytes)) {
    interface::LoadCommand load;
    load.memory_offset = input_at;
    load.buffer_address = 32;
    load.bytes = bytes;
    interface::LoadRowsCommand load_rows;
    load_rows.memory_offset = input_at;
    load_rows.row_bytes = row_bytes;
    load_rows.rows = rows;
    interface::StoreCommand store;
    store.memory_offset = output_at;
    store.buffer_address = 32;
    store.bytes = bytes;
    words = stream_of(load, load_rows, store);
  }
  void prepare(SystemMemory& memory) const {
    memory.put(stream_at, words);
    memory.put(input_at, input);
    memory.put(output_at, Bytes(input.size()));
  }
  void start(Host& host) const { host.start(SystemMemory::base + stream_at, words.size(), SystemMemory::base); }
  bool arrived(const SystemMemory& memory, const PimChip& chip) const {
    Bytes in_rows;
    for (std::uint32_t row = 0; row < rows; ++row) {
      const auto* const bytes = reinterpret_cast<const std::uint8_t*>(chip.peek_row(0, row));
      in_rows.insert(in_rows.end(), bytes, bytes + row_bytes);
    }
    return memory.get(output_at, input.size()) == input && std::equal(in_rows.begin(), in_rows.end(), input.begin());
  }
};

/// Prepares the transfer, runs it to its end and returns what STATUS reads then; any number of benches side by side.
template <class Bench>
void run_transfer(Bench& bench, const Transfer& transfer, std::uint32_t& status) {
  transfer.prepare(bench.memory);
  bench.host.runs([&](Host& host) {
    transfer.start(host);
    status = host.poll();
  });
}

constexpr std::uint32_t done_mask = interface::fields::status_done.mask();

}  // namespace spinvp::test
