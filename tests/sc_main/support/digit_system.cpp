#include "sc_main/support/digit_system.h"

#include <boost/endian/conversion.hpp>

#include "ip/config/chip_file.h"
#include "network/mapping/mapper.h"
#include "network/onnx/import.h"
#include "network/reference.h"
#include "sc_main/run_options.h"
#include "sc_main/support/command.h"
#include "sc_main/target_of.h"

namespace spinvp::test {
namespace {

constexpr std::uint64_t page = 4096;

ChipConfig shipped_chip(Detail detail, Timing timing) {
  ChipConfig chip = load_chip_config(config("chips/imce.yaml"));
  chip.detail = detail;
  chip.timing = timing;
  return chip;
}

platform::SocConfig shipped_soc(Timing timing) {
  platform::SocConfig soc = platform::load_soc_config(config("socs/default.yaml"));
  soc.timing = timing == Timing::Loose ? platform::TimingStyle::Loose : platform::TimingStyle::Approximate;
  return soc;
}

network::Dataset first_pictures(std::size_t count) {
  network::Dataset data = network::load_images(model(shipped_images));
  data.count = count;
  return data;
}

}  // namespace

DigitSystem::DigitSystem(const std::string& network, std::size_t images, Detail detail, const std::string& app,
                         Timing timing, platform::HostKind host)
    : graph(network::import_onnx(model(network))),
      data(first_pictures(images)),
      device("pim", shipped_chip(detail, timing)),
      soc("soc", shipped_soc(timing), host) {
  verified_image_ = network::map_network(graph, target_of(device.config()));
  image = verified_image_->bytes();
  soc.bind_accelerator(tap.host, dma_checker.initiator, device.irq, device.reset);
  tap.chip.bind(host_checker.target);
  host_checker.initiator.bind(device.host);
  device.dma.bind(dma_checker.target);
  soc.on_uart_output([this](char c) { terminal += c; });
  if (host == platform::HostKind::External) {
    add_native_host();
  } else {
    soc.load_firmware(firmware(app));
  }
  lay_out_memory();
  const Verifier::Places places{boot_.scratch_address, boot_.results_address + sizeof(boot_result),
                                boot_.result_stride};
  verifier_ = std::make_unique<Verifier>(
      graph, *verified_image_, data, device, places,
      [this](std::uint64_t address, void* bytes, std::size_t length) { soc.read_memory(address, bytes, length); });
  device.add_observer(*verifier_);
}

const interface::ImageLayer& DigitSystem::layer(std::size_t index) const {
  return reinterpret_cast<const interface::ImageLayer*>(image.data() + header().layers_offset)[index];
}

void DigitSystem::add_native_host() {
  platform::NativeHostConfig settings;
  settings.boot_info_address = soc.config().boot_info;
  settings.print = [this](const char* line) { terminal += line; };
  settings.done = [this](int code) {
    native_code = code;
    soc.stop();
  };
  native = std::make_unique<platform::NativeHost>("native", settings);
  native_checker = std::make_unique<ProtocolChecker<>>("native_checker", LinkEnds{false, true});
  native->bus.bind(native_checker->target);
  soc.bind_host(native_checker->initiator, native->external_irq);
}

void DigitSystem::lay_out_memory() {
  boot_ = soc.boot_information();
  std::uint64_t next = soc.config().boot_info + page;
  const auto place = [&](std::uint64_t bytes) {
    const std::uint64_t address = next;
    next += (bytes + page - 1) / page * page + page;
    return address;
  };
  boot_.summary_address = place(sizeof(boot_summary));
  boot_.network_address = place(image.size());
  boot_.network_bytes = static_cast<std::uint32_t>(image.size());
  boot_.scratch_bytes = header().scratch_bytes;
  boot_.scratch_address = place(header().scratch_bytes);
  boot_.image_count = static_cast<std::uint32_t>(data.count);
  boot_.image_stride = static_cast<std::uint32_t>(data.shape.elements());
  boot_.images_address = place(boot_.image_stride * data.count);
  boot_.result_stride = 64;
  boot_.results_address = place(boot_.result_stride * data.count);
}

void DigitSystem::run() {
  boost::endian::store_little_u32(image.data() + offsetof(interface::ImageHeader, crc32),
                                  network::image_checksum(image));
  soc.write_memory(boot_.network_address, image.data(), image.size());
  soc.write_memory(boot_.images_address, data.pixels.data(), data.count * data.shape.elements());
  soc.write_boot_information(boot_);
  sc_core::sc_start();
}

boot_summary DigitSystem::summary() {
  boot_summary summary{};
  soc.read_memory(boot_.summary_address, &summary, sizeof summary);
  return summary;
}

Scores DigitSystem::scores(std::size_t picture) {
  Scores scores(header().output_count);
  soc.read_memory(boot_.results_address + picture * boot_.result_stride + sizeof(boot_result), scores.data(),
                  scores.size() * 4);
  return scores;
}

Scores DigitSystem::reference_scores(std::size_t picture) const {
  return network::run_reference(graph, data.image(picture)).back().values;
}

bool DigitSystem::chip_did_nothing() const {
  for (const Event event : {Event::RowRead, Event::RowAnd2, Event::RowWrite, Event::BitCount, Event::DmaRead,
                            Event::DmaWrite, Event::Command}) {
    if (events(event) != 0) {
      return false;
    }
  }
  return device.ledger().busy_picoseconds() == 0;
}

}  // namespace spinvp::test
