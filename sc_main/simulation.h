#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ip/pim/pim_device.h"
#include "network/dataset.h"
#include "network/image/network_image.h"
#include "network/integer_graph.h"
#include "platform/native_host.h"
#include "platform/virtual_soc.h"
#include "sc_main/bus_use.h"
#include "sc_main/firmware_tools.h"
#include "sc_main/image_clock.h"
#include "sc_main/run_options.h"
#include "sc_main/run_record.h"
#include "sc_main/verifier.h"

namespace spinvp {

/// One run of a network over a data set on the virtual platform: elaborates the system, puts network and images into
/// its RAM, simulates, and reads the results back from RAM.
class Simulation {
 public:
  /// Reads every file; InputError when something is wrong with one.
  explicit Simulation(const RunOptions& options);

  /// Called at the end of every image with the number of images that are done.
  void on_image(std::function<void(std::size_t)> done) { on_image_ = std::move(done); }
  /// Called with every line that the software prints on its terminal.
  void on_terminal_line(std::function<void(const std::string&)> line) { on_terminal_line_ = std::move(line); }

  /// Simulates from power-on, but only the images of a range (and, for a past like any other, the image before it),
  /// until the first image behind it begins or, behind the last one, until the software ends. Once a process. RunError
  /// when the software does not end well.
  RunRecord run(ImageRange images);

  const RunOptions& options() const { return options_; }
  const network::NetworkImage& image() const { return *image_; }
  const network::Dataset& data() const { return data_; }
  const PimDevice& device() const { return *device_; }
  const platform::VirtualSoc& soc() const { return *soc_; }
  /// Null unless layers are checked.
  const Verifier* verifier() const { return verifier_.get(); }
  const std::string& chip_path() const { return chip_path_; }
  const std::string& soc_path() const { return soc_path_; }
  /// Empty with the native driver.
  const std::string& firmware_path() const { return firmware_path_; }
  /// What the user should know of how the network was read, a sentence each.
  const std::vector<std::string>& notes() const { return notes_; }
  /// What a model with real inputs reads; nothing for others and for network images.
  const std::optional<network::InputScaling>& input() const { return input_; }
  /// What --quantize asked for, with the number of calibration images that there were; nothing without it.
  const std::optional<QuantiseOptions>& quantise() const { return quantise_; }
  /// Whether the network was quantised on the way: it is another one than its file's.
  bool quantised() const { return quantised_; }
  /// The layer that gives the scores; only of a network that this run mapped.
  const network::Layer& last_layer() const { return graph_->layers.back(); }
  /// Whether this run mapped the network; false for a network image.
  bool mapped() const { return graph_.has_value(); }

 private:
  void read_network(const ChipConfig& chip, const platform::SocConfig& soc);
  void read_data();
  void load_firmware();
  void lay_out_memory();
  void load_memory();
  void simulate();
  RunRecord record() const;
  boot_summary summary() const;
  void check_end() const;
  void read_results(RunRecord& record) const;
  void print_uart(char c);

  const RunOptions options_;
  const std::string chip_path_;
  const std::string soc_path_;
  std::string firmware_path_;
  std::optional<network::InputScaling> input_;
  std::optional<QuantiseOptions> quantise_;
  bool quantised_ = false;
  std::vector<std::string> notes_;
  std::optional<network::IntegerGraph> graph_;  // absent when an image was given instead of an ONNX file
  std::optional<network::NetworkImage> image_;
  network::Dataset data_;

  std::unique_ptr<platform::VirtualSoc> soc_;
  std::unique_ptr<PimDevice> device_;
  std::unique_ptr<platform::NativeHost> native_host_;
  boot_info boot_{};
  std::unique_ptr<Verifier> verifier_;
  std::unique_ptr<ImageClock> clock_;
  std::unique_ptr<BusMeter> bus_meter_;
  std::function<void(std::size_t)> on_image_;
  std::function<void(const std::string&)> on_terminal_line_;
  std::string uart_line_;
  std::optional<int> native_exit_code_;
  std::unique_ptr<FirmwareTools> tools_;

  ImageRange images_;
  std::size_t skipped_ = 0;           // images run before the range
  std::optional<Ledger> before_;      // what they counted
  std::optional<BusUse> bus_before_;  // and sent over the bus, with all before them
  BusUse bus_end_;                    // at the last image's end, or at the start of the next range's first one
  std::optional<RunRecord> stopped_;  // when the image behind the range began
};

}  // namespace spinvp
