#include "ip/pim/register_file.h"

namespace spinvp {

using interface::Access;

RegisterFile::RegisterFile() {
  for (const interface::RegisterInfo& info : interface::register_table) {
    if (info.offset / 4 >= registers_.size()) {
      registers_.resize(info.offset / 4 + 1);
    }
    registers_[info.offset / 4].info = &info;
  }
  reset();
}

const RegisterFile::Register* RegisterFile::find(std::uint32_t offset) const {
  const bool exists = offset % 4 == 0 && offset / 4 < registers_.size() && registers_[offset / 4].info != nullptr;
  return exists ? &registers_[offset / 4] : nullptr;
}

bool RegisterFile::read(std::uint32_t offset, std::uint32_t& value) const {
  const Register* one = find(offset);
  if (one != nullptr && one->read) {
    value = one->read();
    return true;
  }
  return peek(offset, value);
}

bool RegisterFile::peek(std::uint32_t offset, std::uint32_t& value) const {
  const Register* one = find(offset);
  if (one == nullptr) {
    return false;
  }
  const std::uint32_t stored = registers_[one->info->storage / 4].value;
  value = one->info->access == Access::Wo ? 0 : one->peek ? one->peek() : stored;
  return true;
}

bool RegisterFile::write(std::uint32_t offset, std::uint32_t value, std::uint32_t lanes) {
  if (find(offset) == nullptr) {
    return false;
  }
  Register& one = registers_[offset / 4];
  const std::uint32_t written = value & lanes & one.info->implemented;
  std::uint32_t& stored = this->value(offset);
  switch (one.info->access) {
    case Access::Ro:
      return true;
    case Access::Rw:
      stored = ((stored & ~lanes) | written) & ~one.info->acts;
      break;
    case Access::Wo:
      break;
    case Access::W1c:
      stored &= ~written;
      break;
    case Access::W1s:
      stored |= written;
      break;
  }
  if (one.write) {
    one.write(written);
  }
  return true;
}

void RegisterFile::reset() {
  for (Register& one : registers_) {
    if (one.info != nullptr) {
      one.value = one.info->reset;
    }
  }
}

}  // namespace spinvp
