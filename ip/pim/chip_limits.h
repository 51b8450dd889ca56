#pragma once

#include <cstdint>

/// What the numbers of a ChipConfig may be: the same for one read from a file and one filled by hand. They keep every
/// sum that the simulation makes within its integers.
namespace spinvp::chip_limits {

/// Both ends included.
struct CountRange {
  std::uint32_t least;
  std::uint32_t most;
};

inline constexpr CountRange banks{1, 4096};
inline constexpr CountRange subarrays_per_bank{1, 256};
inline constexpr CountRange rows{2, 4096};
inline constexpr CountRange columns{64, 4096};
inline constexpr std::uint32_t columns_unit = 64;  ///< columns come in multiples of it
inline constexpr CountRange pipeline_stages{1, 64};
inline constexpr CountRange nv_store_interval{1, 1 << 20};
inline constexpr CountRange buffer_bytes{1024, 1 << 30};
inline constexpr CountRange port_bytes{1, 4096};
inline constexpr CountRange dma_bytes_per_cycle{1, 256};
inline constexpr CountRange burst_bytes{4, 4096};
inline constexpr CountRange lanes{1, 65536};
inline constexpr CountRange multipliers{1, 65536};
inline constexpr CountRange queue_depth{1, 1024};

inline constexpr double least_clock_mhz = 0.001;
inline constexpr double most_clock_mhz = 1e5;
inline constexpr double latency_ns = 1e6;        ///< at most 1 ms
inline constexpr double event_picojoules = 1e9;  ///< at most 1 mJ
inline constexpr double leakage_watts = 1e3;
inline constexpr double area_um2 = 1e9;  ///< at most 1,000 mm2
inline constexpr double retention_rate = 1e6;

}  // namespace spinvp::chip_limits
