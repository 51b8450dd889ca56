#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "ip/interface/pim_view.h"

namespace spinvp {

/// The chip's registers as objects: width, reset value and access rights come from the interface description, behaviour
/// from callbacks.
class RegisterFile {
 public:
  using ReadCallback = std::function<std::uint32_t()>;
  /// Gets the implemented bits as written, those that act included; called after the access rights were applied.
  using WriteCallback = std::function<void(std::uint32_t)>;

  RegisterFile();

  void on_read(std::uint32_t offset, ReadCallback callback) { at(offset).read = std::move(callback); }
  /// What a peek sees where a read has a callback; must have no side effects. Without it: the stored value.
  void on_peek(std::uint32_t offset, ReadCallback callback) { at(offset).peek = std::move(callback); }
  void on_write(std::uint32_t offset, WriteCallback callback) { at(offset).write = std::move(callback); }

  /// The stored value, without callbacks.
  std::uint32_t& value(std::uint32_t offset) { return at(at(offset).info->storage).value; }

  bool exists(std::uint32_t offset) const { return find(offset) != nullptr; }
  /// A host read; false when there is no register at `offset`. A peek has no side effects.
  bool read(std::uint32_t offset, std::uint32_t& value) const;
  bool peek(std::uint32_t offset, std::uint32_t& value) const;
  /// A host write of the bits in `lanes`; false when there is no register at `offset`. Writes to read-only registers
  /// are ignored, as are reserved bits. Bits outside `lanes` stay; where a 1 does something, they count as 0.
  bool write(std::uint32_t offset, std::uint32_t value, std::uint32_t lanes = 0xFFFFFFFF);

  void reset();

 private:
  struct Register {
    const interface::RegisterInfo* info = nullptr;
    std::uint32_t value = 0;
    ReadCallback read;
    ReadCallback peek;
    WriteCallback write;
  };

  Register& at(std::uint32_t offset) { return registers_[offset / 4]; }
  const Register* find(std::uint32_t offset) const;

  std::vector<Register> registers_;  // [offset / 4]; info is null in the gaps
};

}  // namespace spinvp
