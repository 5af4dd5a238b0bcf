#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "checkers/fail_means.h"
#include "checkers/verdict.h"

namespace clew {

// Which history a certificate is about: the file's name for people, its bytes for programs.
struct HistoryReference {
  std::string file{};
  std::size_t events = 0;
  std::uint64_t fnv1a64 = 0;
};

// The hash of HistoryReference: tells a changed file, not a forged one.
std::uint64_t fnv1a64(std::string_view bytes);

// The proofs of `verdict` as JSON, "clew.certificate/1", for clew-verify. The
// verdict must come from a check with Limits::proofs. A million calls take a
// moment: no tree is built.
std::string certificate_json(const Verdict& verdict, const HistoryReference& history,
                             FailMeans fail_means);

}  // namespace clew
