#pragma once

#include <functional>
#include <memory>
#include <string>

#include "harness/cli/arguments.h"
#include "harness/clock.h"

namespace clew {

// What a run looks like right now.
struct Snapshot {
  std::string phase{};  // "starting", "load", "healing", "final reads", "judging"
  Nanos elapsed{}, limit{};
  std::uint64_t ok = 0, fail = 0, info = 0;
  std::string faults{};  // In force now: "partition n1 | n2 n3 n4 n5"
  std::string leader{};  // "n3 (term 2)"
  std::string judged{};  // "1,204 judged, no violation"; empty where nobody judges yet.
};

// Progress on stderr. On a terminal a few lines are redrawn in place; elsewhere one
// self-contained line, or JSON document, comes every `interval` and whenever something happens.
// None says nothing at all. The cursor is restored when it ends.
class Progress {
 public:
  Progress(ProgressStyle style, Nanos interval, std::string title, std::function<Snapshot()> look);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Something happened: a phase began, a fault was applied, the leader changed.
  void event(const std::string& text);

  // Ends the display before its time, so that the result can be printed. Idempotent.
  void finish();

  // What "auto", "terminal", "lines", "json" or "none" comes to here: auto is terminal if stderr
  // is one that can redraw and this is no CI job.
  static ProgressStyle choose(const std::string& asked);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace clew
