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
constexpr double panel_height = 170;
constexpr double left = 40;
constexpr double right = 720;
constexpr double plot_height = 110;
constexpr std::size_t bins = 170;
constexpr std::array<const char*, 4> colours = {"#2563a8", "#2e8b57", "#c77700", "#b03050"};

/// One panel: resistances on a logarithmic axis, since spreads grow with the resistance.
class Panel {
 public:
  Panel(std::uint32_t rows, double top, const ResistiveCell& cell, const SenseAnalysis& analysis)
      : rows_(rows), base_(top + 30 + plot_height), cell_(cell), analysis_(analysis) {
    lowest_ = cell.low_ohms;
    highest_ = 0;
    for (std::uint32_t high = 0; high <= rows; ++high) {
      const std::vector<double>& ohms = analysis.state(rows, high).sampled_ohms;
      lowest_ = std::min(lowest_, *std::min_element(ohms.begin(), ohms.end()));
      highest_ = std::max(highest_, *std::max_element(ohms.begin(), ohms.end()));
    }
    lowest_ *= 0.97;
    highest_ *= 1.03;
  }

  void draw(std::string& svg) const {
    auto out = std::back_inserter(svg);
    fmt::format_to(out, "<text x=\"{}\" y=\"{:.0f}\" font-weight=\"bold\">{} row{}</text>\n", left,
                   base_ - plot_height - 10, rows_, rows_ == 1 ? "" : "s");
    fmt::format_to(out, "<line x1=\"{}\" y1=\"{:.0f}\" x2=\"{}\" y2=\"{:.0f}\" stroke=\"#444\"/>\n", left, base_, right,
                   base_);
    for (std::uint32_t high = 0; high <= rows_; ++high) {
      draw_state(svg, analysis_.state(rows_, high));
    }
    for (std::uint32_t high = 1; high <= rows_; ++high) {
      draw_reference(svg, high);
    }
  }

 private:
  double x(double ohms) const {
    return left + (right - left) * std::log(ohms / lowest_) / std::log(highest_ / lowest_);
  }

  void draw_state(std::string& svg, const SenseState& state) const {
    std::vector<std::size_t> counts(bins);
    for (const double ohms : state.sampled_ohms) {
      const double share = (x(ohms) - left) / (right - left);
      ++counts[std::min(bins - 1, static_cast<std::size_t>(std::max(0.0, share) * bins))];
    }
    const auto most = static_cast<double>(*std::max_element(counts.begin(), counts.end()));
    const char* const colour = colours[state.high];
    auto out = std::back_inserter(svg);
    fmt::format_to(out, "<path fill=\"{0}\" fill-opacity=\"0.5\" stroke=\"{0}\" d=\"M{1} {2:.1f}", colour, left, base_);
    for (std::size_t bin = 0; bin < bins; ++bin) {
      const double height = plot_height * static_cast<double>(counts[bin]) / most;
      const double from = left + (right - left) * static_cast<double>(bin) / bins;
      fmt::format_to(out, "H{:.1f}V{:.1f}", from, base_ - height);
    }
    fmt::format_to(out, "H{}V{:.1f}Z\"/>\n", right, base_);
    fmt::format_to(
        out, "<text x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"middle\" fill=\"{}\">{} of {}: {:.2f} kOhm</text>\n",
        std::clamp(x(state.ohms), left + 60, right - 60), base_ + 16, colour, state.high, state.rows, state.ohms / 1e3);
  }

  void draw_reference(std::string& svg, std::uint32_t high) const {
    const double at = x(cell_.reference_ohms(rows_, high));
    const char* const name = rows_ == 1      ? "READ"
                             : rows_ == 2    ? (high == 1 ? "OR2" : "AND2")
                             : high == 1     ? "OR3"
                             : high == rows_ ? "AND3"
                                             : "MAJ3";
    auto out = std::back_inserter(svg);
    fmt::format_to(out, "<line x1=\"{0:.1f}\" y1=\"{1:.0f}\" x2=\"{0:.1f}\" y2=\"{2:.0f}\" stroke=\"#444\" ", at,
                   base_ - plot_height, base_);
    fmt::format_to(out,
                   "stroke-dasharray=\"4 3\"/>\n<text x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"middle\">{}</text>\n", at,
                   base_ - plot_height - 3, name);
  }

  std::uint32_t rows_;
  double base_;
  const ResistiveCell& cell_;
  const SenseAnalysis& analysis_;
  double lowest_ = 0;
  double highest_ = 0;
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
      width, 3 * panel_height + 40, left, escaped(title), analysis.runs);
  for (std::uint32_t rows = 1; rows <= 3; ++rows) {
    Panel(rows, 34 + (rows - 1) * panel_height, cell, analysis).draw(svg);
  }
  return svg + "</svg>\n";
}

}  // namespace spinvp
