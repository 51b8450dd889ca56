#include "core/crc32.h"

#include <catch2/catch.hpp>
#include <string>

using spinvp::Crc32;

TEST_CASE("the CRC-32 is that of IEEE 802.3, in one piece or in many") {
  const std::string digits = "123456789";
  CHECK(Crc32().value() == 0);
  Crc32 whole;
  whole.add(digits.data(), digits.size());
  CHECK(whole.value() == 0xCBF43926);
  Crc32 pieces;
  for (const char digit : digits) {
    pieces.add(&digit, 1);
    pieces.add(&digit, 0);
  }
  CHECK(pieces.value() == 0xCBF43926);
}
