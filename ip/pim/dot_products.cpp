#include "ip/pim/dot_products.h"

#include <cstring>

// Compiled once for each vector extension; the best one is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ip/pim/dot_products.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace spinvp::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR
void dot(const std::int16_t* a, std::size_t a_count, const std::int16_t* b, std::size_t b_count, std::size_t elements,
         std::size_t stride, std::uint32_t* products) {
  for (std::size_t i = 0; i < a_count; ++i) {
    for (std::size_t j = 0; j < b_count; ++j) {
      std::uint32_t sum = 0;
      for (std::size_t e = 0; e < elements; ++e) {
        sum += static_cast<std::uint32_t>(a[i * stride + e] * b[j * stride + e]);
      }
      *products++ = sum;
    }
  }
}
#else
using Sums = hn::ScalableTag<std::int32_t>;
using Numbers = hn::Repartition<std::int16_t, Sums>;

// kA runs against kB runs: every vector loaded is used kA or kB times.
template <std::size_t kA, std::size_t kB>
HWY_INLINE void dot_block(const std::int16_t* a, const std::int16_t* b, std::size_t elements, std::size_t stride,
                          std::uint32_t* products, std::size_t pitch) {
  const Sums d32;
  const Numbers d16;
  using V = hn::Vec<Sums>;
  static_assert(hn::MaxLanes(Numbers()) <= dot_alignment);
  V sums[kA * kB];
  V rests[kA * kB];  // stay zero where the host adds neighbours itself
  for (std::size_t i = 0; i < kA * kB; ++i) {
    sums[i] = hn::Zero(d32);
    rests[i] = hn::Zero(d32);
  }
  for (std::size_t e = 0; e < elements; e += hn::Lanes(d16)) {
    hn::Vec<Numbers> own[kA];
    for (std::size_t i = 0; i < kA; ++i) {
      own[i] = hn::LoadU(d16, a + i * stride + e);
    }
    for (std::size_t j = 0; j < kB; ++j) {
      const auto other = hn::LoadU(d16, b + j * stride + e);
      for (std::size_t i = 0; i < kA; ++i) {
        sums[i * kB + j] = hn::ReorderWidenMulAccumulate(d32, own[i], other, sums[i * kB + j], rests[i * kB + j]);
      }
    }
  }
  for (std::size_t i = 0; i < kA; ++i) {
    for (std::size_t j = 0; j < kB; ++j) {
      products[i * pitch + j] =
          static_cast<std::uint32_t>(hn::GetLane(hn::SumOfLanes(d32, hn::Add(sums[i * kB + j], rests[i * kB + j]))));
    }
  }
}

template <std::size_t kA>
HWY_INLINE void dot_rows(const std::int16_t* a, const std::int16_t* b, std::size_t b_count, std::size_t elements,
                         std::size_t stride, std::uint32_t* products) {
  std::size_t j = 0;
  for (; j + 2 <= b_count; j += 2) {
    dot_block<kA, 2>(a, b + j * stride, elements, stride, products + j, b_count);
  }
  if (j < b_count) {
    dot_block<kA, 1>(a, b + j * stride, elements, stride, products + j, b_count);
  }
}

void dot(const std::int16_t* a, std::size_t a_count, const std::int16_t* b, std::size_t b_count, std::size_t elements,
         std::size_t stride, std::uint32_t* products) {
  std::size_t i = 0;
  for (; i + 4 <= a_count; i += 4) {
    dot_rows<4>(a + i * stride, b, b_count, elements, stride, products + i * b_count);
  }
  for (; i < a_count; ++i) {
    dot_rows<1>(a + i * stride, b, b_count, elements, stride, products + i * b_count);
  }
}
#endif

void widen_bytes(const std::int8_t* in, std::size_t count, std::int16_t* out) {
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = in[i];
  }
}

}  // namespace spinvp::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinvp::kernels {

HWY_EXPORT(dot);
HWY_EXPORT(widen_bytes);

void dot_products(const std::int16_t* a, std::size_t a_count, const std::int16_t* b, std::size_t b_count,
                  std::size_t elements, std::size_t stride, std::uint32_t* products) {
  HWY_DYNAMIC_DISPATCH(dot)(a, a_count, b, b_count, elements, stride, products);
}

void widen(const std::uint8_t* in, std::uint32_t bytes, std::size_t count, std::int16_t* out) {
  if (bytes == 2) {
    std::memcpy(out, in, count * 2);
  } else {
    HWY_DYNAMIC_DISPATCH(widen_bytes)(reinterpret_cast<const std::int8_t*>(in), count, out);
  }
}

}  // namespace spinvp::kernels
#endif
