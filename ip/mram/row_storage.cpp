#include "ip/mram/row_storage.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <vector>

namespace spinvp {

RowStorage::RowStorage(std::size_t words) : size_(words), words_(nullptr) {
  if (size_ == 0) {
    return;
  }
  const std::size_t bytes = size_ * sizeof(std::uint64_t);
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    throw std::bad_alloc();
  }
  // A huge page would bring in the rows of a hundred sub-arrays with the first write to one. Only an optimisation: a
  // kernel without huge pages refuses it.
  madvise(memory, bytes, MADV_NOHUGEPAGE);
  words_ = static_cast<std::uint64_t*>(memory);
}

RowStorage::~RowStorage() {
  if (words_ != nullptr) {
    munmap(words_, size_ * sizeof(std::uint64_t));
  }
}

std::size_t RowStorage::resident_bytes() const {
  if (words_ == nullptr) {
    return 0;
  }
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t pages = (size_ * sizeof(std::uint64_t) + page - 1) / page;
  std::vector<unsigned char> resident(pages);
  if (mincore(words_, size_ * sizeof(std::uint64_t), resident.data()) != 0) {
    return pages * page;
  }
  return page * static_cast<std::size_t>(
                    std::count_if(resident.begin(), resident.end(), [](unsigned char flags) { return flags & 1; }));
}

}  // namespace spinvp
