#include "ip/pim/command_check.h"

#include <algorithm>

#include "core/bits.h"

namespace spinvp {

using interface::ErrorCause;

namespace {

constexpr CommandError none{};

CommandError bad(ErrorCause cause, std::uint64_t detail) {
  return {cause, static_cast<std::uint32_t>(std::min<std::uint64_t>(detail, 0xFFFFFFFFu))};
}

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

CommandError check_subarrays(const ChipConfig& config, std::uint64_t end) {
  return end <= config.subarrays() ? none : bad(ErrorCause::SubarrayRange, config.subarrays());
}

CommandError check_rows(const ChipConfig& config, std::uint64_t end) {
  return end <= config.rows() ? none : bad(ErrorCause::RowRange, config.rows());
}

// Bytes [address, address + bytes) of the buffer.
CommandError check_buffer(const ChipConfig& config, std::uint64_t address, std::uint64_t bytes) {
  return bytes <= config.buffer.bytes && address <= config.buffer.bytes - bytes
             ? none
             : bad(ErrorCause::BufferRange, address + (bytes == 0 ? 0 : bytes - 1));
}

// `count` runs of `bytes` bytes, `stride` apart.
CommandError check_buffer_runs(const ChipConfig& config, std::uint64_t address, std::uint64_t count,
                               std::uint64_t stride, std::uint64_t bytes) {
  return check_buffer(config, address, (count - 1) * stride + bytes);
}

CommandError first_of(std::initializer_list<CommandError> errors) {
  for (const CommandError& error : errors) {
    if (error.failed()) {
      return error;
    }
  }
  return none;
}

CommandError aligned(std::uint32_t value, std::uint32_t word) {
  return value % 4 == 0 ? none : bad(ErrorCause::Misaligned, word);
}

// Bit-planes of a map: `planes` planes of `height` rows whose `width` pixels are `pixel_pitch` bits apart.
struct PlanesGeometry {
  std::uint64_t address, planes, plane_stride, height, row_pitch, width, pixel_pitch, bits_a_pixel;
};

// Pixels and rows must not overlap; `pixel_word` and `row_word` hold the pitches.
CommandError check_planes(const ChipConfig& config, const PlanesGeometry& map, std::uint32_t pixel_word,
                          std::uint32_t row_word) {
  const std::uint64_t row_bytes = bits::bytes_for((map.width - 1) * map.pixel_pitch + map.bits_a_pixel);
  if (map.bits_a_pixel > map.pixel_pitch) {
    return bad(ErrorCause::BadField, pixel_word);
  }
  if (map.height > 1 && map.row_pitch < row_bytes) {
    return bad(ErrorCause::BadField, row_word);
  }
  return check_buffer(config, map.address,
                      (map.planes - 1) * map.plane_stride + (map.height - 1) * map.row_pitch + row_bytes);
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

CommandError check(const interface::DigitalCommand& command, const ChipConfig& config) {
  const std::uint64_t used_rows =
      std::uint64_t{command.output_height - 1} * command.pool_stride_y + command.pool_height;
  const std::uint64_t used_columns =
      std::uint64_t{command.output_width - 1} * command.pool_stride_x + command.pool_width;
  const bool raw = command.threshold_bits == 0;
  const std::uint64_t output_bits_a_pixel = (std::uint64_t{command.first_channel} + command.channels) * (raw ? 32 : 1);
  return first_of({
      command.residual == interface::ResidualKind::None && command.source == interface::SourceKind::Accumulators &&
              command.affine == 0 && command.pool_kind != interface::PoolKind::Monotone
          ? none
          : bad(ErrorCause::Unsupported, interface::DigitalCommand::opcode),
      raw == (command.output_bits == 0) ? none : bad(ErrorCause::BadField, 5),
      raw && command.pool_stage == interface::PoolStage::AfterThresholds &&
              command.pool_kind != interface::PoolKind::None
          ? bad(ErrorCause::BadField, 7)
          : none,
      command.pool_kind != interface::PoolKind::None || (command.pool_height == 1 && command.pool_width == 1)
          ? none
          : bad(ErrorCause::BadField, 7),
      command.pool_kind != interface::PoolKind::None || (command.pool_stride_y == 1 && command.pool_stride_x == 1)
          ? none
          : bad(ErrorCause::BadField, 8),
      used_rows <= command.height && used_columns <= command.width ? none : bad(ErrorCause::BadField, 9),
      aligned(command.accumulator_address, 2),
      aligned(command.accumulator_pitch, 3),
      command.accumulator_pitch >= std::uint64_t{command.channels} * 4 ? none : bad(ErrorCause::BadField, 3),
      aligned(command.threshold_address, 6),
      raw ? aligned(command.output_address, 10) : none,
      raw ? aligned(command.row_pitch, 12) : none,
      raw && command.pixel_pitch % 32 != 0 ? bad(ErrorCause::Misaligned, 13) : none,
      check_buffer_runs(config, command.accumulator_address, std::uint64_t{command.width} * command.height,
                        command.accumulator_pitch, std::uint64_t{command.channels} * 4),
      raw ? none
          : check_buffer(config, command.threshold_address,
                         std::uint64_t{command.channels} * (std::uint64_t{4} << command.threshold_bits)),
      check_planes(config,
                   {command.output_address, raw ? 1 : command.output_bits, command.plane_stride, command.output_height,
                    command.row_pitch, command.output_width, command.pixel_pitch, output_bits_a_pixel},
                   13, 12),
  });
}

CommandError check(const interface::PackCommand& command, const ChipConfig& config) {
  const std::uint64_t source_bytes = std::uint64_t{command.height - 1} * command.source_row_stride +
                                     std::uint64_t{command.width - 1} * command.source_pixel_stride +
                                     std::uint64_t{command.channels - 1} * command.source_channel_stride + 1;
  return first_of({
      check_buffer(config, command.source_address, source_bytes),
      check_planes(config,
                   {command.output_address, command.planes, command.plane_stride, command.height, command.row_pitch,
                    command.width, command.pixel_pitch, command.channels},
                   11, 10),
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
      return check(interface::DigitalCommand::decode(words), config);
    case interface::PackCommand::opcode:
      return check(interface::PackCommand::decode(words), config);
    case interface::GatherLanesCommand::opcode:
    case interface::AddAccCommand::opcode:
    case interface::ReadSumsCommand::opcode:
    case interface::MultiplyCommand::opcode:
      return bad(ErrorCause::Unsupported, header.opcode);
    default:
      return none;
  }
}

}  // namespace spinvp
