// The chips that ship.
#include <catch2/catch.hpp>

#include "ip/config/chip_file.h"

using namespace spinvp;

namespace {

ChipConfig preset(const std::string& name) {
  ChipConfig config = load_chip_config(std::string(SPINVP_SOURCE_DIR) + "/configs/chips/" + name + ".yaml");
  CHECK(config.name == name);
  CHECK(config.rows() == 256);
  CHECK(config.columns() == 512);
  CHECK(config.subarrays_per_bank == 4);
  CHECK(config.subarray.area_um2 > 0);
  CHECK(config.buffer.area_um2 > 0);
  return config;
}

}  // namespace

TEST_CASE("imce is 32 sub-arrays with AND-accumulation") {
  const ChipConfig config = preset("imce");
  CHECK(config.subarrays() == 32);
  CHECK(config.accumulator.present);
  CHECK(config.accumulator.nv_store_interval == 0);
  CHECK(config.adder.scheme == AdditionScheme::None);
}

TEST_CASE("isqed accumulates with a compressor tree into non-volatile full adders") {
  const ChipConfig config = preset("isqed");
  CHECK(config.subarrays() == 32);
  CHECK(config.accumulator.bit_counter == BitCounter::Tree);
  CHECK(config.accumulator.nv_store_interval == 64);
  CHECK(config.accumulator.nv_store.value() == 2336);
  CHECK(config.accumulator.nv_store_latency_ns == Approx(1.464));
}

TEST_CASE("parapim_a and parapim_b add in memory, by scheme A and B, and have no AND-accumulation") {
  const ChipConfig a = preset("parapim_a");
  const ChipConfig b = preset("parapim_b");
  CHECK(a.adder.scheme == AdditionScheme::A);
  CHECK(b.adder.scheme == AdditionScheme::B);
  CHECK_FALSE(a.accumulator.present);
  CHECK_FALSE(b.accumulator.present);
  CHECK(a.subarrays() == b.subarrays());
}

TEST_CASE("pim_512mb is 512 Mb in 4,096 sub-arrays with both engines") {
  const ChipConfig config = preset("pim_512mb");
  CHECK(config.banks == 1024);
  CHECK(config.subarrays() == 4096);
  CHECK(std::uint64_t{config.subarrays()} * config.rows() * config.columns() == 512ull << 20);
  CHECK(config.accumulator.present);
  CHECK(config.adder.scheme == AdditionScheme::B);
}
