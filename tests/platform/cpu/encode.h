#pragma once

#include <cstdint>

/// A very small assembler: instruction words for tests, named after their mnemonics. Registers by number.
namespace rv32 {

enum Register : std::uint32_t { zero, ra, sp, gp, tp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5 };

constexpr std::uint32_t r_type(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t funct7, std::uint32_t rd,
                               std::uint32_t rs1, std::uint32_t rs2) {
  return opcode | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | funct7 << 25;
}
constexpr std::uint32_t i_type(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t rd, std::uint32_t rs1,
                               std::int32_t immediate) {
  return opcode | rd << 7 | funct3 << 12 | rs1 << 15 | static_cast<std::uint32_t>(immediate) << 20;
}
constexpr std::uint32_t s_type(std::uint32_t funct3, std::uint32_t rs2, std::uint32_t rs1, std::int32_t immediate) {
  const auto bits = static_cast<std::uint32_t>(immediate);
  return 0x23u | (bits & 31u) << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | (bits >> 5 & 127u) << 25;
}
constexpr std::uint32_t b_type(std::uint32_t funct3, std::uint32_t rs1, std::uint32_t rs2, std::int32_t offset) {
  const auto bits = static_cast<std::uint32_t>(offset);
  return 0x63u | (bits >> 11 & 1u) << 7 | (bits >> 1 & 15u) << 8 | funct3 << 12 | rs1 << 15 | rs2 << 20 |
         (bits >> 5 & 63u) << 25 | (bits >> 12 & 1u) << 31;
}

constexpr std::uint32_t addi(std::uint32_t rd, std::uint32_t rs1, std::int32_t v) {
  return i_type(0x13, 0, rd, rs1, v);
}
constexpr std::uint32_t add(std::uint32_t rd, std::uint32_t a, std::uint32_t b) {
  return r_type(0x33, 0, 0, rd, a, b);
}
constexpr std::uint32_t lui(std::uint32_t rd, std::uint32_t value) {
  return 0x37u | rd << 7 | (value & 0xfffff000u);
}
constexpr std::uint32_t lb(std::uint32_t rd, std::uint32_t rs1, std::int32_t o) {
  return i_type(0x03, 0, rd, rs1, o);
}
constexpr std::uint32_t lh(std::uint32_t rd, std::uint32_t rs1, std::int32_t o) {
  return i_type(0x03, 1, rd, rs1, o);
}
constexpr std::uint32_t lw(std::uint32_t rd, std::uint32_t rs1, std::int32_t o) {
  return i_type(0x03, 2, rd, rs1, o);
}
constexpr std::uint32_t sb(std::uint32_t rs2, std::uint32_t rs1, std::int32_t o) {
  return s_type(0, rs2, rs1, o);
}
constexpr std::uint32_t sh(std::uint32_t rs2, std::uint32_t rs1, std::int32_t o) {
  return s_type(1, rs2, rs1, o);
}
constexpr std::uint32_t sw(std::uint32_t rs2, std::uint32_t rs1, std::int32_t o) {
  return s_type(2, rs2, rs1, o);
}
constexpr std::uint32_t beq(std::uint32_t a, std::uint32_t b, std::int32_t offset) {
  return b_type(0, a, b, offset);
}
constexpr std::uint32_t bne(std::uint32_t a, std::uint32_t b, std::int32_t offset) {
  return b_type(1, a, b, offset);
}
constexpr std::uint32_t jalr(std::uint32_t rd, std::uint32_t rs1, std::int32_t o) {
  return i_type(0x67, 0, rd, rs1, o);
}
constexpr std::uint32_t jal(std::uint32_t rd, std::int32_t offset) {
  const auto bits = static_cast<std::uint32_t>(offset);
  return 0x6fu | rd << 7 | (bits >> 12 & 255u) << 12 | (bits >> 11 & 1u) << 20 | (bits >> 1 & 1023u) << 21 |
         (bits >> 20 & 1u) << 31;
}
constexpr std::uint32_t csrrw(std::uint32_t rd, std::uint32_t number, std::uint32_t rs1) {
  return 0x1073u | rd << 7 | rs1 << 15 | number << 20;
}
constexpr std::uint32_t csrrs(std::uint32_t rd, std::uint32_t number, std::uint32_t rs1) {
  return 0x2073u | rd << 7 | rs1 << 15 | number << 20;
}
constexpr std::uint32_t csrrc(std::uint32_t rd, std::uint32_t number, std::uint32_t rs1) {
  return 0x3073u | rd << 7 | rs1 << 15 | number << 20;
}
constexpr std::uint32_t csrrwi(std::uint32_t rd, std::uint32_t number, std::uint32_t v) {
  return 0x5073u | rd << 7 | v << 15 | number << 20;
}
constexpr std::uint32_t csrrsi(std::uint32_t rd, std::uint32_t number, std::uint32_t v) {
  return 0x6073u | rd << 7 | v << 15 | number << 20;
}
constexpr std::uint32_t amo(std::uint32_t funct5, std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2) {
  return r_type(0x2f, 2, funct5 << 2, rd, rs1, rs2);
}
constexpr std::uint32_t lr(std::uint32_t rd, std::uint32_t rs1) {
  return amo(2, rd, rs1, 0);
}
constexpr std::uint32_t sc(std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2) {
  return amo(3, rd, rs1, rs2);
}

constexpr std::uint32_t nop = 0x00000013;
constexpr std::uint32_t ecall = 0x00000073;
constexpr std::uint32_t ebreak = 0x00100073;
constexpr std::uint32_t mret = 0x30200073;
constexpr std::uint32_t wfi = 0x10500073;
constexpr std::uint32_t fence_i = 0x0000100f;

constexpr std::uint16_t c_nop = 0x0001;
constexpr std::uint16_t c_ebreak = 0x9002;
/// c.addi rd, v with v from -32 to 31, not zero
constexpr std::uint16_t c_addi(std::uint32_t rd, std::int32_t v) {
  const auto bits = static_cast<std::uint32_t>(v);
  return static_cast<std::uint16_t>(0x0001u | (bits & 31u) << 2 | rd << 7 | (bits >> 5 & 1u) << 12);
}

}  // namespace rv32
