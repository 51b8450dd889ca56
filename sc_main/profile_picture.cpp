#include "sc_main/profile_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>

namespace spinvp {
namespace {

constexpr double width = 1200;
constexpr double margin = 10;
constexpr double row_height = 18;
constexpr double letter_width = 6.6;
constexpr double narrowest = 0.5;

/// A box: a function below its callers.
struct Box {
  std::uint64_t self = 0;
  std::uint64_t cycles = 0;  ///< with all below
  std::map<std::string, Box> below;
};

Box boxes_of(const ProfileReport& report) {
  Box all;
  for (const StackReport& stack : report.stacks) {
    Box* box = &all;
    box->cycles += stack.cycles;
    for (const std::string& name : stack.functions) {
      box = &box->below[name];
      box->cycles += stack.cycles;
    }
    box->self += stack.cycles;
  }
  return all;
}

std::string xml(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    result += letter == '<' ? "&lt;" : letter == '>' ? "&gt;" : letter == '&' ? "&amp;" : std::string(1, letter);
  }
  return result;
}

class Picture {
 public:
  explicit Picture(const ProfileReport& report)
      : report_(report),
        scale_((width - 2 * margin) / static_cast<double>(std::max<std::uint64_t>(report.total.cycles, 1))) {}

  void draw(const std::string& name, const Box& box, double x, std::size_t depth) {
    const double extent = static_cast<double>(box.cycles) * scale_;
    if (extent < narrowest) {
      return;
    }
    deepest_ = std::max(deepest_, depth);
    const double y = margin + static_cast<double>(depth) * row_height;
    const auto letters = static_cast<std::size_t>(extent / letter_width);
    // The same name has the same colour everywhere.
    const std::size_t shade = std::hash<std::string>{}(name) % 60;
    auto out = std::back_inserter(body_);
    fmt::format_to(
        out,
        "<g><title>{}: {:.3f} us, {:.2f} %</title><rect x=\"{:.2f}\" y=\"{:.0f}\" width=\"{:.2f}\" "
        "height=\"{:.0f}\" fill=\"hsl({}, 75%, 68%)\" stroke=\"#fff\" stroke-width=\"0.5\"/>",
        xml(name), report_.microseconds(box.cycles),
        100 * static_cast<double>(box.cycles) / static_cast<double>(std::max<std::uint64_t>(report_.total.cycles, 1)),
        x, y, extent, row_height, shade);
    if (letters > 3) {
      fmt::format_to(out, "<text x=\"{:.2f}\" y=\"{:.0f}\">{}</text>", x + 3, y + row_height - 5,
                     xml(name.size() > letters ? name.substr(0, letters - 2) + ".." : name));
    }
    body_ += "</g>\n";
    for (const auto& [below, part] : box.below) {
      draw(below, part, x, depth + 1);
      x += static_cast<double>(part.cycles) * scale_;
    }
  }

  std::string svg() const {
    const double height = 2 * margin + static_cast<double>(deepest_ + 1) * row_height;
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
        "height=\"{1:.0f}\" font-family=\"monospace\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" "
        "fill=\"#fff\"/>\n{2}</svg>\n",
        width, height, body_);
  }

 private:
  const ProfileReport& report_;
  const double scale_;
  std::size_t deepest_ = 0;
  std::string body_;
};

}  // namespace

std::string profile_picture(const ProfileReport& report) {
  Picture picture(report);
  picture.draw("all", boxes_of(report), margin, 0);
  return picture.svg();
}

}  // namespace spinvp
