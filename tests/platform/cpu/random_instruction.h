#pragma once

#include <cstdint>
#include <random>

/// Random encodings, grouped so that every extension gets its share.
enum class Group { Arithmetic, Multiply, Memory, Jump, Atomic, Compressed, AnyWord };

using Random = std::mt19937;

std::uint32_t random_instruction(Random& random, Group group);

/// A register value: small numbers, extremes, addresses in and around [data, data + size), anything.
std::uint32_t random_value(Random& random, std::uint32_t data, std::uint32_t size);
