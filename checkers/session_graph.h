#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkers/weaker.h"

namespace clew {

// Why one write must come before another in a version order.
enum class Rule : std::uint8_t { initial, swap, writes, reads, own, follow };
inline constexpr std::size_t rules = 6;

// Call i is node i + 1; node 0 is the initial nil.
struct Precedence {
  std::uint32_t from = 0, to = 0;
  CallId first = 0, second = 0;  // The calls that show it.
  Rule rule = Rule::initial;
};

// Who may have written what each call of a key saw, and what each rule says of
// the version order: certainly, or if the choice of writers should be so.
class SessionGraph {
 public:
  static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);
  using Edges = std::vector<Precedence>;

  SessionGraph(const std::vector<SessionCall>& calls, std::size_t values);

  const std::vector<SessionCall>& calls() const { return calls_; }
  const std::vector<std::vector<CallId>>& sessions() const { return sessions_; }
  // Known, or the only possible source of an answer.
  bool sure(CallId id) const { return sure_[id]; }
  // Nodes that may have left the value that `id` saw.
  const std::vector<std::uint32_t>& sources(CallId id) const { return writers_[calls_[id].from]; }
  // The only one, or none.
  std::uint32_t source(CallId id) const;

  // A call that saw what nobody wrote, or none.
  CallId orphan() const { return orphan_; }
  // Some call that counts has several possible sources.
  bool ambiguous() const { return ambiguous_; }

  // Of every rule: what holds whatever the choice of writers, and what may hold
  // for some choice. The latter is empty if there is no choice, or too much of it
  // (overflow()).
  const Edges& certain() const { return certain_; }
  const Edges& possible() const { return possible_; }
  bool overflow() const { return overflow_; }

  // The shortest circle found among the edges of the chosen rules; empty: none.
  Edges circle(const Edges& edges, std::uint32_t wanted_rules) const;

 private:
  void find_writers(std::size_t values);
  void spread();
  Edges edges(bool all);

  const std::vector<SessionCall>& calls_;
  std::vector<std::vector<CallId>> sessions_;
  std::vector<std::vector<std::uint32_t>> writers_;  // Nodes by value.
  std::vector<std::uint8_t> sure_, maybe_;
  CallId orphan_ = none;
  bool ambiguous_ = false, overflow_ = false;
  Edges certain_, possible_;
};

inline constexpr std::uint32_t bit(Rule rule) { return 1U << static_cast<unsigned>(rule); }

}  // namespace clew
