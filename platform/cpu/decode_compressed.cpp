#include "platform/cpu/decode.h"

namespace spinvp::platform {
namespace {

constexpr std::uint32_t illegal = 0;

constexpr std::uint32_t field(std::uint32_t bits, int low, int count) {
  return (bits >> low) & ((1u << count) - 1);
}

/// Bits [low, low+count) of the encoding, placed at bit `to`.
constexpr std::uint32_t place(std::uint32_t bits, int low, int count, int to) {
  return field(bits, low, count) << to;
}

constexpr std::uint32_t sign(std::uint32_t bits, int to) {
  return field(bits, 12, 1) != 0 ? ~0u << to : 0u;
}

// The 32-bit formats
constexpr std::uint32_t i_type(std::uint32_t opcode, std::uint32_t rd, std::uint32_t funct3, std::uint32_t rs1,
                               std::uint32_t immediate) {
  return opcode | rd << 7 | funct3 << 12 | rs1 << 15 | immediate << 20;
}

constexpr std::uint32_t r_type(std::uint32_t funct7, std::uint32_t rd, std::uint32_t funct3, std::uint32_t rs1,
                               std::uint32_t rs2) {
  return 0x33u | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | funct7 << 25;
}

constexpr std::uint32_t store_word(std::uint32_t rs1, std::uint32_t rs2, std::uint32_t immediate) {
  return 0x23u | field(immediate, 0, 5) << 7 | 2u << 12 | rs1 << 15 | rs2 << 20 | field(immediate, 5, 7) << 25;
}

constexpr std::uint32_t branch(std::uint32_t funct3, std::uint32_t rs1, std::uint32_t offset) {
  return 0x63u | field(offset, 11, 1) << 7 | field(offset, 1, 4) << 8 | funct3 << 12 | rs1 << 15 |
         field(offset, 5, 6) << 25 | field(offset, 12, 1) << 31;
}

constexpr std::uint32_t jal(std::uint32_t rd, std::uint32_t offset) {
  return 0x6fu | rd << 7 | field(offset, 12, 8) << 12 | field(offset, 11, 1) << 20 | field(offset, 1, 10) << 21 |
         field(offset, 20, 1) << 31;
}

constexpr std::uint32_t op_immediate = 0x13;
constexpr std::uint32_t op_load = 0x03;
constexpr std::uint32_t op_jalr = 0x67;
constexpr std::uint32_t word = 2;
constexpr std::uint32_t stack_pointer = 2;

std::uint32_t quadrant0(std::uint32_t bits) {
  const std::uint32_t rd = 8 + field(bits, 2, 3);
  const std::uint32_t rs1 = 8 + field(bits, 7, 3);
  const std::uint32_t offset = place(bits, 6, 1, 2) | place(bits, 10, 3, 3) | place(bits, 5, 1, 6);
  switch (field(bits, 13, 3)) {
    case 0: {  // c.addi4spn; immediate 0 is reserved, and with it the all-zero halfword
      const std::uint32_t immediate =
          place(bits, 6, 1, 2) | place(bits, 5, 1, 3) | place(bits, 11, 2, 4) | place(bits, 7, 4, 6);
      return immediate == 0 ? illegal : i_type(op_immediate, rd, 0, stack_pointer, immediate);
    }
    case 2:
      return i_type(op_load, rd, word, rs1, offset);
    case 6:
      return store_word(rs1, rd, offset);
    default:  // floating point and reserved
      return illegal;
  }
}

std::uint32_t arithmetic(std::uint32_t bits) {
  const std::uint32_t rd = 8 + field(bits, 7, 3);
  const std::uint32_t rs2 = 8 + field(bits, 2, 3);
  const std::uint32_t low = field(bits, 2, 5);
  const bool high_bit = field(bits, 12, 1) != 0;
  switch (field(bits, 10, 2)) {
    case 0:  // c.srli; a shift amount of 32 and more is not for RV32
      return high_bit ? illegal : i_type(op_immediate, rd, 5, rd, low);
    case 1:
      return high_bit ? illegal : i_type(op_immediate, rd, 5, rd, low | 0x400u);
    case 2:
      return i_type(op_immediate, rd, 7, rd, low | sign(bits, 5));
    default:
      break;
  }
  if (high_bit) return illegal;  // RV64 and reserved
  switch (field(bits, 5, 2)) {
    case 0:
      return r_type(0x20, rd, 0, rd, rs2);
    case 1:
      return r_type(0, rd, 4, rd, rs2);
    case 2:
      return r_type(0, rd, 6, rd, rs2);
    default:
      return r_type(0, rd, 7, rd, rs2);
  }
}

std::uint32_t lui_or_addi16sp(std::uint32_t bits, std::uint32_t rd) {
  if (rd == stack_pointer) {
    const std::uint32_t immediate =
        place(bits, 6, 1, 4) | place(bits, 2, 1, 5) | place(bits, 5, 1, 6) | place(bits, 3, 2, 7) | sign(bits, 9);
    return immediate == 0 ? illegal : i_type(op_immediate, rd, 0, rd, immediate);
  }
  const std::uint32_t immediate = place(bits, 2, 5, 12) | sign(bits, 17);
  return immediate == 0 ? illegal : 0x37u | rd << 7 | immediate;
}

std::uint32_t quadrant1(std::uint32_t bits) {
  const std::uint32_t rd = field(bits, 7, 5);
  const std::uint32_t rs1_short = 8 + field(bits, 7, 3);
  const std::uint32_t immediate = field(bits, 2, 5) | sign(bits, 5);
  const std::uint32_t jump = place(bits, 3, 3, 1) | place(bits, 11, 1, 4) | place(bits, 2, 1, 5) |
                             place(bits, 7, 1, 6) | place(bits, 6, 1, 7) | place(bits, 9, 2, 8) |
                             place(bits, 8, 1, 10) | sign(bits, 11);
  const std::uint32_t target =
      place(bits, 3, 2, 1) | place(bits, 10, 2, 3) | place(bits, 2, 1, 5) | place(bits, 5, 2, 6) | sign(bits, 8);
  switch (field(bits, 13, 3)) {
    case 0:
      return i_type(op_immediate, rd, 0, rd, immediate);
    case 1:
      return jal(1, jump);
    case 2:
      return i_type(op_immediate, rd, 0, 0, immediate);
    case 3:
      return lui_or_addi16sp(bits, rd);
    case 4:
      return arithmetic(bits);
    case 5:
      return jal(0, jump);
    case 6:
      return branch(0, rs1_short, target);
    default:
      return branch(1, rs1_short, target);
  }
}

std::uint32_t quadrant2(std::uint32_t bits) {
  const std::uint32_t rd = field(bits, 7, 5);
  const std::uint32_t rs2 = field(bits, 2, 5);
  const bool high_bit = field(bits, 12, 1) != 0;
  switch (field(bits, 13, 3)) {
    case 0:
      return high_bit ? illegal : i_type(op_immediate, rd, 1, rd, rs2);
    case 2: {
      const std::uint32_t offset = place(bits, 4, 3, 2) | place(bits, 12, 1, 5) | place(bits, 2, 2, 6);
      return rd == 0 ? illegal : i_type(op_load, rd, word, stack_pointer, offset);
    }
    case 4:
      if (rs2 != 0) return r_type(0, rd, 0, high_bit ? rd : 0, rs2);    // c.add, c.mv
      if (rd != 0) return i_type(op_jalr, high_bit ? 1 : 0, 0, rd, 0);  // c.jalr, c.jr
      return high_bit ? 0x00100073u : illegal;                          // c.ebreak
    case 6:
      return store_word(stack_pointer, rs2, place(bits, 9, 4, 2) | place(bits, 7, 2, 6));
    default:  // floating point
      return illegal;
  }
}

}  // namespace

std::uint32_t expand_compressed(std::uint16_t bits) {
  switch (bits & 3u) {
    case 0:
      return quadrant0(bits);
    case 1:
      return quadrant1(bits);
    case 2:
      return quadrant2(bits);
    default:
      return illegal;
  }
}

}  // namespace spinvp::platform
