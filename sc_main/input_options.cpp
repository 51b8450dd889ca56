#include "sc_main/input_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "core/errors.h"
#include "core/yaml.h"

namespace spinvp {
namespace {

namespace fs = std::filesystem;

constexpr const char* number_form = "a number like 0.5 or a fraction like 1/255";

std::optional<double> parse_number(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  const std::size_t end = text.find_last_not_of(' ');
  const std::string trimmed = begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
  if (trimmed.empty() || trimmed.find_first_not_of("0123456789+-.eE") != std::string::npos) {
    return std::nullopt;
  }
  char* stop = nullptr;
  const double value = std::strtod(trimmed.c_str(), &stop);
  const bool whole = stop == trimmed.c_str() + trimmed.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

[[noreturn]] void refuse(const std::string& option, const std::string& text, const std::string& expected) {
  throw CLI::ValidationError(option, fmt::format("found '{}', expected {}", text, expected));
}

std::vector<double> list_of(const std::string& option, const std::string& text, bool positive) {
  std::vector<double> values;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::optional<double> value = parse_fraction(text.substr(begin, end - begin));
    if (!value || (positive && !(*value > 0))) {
      refuse(option, text,
             fmt::format("{}{}, one or one a channel with commas between", number_form, positive ? ", above 0" : ""));
    }
    values.push_back(*value);
    begin = end + 1;
  }
  return values;
}

double number_of(const Yaml& yaml, bool positive) {
  if (yaml.is_list()) {
    yaml.fail(fmt::format("expected one number for all channels, {}; found a list", number_form));
  }
  const std::optional<double> value = parse_fraction(yaml.text());
  if (!value || (positive && !(*value > 0))) {
    yaml.fail(fmt::format("expected {}{}, found '{}'", number_form, positive ? ", above 0" : "", yaml.text()));
  }
  return *value;
}

std::vector<double> numbers_of(const Yaml& yaml, bool positive) {
  if (!yaml.is_list()) {
    return {number_of(yaml, positive)};
  }
  std::vector<double> values;
  for (const Yaml& item : yaml.items()) {
    values.push_back(number_of(item, positive));
  }
  if (values.empty()) {
    yaml.fail("expected a number, or one a channel; found an empty list");
  }
  return values;
}

InputOptions read_input_file(const std::string& path) {
  const Yaml file = Yaml::load(path);
  file.allow({"input"});
  const Yaml input = file["input"];
  input.allow({"scale", "mean", "std"});
  InputOptions options;
  if (input.has("scale")) {
    options.scale = number_of(input["scale"], true);
  }
  if (input.has("mean")) {
    options.mean = numbers_of(input["mean"], false);
  }
  if (input.has("std")) {
    options.deviation = numbers_of(input["std"], true);
  }
  return options;
}

/// NET.yaml and its kin beside NET.onnx; empty where there is none.
std::string file_beside(const std::string& network) {
  std::string found;
  const std::string stem = fs::path(network).replace_extension().string();
  for (const std::string& path : {stem + ".yaml", stem + ".yml", network + ".yaml", network + ".yml"}) {
    std::error_code none;
    if (path == network || !fs::exists(path, none)) {
      continue;
    }
    if (!found.empty()) {
      throw InputError(fmt::format("{}: stands beside {}, and so does {}; expected one of them", path, network, found));
    }
    found = path;
  }
  return found;
}

std::string list_text(const std::vector<double>& values) {
  return values.size() == 1 ? fmt::format("{}", values[0]) : fmt::format("[{}]", fmt::join(values, ", "));
}

}  // namespace

std::optional<double> parse_fraction(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::optional<double> value = parse_number(text.substr(0, slash));
  if (slash == std::string::npos || !value) {
    return value;
  }
  const std::optional<double> divisor = parse_number(text.substr(slash + 1));
  const double quotient = divisor ? *value / *divisor : NAN;
  return std::isfinite(quotient) ? std::optional(quotient) : std::nullopt;
}

void add_input_options(CLI::App& command, InputOptions& options) {
  InputOptions* const to = &options;
  command.add_option_function<std::string>(
      "--input-scale",
      [to](const std::string& text) {
        to->scale = parse_fraction(text);
        if (!to->scale || !(*to->scale > 0)) {
          refuse("--input-scale", text, fmt::format("{}, above 0", number_form));
        }
      },
      "for models with real inputs: what a byte of an image is multiplied by, for instance 1/255 [the model's "
      "NET.yaml, "
      "or 1]");
  command.add_option_function<std::string>(
      "--input-mean", [to](const std::string& text) { to->mean = list_of("--input-mean", text, false); },
      "what is subtracted behind it: one number, or one a channel with commas between [NET.yaml, or 0]");
  command.add_option_function<std::string>(
      "--input-std", [to](const std::string& text) { to->deviation = list_of("--input-std", text, true); },
      "what it is divided by then, likewise [NET.yaml, or 1]");
}

InputChoice choose_input(const InputOptions& options, const std::string& network) {
  InputChoice choice;
  const std::string path = file_beside(network);
  const bool has_file = !path.empty();
  if (!options.is_given() && !has_file) {
    return choice;
  }
  const InputOptions file = has_file ? read_input_file(path) : InputOptions{};
  const auto chosen = [](const auto& given, const auto& written, auto missing) {
    return !given.empty() ? given : !written.empty() ? written : missing;
  };
  network::InputScaling scaling;
  scaling.scale = options.scale.value_or(file.scale.value_or(scaling.scale));
  scaling.mean = chosen(options.mean, file.mean, scaling.mean);
  scaling.deviation = chosen(options.deviation, file.deviation, scaling.deviation);
  std::string note = fmt::format("an input is (byte * {} - {}) / {}", scaling.scale, list_text(scaling.mean),
                                 list_text(scaling.deviation));
  if (has_file) {
    const bool used = (file.scale && !options.scale) || (!file.mean.empty() && options.mean.empty()) ||
                      (!file.deviation.empty() && options.deviation.empty());
    note += used ? fmt::format(", from {}", path) : "";
    std::vector<std::string> before;
    if (options.scale && file.scale) {
      before.push_back("--input-scale");
    }
    if (!options.mean.empty() && !file.mean.empty()) {
      before.push_back("--input-mean");
    }
    if (!options.deviation.empty() && !file.deviation.empty()) {
      before.push_back("--input-std");
    }
    if (!before.empty()) {
      note += fmt::format("; {} given instead of what {} says", fmt::join(before, ", "), used ? "it" : path);
    }
  }
  choice.scaling = scaling;
  choice.notes.push_back(note);
  return choice;
}

}  // namespace spinvp
