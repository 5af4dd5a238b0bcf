#include "harness/huge_pages.h"

#include <sys/mman.h>

#include <cstdint>

namespace clew {
namespace {

constexpr std::size_t huge = std::size_t{2} << 20;
constexpr std::uintptr_t page = 4096;

}  // namespace

void prefer_huge_pages(void* begin, std::size_t bytes) {
  if (bytes < huge) return;
  // Whole pages only. What is no page of this machine's is refused, which does no harm.
  const std::uintptr_t skipped = (page - reinterpret_cast<std::uintptr_t>(begin) % page) % page;
  ::madvise(static_cast<char*>(begin) + skipped, (bytes - skipped) / page * page, MADV_HUGEPAGE);
}

}  // namespace clew
