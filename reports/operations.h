#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/history.h"
#include "reports/results.h"

namespace clew {

// Every operation of a history in columns, small enough for a page: lane by lane, each lane in
// order of time. Numbers are LEB128, signed ones zig-zag; times are whole microseconds since the
// start of the run, rounded down.
//
// A lane is one client: a process and those that took over after an answer got lost.
struct Operations {
  struct Lane {
    std::size_t operations = 0;
    std::int64_t process = 0;  // Its first.
  };
  std::size_t count = 0;
  std::vector<Lane> lanes{};
  std::vector<std::string> functions{}, keys{}, nodes{}, errors{};  // What the numbers stand for.

  std::string gaps{};       // Since the operation before it in its lane ended.
  std::string durations{};  // 1 more than it took; 0 if it never came back.
  std::string kinds{};      // 4 * function + ok 0, refused 1, fail 2, info 3.
  std::string key{}, node{}, error{};
  std::string processes{};  // Signed: more than that of the one before in its lane.
  // Its index in the history file, as more than what the times alone tell: how many invocations
  // and how many returns came in an earlier microsecond. Signed, and more than that of the
  // operation before it in its lane: nearly always 0.
  std::string indexes{};

  std::vector<std::int64_t> index_at{};  // The same as it is; not on the page.

  // "argument", or "argument<tab>answer" where they differ; a line each, ordered by key and index,
  // in chunks that can be read one by one. Failing keys have the first numbers; chunks at the end
  // may be empty: left out.
  static constexpr std::size_t chunk = 8192;
  std::vector<std::string> values{};
  std::size_t values_left_out = 0;
  std::size_t left_out = 0;  // Operations that are in no column.
};

// What not to list, so that a page stays small. Keys fail if they are not valid.
struct ListLimits {
  std::size_t most_value_bytes = 48'000'000;  // Values after these are left out.
  bool failing_values = false;                // Values of other keys are left out.
  bool failing_operations = false;            // All of other keys is.
};

// `results` tells which keys failed and how many clients there were. Values are cut to 80
// characters.
Operations list_operations(const History& history, const Results& results,
                           const ListLimits& limits = {});

}  // namespace clew
