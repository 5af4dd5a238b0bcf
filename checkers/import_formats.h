#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "checkers/import.h"

// One reader for each notation, for import.cpp alone.

namespace clew {

Imported import_jsonl(std::string& text);
bool is_jepsen_log(std::string_view text);
Imported import_jepsen_log(std::string_view text, FailMeans fail_means);
Imported import_edn(std::string_view text, const ImportOptions& options);

// Processes of other programs may go on after an :info; ours may not. They get a
// number of their own, far above those that people give.
class OwnNumbers {
 public:
  std::int64_t operator()(std::int64_t process, Kind kind) {
    if (kind == Kind::invoke && retired_.erase(process) > 0) numbers_[process] = fresh_++;
    if (kind == Kind::info) retired_.insert(process);
    const auto it = numbers_.find(process);
    return it == numbers_.end() ? process : it->second;
  }

 private:
  std::set<std::int64_t> retired_{};
  std::map<std::int64_t, std::int64_t> numbers_{};
  std::int64_t fresh_ = 1'000'000'000;
};

}  // namespace clew
