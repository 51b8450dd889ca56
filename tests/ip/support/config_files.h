#pragma once

#include <array>
#include <functional>
#include <string>

namespace spinvp::test {

/// Copies of the shipped chip and technology in a folder of their own, to be changed and read.
class ConfigFiles {
 public:
  ConfigFiles();
  ~ConfigFiles();
  ConfigFiles(const ConfigFiles&) = delete;
  ConfigFiles& operator=(const ConfigFiles&) = delete;

  std::string chip() const { return folder_ + "/chips/chip.yaml"; }
  std::string technology() const { return folder_ + "/technologies/sot_mram_45nm.yaml"; }

  /// Replaces the only place where `from` stands in a file; throws when there is none or more than one.
  static void change(const std::string& path, const std::string& from, const std::string& to);

 private:
  std::string folder_;
};

/// The technologies that ship, and the file of one.
inline constexpr std::array<const char*, 6> shipped_technologies = {
    "sot_mram_45nm", "sot_mram_45nm_hp", "sot_mram_45nm_lstp", "stt_mram_45nm", "reram_45nm", "sram_45nm"};
std::string shipped_technology(const std::string& name);

/// What an action says when it refuses its input; empty when it does not.
std::string refusal_of(const std::function<void()>& action);

}  // namespace spinvp::test
