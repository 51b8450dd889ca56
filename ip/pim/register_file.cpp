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
  value = one->info->access == Access::Wo ? 0 : one->peek ? one->peek() : one->value;
  return true;
}

bool RegisterFile::write(std::uint32_t offset, std::uint32_t value) {
  if (find(offset) == nullptr) {
    return false;
  }
  Register& one = registers_[offset / 4];
  const std::uint32_t implemented = value & one.info->implemented;
  switch (one.info->access) {
    case Access::Ro:
      return true;
    case Access::Rw:
      one.value = implemented;
      break;
    case Access::Wo:
      break;
    case Access::W1c:
      one.value &= ~implemented;
      break;
  }
  if (one.write) {
    one.write(implemented);
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
