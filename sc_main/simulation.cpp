#include "sc_main/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "core/errors.h"
#include "firmware/driver/pim_driver.h"
#include "ip/config/chip_file.h"
#include "network/mapping/mapper.h"
#include "network/onnx/import.h"
#include "network/reference.h"
#include "sc_main/image_check.h"
#include "sc_main/layer_text.h"
#include "sc_main/mapping_options.h"
#include "sc_main/resources.h"
#include "sc_main/target_of.h"

namespace spinvp {
namespace {

constexpr std::uint64_t page = 4096;
constexpr std::uint32_t no_result = 0xFFFFFFFF;

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

std::uint64_t picoseconds(sc_core::sc_time time) {
  return static_cast<std::uint64_t>(time / sc_core::sc_time(1, sc_core::SC_PS));
}

/// The host must reach the registers and, behind them, every row of every sub-array.
void require_window(const ChipConfig& chip, const platform::SocConfig& soc, const std::string& chip_path,
                    const std::string& soc_path) {
  const std::uint64_t needed = round_up(
      interface::pim_subarray_window + std::uint64_t{chip.subarrays()} * chip.rows() * (chip.columns() / 8), page);
  if (soc.pim.size < needed) {
    throw InputError(fmt::format(
        "{}: memory_map.pim: the chip of {} needs {:#x} bytes of addresses (registers, and the sub-arrays as memory), "
        "size is {:#x}",
        soc_path, chip_path, needed, soc.pim.size));
  }
}

bool ends_with(const std::string& text, const std::string& ending) {
  return text.size() >= ending.size() && text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

}  // namespace

Simulation::Simulation(const RunOptions& options)
    : options_(options),
      chip_path_(description_file(options.chip, "configs/chips", "imce")),
      soc_path_(description_file(options.soc, "configs/socs", "default")) {
  if (options.native_driver && !options.firmware.empty()) {
    throw InputError(
        fmt::format("{}: --firmware is for the RISC-V core; with --driver native there is none", options.firmware));
  }
  FirmwareTools::check(options);
  ChipConfig chip = load_chip_config(chip_path_);
  chip.detail = options.detail;
  chip.timing = options.timing == platform::TimingStyle::Approximate ? Timing::Approximate : Timing::Loose;
  if (chip.faults && options.jobs != 1) {
    throw InputError(fmt::format(
        "{}: its faults depend on all that the chip did before; --jobs would make others of them: use --jobs 1",
        chip_path_));
  }
  platform::SocConfig soc = platform::load_soc_config(soc_path_);
  soc.timing = options.timing;
  soc.faults = read_injection(options.injection);
  if (!soc.faults.empty() && options.jobs != 1) {
    throw InputError(
        "injected faults depend on all that happened before; --jobs would make others of them: use --jobs 1");
  }
  require_window(chip, soc, chip_path_, soc_path_);
  tlm::tlm_global_quantum::instance().set(soc.quantum);
  read_network(chip, soc);
  read_data();

  const auto host = options.native_driver ? platform::HostKind::External : platform::HostKind::RiscV;
  soc_ = std::make_unique<platform::VirtualSoc>("soc", soc, host);
  device_ = std::make_unique<PimDevice>("pim", chip);
  soc_->bind_accelerator(device_->host, device_->dma, device_->irq, device_->reset);
  if (options.native_driver) {
    platform::NativeHostConfig config;
    config.boot_info_address = soc.boot_info;
    config.print = [this](const char* line) {
      std::for_each(line, line + std::char_traits<char>::length(line), [this](char c) { print_uart(c); });
    };
    config.done = [this](int code) {
      native_exit_code_ = code;
      soc_->stop();
    };
    native_host_ = std::make_unique<platform::NativeHost>("native_host", config);
    soc_->bind_host(native_host_->bus, native_host_->external_irq);
  } else {
    load_firmware();
  }
  soc_->on_uart_output([this](char c) { print_uart(c); });
  lay_out_memory();
  load_memory();

  if (options.verify) {
    const Verifier::Places places{boot_.scratch_address, boot_.results_address + sizeof(boot_result),
                                  boot_.result_stride};
    verifier_ = std::make_unique<Verifier>(
        *graph_, *image_, data_, *device_, places,
        [this](std::uint64_t address, void* bytes, std::size_t length) { soc_->read_memory(address, bytes, length); });
    device_->add_observer(*verifier_);
  }
  tools_ = std::make_unique<FirmwareTools>(options_, *soc_, *device_, *image_, firmware_path_);
}

void Simulation::load_firmware() {
  firmware_path_ = options_.firmware.empty() ? shipped_firmware("inference") : options_.firmware;
  std::error_code none;
  if (std::filesystem::is_directory(firmware_path_, none)) {
    throw InputError(fmt::format("{}: is a folder; expected an ELF executable", firmware_path_));
  }
  soc_->load_firmware(firmware_path_);
}

void Simulation::read_network(const ChipConfig& chip, const platform::SocConfig& soc) {
  if (ends_with(options_.network, ".pimnet")) {
    if (options_.verify || options_.verify_model) {
      throw InputError(fmt::format("{}: {} needs the ONNX file, a network image has no reference to run",
                                   options_.network, options_.verify ? "--verify" : "--verify-model"));
    }
    if (const std::string option = given_mapping_option(options_.mapping); !option.empty()) {
      throw InputError(
          fmt::format("{}: {} is for ONNX files; in a network image it is decided already", options_.network, option));
    }
    if (options_.input.is_given()) {
      throw InputError(
          fmt::format("{}: --input-scale, --input-mean and --input-std are for ONNX files; in a network image they are "
                      "decided already",
                      options_.network));
    }
    if (options_.quantise.is_given()) {
      throw InputError(fmt::format("{}: --quantize is for ONNX files; in a network image bits are decided already",
                                   options_.network));
    }
    image_ = network::NetworkImage::read(options_.network);
    require_chip_of_image(*image_, chip, options_.network, chip_path_);
    if (const std::uint32_t used = image_->header().subarrays; used < chip.subarrays()) {
      notes_.push_back(fmt::format("{}: compiled for {} sub-arrays (chip '{}'), chip '{}' has {}: the others stay idle",
                                   options_.network, used, network::text_of(image_->header().chip_name), chip.name,
                                   chip.subarrays()));
    }
    return;
  }
  InputChoice choice = choose_input(options_.input, options_.network);
  std::optional<network::PostTraining> quantise = read_calibration(options_.quantise, options_.network, options_.quiet);
  if (quantise) {
    quantise_ = options_.quantise;
    quantise_->count = quantise->count;
  }
  network::ImportedNetwork imported = network::import_network(options_.network, {choice.scaling, std::move(quantise)});
  quantised_ = imported.quantised;
  input_ = std::move(choice.scaling);
  notes_ = std::move(choice.notes);
  notes_.insert(notes_.end(), imported.notes.begin(), imported.notes.end());
  graph_ = std::move(imported.graph);
  require_layers(options_.mapping, *graph_);
  const network::ChipTarget target = target_of(chip, soc);
  require_engine(options_.mapping, target);
  image_ = network::map_network(*graph_, target, options_.mapping);
}

void Simulation::read_data() {
  const interface::ImageHeader& header = image_->header();
  const network::Shape wanted{static_cast<int>(header.input_height), static_cast<int>(header.input_width),
                              static_cast<int>(header.input_channels)};
  data_ = options_.labels.empty() ? network::load_images(options_.images, wanted)
                                  : network::load_dataset(options_.images, options_.labels, wanted);
  const std::string name(network::text_of(header.network_name));
  const std::size_t classes = network::class_count(header.output_count);
  network::require_shape(data_, wanted, name);
  network::require_labels(data_, classes, name);
  if (!data_.classes.empty() && data_.classes.size() < classes) {
    const std::size_t folders = data_.classes.size();
    notes_.push_back(fmt::format("{}: {} of classes for {} classes: numbered {} in the order of their names",
                                 options_.images, folders == 1 ? "1 folder" : fmt::format("{} folders", folders),
                                 classes, folders == 1 ? "0" : fmt::format("0 to {}", folders - 1)));
  }
  if (options_.count) {
    if (*options_.count > data_.count) {
      throw InputError(fmt::format("{}: --count asks for {}, the file has {}", options_.images,
                                   images_text(*options_.count), data_.count));
    }
    data_.count = *options_.count;
  }
}

// Behind the boot information: summary, network, scratch, images, results.
void Simulation::lay_out_memory() {
  const interface::ImageHeader& header = image_->header();
  boot_ = soc_->boot_information();
  std::uint64_t next = round_up(soc_->config().boot_info + sizeof(boot_info), page);
  const auto place = [&](std::uint64_t bytes) {
    const std::uint64_t address = next;
    next = round_up(next + bytes, page);
    return address;
  };
  boot_.summary_address = place(sizeof(boot_summary));
  boot_.network_address = place(image_->bytes().size());
  boot_.network_bytes = static_cast<std::uint32_t>(image_->bytes().size());
  if (platform::FaultInjector* faults = soc_->faults()) {
    faults->set_command_ranges(command_ranges(*image_, boot_.network_address));
  }
  boot_.retries = options_.retries;
  boot_.scratch_bytes = header.scratch_bytes;
  boot_.scratch_address = place(header.scratch_bytes);
  boot_.image_count = static_cast<std::uint32_t>(data_.count);
  boot_.image_stride = static_cast<std::uint32_t>(round_up(header.input_bytes, 8));
  boot_.images_address = place(std::uint64_t{boot_.image_stride} * data_.count);
  boot_.result_stride =
      static_cast<std::uint32_t>(round_up(sizeof(boot_result) + std::uint64_t{header.output_count} * 4, 8));
  boot_.results_address = place(std::uint64_t{boot_.result_stride} * data_.count);
  const std::uint64_t end = soc_->ram_base() + soc_->ram_size();
  if (next > end) {
    throw InputError(
        fmt::format("{} and the network need {} bytes more RAM than the {} bytes of the SoC; use "
                    "--count or a SoC with more",
                    images_text(data_.count), next - end, soc_->ram_size()));
  }
}

void Simulation::load_memory() {
  soc_->write_memory(boot_.network_address, image_->bytes().data(), image_->bytes().size());
  const std::size_t bytes = data_.shape.elements();
  for (std::size_t i = 0; i < data_.count; ++i) {
    soc_->write_memory(boot_.images_address + i * boot_.image_stride, data_.image(i), bytes);
    const boot_result none{no_result, no_result};
    soc_->write_memory(boot_.results_address + i * boot_.result_stride, &none, sizeof(none));
  }
  soc_->write_boot_information(boot_);
}

RunRecord Simulation::run(ImageRange images) {
  images_ = images;
  // The image before the range leaves software and devices as they are before any image, an interrupt that nobody
  // claimed for instance.
  skipped_ = images.first > 0 ? 1 : 0;
  boot_.first_image = static_cast<std::uint32_t>(images.first - skipped_);
  soc_->write_boot_information(boot_);
  clock_ = std::make_unique<ImageClock>(skipped_, images.count(), image_->layer_count() - 1);
  clock_->on_image([this](std::size_t done) {
    bus_end_ = BusUse::of(*soc_);
    if (on_image_) {
      on_image_(done);
    }
  });
  clock_->on_begin([this] {
    before_ = device_->ledger();
    bus_before_ = BusUse::of(*soc_);
  });
  if (images.end < data_.count) {
    clock_->on_next([this] {
      bus_end_ = BusUse::of(*soc_);
      stopped_ = record();
      sc_core::sc_stop();
    });
  }
  if (verifier_) {
    verifier_->begin_at(images.first - skipped_, images.first);
  }
  device_->add_observer(*clock_);
  bus_meter_ = std::make_unique<BusMeter>(*soc_);
  device_->add_observer(*bus_meter_);
  tools_->begin();

  const auto begin = std::chrono::steady_clock::now();
  try {
    simulate();
  } catch (const RunError&) {
    tools_->finish();
    throw;
  }
  tools_->finish();
  if (!uart_line_.empty()) {
    print_uart('\n');
  }
  if (!stopped_) {
    check_end();
  }
  RunRecord result = stopped_ ? std::move(*stopped_) : record();
  if (!stopped_) {
    result.recoveries = summary().recoveries;
  }
  result.host_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  read_results(result);
  return result;
}

// In steps, of which each ends where the next image has to be done.
void Simulation::simulate() {
  const sc_core::sc_time limit(options_.time_limit_s, sc_core::SC_SEC);
  do {
    const sc_core::sc_time deadline = clock_->last_end() + limit;
    if (sc_core::sc_time_stamp() >= deadline) {
      throw RunError(
          fmt::format("the software finished nothing for {} s of simulated time after {} of {}; a "
                      "longer --time-limit lets it go on",
                      options_.time_limit_s, clock_->images_done(), images_text(images_.count())));
    }
    sc_core::sc_start(deadline - sc_core::sc_time_stamp());
  } while (sc_core::sc_get_status() != sc_core::SC_STOPPED && sc_core::sc_pending_activity());
}

RunRecord Simulation::record() const {
  RunRecord record;
  record.images = images_;
  record.ledger = before_ ? work_since(*before_, device_->ledger()) : device_->ledger();
  record.start_picoseconds = picoseconds(clock_->first_start());
  record.image_picoseconds = picoseconds(clock_->image_time());
  record.between_picoseconds = picoseconds(clock_->between_time());
  record.bus_once = bus_meter_->at_first_image();
  record.bus_images = bus_end_;
  record.bus_images -= bus_before_.value_or(record.bus_once);
  if (verifier_) {
    record.layers_checked = verifier_->layers_checked();
    record.mismatches = verifier_->mismatches();
    record.first_mismatch = verifier_->first_mismatch();
  }
  if (soc_->cpu() != nullptr) {
    record.instructions = soc_->cpu()->instructions();
  }
  return record;
}

boot_summary Simulation::summary() const {
  boot_summary summary{};
  soc_->read_memory(boot_.summary_address, &summary, sizeof(summary));
  return summary;
}

void Simulation::check_end() const {
  if (tools_->killed()) {
    throw RunError(
        fmt::format("the debugger ended the run after {} of {}", clock_->images_done(), images_text(images_.count())));
  }
  const std::optional<int> code = options_.native_driver ? native_exit_code_ : soc_->exit_code();
  const boot_summary summary = this->summary();
  if (!code) {
    throw RunError("the software stopped doing anything before it ended: nothing more would ever happen");
  }
  const std::size_t wanted = images_.count() + skipped_;
  if (summary.magic == BOOT_SUMMARY_MAGIC && summary.status != 0) {
    throw RunError(
        fmt::format("the driver reports '{}' after {} of {}{}",
                    pim_status_text(static_cast<pim_status>(summary.status)), summary.images_done, images_text(wanted),
                    summary.error_cause == 0
                        ? ""
                        : fmt::format(" ({}error cause {}, detail {:#x}, command at {:#x})",
                                      summary.layer == PIM_NO_LAYER ? "" : fmt::format("layer {}, ", summary.layer),
                                      summary.error_cause, summary.error_detail, summary.error_address)));
  }
  if (*code != 0 || summary.magic != BOOT_SUMMARY_MAGIC || summary.images_done != wanted) {
    throw RunError(
        fmt::format("the software ended with code {} after {} of {}", *code, summary.images_done, images_text(wanted)));
  }
}

void Simulation::read_results(RunRecord& record) const {
  const std::size_t scores = image_->header().output_count;
  std::vector<std::uint8_t> bytes(sizeof(boot_result) + scores * 4);
  for (std::size_t i = images_.first; i < images_.end; ++i) {
    soc_->read_memory(boot_.results_address + i * boot_.result_stride, bytes.data(), bytes.size());
    if (boost::endian::load_little_u32(bytes.data() + offsetof(boot_result, status)) != 0) {
      throw RunError(fmt::format("the software left no result for image {} of {}", i, data_.count));
    }
    Prediction prediction;
    prediction.predicted = boost::endian::load_little_u32(bytes.data() + offsetof(boot_result, predicted));
    for (std::size_t s = 0; s < scores; ++s) {
      prediction.scores.push_back(boost::endian::load_little_s32(bytes.data() + sizeof(boot_result) + s * 4));
    }
    record.predictions.push_back(std::move(prediction));
  }
}

void Simulation::print_uart(char c) {
  if (c != '\n') {
    uart_line_ += c;
    return;
  }
  if (on_terminal_line_) {
    on_terminal_line_(uart_line_);
  }
  uart_line_.clear();
}

}  // namespace spinvp
