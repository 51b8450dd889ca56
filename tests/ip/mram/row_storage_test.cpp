#include "ip/mram/row_storage.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace spinvp;

TEST_CASE("row storage reads as zero and takes memory only for the pages that are written") {
  RowStorage storage(8 << 20);  // 64 MiB
  CHECK(storage.size() == 8 << 20);
  CHECK(storage.resident_bytes() == 0);
  storage.data()[0] = 1;
  storage.data()[5 << 20] = 2;
  const std::size_t two_pages = storage.resident_bytes();
  CHECK(two_pages >= 2 * 4096);
  CHECK(two_pages <= 2 * 65536);
  CHECK(storage.data()[1] == 0);
  CHECK(storage.data()[5 << 20] == 2);
  std::fill_n(storage.data(), storage.size(), ~std::uint64_t{0});
  CHECK(storage.resident_bytes() == 64 << 20);
}

TEST_CASE("row storage of nothing is nothing") {
  const RowStorage storage(0);
  CHECK(storage.size() == 0);
  CHECK(storage.resident_bytes() == 0);
}
