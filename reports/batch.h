#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/results.h"
#include "reports/wilson.h"

namespace clew {

// Many runs of one matrix, and what is said of them together.

enum class Novelty : std::uint8_t { fresh, known, returned };
std::string_view to_string(Novelty novelty);  // "new", "known", "returned"

// One way in which a run failed.
struct Failure {
  std::string fingerprint{};
  Novelty novelty = Novelty::fresh;  // Against the earlier runs of the store.
  std::string issue{};               // Why it is known: the reason of a [[known_issue]].
  bool expired = false;              // That issue excuses it no longer.
  bool excused() const { return !issue.empty() && !expired; }
};

// How often a run that failed did so again, same seed and same schedule.
struct Reproduction {
  int runs = 0;
  Rate same{};        // With a fingerprint of the first, of those that came to a verdict.
  int otherwise = 0;  // Of these, violations of another kind.
};

struct BatchRun {
  std::size_t number = 0;  // In the whole matrix, from 1: the same in every shard.
  int repetition = 1;      // Of its plan, from 1.
  std::string title{};     // "etcd register × partition --serializable"
  std::string job{};       // "etcd.register.partition"
  std::string variant{};   // Options that only its plan has: " --serializable".
  std::uint64_t seed = 0;
  int exit_code = 0;
  std::string trouble{};  // Why there are no results.
  std::string folder{};   // Empty: it did not come so far.
  std::optional<Results> results{};
  std::vector<Failure> failures{};
  std::optional<Reproduction> reproduction{};

  // Whether everything that is wrong with it is known and excused.
  bool excused() const;
  // What it adds to the exit code of all.
  int counted_exit_code() const { return excused() ? 0 : exit_code; }
};

struct Batch {
  std::string file{};     // The matrix.
  std::string shard{};    // "2/5"; empty: all of it.
  std::string started{};  // UTC stamp.
  std::uint64_t seed = 0;
  std::size_t planned = 0;  // Runs of this shard.
  std::vector<BatchRun> runs{};
  std::vector<std::string> warnings{};
  int exit_code = 0;  // The worst.
};

// A run in one line, what failed and how to see and repeat it in some more.
std::string batch_run_text(const BatchRun& run, std::size_t planned, bool utf8);
std::string batch_totals_text(const Batch& batch);

// One line of JSON each: "schema":"clew.batch-run/1" and "clew.batch/1".
std::string batch_run_json(const BatchRun& run);
std::string batch_totals_json(const Batch& batch);

// Every run as a test suite; what is excused is skipped.
std::string batch_junit(const Batch& batch);

// A table and the first failures, at most 60 KB.
std::string batch_markdown(const Batch& batch);

}  // namespace clew
