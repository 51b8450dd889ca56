#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "network/data/byte_reader.h"

namespace spinvp::network::data {

struct NpyHeader {
  enum class Kind { Boolean, Signed, Unsigned, Float } kind = Kind::Unsigned;
  std::string descr;  ///< as the file writes it: "<f4"
  std::size_t item_bytes = 1;
  bool big_endian = false;
  bool fortran_order = false;
  std::vector<std::uint64_t> dims;
  std::uint64_t elements = 1;  ///< product of dims

  /// "[2, 3]"
  std::string dims_text() const;
};

bool starts_as_npy(const std::vector<std::uint8_t>& start);

/// Reads magic, version and header; the data are next. InputError when the header is no such thing, the type is none
/// of booleans, integers of up to 64 bits and floats of 16, 32 and 64 bits, or the dimensions overflow.
NpyHeader read_npy_header(ByteReader& reader);

}  // namespace spinvp::network::data
