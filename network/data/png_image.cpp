#include "network/data/png_image.h"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/errors.h"
#include "core/file_errors.h"
#include "network/data/byte_reader.h"

namespace spinvp::network::data {
namespace {

constexpr std::array<std::uint8_t, 8> signature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

/// The library's structures with everything that its jumps must not skip the destructors of.
class Decoder {
 public:
  explicit Decoder(const std::string& path) : path_(path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      throw cannot_open(path);
    }
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    if (!starts_as_png({bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(
                                                             bytes_.size(), signature.size()))})) {
      fail("is not a PNG file");
    }
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      fail("cannot be decoded: the PNG library does not start");
    }
    png_set_read_fn(png_, this, on_read);
    png_set_user_limits(png_, most_a_side, most_a_side);
    png_set_chunk_malloc_max(png_, 1 << 24);
  }
  ~Decoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  void read_header() {
    if (setjmp(jump_) == 0) {
      png_read_info(png_, info_);
      width_ = png_get_image_width(png_, info_);
      height_ = png_get_image_height(png_, info_);
      depth_ = png_get_bit_depth(png_, info_);
      // Transparency comes as a channel, palettes as colours, and fewer bits as parts of 255.
      png_set_expand(png_);
      passes_ = png_set_interlace_handling(png_);
      png_read_update_info(png_, info_);
      channels_ = png_get_channels(png_, info_);
    } else {
      fail(problem_);
    }
    if (depth_ > 8) {
      fail(fmt::format("has {} bits a channel; the chip reads 8: store it with 8", depth_));
    }
    // Deflate packs at best about 1000 to 1: a small file that announces a large image is refused without the memory.
    if (row_bytes() * height_ > bytes_.size() * 1100 + 4096) {
      fail(fmt::format("announces {} x {} pixels, more than its {} bytes can hold", height_, width_, bytes_.size()));
    }
  }

  Shape shape() const {
    return {static_cast<int>(height_), static_cast<int>(width_), has_alpha() ? channels_ - 1 : channels_};
  }
  bool has_alpha() const { return channels_ == 2 || channels_ == 4; }

  std::vector<std::uint8_t> read_pixels() {
    pixels_.resize(row_bytes() * height_);
    if (setjmp(jump_) == 0) {
      for (int pass = 0; pass < passes_; ++pass) {
        for (std::size_t row = 0; row < height_; ++row) {
          png_read_row(png_, pixels_.data() + row * row_bytes(), nullptr);
        }
      }
      png_read_end(png_, nullptr);
    } else {
      fail(problem_);
    }
    return has_alpha() ? without_alpha() : std::move(pixels_);
  }

 private:
  static void on_read(png_structp png, png_bytep to, png_size_t count) {
    auto& self = *static_cast<Decoder*>(png_get_io_ptr(png));
    if (self.bytes_.size() - self.at_ < count) {
      png_error(png, "it ends too early");
    }
    std::copy_n(self.bytes_.data() + self.at_, count, to);
    self.at_ += count;
  }
  [[noreturn]] static void on_error(png_structp png, png_const_charp message) {
    auto& self = *static_cast<Decoder*>(png_get_error_ptr(png));
    self.keep_problem(message);
    std::longjmp(self.jump_, 1);  // the library is C: an exception must not pass through it
  }
  static void on_warning(png_structp, png_const_charp) {}

  void keep_problem(const char* message) {
    problem_ = fmt::format("is damaged or truncated, or no usable PNG: {}", message);
  }

  std::size_t row_bytes() const { return std::size_t{width_} * static_cast<std::size_t>(channels_); }

  std::vector<std::uint8_t> without_alpha() const {
    const auto all = static_cast<std::size_t>(channels_);
    std::vector<std::uint8_t> result;
    result.reserve(pixels_.size() / all * (all - 1));
    for (std::size_t at = 0; at < pixels_.size(); at += all) {
      if (pixels_[at + all - 1] != 255) {
        fail(fmt::format("is transparent at row {}, column {}; what would be seen behind it? Store it without alpha",
                         at / all / width_, at / all % width_));
      }
      result.insert(result.end(), pixels_.begin() + static_cast<std::ptrdiff_t>(at),
                    pixels_.begin() + static_cast<std::ptrdiff_t>(at + all - 1));
    }
    return result;
  }

  [[noreturn]] void fail(const std::string& reason) const { throw InputError(fmt::format("{}: {}", path_, reason)); }

  const std::string path_;
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf jump_{};
  std::string problem_;
  png_uint_32 width_ = 0;
  png_uint_32 height_ = 0;
  int depth_ = 0;
  int channels_ = 0;
  int passes_ = 1;
  std::vector<std::uint8_t> pixels_;
};

}  // namespace

bool starts_as_png(const std::vector<std::uint8_t>& start) {
  return start.size() >= signature.size() && std::equal(signature.begin(), signature.end(), start.begin());
}

PngImage read_png(const std::string& path, const std::function<void(const Shape&)>& check) {
  Decoder decoder(path);
  decoder.read_header();
  PngImage image;
  image.shape = decoder.shape();
  require_moderate(path, 1, static_cast<std::uint64_t>(image.shape.height),
                   static_cast<std::uint64_t>(image.shape.width), static_cast<std::uint64_t>(image.shape.channels));
  check(image.shape);
  image.pixels = decoder.read_pixels();
  return image;
}

}  // namespace spinvp::network::data
