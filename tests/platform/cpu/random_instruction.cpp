#include "platform/cpu/random_instruction.h"

#include "platform/cpu/encode.h"

namespace {

std::uint32_t below(Random& random, std::uint32_t limit) {
  return static_cast<std::uint32_t>(random()) % limit;
}

std::int32_t immediate12(Random& random) {
  return static_cast<std::int32_t>(below(random, 4096)) - 2048;
}

/// Few registers in use make hazards likely: reads of what was just written, rd = rs1.
std::uint32_t any_register(Random& random) {
  return below(random, 3) == 0 ? below(random, 32) : below(random, 8);
}

std::uint32_t arithmetic(Random& random) {
  const std::uint32_t rd = any_register(random);
  const std::uint32_t rs1 = any_register(random);
  const std::uint32_t funct3 = below(random, 8);
  switch (below(random, 4)) {
    case 0:
      return (below(random, 2) == 0 ? 0x37u : 0x17u) | rd << 7 | (static_cast<std::uint32_t>(random()) & 0xfffff000u);
    case 1: {
      const std::int32_t amount = static_cast<std::int32_t>(below(random, 32) | (below(random, 2) << 10));
      const bool shift = funct3 == 1 || funct3 == 5;
      return rv32::i_type(0x13, funct3, rd, rs1, shift ? amount : immediate12(random));
    }
    default:
      return rv32::r_type(0x33, funct3, below(random, 4) == 0 ? 0x20 : 0, rd, rs1, any_register(random));
  }
}

std::uint32_t memory(Random& random) {
  if (below(random, 2) == 0) {
    return rv32::i_type(0x03, below(random, 8), any_register(random), any_register(random), immediate12(random));
  }
  return rv32::s_type(below(random, 4), any_register(random), any_register(random), immediate12(random));
}

std::uint32_t jump(Random& random) {
  const auto offset = static_cast<std::int32_t>(below(random, 4096)) - 2048;
  switch (below(random, 6)) {
    case 0:
      return rv32::jal(any_register(random), offset & ~1);
    case 1:
      return rv32::jalr(any_register(random), any_register(random), immediate12(random));
    default:
      return rv32::b_type(below(random, 8), any_register(random), any_register(random), offset & ~1);
  }
}

std::uint32_t atomic(Random& random) {
  constexpr std::uint32_t known[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c};
  const std::uint32_t funct5 = below(random, 8) == 0 ? below(random, 32) : known[below(random, 11)];
  const std::uint32_t rs2 = funct5 == 2 && below(random, 4) != 0 ? 0 : any_register(random);
  const std::uint32_t ordering = below(random, 4);
  return rv32::r_type(0x2f, 2, funct5 << 2 | ordering, any_register(random), any_register(random), rs2);
}

}  // namespace

std::uint32_t random_instruction(Random& random, Group group) {
  switch (group) {
    case Group::Arithmetic:
      return arithmetic(random);
    case Group::Multiply:
      return rv32::r_type(0x33, below(random, 8), 1, any_register(random), any_register(random), any_register(random));
    case Group::Memory:
      return memory(random);
    case Group::Jump:
      return jump(random);
    case Group::Atomic:
      return atomic(random);
    case Group::Compressed: {
      const auto upper = static_cast<std::uint32_t>(random()) << 16;  // must not matter
      return upper | (below(random, 1u << 14) << 2) | below(random, 3);
    }
    default:
      return static_cast<std::uint32_t>(random()) | 3u;
  }
}

std::uint32_t random_value(Random& random, std::uint32_t data, std::uint32_t size) {
  constexpr std::uint32_t special[] = {0, 1, 2, 31, 32, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff, 0xfffffffe};
  switch (below(random, 8)) {
    case 0:
      return special[below(random, 10)];
    case 1:
      return below(random, 64) - 32;
    case 2:
      return static_cast<std::uint32_t>(random());
    case 3:
      return data + below(random, size);
    default:
      return data + (below(random, size) & ~3u);
  }
}
