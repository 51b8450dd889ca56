#include "sc_main/cell_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <vector>

namespace spinvp {
namespace {

constexpr double width = 760;
constexpr double panel_height = 180;
constexpr double left = 80;
constexpr double right = 730;
constexpr double plot_height = 110;
constexpr std::size_t bins = 325;
constexpr std::array<const char*, 4> colours = {"#2563a8", "#2e8b57", "#c77700", "#b03050"};

/// The axis that all panels share, so that they can be compared: logarithmic, since spreads grow with the resistance.
class Axis {
 public:
  explicit Axis(const SenseAnalysis& analysis) : lowest_(analysis.state(1, 0).ohms), highest_(lowest_) {
    for (std::uint32_t rows = 1; rows <= 3; ++rows) {
      for (std::uint32_t high = 0; high <= rows; ++high) {
        const std::vector<double>& ohms = analysis.state(rows, high).sampled_ohms;
        lowest_ = std::min(lowest_, *std::min_element(ohms.begin(), ohms.end()));
        highest_ = std::max(highest_, *std::max_element(ohms.begin(), ohms.end()));
      }
    }
    lowest_ *= 0.95;
    highest_ *= 1.05;
    unit_ = highest_ >= 1e6 ? 1e6 : highest_ >= 1e3 ? 1e3 : 1;
  }

  double x(double ohms) const {
    return left + (right - left) * std::log(ohms / lowest_) / std::log(highest_ / lowest_);
  }
  double in_units(double ohms) const { return ohms / unit_; }
  const char* unit() const { return unit_ == 1e6 ? "MOhm" : unit_ == 1e3 ? "kOhm" : "Ohm"; }

  void draw(std::string& svg, double y) const {
    auto out = std::back_inserter(svg);
    fmt::format_to(out, "<line x1=\"{}\" y1=\"{:.0f}\" x2=\"{}\" y2=\"{:.0f}\" stroke=\"#444\"/>\n", left, y, right, y);
    for (const double ohms : ticks()) {
      fmt::format_to(out, "<line x1=\"{0:.1f}\" y1=\"{1:.0f}\" x2=\"{0:.1f}\" y2=\"{2:.0f}\" stroke=\"#444\"/>\n",
                     x(ohms), y, y + 5);
      fmt::format_to(out, "<text x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"middle\" font-size=\"11\">{:.6g}</text>\n",
                     x(ohms), y + 17, in_units(ohms));
    }
    fmt::format_to(out, "<text x=\"{}\" y=\"{:.0f}\" text-anchor=\"end\" font-size=\"11\">{}</text>\n", left - 8,
                   y + 17, unit());
  }

 private:
  /// Round values; fewer of them where the axis spans more.
  std::vector<double> ticks() const {
    constexpr std::array<double, 8> fine = {1, 1.5, 2, 3, 4, 5, 6, 8};
    constexpr std::array<double, 3> coarse = {1, 2, 5};
    const bool spans_much = highest_ / lowest_ > 50;
    std::vector<double> result;
    for (double decade = std::pow(10, std::floor(std::log10(lowest_))); decade < highest_; decade *= 10) {
      const double* const first = spans_much ? coarse.data() : fine.data();
      for (const double* step = first; step != first + (spans_much ? coarse.size() : fine.size()); ++step) {
        if (*step * decade >= lowest_ && *step * decade <= highest_) {
          result.push_back(*step * decade);
        }
      }
    }
    return result;
  }

  double lowest_;
  double highest_;
  double unit_ = 1;
};

/// The states of cells of one, two or three rows, and the references between them.
class Panel {
 public:
  Panel(std::uint32_t rows, double top, const Axis& axis, const ResistiveCell& cell, const SenseAnalysis& analysis)
      : rows_(rows), base_(top + 40 + plot_height), axis_(axis), cell_(cell), analysis_(analysis) {}

  void draw(std::string& svg) const {
    fmt::format_to(std::back_inserter(svg), "<text x=\"16\" y=\"{:.0f}\" font-weight=\"bold\">{} row{}</text>\n",
                   base_ - plot_height / 2, rows_, rows_ == 1 ? "" : "s");
    axis_.draw(svg, base_);
    for (std::uint32_t high = 0; high <= rows_; ++high) {
      draw_state(svg, analysis_.state(rows_, high));
    }
    for (std::uint32_t high = 1; high <= rows_; ++high) {
      draw_reference(svg, high);
    }
  }

 private:
  void draw_state(std::string& svg, const SenseState& state) const {
    std::vector<std::size_t> counts(bins);
    for (const double ohms : state.sampled_ohms) {
      const double share = (axis_.x(ohms) - left) / (right - left);
      ++counts[std::min(bins - 1, static_cast<std::size_t>(std::max(0.0, share) * bins))];
    }
    const auto most = static_cast<double>(*std::max_element(counts.begin(), counts.end()));
    const char* const colour = colours[state.high];
    const auto place = [](std::size_t bin) { return left + (right - left) * static_cast<double>(bin) / bins; };
    auto out = std::back_inserter(svg);
    fmt::format_to(out, "<path fill=\"{0}\" fill-opacity=\"0.5\" stroke=\"{0}\" d=\"", colour);
    for (std::size_t bin = 0; bin < bins; ++bin) {
      if (counts[bin] == 0) {
        continue;
      }
      const double height = plot_height * static_cast<double>(counts[bin]) / most;
      if (bin == 0 || counts[bin - 1] == 0) {
        fmt::format_to(out, "M{:.1f} {:.1f}", place(bin), base_);
      }
      fmt::format_to(out, "V{:.1f}H{:.1f}", base_ - height, place(bin + 1));
      if (bin + 1 == bins || counts[bin + 1] == 0) {
        fmt::format_to(out, "V{:.1f}", base_);
      }
    }
    fmt::format_to(out, "\"/>\n");
    fmt::format_to(
        out,
        "<text x=\"{0:.1f}\" y=\"{1:.0f}\" text-anchor=\"middle\" fill=\"{2}\">{3} of {4}<tspan x=\"{0:.1f}\" "
        "dy=\"13\">{5:.2f}</tspan></text>\n",
        axis_.x(state.ohms), base_ - plot_height - 19, colour, state.high, state.rows, axis_.in_units(state.ohms));
  }

  void draw_reference(std::string& svg, std::uint32_t high) const {
    const double at = axis_.x(cell_.reference_ohms(rows_, high));
    const char* const name = rows_ == 1      ? "READ"
                             : rows_ == 2    ? (high == 1 ? "OR2" : "AND2")
                             : high == 1     ? "OR3"
                             : high == rows_ ? "AND3"
                                             : "MAJ3";
    auto out = std::back_inserter(svg);
    fmt::format_to(out, "<line x1=\"{0:.1f}\" y1=\"{1:.0f}\" x2=\"{0:.1f}\" y2=\"{2:.0f}\" stroke=\"#444\" ", at,
                   base_ - plot_height + 16, base_);
    fmt::format_to(out,
                   "stroke-dasharray=\"4 3\"/>\n<text x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"middle\">{}</text>\n", at,
                   base_ - plot_height + 12, name);
  }

  std::uint32_t rows_;
  double base_;
  const Axis& axis_;
  const ResistiveCell& cell_;
  const SenseAnalysis& analysis_;
};

std::string escaped(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    result += letter == '&' ? "&amp;" : letter == '<' ? "&lt;" : std::string(1, letter);
  }
  return result;
}

}  // namespace

std::string draw_sense_states(const std::string& title, const ResistiveCell& cell, const SenseAnalysis& analysis) {
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
      "<text x=\"{2}\" y=\"24\" font-size=\"15\">{3}: resistance of cells sensed together, by how many hold a 1 "
      "({4} runs)</text>\n",
      width, 3 * panel_height + 70, 16, escaped(title), analysis.runs);
  const Axis axis(analysis);
  for (std::uint32_t rows = 1; rows <= 3; ++rows) {
    Panel(rows, 34 + (rows - 1) * panel_height, axis, cell, analysis).draw(svg);
  }
  fmt::format_to(std::back_inserter(svg),
                 "<text x=\"16\" y=\"{}\" font-size=\"11\">{}, logarithmic, one scale for all rows; tallest bar of "
                 "each state = 1; "
                 "numbers without variation; dashed: references</text>\n",
                 3 * panel_height + 54, axis.unit());
  return svg + "</svg>\n";
}

}  // namespace spinvp
