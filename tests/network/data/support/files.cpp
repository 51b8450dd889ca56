#include "network/data/support/files.h"

#include <png.h>

#include <boost/iostreams/copy.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

namespace spinvp::test {

Folder::Folder()
    : path_(std::filesystem::path(SPINVP_BINARY_DIR) / "data_test" /
            Catch::getResultCapture().getCurrentTestName().substr(0, 60)) {
  std::filesystem::remove_all(path_);
  std::filesystem::create_directories(path_);
}

std::string Folder::write(const std::string& name, const std::string& bytes) const {
  const std::filesystem::path path = path_ / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
  return path.string();
}

std::string compressed(const std::string& bytes) {
  std::istringstream plain(bytes);
  boost::iostreams::filtering_istream stream;
  stream.push(boost::iostreams::gzip_compressor());
  stream.push(plain);
  std::ostringstream result;
  boost::iostreams::copy(stream, result);
  return result.str();
}

std::string word(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string npy(const std::string& descr, const std::string& shape, const std::string& data, bool fortran_order,
                int version) {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': " + (fortran_order ? "True" : "False") +
                       ", 'shape': " + shape + ", }";
  const std::size_t start = version == 1 ? 10 : 12;
  header += std::string((64 - (start + header.size() + 1) % 64) % 64, ' ') + '\n';
  std::string file = "\x93NUMPY" + std::string{static_cast<char>(version), '\0'};
  for (std::size_t i = 0; i < start - 8; ++i) {
    file += static_cast<char>(header.size() >> (8 * i));
  }
  return file + header + data;
}

std::string png(const Png& image) {
  std::string file;
  png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(writer);
  const auto write = [](png_structp to, png_bytep bytes, png_size_t count) {
    static_cast<std::string*>(png_get_io_ptr(to))->append(reinterpret_cast<char*>(bytes), count);
  };
  png_set_write_fn(writer, &file, write, [](png_structp) {});
  png_set_IHDR(writer, info, image.width, image.height, image.depth, image.colour_type,
               image.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_color> palette;
  for (std::size_t i = 0; i < image.palette.size(); i += 3) {
    palette.push_back({image.palette[i], image.palette[i + 1], image.palette[i + 2]});
  }
  if (!palette.empty()) {
    png_set_PLTE(writer, info, palette.data(), static_cast<int>(palette.size()));
  }
  if (!image.transparency.empty()) {
    png_set_tRNS(writer, info, image.transparency.data(), static_cast<int>(image.transparency.size()), nullptr);
  }
  if (image.gamma > 0) {
    png_set_gAMA(writer, info, image.gamma);
  }
  png_write_info(writer, info);
  const int passes = png_set_interlace_handling(writer);
  for (int pass = 0; pass < passes; ++pass) {
    for (const std::string& row : image.rows) {
      png_write_row(writer, reinterpret_cast<png_const_bytep>(row.data()));
    }
  }
  png_write_end(writer, nullptr);
  png_destroy_write_struct(&writer, &info);
  return file;
}

}  // namespace spinvp::test
