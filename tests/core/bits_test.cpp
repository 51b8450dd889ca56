#include "core/bits.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace spinvp;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes random_bytes(std::mt19937& random, std::size_t count) {
  Bytes bytes(count);
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(random());
  }
  return bytes;
}

/// What copy() must do, bit after bit.
Bytes copied_one_by_one(Bytes destination, std::size_t destination_bit, const Bytes& source, std::size_t source_bit,
                        std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const bool bit = ((source[(source_bit + i) / 8] >> ((source_bit + i) % 8)) & 1) != 0;
    const std::size_t at = destination_bit + i;
    const auto mask = static_cast<std::uint8_t>(1 << (at % 8));
    destination[at / 8] = static_cast<std::uint8_t>(bit ? destination[at / 8] | mask : destination[at / 8] & ~mask);
  }
  return destination;
}

}  // namespace

TEST_CASE("copying bits equals copying them one by one, at every alignment and length") {
  std::mt19937 random(1);
  for (std::size_t destination_bit = 0; destination_bit < 17; ++destination_bit) {
    for (std::size_t source_bit = 0; source_bit < 17; ++source_bit) {
      for (std::size_t count = 0; count <= 150; ++count) {
        // Exactly the bytes of the ranges: a sanitizer sees every access beside them.
        const Bytes source = random_bytes(random, bits::bytes_for(source_bit + count));
        Bytes destination = random_bytes(random, bits::bytes_for(destination_bit + count));
        const Bytes expected = copied_one_by_one(destination, destination_bit, source, source_bit, count);
        bits::copy(destination.data(), destination_bit, source.data(), source_bit, count);
        if (destination != expected) {
          FAIL(count << " bits from bit " << source_bit << " to bit " << destination_bit);
        }
      }
    }
  }
}

TEST_CASE("long copies at random places equal copying one by one") {
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    const std::size_t count = random() % 5000;
    const std::size_t source_bit = random() % 600;
    const std::size_t destination_bit = random() % 600;
    const Bytes source = random_bytes(random, bits::bytes_for(source_bit + count));
    Bytes destination = random_bytes(random, bits::bytes_for(destination_bit + count));
    const Bytes expected = copied_one_by_one(destination, destination_bit, source, source_bit, count);
    bits::copy(destination.data(), destination_bit, source.data(), source_bit, count);
    INFO(count << " bits from bit " << source_bit << " to bit " << destination_bit);
    REQUIRE(destination == expected);
  }
}

TEST_CASE("copying touches no byte beside the bytes of the range") {
  constexpr std::size_t margin = 16;
  for (const std::uint8_t background : {std::uint8_t{0x00}, std::uint8_t{0xff}}) {
    for (std::size_t shift = 0; shift < 8; ++shift) {
      for (std::size_t count = 0; count < 130; ++count) {
        const Bytes source(40, static_cast<std::uint8_t>(~background));
        Bytes destination(2 * margin + 24, background);
        bits::copy(destination.data(), margin * 8 + shift, source.data(), 3, count);
        for (std::size_t bit = 0; bit < destination.size() * 8; ++bit) {
          const bool inside = bit >= margin * 8 + shift && bit < margin * 8 + shift + count;
          const bool old = background != 0;
          if (bits::get(destination.data(), bit) != (inside ? !old : old)) {
            FAIL("bit " << bit << " after " << count << " bits to bit " << margin * 8 + shift);
          }
        }
      }
    }
  }
}

TEST_CASE("copying no bits reads and writes nothing") {
  std::uint8_t byte = 0x5a;
  bits::copy(&byte, 3, nullptr, 0, 0);
  bits::copy(&byte, 8, &byte, 8, 0);
  CHECK(byte == 0x5a);
}

TEST_CASE("getting and setting a bit concern that bit only") {
  std::mt19937 random(3);
  const Bytes before = random_bytes(random, 9);
  for (std::size_t index = 0; index < before.size() * 8; ++index) {
    for (const bool value : {false, true}) {
      Bytes bytes = before;
      bits::set(bytes.data(), index, value);
      for (std::size_t bit = 0; bit < before.size() * 8; ++bit) {
        REQUIRE(bits::get(bytes.data(), bit) == (bit == index ? value : bits::get(before.data(), bit)));
      }
    }
  }
}

TEST_CASE("bits of words and bits of bytes are the same bits") {
  std::uint64_t words[2] = {0, 0};
  bits::set(reinterpret_cast<std::uint8_t*>(words), 67, true);
  CHECK(words[0] == 0);
  CHECK(words[1] == std::uint64_t{1} << 3);
}

TEST_CASE("words and bytes round up") {
  CHECK(bits::words_for(0) == 0);
  CHECK(bits::words_for(1) == 1);
  CHECK(bits::words_for(64) == 1);
  CHECK(bits::words_for(65) == 2);
  CHECK(bits::bytes_for(0) == 0);
  CHECK(bits::bytes_for(1) == 1);
  CHECK(bits::bytes_for(8) == 1);
  CHECK(bits::bytes_for(9) == 2);
}
