#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/results.h"
#include "reports/wording.h"

namespace clew {

// What a list of runs says of one. Its texts are as they were read: not yet fit to be shown.
struct Digest {
  enum class State : std::uint8_t {
    finished,
    running,     // It wrote its live.json a moment ago.
    incomplete,  // It began, ended without results, and can still be judged.
    damaged,     // Its files cannot be read; `problem` says why.
  };
  std::string name{}, stamp{};  // The folder: store/<name>/<stamp>.
  State state = State::damaged;
  std::string problem{};
  std::string system{}, version{}, workload{}, nemesis{}, started{};
  std::uint64_t seed = 0;

  // Of a finished run only.
  Standing stands = Standing::error;
  std::string words{}, sentence{};
  std::vector<std::string> gates{}, gates_failed{};  // As typed.
  std::uint64_t operations = 0;
  Nanos duration{};
  Nanos p99{};             // Of ok operations; 0: there was none.
  Nanos recovery = never;  // The longest after a heal; never: not measured, or
  bool recovered = true;   // ... it did not recover at all.
  bool has_report = false;

  // Runs of one job can be compared over time.
  bool same_job(const Digest& other) const {
    return name == other.name && system == other.system && workload == other.workload &&
           nemesis == other.nemesis;
  }
};

// All but the folder and whether there is a report.
Digest digest_of(const Results& results);

// "valid", "violation", "unknown", "error", "running", "incomplete", "damaged".
std::string_view verdict_name(const Digest& run);

}  // namespace clew
