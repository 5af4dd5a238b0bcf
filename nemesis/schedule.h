#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/fault_record.h"

namespace clew {

// One part of --nemesis: "kill:leader" is {kill, , leader}, "packet:delay:leader" {packet,
// delay, leader}; no kind or no target: drawn anew each time.
struct FaultSpec {
  std::string fault{};
  std::string kind{};
  std::string target{};
  bool of_all = false;  // Of `all` or a swarm: the more classes there are, the rarer each is.
  bool swarm = false;   // The seed decides whether this run has it, and how strong it is.
};

// "partition,kill:leader,pause"; "all" of them; "swarm", a part of all; "none" and ""
// are no faults. A target may be one of `nodes`, or several as "n1+n3"; without any, n1,
// n2 ... are taken on trust. Throws UsageError with the nearest name for an unknown
// fault, kind or target.
std::vector<FaultSpec> parse_nemesis(const std::string& text,
                                     std::span<const std::string> nodes = {});

// The faults of a run, as data, before it starts: planned times and targets, in
// the order in which they begin.
//
// Each fault class has a timeline of its own, drawn from (seed, class), so that
// several overlap, and adding a class changes no other. On average a fault begins
// every `interval`; it lasts 0.3 to 0.7 of that. Where fewer than two of a class
// would fit, `interval` is shortened until they do. The last 15 % of the
// run are quiet, so that the load also sees a cluster that recovers.
//
// Of `all` and swarms, three classes at a time would have the interval that was asked
// for; of more, each is rarer, so that the cluster has moments in which it can go on.
//
// Kinds and targets that were not asked for are drawn, and so is the strength of each
// fault; in a swarm at least one class is left and each has one strength for the whole
// run (Groce et al., Swarm Testing, ISSTA 2012: leaving faults out finds more). Kinds
// take turns. Of targets, one of the first two faults of a
// class that can aim at the leader does, of later ones four in ten; the others
// take turns, a majority or all nodes at once only now and then, and later.
//
// Throws UsageError if `interval` is shorter than 100 ms.
std::vector<FaultRecord> draw_schedule(const std::vector<FaultSpec>& specs, std::uint64_t seed,
                                       Nanos time_limit, Nanos interval);

}  // namespace clew
