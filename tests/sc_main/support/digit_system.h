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
#include "sc_main/support/register_tap.h"
#include "sc_main/verifier.h"
#include "tests/support/protocol_checker.h"

namespace spinvp::test {

using Scores = std::vector<std::int32_t>;

/// A shipped network, the shipped chip and the shipped system in this process, with places where a test may cut in.
/// Firmware runs the driver or, for HostKind::External, NativeHost. A protocol checker stands at either socket of the
/// chip and at that of NativeHost.
class DigitSystem {
 public:
  DigitSystem(const std::string& network, std::size_t images, Detail detail = Detail::Fast,
              const std::string& app = "inference", Timing timing = Timing::Loose,
              platform::HostKind host = platform::HostKind::RiscV);

  /// Puts the network image, as it is now, and the pictures into RAM and simulates until the software ends.
  void run();

  network::IntegerGraph graph;
  std::vector<std::uint8_t> image;  ///< the network image; run() makes its checksum right
  network::Dataset data;
  PimDevice device;
  RegisterTap tap{"tap"};
  ProtocolChecker<> host_checker{"host_checker"};
  ProtocolChecker<> dma_checker{"dma_checker"};
  platform::VirtualSoc soc;
  std::unique_ptr<platform::NativeHost> native;       ///< null where firmware runs
  std::unique_ptr<ProtocolChecker<>> native_checker;  ///< null where firmware runs
  std::optional<int> native_code;                     ///< what NativeHost ended with
  std::string terminal;                               ///< what the software prints

  const interface::ImageHeader& header() const {
    return *reinterpret_cast<const interface::ImageHeader*>(image.data());
  }
  const interface::ImageLayer& layer(std::size_t index) const;

  // After run()
  const Verifier& verifier() const { return *verifier_; }
  boot_summary summary();
  Scores scores(std::size_t picture);
  Scores reference_scores(std::size_t picture) const;
  std::uint64_t events(Event event) const { return device.ledger().events(event); }
  /// No command, row operation, row write or DMA byte at all.
  bool chip_did_nothing() const;

 private:
  void lay_out_memory();
  void add_native_host();

  boot_info boot_{};
  std::optional<network::NetworkImage> verified_image_;
  std::unique_ptr<Verifier> verifier_;
};

/// Does something when the stream of a layer ends on the chip.
class AtStreamEnd : public StreamObserver {
 public:
  explicit AtStreamEnd(std::function<void(Activity)> action) : action_(std::move(action)) {}
  void stream_finished(Activity activity, sc_core::sc_time) override { action_(activity); }

 private:
  std::function<void(Activity)> action_;
};

}  // namespace spinvp::test
