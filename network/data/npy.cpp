#include "network/data/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace spinvp::network::data {
namespace {

using Kind = NpyHeader::Kind;

double half_value(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int fraction = bits & 1023;
  const double magnitude = exponent == 31  ? (fraction == 0 ? std::numeric_limits<double>::infinity()
                                                            : std::numeric_limits<double>::quiet_NaN())
                           : exponent == 0 ? std::ldexp(fraction, -24)
                                           : std::ldexp(1024 + fraction, exponent - 25);
  return bits >> 15 != 0 ? -magnitude : magnitude;
}

/// One value of the file, as its type has it.
class Item {
 public:
  Item(const NpyHeader& header, const std::uint8_t* bytes) : header_(header) {
    for (std::size_t i = 0; i < header.item_bytes; ++i) {
      const std::size_t place = header.big_endian ? header.item_bytes - 1 - i : i;
      bits_ |= std::uint64_t{bytes[i]} << (8 * place);
    }
  }

  /// The value when it is a whole number from 0 to `highest`.
  std::optional<std::uint64_t> whole(std::uint64_t highest) const {
    if (header_.kind == Kind::Float) {
      const double value = real();
      const bool fits = value >= 0 && value <= static_cast<double>(highest) && value == std::floor(value);
      return fits ? std::optional(static_cast<std::uint64_t>(value)) : std::nullopt;
    }
    const bool negative = header_.kind == Kind::Signed && integer() < 0;
    return !negative && bits_ <= highest ? std::optional(bits_) : std::nullopt;
  }

  std::string text() const {
    return header_.kind == Kind::Float    ? fmt::format("{}", real())
           : header_.kind == Kind::Signed ? fmt::format("{}", integer())
                                          : fmt::format("{}", bits_);
  }

 private:
  std::int64_t integer() const {
    const auto unused = static_cast<unsigned>(64 - 8 * header_.item_bytes);
    return static_cast<std::int64_t>(bits_ << unused) >> unused;
  }
  double real() const {
    if (header_.item_bytes == 2) {
      return half_value(static_cast<std::uint16_t>(bits_));
    }
    if (header_.item_bytes == 4) {
      const auto low = static_cast<std::uint32_t>(bits_);
      float value = 0;
      std::memcpy(&value, &low, sizeof value);
      return static_cast<double>(value);
    }
    double value = 0;
    std::memcpy(&value, &bits_, sizeof value);
    return value;
  }

  const NpyHeader& header_;
  std::uint64_t bits_ = 0;
};

/// Where the value at this place in the file stands in the array.
std::string index_text(const NpyHeader& header, std::uint64_t place) {
  std::vector<std::uint64_t> index(header.dims.size());
  for (std::size_t i = 0; i < index.size(); ++i) {
    const std::size_t axis = header.fortran_order ? i : index.size() - 1 - i;
    index[axis] = place % header.dims[axis];
    place /= header.dims[axis];
  }
  return fmt::format("[{}]", fmt::join(index, ", "));
}

/// All values in the file's order; memory grows with the bytes that are there.
template <class Number>
std::vector<Number> read_values(ByteReader& reader, const NpyHeader& header, std::uint64_t highest,
                                const std::string& expected) {
  constexpr std::uint64_t items_a_block = std::uint64_t{1} << 16;
  std::vector<Number> values;
  std::vector<std::uint8_t> block;
  while (values.size() < header.elements) {
    const auto wanted = static_cast<std::size_t>(std::min(items_a_block, header.elements - values.size()));
    block.resize(wanted * header.item_bytes);
    const std::size_t got = reader.read(block.data(), block.size());
    if (got != block.size()) {
      reader.fail(fmt::format("is truncated: its header announces {} values of {} bytes, but it holds {} bytes of data",
                              header.elements, header.item_bytes, values.size() * header.item_bytes + got));
    }
    for (std::size_t i = 0; i < wanted; ++i) {
      const Item item(header, block.data() + i * header.item_bytes);
      const std::optional<std::uint64_t> value = item.whole(highest);
      if (!value) {
        reader.fail(fmt::format("its value at {} is {}; expected {}", index_text(header, values.size()), item.text(),
                                expected));
      }
      values.push_back(static_cast<Number>(*value));
    }
  }
  require_end(reader, static_cast<std::size_t>(header.elements * header.item_bytes));
  return values;
}

/// How far apart neighbours along each axis stand in the file.
std::vector<std::size_t> strides_of(const NpyHeader& header) {
  std::vector<std::size_t> strides(header.dims.size());
  std::size_t stride = 1;
  for (std::size_t i = 0; i < strides.size(); ++i) {
    const std::size_t axis = header.fortran_order ? i : strides.size() - 1 - i;
    strides[axis] = stride;
    stride *= static_cast<std::size_t>(header.dims[axis]);
  }
  return strides;
}

constexpr int none = -1;

/// Which axis is what; `none`: one row, column or channel.
struct Axes {
  int row = none;
  int column = none;
  int channel = none;
};

bool is_shape(const Shape& shape, std::uint64_t height, std::uint64_t width, std::uint64_t channels) {
  const auto is = [](int side, std::uint64_t dim) { return static_cast<std::uint64_t>(side) == dim; };
  return is(shape.height, height) && is(shape.width, width) && is(shape.channels, channels);
}

Axes axes_of(const ByteReader& reader, const NpyHeader& header, const std::optional<Shape>& wanted) {
  const std::vector<std::uint64_t>& dims = header.dims;
  if (dims.size() == 2) {
    return {none, none, 1};
  }
  if (dims.size() == 3) {
    return {1, 2, none};
  }
  if (dims.size() != 4) {
    reader.fail(
        fmt::format("holds an array {}; expected images [N, rows, columns], [N, rows, columns, channels] or [N, "
                    "channels, rows, columns], or features [N, features]",
                    header.dims_text()));
  }
  const bool channels_last = wanted && is_shape(*wanted, dims[1], dims[2], dims[3]);
  const bool channels_first = wanted && is_shape(*wanted, dims[2], dims[3], dims[1]);
  if (channels_last && channels_first && dims[1] > 1) {
    reader.fail(
        fmt::format("holds an array {} that can be [N, rows, columns, channels] or [N, channels, rows, columns]; the "
                    "shape that the network reads does not tell: give the images as IDX or PNG",
                    header.dims_text()));
  }
  return channels_first && !channels_last ? Axes{2, 3, 1} : Axes{1, 2, 3};
}

std::vector<std::uint8_t> arranged(std::vector<std::uint8_t> values, const NpyHeader& header, const Axes& axes,
                                   std::size_t count, const Shape& shape) {
  const std::vector<std::size_t> strides = strides_of(header);
  const auto stride = [&](int axis) { return axis == none ? 0 : strides[static_cast<std::size_t>(axis)]; };
  const std::size_t row = stride(axes.row);
  const std::size_t column = stride(axes.column);
  const std::size_t channel = stride(axes.channel);
  const bool planes = axes.channel == 1 && axes.row != none;
  if (!header.fortran_order && !planes) {
    return values;  // in this order already
  }
  std::vector<std::uint8_t> pixels;
  pixels.reserve(values.size());
  for (std::size_t n = 0; n < count; ++n) {
    for (std::size_t y = 0; y < static_cast<std::size_t>(shape.height); ++y) {
      for (std::size_t x = 0; x < static_cast<std::size_t>(shape.width); ++x) {
        for (std::size_t c = 0; c < static_cast<std::size_t>(shape.channels); ++c) {
          pixels.push_back(values[n * strides[0] + y * row + x * column + c * channel]);
        }
      }
    }
  }
  return pixels;
}

}  // namespace

Dataset read_npy_images(ByteReader& reader, const std::optional<Shape>& wanted) {
  const NpyHeader header = read_npy_header(reader);
  const Axes axes = axes_of(reader, header, wanted);
  const auto dim = [&](int axis) { return axis == none ? 1 : header.dims[static_cast<std::size_t>(axis)]; };
  require_moderate(reader.path(), header.dims[0], dim(axes.row), dim(axes.column), dim(axes.channel));
  Dataset dataset;
  dataset.count = static_cast<std::size_t>(header.dims[0]);
  dataset.array = header.dims_text();
  dataset.shape = {static_cast<int>(dim(axes.row)), static_cast<int>(dim(axes.column)),
                   static_cast<int>(dim(axes.channel))};
  std::vector<std::uint8_t> values =
      read_values<std::uint8_t>(reader, header, 255,
                                "whole numbers from 0 to 255 (what a model makes of them is for --input-scale, "
                                "--input-mean and --input-std to say)");
  dataset.pixels = arranged(std::move(values), header, axes, dataset.count, dataset.shape);
  return dataset;
}

std::vector<std::uint32_t> read_npy_labels(ByteReader& reader) {
  const NpyHeader header = read_npy_header(reader);
  const bool list = header.dims.size() == 1 || (header.dims.size() == 2 && header.dims[1] == 1);
  const bool integers = header.kind == Kind::Signed || header.kind == Kind::Unsigned;
  if (!list || !integers) {
    reader.fail(fmt::format("holds an array {} of NumPy's type '{}'; expected labels: integers [N]", header.dims_text(),
                            header.descr));
  }
  return read_values<std::uint32_t>(reader, header, std::numeric_limits<std::uint32_t>::max(),
                                    "labels from 0 to 2^32 - 1");
}

}  // namespace spinvp::network::data
