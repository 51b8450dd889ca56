#include "network/data/npy_header.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace spinvp::network::data {
namespace {

constexpr std::array<std::uint8_t, 6> magic = {0x93, 'N', 'U', 'M', 'P', 'Y'};
constexpr std::size_t longest_header = 65536;
constexpr std::uint64_t most_elements = std::uint64_t{1} << 40;

/// The header's text is a Python dictionary of three known keys; this reads just what such a dictionary can hold.
class HeaderText {
 public:
  HeaderText(const ByteReader& reader, std::string text) : reader_(reader), text_(std::move(text)) {}

  NpyHeader parse() {
    NpyHeader header;
    std::vector<std::string> seen;
    expect('{');
    while (!take('}')) {
      const std::string key = quoted();
      if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
        fail(fmt::format("has the key '{}' twice", key));
      }
      seen.push_back(key);
      expect(':');
      read_value(key, header);
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    if (seen.size() != 3) {
      fail("lacks one of the keys 'descr', 'fortran_order' and 'shape'");
    }
    return header;
  }

 private:
  void read_value(const std::string& key, NpyHeader& header) {
    if (key == "descr") {
      if (next() != '\'' && next() != '"') {
        reader_.fail("holds records of several fields; expected plain numbers");
      }
      header.descr = quoted();
    } else if (key == "fortran_order") {
      header.fortran_order = boolean();
    } else if (key == "shape") {
      header.dims = dims();
    } else {
      fail(fmt::format("has the unknown key '{}'", key));
    }
  }

  std::vector<std::uint64_t> dims() {
    std::vector<std::uint64_t> result;
    expect('(');
    while (!take(')')) {
      if (result.size() == 32) {
        fail("announces more than 32 dimensions");
      }
      result.push_back(number());
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return result;
  }

  std::uint64_t number() {
    skip_blanks();
    const std::size_t begin = at_;
    std::uint64_t value = 0;
    while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) {
      value = value * 10 + static_cast<std::uint64_t>(text_[at_++] - '0');
      if (value > most_elements) {
        fail("announces a dimension beyond 2^40");
      }
    }
    if (at_ == begin) {
      fail("has a dimension that is no number");
    }
    return value;
  }

  bool boolean() {
    skip_blanks();
    for (const bool value : {false, true}) {
      const std::string word = value ? "True" : "False";
      if (text_.compare(at_, word.size(), word) == 0) {
        at_ += word.size();
        return value;
      }
    }
    fail("has a 'fortran_order' that is neither True nor False");
  }

  std::string quoted() {
    const char quote = next();
    if (quote != '\'' && quote != '"') {
      fail("is no dictionary");
    }
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string::npos) {
      fail("ends within a text");
    }
    std::string result = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return result;
  }

  void skip_blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
      ++at_;
    }
  }
  char next() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    const bool there = next() == c;
    at_ += there ? 1 : 0;
    return there;
  }
  void expect(char c) {
    if (!take(c)) {
      fail("is no dictionary");
    }
  }
  [[noreturn]] void fail(const std::string& reason) const { reader_.fail("its .npy header " + reason); }

  const ByteReader& reader_;
  const std::string text_;
  std::size_t at_ = 0;
};

std::optional<NpyHeader::Kind> kind_of(const std::string& type) {
  using Kind = NpyHeader::Kind;
  const char letter = type.empty() ? '\0' : type[0];
  const std::string bytes = type.substr(std::min<std::size_t>(1, type.size()));
  const bool integer = bytes == "1" || bytes == "2" || bytes == "4" || bytes == "8";
  if (letter == 'b' && bytes == "1") {
    return Kind::Boolean;
  }
  if (letter == 'i' && integer) {
    return Kind::Signed;
  }
  if (letter == 'u' && integer) {
    return Kind::Unsigned;
  }
  if (letter == 'f' && integer && bytes != "1") {
    return Kind::Float;
  }
  return std::nullopt;
}

void read_type(const ByteReader& reader, NpyHeader& header) {
  const std::string& descr = header.descr;
  const bool ordered = !descr.empty() && std::string("<>=|").find(descr[0]) != std::string::npos;
  const std::string type = ordered ? descr.substr(1) : descr;
  const std::optional<NpyHeader::Kind> kind = kind_of(type);
  if (!kind) {
    reader.fail(fmt::format(
        "holds values of NumPy's type '{}'; expected booleans, integers of up to 64 bits or floats of 16, 32 or 64",
        descr));
  }
  header.kind = *kind;
  header.item_bytes = static_cast<std::size_t>(type[1] - '0');
  header.big_endian = ordered && descr[0] == '>';
}

}  // namespace

std::string NpyHeader::dims_text() const {
  return fmt::format("[{}]", fmt::join(dims, ", "));
}

bool starts_as_npy(const std::vector<std::uint8_t>& start) {
  return start.size() >= magic.size() && std::equal(magic.begin(), magic.end(), start.begin());
}

NpyHeader read_npy_header(ByteReader& reader) {
  std::array<std::uint8_t, 12> start{};
  const auto read_start = [&](std::size_t from, std::size_t count) {
    if (reader.read(start.data() + from, count) != count) {
      reader.fail("ends within its .npy header");
    }
  };
  read_start(0, 8);
  const int version = start[6];
  if (version < 1 || version > 3) {
    reader.fail(fmt::format("is .npy of version {}.{}; expected 1, 2 or 3", version, start[7]));
  }
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  read_start(8, length_bytes);
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    length |= std::size_t{start[8 + i]} << (8 * i);
  }
  if (length > longest_header) {
    reader.fail(
        fmt::format("announces a .npy header of {} bytes; plain numbers need less than {}", length, longest_header));
  }
  std::string text(length, '\0');
  if (reader.read(reinterpret_cast<std::uint8_t*>(text.data()), length) != length) {
    reader.fail("ends within its .npy header");
  }
  NpyHeader header = HeaderText(reader, std::move(text)).parse();
  read_type(reader, header);
  const bool empty = std::find(header.dims.begin(), header.dims.end(), 0u) != header.dims.end();
  header.elements = empty ? 0 : 1;
  for (const std::uint64_t dim : header.dims) {
    if (!empty && header.elements > most_elements / dim) {
      reader.fail(fmt::format("announces {} values; expected at most 2^40", header.dims_text()));
    }
    header.elements *= dim;
  }
  return header;
}

}  // namespace spinvp::network::data
