#include "reports/verbs.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace clew {
namespace {

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, const std::string& f) {
  return std::find(names.begin(), names.end(), f) != names.end();
}

}  // namespace

bool shows(const std::string& f) {
  static constexpr std::array<std::string_view, 12> writes{
      "write", "w",      "put",    "set",    "add",     "enqueue",
      "inc",   "append", "delete", "remove", "release", "increment"};
  return !among(writes, f);
}

bool changes(const std::string& f) {
  static constexpr std::array<std::string_view, 6> reads{"read",     "r",      "get",
                                                         "contains", "length", "list"};
  return !among(reads, f);
}

}  // namespace clew
