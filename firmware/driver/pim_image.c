/* Reads and judges a network image in memory. */
#include <stddef.h>

#include "firmware/driver/pim_internal.h"
#include "ip/interface/pim_interface.h"

#define SECTION_ALIGNMENT 64u

#define HEADER(field) ((uint32_t)offsetof(struct pim_image_header, field))
#define LAYER(field) ((uint32_t)offsetof(struct pim_image_layer, field))

static uint32_t image_word(struct pim_image image, uint64_t offset) {
  return image.device->hal.read32(image.device->hal.context, image.network->image_address + offset);
}

static uint64_t layer_offset(struct pim_image image, uint32_t layer) {
  return image.network->layers_offset + (uint64_t)layer * image.network->layer_bytes;
}

/* Notes which field of the image is wrong: its place and its value against the one asked for. */
static enum pim_status fail_field(struct pim_image image, enum pim_status status, uint64_t offset, uint32_t needed) {
  pim_clear_error(image.device);
  image.device->error.address = image.network->image_address + offset;
  image.device->error.needed = needed;
  image.device->error.found = image_word(image, offset);
  return pim_fail(image.device, status);
}

static enum pim_status fail_layout(struct pim_image image, uint64_t offset, uint32_t needed) {
  return fail_field(image, PIM_E_IMAGE_LAYOUT, offset, needed);
}

/* CRC-32 of IEEE 802.3 (reflected 0xEDB88320) of whole words, four bits a step. */
static uint32_t crc_of(struct pim_image image, uint32_t from, uint32_t to) {
  static const uint32_t table[16] = {0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu, 0x76DC4190u, 0x6B6B51F4u,
                                     0x4DB26158u, 0x5005713Cu, 0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu,
                                     0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu};
  uint32_t crc = UINT32_MAX;
  for (uint32_t offset = from; offset < to; offset += 4u) {
    crc ^= image_word(image, offset);
    for (uint32_t nibble = 0; nibble < 8u; ++nibble) {
      crc = (crc >> 4) ^ table[crc & 15u];
    }
  }
  return ~crc;
}

/* Copies a zero-terminated text; one without an end is cut. */
static void read_name(struct pim_image image, uint32_t offset, char name[PIM_NAME_BYTES]) {
  for (uint32_t i = 0; i < PIM_NAME_BYTES; i += 4u) {
    const uint32_t word = image_word(image, offset + i);
    for (uint32_t byte = 0; byte < 4u; ++byte) {
      const uint32_t character = (word >> (8u * byte)) & 0x7Fu;
      name[i + byte] = (char)character;
    }
  }
  name[PIM_NAME_BYTES - 1u] = '\0';
}

/* That this is an image which we understand, whole and unaltered. */
static enum pim_status check_identity(struct pim_image image, uint64_t bytes) {
  if (bytes < PIM_IMAGE_HEADER_BYTES) {
    image.device->error.needed = PIM_IMAGE_HEADER_BYTES;
    image.device->error.found = (uint32_t)bytes;
    return pim_fail(image.device, PIM_E_IMAGE_TRUNCATED);
  }
  if (image_word(image, HEADER(magic)) != PIM_IMAGE_MAGIC) {
    return fail_field(image, PIM_E_IMAGE_MAGIC, HEADER(magic), PIM_IMAGE_MAGIC);
  }
  const uint32_t major = image_word(image, HEADER(version_major)) & 0xFFFFu;
  if (major != PIM_IMAGE_VERSION_MAJOR_VALUE) {
    const enum pim_status status =
        fail_field(image, PIM_E_IMAGE_VERSION, HEADER(version_major), PIM_IMAGE_VERSION_MAJOR_VALUE);
    image.device->error.found = major;
    return status;
  }
  const uint32_t total_bytes = image_word(image, HEADER(total_bytes));
  if (total_bytes > bytes) {
    image.device->error.address = image.network->image_address + HEADER(total_bytes);
    image.device->error.needed = total_bytes;
    image.device->error.found = (uint32_t)bytes;
    return pim_fail(image.device, PIM_E_IMAGE_TRUNCATED);
  }
  if (total_bytes < PIM_IMAGE_HEADER_BYTES || total_bytes % SECTION_ALIGNMENT != 0u) {
    return fail_layout(image, HEADER(total_bytes), (uint32_t)bytes);
  }
  const uint32_t crc = crc_of(image, HEADER(version_major), total_bytes);
  if (crc != image_word(image, HEADER(crc32))) {
    return fail_field(image, PIM_E_IMAGE_CHECKSUM, HEADER(crc32), crc);
  }
  image.network->total_bytes = total_bytes;
  image.network->checksum = crc;
  return PIM_OK;
}

enum pim_status pim_image_verify(struct pim_image image) {
  const uint32_t crc = crc_of(image, HEADER(version_major), image.network->total_bytes);
  if (crc == image.network->checksum) {
    return PIM_OK;
  }
  pim_clear_error(image.device);
  image.device->error.address = image.network->image_address;
  image.device->error.needed = image.network->checksum;
  image.device->error.found = crc;
  return pim_fail(image.device, PIM_E_IMAGE_CHECKSUM);
}

/* That the layer table lies within the image and the shapes agree. */
static enum pim_status read_header(struct pim_image image) {
  struct pim_network* network = image.network;
  const uint32_t header_bytes = image_word(image, HEADER(header_bytes));
  if (header_bytes < PIM_IMAGE_HEADER_BYTES || header_bytes > network->total_bytes) {
    return fail_layout(image, HEADER(header_bytes), PIM_IMAGE_HEADER_BYTES);
  }
  network->layer_count = image_word(image, HEADER(layer_count));
  if (network->layer_count == 0u) {
    return fail_layout(image, HEADER(layer_count), 1u);
  }
  /* Entries ended before the checksums of their streams until version 2.2. */
  const uint32_t minor = image_word(image, HEADER(version_major)) >> 16;
  const uint32_t least_layer_bytes = minor < 2u ? LAYER(load_checksum) : PIM_IMAGE_LAYER_BYTES;
  network->layer_bytes = image_word(image, HEADER(layer_bytes));
  if (network->layer_bytes < least_layer_bytes || network->layer_bytes % 4u != 0u) {
    return fail_layout(image, HEADER(layer_bytes), least_layer_bytes);
  }
  network->layers_offset = image_word(image, HEADER(layers_offset));
  if (network->layers_offset < header_bytes || network->layers_offset % 4u != 0u) {
    return fail_layout(image, HEADER(layers_offset), header_bytes);
  }
  if (layer_offset(image, network->layer_count) > network->total_bytes) {
    return fail_layout(image, HEADER(layer_count), network->total_bytes);
  }
  network->input_height = image_word(image, HEADER(input_height));
  network->input_width = image_word(image, HEADER(input_width));
  network->input_channels = image_word(image, HEADER(input_channels));
  network->input_bytes = image_word(image, HEADER(input_bytes));
  /* By division, because the product of three may not fit. */
  const uint64_t plane = (uint64_t)network->input_height * network->input_width;
  if (network->input_bytes == 0u || plane == 0u || network->input_bytes % plane != 0u ||
      network->input_bytes / plane != network->input_channels) {
    return fail_layout(image, HEADER(input_bytes), (uint32_t)(plane * network->input_channels));
  }
  network->output_count = image_word(image, HEADER(output_count));
  if (network->output_count == 0u) {
    return fail_layout(image, HEADER(output_count), 1u);
  }
  const uint32_t stationary = image_word(image, HEADER(weights_stationary));
  if (stationary > 1u) {
    return fail_layout(image, HEADER(weights_stationary), 1u);
  }
  network->weights_stationary = stationary != 0u;
  network->scratch_bytes = image_word(image, HEADER(scratch_bytes));
  read_name(image, HEADER(network_name), network->name);
  return PIM_OK;
}

/* A section of a layer: its offset and its length are neighbours in the table. */
static enum pim_status read_section(struct pim_image image, uint64_t offset_field, struct pim_stream* section) {
  const uint32_t total_bytes = image.network->total_bytes;
  section->offset = image_word(image, offset_field);
  section->bytes = image_word(image, offset_field + 4u);
  if (section->bytes == 0u) {
    return PIM_OK;
  }
  if (section->offset < PIM_IMAGE_HEADER_BYTES || section->offset % 4u != 0u || section->offset > total_bytes) {
    return fail_layout(image, offset_field, total_bytes);
  }
  if (section->bytes > total_bytes - section->offset) {
    return fail_layout(image, offset_field + 4u, total_bytes - section->offset);
  }
  return PIM_OK;
}

/* A section of command words; where its place and its checksum stand in the layer's entry. */
static enum pim_status read_stream(struct pim_image image, uint32_t layer, uint32_t place, uint32_t checksum,
                                   struct pim_stream* stream) {
  const uint64_t entry = layer_offset(image, layer);
  const uint64_t offset_field = entry + place;
  stream->checksum = checksum < image.network->layer_bytes ? image_word(image, entry + checksum) : 0u;
  const enum pim_status status = read_section(image, offset_field, stream);
  if (status == PIM_OK && stream->bytes % 4u != 0u) {
    return fail_layout(image, offset_field + 4u, stream->bytes & ~3u);
  }
  return status;
}

enum pim_status pim_image_load_stream(struct pim_image image, uint32_t layer, struct pim_stream* stream) {
  return read_stream(image, layer, LAYER(load_offset), LAYER(load_checksum), stream);
}

enum pim_status pim_image_run_stream(struct pim_image image, uint32_t layer, struct pim_stream* stream) {
  const enum pim_status status = read_stream(image, layer, LAYER(run_offset), LAYER(run_checksum), stream);
  if (status == PIM_OK && stream->bytes == 0u) {
    return fail_layout(image, layer_offset(image, layer) + LAYER(run_bytes), 4u);
  }
  return status;
}

uint32_t pim_image_sum_up(struct pim_image image, const struct pim_stream* stream) {
  return crc_of(image, stream->offset, stream->offset + stream->bytes);
}

static enum pim_status check_layer(struct pim_image image, uint32_t layer) {
  const uint64_t entry = layer_offset(image, layer);
  struct pim_stream section;
  enum pim_status status = pim_image_load_stream(image, layer, &section);
  if (status == PIM_OK) {
    status = pim_image_run_stream(image, layer, &section);
  }
  if (status == PIM_OK) {
    status = read_section(image, entry + LAYER(weights_offset), &section);
  }
  if (status == PIM_OK) {
    status = read_section(image, entry + LAYER(thresholds_offset), &section);
  }
  /* Only the last layer may, and must, leave scores at the output. */
  const bool is_last = layer + 1u == image.network->layer_count;
  const uint32_t location = image_word(image, entry + LAYER(output_location));
  const bool is_output = location == (uint32_t)PIM_IMAGE_LOCATION_OUTPUT;
  if (status == PIM_OK && (location > (uint32_t)PIM_IMAGE_LOCATION_OUTPUT || is_output != is_last)) {
    return fail_layout(image, entry + LAYER(output_location), PIM_IMAGE_LOCATION_OUTPUT);
  }
  return status;
}

enum pim_status pim_image_open(struct pim_image image, uint64_t address, uint64_t bytes) {
  *image.network = (struct pim_network){.image_address = address};
  enum pim_status status = check_identity(image, bytes);
  if (status == PIM_OK) {
    status = read_header(image);
  }
  for (uint32_t layer = 0; status == PIM_OK && layer < image.network->layer_count; ++layer) {
    status = check_layer(image, layer);
    if (status != PIM_OK) {
      image.device->error.layer = layer;
    }
  }
  return status;
}

/* Needed and found of a capability go into the error as the numbers that were compared. */
static enum pim_status fail_capability(struct pim_image image, enum pim_status status, uint32_t needed,
                                       uint32_t found) {
  image.device->error.needed = needed;
  image.device->error.found = found;
  return pim_fail(image.device, status);
}

enum pim_status pim_image_check_chip(struct pim_image image) {
  const struct pim_chip* chip = &image.device->chip;
  const uint32_t rows = image_word(image, HEADER(rows));
  const uint32_t columns = image_word(image, HEADER(columns));
  const uint32_t subarrays = image_word(image, HEADER(subarrays));
  const uint32_t buffer_bytes = image_word(image, HEADER(buffer_bytes));
  const uint32_t engines = image_word(image, HEADER(engines));
  /* Rows and columns are baked into the streams' addresses: more of them is as wrong as fewer. */
  if (rows != chip->rows) {
    return fail_capability(image, PIM_E_ROWS, rows, chip->rows);
  }
  if (columns != chip->columns) {
    return fail_capability(image, PIM_E_COLUMNS, columns, chip->columns);
  }
  if (subarrays > chip->subarrays) {
    return fail_capability(image, PIM_E_SUBARRAYS, subarrays, chip->subarrays);
  }
  if (buffer_bytes > chip->buffer_bytes) {
    return fail_capability(image, PIM_E_BUFFER, buffer_bytes, chip->buffer_bytes);
  }
  /* MAX_PLANES is a number among the bits of CAP_ENGINES. */
  const uint32_t planes_mask = PIM_CAP_ENGINES_MAX_PLANES_MASK;
  if ((engines & ~chip->engines & ~planes_mask) != 0u || (engines & planes_mask) > (chip->engines & planes_mask)) {
    return fail_capability(image, PIM_E_ENGINE, engines, chip->engines);
  }
  return PIM_OK;
}
