#include "network/image/disassembler.h"

#include <fmt/format.h>

#include <algorithm>

#include "ip/interface/pim_view.h"

namespace spinvp::network {
namespace {

const interface::CommandInfo* find(std::uint32_t opcode) {
  const auto* found = std::find_if(std::begin(interface::command_table), std::end(interface::command_table),
                                   [&](const interface::CommandInfo& info) { return info.opcode == opcode; });
  return found == std::end(interface::command_table) ? nullptr : found;
}

std::string value_of(const interface::CommandFieldInfo& field, std::uint32_t word) {
  const std::uint32_t value = field.bits.extract(word);
  for (std::size_t i = 0; i < field.value_count; ++i) {
    if (field.values[i].value == value) {
      return field.values[i].name;
    }
  }
  return field.is_signed ? fmt::format("{}", field.bits.extract_signed(word)) : fmt::format("{}", value);
}

std::string lanes_of(std::uint32_t mask) {
  std::string names;
  for (const interface::EnumValueInfo& lane : interface::lane_values) {
    if ((mask >> lane.value & 1u) != 0) {
      names += (names.empty() ? "" : "+") + std::string(lane.name);
    }
  }
  return names;
}

}  // namespace

std::string disassemble(const std::vector<std::uint32_t>& words) {
  std::string text;
  for (std::size_t at = 0; at < words.size();) {
    const interface::CommandInfo* info = find(words[at] & 0xFF);
    if (info == nullptr || at + info->words > words.size()) {
      text += fmt::format("{:6}  .word 0x{:08x}\n", at * 4, words[at]);
      ++at;
      continue;
    }
    const auto header = interface::CommandHeader::decode(words.data() + at);
    text += fmt::format("{:6}  {:<11} layer={}{}", at * 4, info->name, header.layer, header.once != 0 ? " once" : "");
    if (header.wait != 0) {
      text += " wait=" + lanes_of(header.wait);
    }
    for (std::size_t i = 0; i < info->field_count; ++i) {
      const interface::CommandFieldInfo& field = info->fields[i];
      text += fmt::format(" {}={}", field.name, value_of(field, words[at + field.word]));
    }
    text += '\n';
    at += info->words;
  }
  return text;
}

}  // namespace spinvp::network
