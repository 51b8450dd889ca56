#include "ip/pim/command_check.h"

#include <algorithm>

#include "ip/pim/check_parts.h"
#include "ip/pim/command_check_adder.h"
#include "ip/pim/command_check_digital.h"

namespace spinvp {

using interface::ErrorCause;
using namespace checks;

namespace {

bool is_one_of(const interface::CommandFieldInfo& field, std::uint32_t value) {
  return std::any_of(field.values, field.values + field.value_count,
                     [&](const interface::EnumValueInfo& one) { return one.value == value; });
}

CommandError check_fields(const std::uint32_t* words, const interface::CommandInfo& info) {
  std::uint32_t known[256] = {};
  for (const auto& field : interface::header_fields) {
    known[field.word] |= field.bits.mask();
  }
  for (std::size_t i = 0; i < info.field_count; ++i) {
    const interface::CommandFieldInfo& field = info.fields[i];
    known[field.word] |= field.bits.mask();
    const std::uint32_t value = field.bits.extract(words[field.word]);
    const bool in_range = field.is_signed || (value >= field.minimum && value <= field.maximum);
    if (!in_range || (field.values != nullptr && !is_one_of(field, value))) {
      return bad(ErrorCause::BadField, field.word);
    }
  }
  for (std::uint32_t word = 0; word < info.words; ++word) {
    if ((words[word] & ~known[word]) != 0) {
      return bad(ErrorCause::BadField, word);
    }
  }
  return none;
}

template <class Copy>
CommandError check_copy(const Copy& command, const ChipConfig& config) {
  return first_of({
      command.rows == 1 || command.buffer_stride >= command.bytes ? none : bad(ErrorCause::BadField, 8),
      check_buffer_runs(config, command.buffer_address, command.rows, command.buffer_stride, command.bytes),
  });
}

CommandError check(const interface::LoadCommand& command, const ChipConfig& config) {
  return check_copy(command, config);
}

CommandError check(const interface::StoreCommand& command, const ChipConfig& config) {
  return check_copy(command, config);
}

CommandError check(const interface::LoadRowsCommand& command, const ChipConfig& config) {
  const std::uint64_t last_replica =
      std::uint64_t{command.first_subarray} + std::uint64_t{command.replicas - 1} * command.replica_stride;
  return first_of({
      command.row_bytes <= config.row_bytes() ? none : bad(ErrorCause::BadField, 7),
      command.replicas == 1 || command.replica_stride >= command.subarrays ? none : bad(ErrorCause::BadField, 5),
      check_subarrays(config, last_replica + command.subarrays),
      check_rows(config, std::uint64_t{command.first_row} + command.rows),
  });
}

CommandError check(const interface::GatherRowsCommand& command, const ChipConfig& config) {
  const std::uint64_t field_bits = std::uint64_t{command.kernel_height} * command.kernel_width * command.channels;
  const std::uint64_t rows = std::uint64_t{command.pixels_per_replica} * command.planes * command.tiles;
  const std::uint64_t bits_a_pixel = std::uint64_t{command.first_channel} + command.channels;
  return first_of({
      field_bits <= std::uint64_t{config.buffer.bytes} * 8 ? none : bad(ErrorCause::BadField, 8),
      std::uint64_t{command.first_bit} + command.bit_count <= field_bits ? none : bad(ErrorCause::BadField, 16),
      command.bit_count <= std::uint64_t{command.tiles} * config.columns() ? none : bad(ErrorCause::BadField, 17),
      command.pixels <= std::uint64_t{command.pixels_per_replica} * command.replicas ? none
                                                                                     : bad(ErrorCause::BadField, 12),
      check_subarrays(config, command.first_subarray + std::uint64_t{command.subarrays} * command.replicas),
      check_rows(config, command.first_row + rows),
      check_pad_level(command.pad_level, command.planes, 7),
      check_planes(config,
                   {command.map_address, command.planes, command.plane_stride, command.height, command.row_pitch,
                    command.width, command.pixel_pitch, bits_a_pixel},
                   6, 4),
  });
}

CommandError check(const interface::AndAccCommand& command, const ChipConfig& config) {
  const std::uint64_t kernel_rows = std::uint64_t{command.kernels_per_subarray} * command.weight_planes * command.tiles;
  const std::uint64_t image_rows =
      std::uint64_t{command.pixels_per_replica} * command.activation_planes * command.tiles;
  const std::uint64_t capacity = std::uint64_t{command.kernels_per_subarray} * command.subarrays;
  const bool planes_fit_kind = command.weight_kind != interface::WeightKind::Ternary || command.weight_planes == 2;
  return first_of({
      config.accumulator.present ? none : bad(ErrorCause::Unsupported, interface::AndAccCommand::opcode),
      planes_fit_kind ? none : bad(ErrorCause::BadField, 7),
      command.kernels <= capacity && command.kernels > capacity - command.kernels_per_subarray
          ? none
          : bad(ErrorCause::BadField, 5),
      command.pixels <= std::uint64_t{command.pixels_per_replica} * command.replicas ? none
                                                                                     : bad(ErrorCause::BadField, 6),
      check_subarrays(config, command.first_subarray + std::uint64_t{command.subarrays} * command.replicas),
      check_rows(config, command.kernel_row + kernel_rows),
      check_rows(config, command.image_row + image_rows),
      aligned(command.accumulator_address, 8),
      aligned(command.accumulator_pitch, 9),
      command.accumulator_pitch >= std::uint64_t{command.kernels} * 4 ? none : bad(ErrorCause::BadField, 9),
      check_buffer_runs(config, command.accumulator_address, command.pixels, command.accumulator_pitch,
                        std::uint64_t{command.kernels} * 4),
  });
}

}  // namespace

const interface::CommandInfo* find_command(std::uint32_t opcode) {
  for (const interface::CommandInfo& info : interface::command_table) {
    if (info.opcode == opcode) {
      return &info;
    }
  }
  return nullptr;
}

CommandError check_command(const std::uint32_t* words, const ChipConfig& config) {
  const auto header = interface::CommandHeader::decode(words);
  const interface::CommandInfo* info = find_command(header.opcode);
  if (info == nullptr) {
    return bad(ErrorCause::BadOpcode, header.opcode);
  }
  if (header.length != info->words) {
    return bad(ErrorCause::BadLength, header.length);
  }
  const CommandError error = check_fields(words, *info);
  if (error.failed()) {
    return error;
  }
  switch (header.opcode) {
    case interface::LoadCommand::opcode:
      return check(interface::LoadCommand::decode(words), config);
    case interface::StoreCommand::opcode:
      return check(interface::StoreCommand::decode(words), config);
    case interface::LoadRowsCommand::opcode:
      return check(interface::LoadRowsCommand::decode(words), config);
    case interface::GatherRowsCommand::opcode:
      return check(interface::GatherRowsCommand::decode(words), config);
    case interface::AndAccCommand::opcode:
      return check(interface::AndAccCommand::decode(words), config);
    case interface::DigitalCommand::opcode:
      return check_digital(interface::DigitalCommand::decode(words), config);
    case interface::PackCommand::opcode:
      return check_pack(interface::PackCommand::decode(words), config);
    case interface::MultiplyCommand::opcode:
      return check_multiply(interface::MultiplyCommand::decode(words), config);
    case interface::GatherLanesCommand::opcode:
      return check_gather_lanes(interface::GatherLanesCommand::decode(words), config);
    case interface::AddAccCommand::opcode:
      return check_add_acc(interface::AddAccCommand::decode(words), config);
    case interface::ReadSumsCommand::opcode:
      return check_read_sums(interface::ReadSumsCommand::decode(words), config);
    case interface::AddLevelsCommand::opcode:
      return check_add_levels(interface::AddLevelsCommand::decode(words), config);
    case interface::ReadLanesCommand::opcode:
      return check_read_lanes(interface::ReadLanesCommand::decode(words), config);
    default:
      return none;
  }
}

}  // namespace spinvp
