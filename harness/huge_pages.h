#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace clew {

// Asks the kernel to back [begin, begin + bytes) with large pages, where it has
// them: what is touched once and is hundreds of megabytes long otherwise spends
// more time in page faults than in work. Advice only: nothing depends on it.
void prefer_huge_pages(void* begin, std::size_t bytes);

// Room for `count` items, none of which was there before, on large pages.
template <class T>
void reserve_on_huge_pages(std::vector<T>& items, std::size_t count) {
  items.reserve(count);
  prefer_huge_pages(items.data(), items.capacity() * sizeof(T));
}

// `count` times `item`, in place of what was there.
template <class T>
void assign_on_huge_pages(std::vector<T>& items, std::size_t count, const T& item) {
  items.clear();
  reserve_on_huge_pages(items, count);
  items.assign(count, item);
}

inline void reserve_on_huge_pages(std::string& text, std::size_t count) {
  text.reserve(count);
  prefer_huge_pages(text.data(), text.capacity());
}

}  // namespace clew
