/* Errors in words. */
#include "firmware/driver/pim_driver.h"
#include "ip/interface/pim_interface.h"

const char* pim_status_text(enum pim_status status) {
  switch (status) {
    case PIM_OK:
      return "success";
    case PIM_E_ARGUMENT:
      return "an argument cannot be right, or the chip is not open";
    case PIM_E_NOT_PIM:
      return "no PIM chip at this address";
    case PIM_E_INTERFACE_VERSION:
      return "the chip has another interface version";
    case PIM_E_RESET:
      return "the chip did not come out of reset";
    case PIM_E_NOT_LOADED:
      return "no network is loaded";
    case PIM_E_IMAGE_MAGIC:
      return "this is not a network image";
    case PIM_E_IMAGE_VERSION:
      return "the network image has another version";
    case PIM_E_IMAGE_TRUNCATED:
      return "the network image is truncated";
    case PIM_E_IMAGE_CHECKSUM:
      return "the network image's checksum is wrong";
    case PIM_E_IMAGE_LAYOUT:
      return "the network image contradicts itself";
    case PIM_E_ROWS:
      return "the network was mapped for another number of sub-array rows";
    case PIM_E_COLUMNS:
      return "the network was mapped for another number of sub-array columns";
    case PIM_E_SUBARRAYS:
      return "the chip has too few sub-arrays";
    case PIM_E_BUFFER:
      return "the chip's buffer is too small";
    case PIM_E_ENGINE:
      return "the chip lacks an engine that the network needs";
    case PIM_E_SCRATCH:
      return "the scratch memory is too small";
    case PIM_E_DOORBELL_REJECTED:
      return "the chip rejected a doorbell";
    case PIM_E_CHIP:
      return "the chip stopped with an error";
    case PIM_E_TIMEOUT:
      return "the chip did not finish in time";
    case PIM_E_INCONSISTENT:
      return "the chip reported an end that its status does not confirm";
    case PIM_E_CANCELLED:
      return "the job was cancelled";
    case PIM_E_BUSY:
      return "not while jobs are unfinished";
    default:
      return "unknown status";
  }
}

const char* pim_cause_text(uint32_t cause) {
  switch (cause) {
    case PIM_ERROR_CAUSE_NONE:
      return "NONE";
    case PIM_ERROR_CAUSE_BAD_OPCODE:
      return "BAD_OPCODE";
    case PIM_ERROR_CAUSE_BAD_LENGTH:
      return "BAD_LENGTH";
    case PIM_ERROR_CAUSE_BAD_FIELD:
      return "BAD_FIELD";
    case PIM_ERROR_CAUSE_SUBARRAY_RANGE:
      return "SUBARRAY_RANGE";
    case PIM_ERROR_CAUSE_ROW_RANGE:
      return "ROW_RANGE";
    case PIM_ERROR_CAUSE_BUFFER_RANGE:
      return "BUFFER_RANGE";
    case PIM_ERROR_CAUSE_BUS_READ:
      return "BUS_READ";
    case PIM_ERROR_CAUSE_BUS_WRITE:
      return "BUS_WRITE";
    case PIM_ERROR_CAUSE_STREAM_END:
      return "STREAM_END";
    case PIM_ERROR_CAUSE_MISALIGNED:
      return "MISALIGNED";
    case PIM_ERROR_CAUSE_CHECKSUM:
      return "CHECKSUM";
    case PIM_ERROR_CAUSE_STORE_RANGE:
      return "STORE_RANGE";
    case PIM_ERROR_CAUSE_UNSUPPORTED:
      return "UNSUPPORTED";
    default:
      return "unknown";
  }
}
