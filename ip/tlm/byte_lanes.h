#pragma once

#include <algorithm>
#include <tlm>

namespace spinvp {

/// Which bytes of a payload are meant, and where they go. Byte i of the data belongs to address + i % width(): a
/// streaming width below the data's length begins again at the address, pass after pass. Byte enables shorter than the
/// data repeat.
class ByteLanes {
 public:
  explicit ByteLanes(const tlm::tlm_generic_payload& payload)
      : enables_(payload.get_byte_enable_ptr()),
        enable_length_(payload.get_byte_enable_length()),
        length_(payload.get_data_length()),
        width_(std::min(payload.get_streaming_width(), payload.get_data_length())),
        has_data_(payload.get_data_ptr() != nullptr || payload.get_command() == tlm::TLM_IGNORE_COMMAND) {}

  /// What a target answers to lengths that mean nothing, and where there is no data, else TLM_OK_RESPONSE.
  tlm::tlm_response_status check() const {
    if (width_ == 0) {
      return tlm::TLM_BURST_ERROR_RESPONSE;
    }
    if (!has_data_) {
      return tlm::TLM_GENERIC_ERROR_RESPONSE;
    }
    return enables_ != nullptr && enable_length_ == 0 ? tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE;
  }
  unsigned length() const { return length_; }
  unsigned width() const { return width_; }  ///< bytes of a pass, the last may have fewer
  bool all_enabled() const { return enables_ == nullptr; }
  bool enabled(unsigned index) const { return enables_ == nullptr || enables_[index % enable_length_] != 0; }
  /// Of bytes [first, first + count).
  bool any_enabled(unsigned first, unsigned count) const { return all_enabled() || count_enabled(first, count) > 0; }
  bool all_enabled(unsigned first, unsigned count) const {
    return all_enabled() || count_enabled(first, count) == count;
  }
  /// Copies the enabled ones of bytes [first, first + count) of the data: `to` and `from` point to the first.
  void copy(unsigned char* to, const unsigned char* from, unsigned first, unsigned count) const {
    if (all_enabled()) {
      std::copy_n(from, count, to);
      return;
    }
    for (unsigned i = 0; i < count; ++i) {
      if (enabled(first + i)) {
        to[i] = from[i];
      }
    }
  }

 private:
  unsigned count_enabled(unsigned first, unsigned count) const {
    unsigned enabled_bytes = 0;
    for (unsigned i = 0; i < count; ++i) {
      enabled_bytes += enabled(first + i) ? 1 : 0;
    }
    return enabled_bytes;
  }

  const unsigned char* enables_;
  unsigned enable_length_;
  unsigned length_;
  unsigned width_;
  bool has_data_;
};

}  // namespace spinvp
