#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/errors.h"
#include "core/units.h"
#include "sc_main/commands.h"
#include "sc_main/interrupt.h"
#include "sc_main/layer_text.h"
#include "sc_main/mapping_options.h"
#include "sc_main/notes.h"
#include "sc_main/output_file.h"
#include "sc_main/resources.h"
#include "sc_main/run_images.h"
#include "sc_main/run_report.h"
#include "sc_main/simulation.h"

namespace spinvp {
namespace {

/// What was injected is said also where it ended the run.
RunRecord run_simulation(Simulation& simulation) {
  try {
    return run_images(simulation);
  } catch (const RunError&) {
    if (const platform::FaultInjector* faults = simulation.soc().faults()) {
      print_injection(injection_reports(*faults));
    }
    throw;
  }
}

/// Every file that the run reads, also those that no option names.
std::vector<std::string> inputs(const RunOptions& options) {
  const std::string chip = description_file(options.chip, "configs/chips", "imce");
  std::vector<std::string> files = {options.network,
                                    options.images,
                                    options.labels,
                                    options.quantise.images,
                                    chip,
                                    technology_file(chip),
                                    description_file(options.soc, "configs/socs", "default"),
                                    options.firmware.empty() ? shipped_firmware("inference") : options.firmware};
  const std::vector<std::string> faults = injection_files(options.injection);
  files.insert(files.end(), faults.begin(), faults.end());
  return files;
}

int run(const RunOptions& options) {
  std::vector<std::string> others = inputs(options);
  for (const std::string& output : {options.report, options.predictions, options.trace_instructions, options.profile}) {
    if (!output.empty()) {
      require_writable(output, others);
      others.push_back(output);
    }
  }
  Simulation simulation(options);
  if (!options.quiet) {
    print_notes(simulation.notes());
  }
  // Before the run: what the reference does not know is said at once.
  std::optional<network::FloatReference> reference;
  if (options.verify_model) {
    reference.emplace(options.network, simulation.input());
  }
  const RunRecord record = run_simulation(simulation);
  RunReport report = make_report(simulation, record, processes_of(simulation));
  if (reference) {
    report.model_check = check_model(*reference, simulation.data(), simulation.last_layer(), record.predictions,
                                     processes_of(simulation));
    if (simulation.quantised()) {
      report.model_check->allow_for_quantising();
    }
  }
  if (!options.quiet) {
    print_table(report);
  }
  print_result(report);
  print_injection(report.injection);
  if (report.model_check) {
    print_model_check(*report.model_check);
  }
  if (!options.report.empty()) {
    write_json(report, options.report);
  }
  if (!options.predictions.empty()) {
    write_predictions(simulation, record, options.predictions);
  }
  if (report.mismatches > 0) {
    fmt::print(stderr, "spinvp: {}\n", report.first_mismatch);
    return 1;
  }
  if (report.model_check && report.model_check->unexplained() > 0) {
    fmt::print(stderr, "spinvp: {} of another class than the model's without a rounding boundary or a tie\n",
               images_text(report.model_check->unexplained()));
    return 1;
  }
  return 0;
}

std::size_t jobs_of(const std::string& text) {
  std::size_t jobs = 0;
  const bool number = !text.empty() && text.size() <= 4 && text.find_first_not_of("0123456789") == std::string::npos;
  if (number) {
    jobs = std::stoul(text);
  }
  if ((!number && text != "auto") || jobs > interrupt::most_children) {
    throw CLI::ValidationError("--jobs", fmt::format("'{}' is no number of processes up to {} and not 'auto'", text,
                                                     interrupt::most_children));
  }
  return jobs;
}

std::uint16_t gdb_port_of(const std::string& text) {
  constexpr std::uint16_t usual = 3333;
  if (text.empty()) {
    return usual;
  }
  const bool number = text.size() <= 5 && text.find_first_not_of("0123456789") == std::string::npos;
  const unsigned long port = number ? std::stoul(text) : UINT32_MAX;
  if (port > UINT16_MAX) {
    throw CLI::ValidationError("--gdb", fmt::format("'{}' is no port from 0 (any free one) to {}", text, UINT16_MAX));
  }
  return static_cast<std::uint16_t>(port);
}

double time_limit_of(const std::string& text) {
  constexpr double longest = 1e6;  // s; simulated time counts whole picoseconds in 64 bits
  const std::optional<double> seconds = parse_quantity(text, "s");
  if (!seconds || !(*seconds >= 1e-9 && *seconds <= longest)) {
    throw CLI::ValidationError("--time-limit",
                               fmt::format("'{}' is no time from 1 ns to 1e6 s, for instance '10 ms'", text));
  }
  return *seconds;
}

}  // namespace

Subcommand add_run_command(CLI::App& app) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Run a network over images on the virtual platform");
  command->add_option("--network", options->network, "network: an ONNX file, or an image made by 'spinvp compile'")
      ->required();
  command
      ->add_option("--images", options->images,
                   "images: IDX, .npy or CIFAR-10, plain or gzip-compressed, or a folder of PNG files")
      ->required();
  command->add_option("--labels", options->labels,
                      "labels: IDX or .npy, plain or gzip-compressed [those inside the images: CIFAR-10's, or a folder "
                      "a class; without any no accuracy]");
  command->add_option("--count", options->count, "run only the first N images")
      ->check(CLI::Range(std::size_t{1}, std::size_t{0xFFFFFFFF}));
  command->add_option("--soc", options->soc, "system description, or the name of one in configs/socs [default]");
  command->add_option("--chip", options->chip, "chip description, or the name of one in configs/chips [imce]");
  command->add_option("--firmware", options->firmware,
                      "firmware for the RISC-V core [the one built with this program]");
  command
      ->add_option_function<std::string>(
          "--driver", [options](const std::string& name) { options->native_driver = name == "native"; },
          "who runs the driver: 'firmware' on the RISC-V core, or 'native' on the host [firmware]")
      ->check(CLI::IsMember({"firmware", "native"}));
  command
      ->add_option_function<std::string>(
          "--detail",
          [options](const std::string& name) { options->detail = name == "row" ? Detail::Row : Detail::Fast; },
          "'row': every row operation a transaction; 'fast': blocks at once; same bits, times, energies [fast]")
      ->check(CLI::IsMember({"fast", "row"}));
  command
      ->add_option_function<std::string>(
          "--timing",
          [options](const std::string& name) {
            options->timing = name == "at" ? platform::TimingStyle::Approximate : platform::TimingStyle::Loose;
          },
          "'lt', loosely timed: transactions never wait for each other; 'at', approximately timed: host and chip wait "
          "for bus and RAM; same bits [lt]")
      ->check(CLI::IsMember({"lt", "at"}));
  add_input_options(*command, options->input);
  add_quantise_options(*command, options->quantise);
  add_mapping_options(*command, options->mapping);
  add_injection_options(*command, options->injection);
  command
      ->add_option("--retries", options->retries,
                   "how often loading the network, and each image, is tried again after a failure of the chip [1]")
      ->check(CLI::Range(std::uint32_t{0}, std::uint32_t{1000}));
  command->add_option_function<std::string>(
      "--jobs", [options](const std::string& text) { options->jobs = jobs_of(text); },
      "processes that share the images; 'auto' or 0: one a core; results are the same [1]");
  command->add_option_function<std::string>(
      "--time-limit", [options](const std::string& text) { options->time_limit_s = time_limit_of(text); },
      "simulated time until the first image, or the next one, must be done, for instance '10 ms' [100 s]");
  command
      ->add_option_function<std::string>(
          "--gdb", [options](const std::string& text) { options->gdb_port = gdb_port_of(text); },
          "wait for gdb-multiarch on this port of 127.0.0.1 before the first instruction; 0: any free one [3333]")
      ->expected(0, 1);
  command->add_option("--trace-insn", options->trace_instructions,
                      "write a line for every instruction of the RISC-V core");
  command->add_option("--profile", options->profile,
                      "write what each function of the firmware took: .json, .csv, .folded, .svg, or else a table");
  command->add_option("--report", options->report, "write a JSON report");
  command->add_option("--predictions", options->predictions, "write a CSV line an image: index,label,predicted,scores");
  command->add_flag("--verify", options->verify, "hold every layer of every image against the integer reference");
  command->add_flag("--verify-model", options->verify_model,
                    "hold the class of every image against the ONNX file executed in float64");
  command->add_flag("--quiet", options->quiet, "print only the result line");
  return [command, options] { return command->parsed() ? run(*options) : -1; };
}

}  // namespace spinvp
