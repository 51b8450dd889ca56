// Nothing bypasses the chip: its outputs come from the bits in its sub-arrays, put there and computed with because
// firmware rang its doorbell.
#include <algorithm>
#include <catch2/catch.hpp>

#include "firmware/driver/pim_driver.h"
#include "ip/interface/pim_interface.h"
#include "sc_main/support/digit_system.h"

using namespace spinvp;
using namespace spinvp::test;
using Catch::Matchers::Contains;

namespace {

void check_succeeded(DigitSystem& system) {
  INFO(system.terminal);
  CHECK(system.soc.exit_code() == 0);
  CHECK(system.summary().magic == BOOT_SUMMARY_MAGIC);
  CHECK(system.summary().status == PIM_OK);
  CHECK(system.summary().images_done == system.data.count);
}

void check_failed(DigitSystem& system, pim_status status) {
  INFO(system.terminal);
  REQUIRE(system.soc.exit_code().has_value());
  CHECK(*system.soc.exit_code() == static_cast<int>(status));
  CHECK(system.summary().status == static_cast<std::uint32_t>(status));
  CHECK(system.summary().images_done == 0);
  for (std::size_t i = 0; i < system.data.count; ++i) {
    CHECK(system.scores(i) == Scores(system.header().output_count, 0));
  }
}

std::size_t pictures_that_differ(DigitSystem& system) {
  std::size_t differ = 0;
  for (std::size_t i = 0; i < system.data.count; ++i) {
    differ += system.scores(i) != system.reference_scores(i);
  }
  return differ;
}

/// Flips one weight bit of a layer in the network image before the system starts.
void check_flipped_weight(const std::string& network, std::size_t layer) {
  DigitSystem system(network, 10);
  system.image[system.layer(layer).weights_offset] ^= 1;
  system.run();
  check_succeeded(system);
  CAPTURE(network, layer, system.verifier().first_mismatch());
  CHECK(system.verifier().mismatches() > 0);
  CHECK_THAT(system.verifier().first_mismatch(), Contains("layer '" + system.graph.layers[layer].name + "'"));
  if (layer + 1 == system.graph.layers.size()) {
    CHECK(pictures_that_differ(system) > 0);
  }
}

/// Inverts a row of weights on the chip when the first picture is done.
void check_inverted_row(Detail detail) {
  DigitSystem system("digits_binary.onnx", 2, detail);
  const std::size_t last = system.graph.layers.size() - 1;
  const std::uint32_t row = system.layer(last).kernel_row;
  AtStreamEnd invert([&](Activity activity) {
    if (activity.layer == last && !activity.once) {
      auto* const words = const_cast<std::uint64_t*>(system.device.peek_row(0, row));
      REQUIRE(words != nullptr);
      for (std::uint32_t i = 0; i < system.device.config().row_words(); ++i) {
        words[i] = ~words[i];
      }
    }
  });
  system.device.add_observer(invert);
  system.run();
  check_succeeded(system);
  CHECK(system.scores(0) == system.reference_scores(0));
  const Scores expected = system.reference_scores(1);
  const Scores found = system.scores(1);
  CHECK(found != expected);
  CHECK(std::equal(found.begin() + 1, found.end(), expected.begin() + 1));  // each row holds one kernel of this layer
}

}  // namespace

TEST_CASE("the undisturbed system gives the reference's scores, so the tests below see what they change") {
  DigitSystem system("digits_binary.onnx", 10);
  system.run();
  check_succeeded(system);
  CHECK(system.verifier().mismatches() == 0);
  CHECK(system.verifier().layers_checked() == 10 * system.graph.layers.size());
  CHECK(pictures_that_differ(system) == 0);
}

TEST_CASE("one flipped weight bit of the binary network's first layer changes that layer") {
  check_flipped_weight("digits_binary.onnx", 0);
}

TEST_CASE("one flipped weight bit of the binary network's last layer changes the scores") {
  check_flipped_weight("digits_binary.onnx", 3);
}

TEST_CASE("one flipped weight bit of the ternary network's second layer changes that layer") {
  check_flipped_weight("digits_ternary.onnx", 1);
}

TEST_CASE("one flipped weight bit of the ternary network's last layer changes the scores") {
  check_flipped_weight("digits_ternary.onnx", 3);
}

TEST_CASE("a row of weights inverted on the chip changes the next picture's scores, detail fast") {
  check_inverted_row(Detail::Fast);
}

TEST_CASE("a row of weights inverted on the chip changes the next picture's scores, detail row") {
  check_inverted_row(Detail::Row);
}

TEST_CASE("a doorbell that never arrives computes nothing and fails the run") {
  DigitSystem system("digits_binary.onnx", 2);
  std::size_t rung = 0;
  system.tap.on_write = [&](std::uint32_t offset, std::uint32_t&) {
    rung += offset == PIM_REG_DOORBELL;
    return offset != PIM_REG_DOORBELL;
  };
  system.run();
  CHECK(rung > 0);
  check_failed(system, PIM_E_TIMEOUT);
  CHECK(system.chip_did_nothing());
  CHECK(system.verifier().layers_checked() == 0);
}

TEST_CASE("a chip that is never enabled computes nothing and fails the run") {
  DigitSystem system("digits_binary.onnx", 2);
  system.tap.on_write = [](std::uint32_t offset, std::uint32_t& value) {
    if (offset == PIM_REG_CONTROL) {
      value &= ~PIM_CONTROL_ENABLE_MASK;
    }
    return true;
  };
  system.run();
  check_failed(system, PIM_E_DOORBELL_REJECTED);
  CHECK(system.chip_did_nothing());
}

TEST_CASE("doorbells that stop arriving in the middle stop the computing there") {
  DigitSystem system("digits_binary.onnx", 3);
  std::size_t left = 2 * system.graph.layers.size();  // the loads, and the first picture
  system.tap.on_write = [&](std::uint32_t offset, std::uint32_t&) {
    return offset != PIM_REG_DOORBELL || (left > 0 && left-- > 0);
  };
  system.run();
  CHECK(system.summary().status == static_cast<std::uint32_t>(PIM_E_TIMEOUT));
  CHECK(system.summary().images_done == 1);
  CHECK(system.scores(0) == system.reference_scores(0));
  CHECK(system.scores(1) == Scores(system.header().output_count, 0));
  CHECK(system.verifier().layers_checked() == system.graph.layers.size());
}

TEST_CASE("firmware that does not use the chip leaves it idle") {
  DigitSystem system("digits_binary.onnx", 2, Detail::Fast, "hello");
  system.run();
  CHECK(system.soc.exit_code() == 0);
  CHECK(system.chip_did_nothing());
  CHECK(system.summary().magic == 0);
  CHECK(system.scores(0) == Scores(system.header().output_count, 0));
}

TEST_CASE("an idle chip draws leakage and nothing else") {
  DigitSystem system("digits_binary.onnx", 1, Detail::Fast, "hello");
  system.run();
  for (std::size_t activity = 0; activity < system.device.ledger().activities(); ++activity) {
    CHECK(system.device.ledger().energy(Activity::at(activity)).value() == 0);
  }
  CHECK(system.device.ledger().idle_energy(1000000).value() > 0);
}

TEST_CASE("weights, pictures and scores all pass the chip's DMA") {
  DigitSystem system("digits_ternary.onnx", 7);
  system.run();
  check_succeeded(system);
  std::uint64_t inwards = 7 * system.data.shape.elements();
  for (std::size_t i = 0; i < system.graph.layers.size(); ++i) {
    inwards += system.layer(i).weights_bytes + system.layer(i).thresholds_bytes;
  }
  CHECK(system.events(Event::DmaRead) >= inwards);
  CHECK(system.events(Event::DmaWrite) == 7 * 4 * system.header().output_count);
}

TEST_CASE("every bit-plane product of the network is a row operation") {
  constexpr std::size_t pictures = 3;
  DigitSystem system("digits_binary.onnx", pictures);
  system.run();
  std::uint64_t operations = 0;
  for (std::size_t i = 0; i < system.graph.layers.size(); ++i) {
    const network::Layer& layer = system.graph.layers[i];
    const std::uint64_t pixels =
        static_cast<std::uint64_t>(layer.convolved.height) * static_cast<std::uint64_t>(layer.convolved.width);
    operations += pixels * static_cast<std::uint64_t>(layer.kernels) * static_cast<std::uint64_t>(layer.input_bits) *
                  static_cast<std::uint64_t>(layer.weight_bits) * system.layer(i).tiles;
  }
  CHECK(system.events(Event::RowAnd2) == pictures * operations);
}

TEST_CASE("more pictures retire more instructions") {
  DigitSystem system("digits_binary.onnx", 4);
  const std::size_t last = system.graph.layers.size() - 1;
  std::vector<std::uint64_t> retired;
  AtStreamEnd note([&](Activity activity) {
    if (activity.layer == last && !activity.once) {
      retired.push_back(system.soc.cpu()->instructions());
    }
  });
  system.device.add_observer(note);
  system.run();
  check_succeeded(system);
  REQUIRE(retired.size() == 4);
  CHECK(retired[0] > 1000);
  for (std::size_t i = 1; i < retired.size(); ++i) {
    CHECK(retired[i] > retired[i - 1] + 100);
  }
  CHECK(system.soc.cpu()->instructions() > retired.back());
}

TEST_CASE("a blank picture is classified as the reference classifies it, not as the one before") {
  DigitSystem system("digits_ternary.onnx", 3);
  std::fill(system.data.pixels.begin() + 64, system.data.pixels.begin() + 128, std::uint8_t{0});
  system.run();
  check_succeeded(system);
  CHECK(system.scores(1) == system.reference_scores(1));
  CHECK(system.scores(1) != system.scores(0));
  CHECK(system.verifier().mismatches() == 0);
}
