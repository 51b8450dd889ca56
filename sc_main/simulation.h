#pragma once

#include <cstdint>
#include <deque>
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
#include "sc_main/progress.h"
#include "sc_main/run_options.h"
#include "sc_main/verifier.h"

namespace spinvp {

/// What came out of one image.
struct Prediction {
  std::uint32_t predicted = 0;
  std::vector<std::int32_t> scores;
};

/// One run of a network over a data set on the virtual platform: elaborates the system, puts network and images into
/// its RAM, simulates, and reads the results back from RAM.
class Simulation {
 public:
  /// Reads every file; InputError when something is wrong with one.
  explicit Simulation(const RunOptions& options);

  /// Simulates until the software ends. RunError when it does not end well.
  void run();

  const RunOptions& options() const { return options_; }
  const network::NetworkImage& image() const { return *image_; }
  const network::Dataset& data() const { return data_; }
  const PimDevice& device() const { return *device_; }
  const platform::VirtualSoc& soc() const { return *soc_; }
  const Verifier* verifier() const { return verifier_.get(); }
  const std::vector<Prediction>& predictions() const { return predictions_; }
  /// From the start of the simulation until the software ended.
  sc_core::sc_time simulated_time() const { return simulated_time_; }
  /// From the start of the first image to the end of the last one.
  sc_core::sc_time inference_time() const { return progress_->inference_time(); }
  double host_seconds() const { return host_seconds_; }

 private:
  void read_network(const ChipConfig& chip);
  void read_data();
  void require_labels_of_scores() const;
  void load_firmware();
  void lay_out_memory();
  void load_memory();
  void check_end();
  void read_results();
  void print_uart(char c);
  void show(const std::deque<std::string>& lines);

  const RunOptions options_;
  std::optional<network::IntegerGraph> graph_;  // absent when an image was given instead of an ONNX file
  std::optional<network::NetworkImage> image_;
  network::Dataset data_;

  std::unique_ptr<platform::VirtualSoc> soc_;
  std::unique_ptr<PimDevice> device_;
  std::unique_ptr<platform::NativeHost> native_host_;
  boot_info boot_{};
  std::unique_ptr<Verifier> verifier_;
  std::unique_ptr<Progress> progress_;
  std::string uart_line_;
  std::deque<std::string> kept_lines_;  ///< quiet: the last ones, in case the run fails
  std::optional<int> native_exit_code_;

  std::vector<Prediction> predictions_;
  sc_core::sc_time simulated_time_;
  double host_seconds_ = 0;
};

}  // namespace spinvp
