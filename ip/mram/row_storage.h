#pragma once

#include <cstddef>
#include <cstdint>

namespace spinvp {

/// Words that read as zero and take no memory until they are written, a page at a time: a chip of thousands of
/// sub-arrays costs what it holds.
class RowStorage {
 public:
  /// std::bad_alloc when the system grants no such address range.
  explicit RowStorage(std::size_t words);
  ~RowStorage();
  RowStorage(const RowStorage&) = delete;
  RowStorage& operator=(const RowStorage&) = delete;

  std::uint64_t* data() { return words_; }
  const std::uint64_t* data() const { return words_; }
  std::size_t size() const { return size_; }  ///< words

  /// How many bytes of memory back the words now, in whole pages.
  std::size_t resident_bytes() const;

 private:
  std::size_t size_;
  std::uint64_t* words_;
};

}  // namespace spinvp
