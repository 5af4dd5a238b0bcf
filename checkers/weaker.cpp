#include "checkers/weaker.h"

#include <algorithm>
#include <queue>
#include <unordered_set>

#include "checkers/session_graph.h"
#include "harness/error.h"

namespace clew {
namespace {

constexpr std::uint32_t versions = bit(Rule::initial) | bit(Rule::swap) | bit(Rule::writes);
constexpr std::uint32_t every_rule = (1U << rules) - 1;

// Says what calls did, for a person.
class Teller {
 public:
  Teller(const std::vector<SessionCall>& calls, const Values& values)
      : calls_(calls), values_(values) {}

  std::string call(CallId id) const {
    return "client " + std::to_string(calls_[id].session) + " " + did(id) + " (op " +
           std::to_string(calls_[id].index) + ")";
  }
  std::string value(Atom atom) const { return values_.text(atom); }

  // Each edge of a circle in turn: together they cannot be.
  std::string circle(const SessionGraph::Edges& edges) const {
    std::string out;
    std::size_t told = 0;
    for (const Precedence& edge : edges) {
      if (told == 3) return out + " (and " + std::to_string(edges.size() - told) + " steps more)";
      out += (told++ == 0 ? "" : ", but ") + this->edge(edge);
    }
    return out;
  }

 private:
  std::string did(CallId id) const {
    const SessionCall& call = calls_[id];
    switch (call.act) {
      case Act::read: return "read " + value(call.from);
      case Act::write: return "wrote " + value(call.to);
      case Act::cas: return "swapped " + value(call.from) + " for " + value(call.to);
      case Act::refused: break;
    }
    return "was refused a swap of " + value(call.from);
  }

  std::string edge(const Precedence& edge) const {
    if (edge.rule == Rule::initial)
      return "nil was there before client " + std::to_string(calls_[edge.first].session) + " " +
             did(edge.first);
    if (edge.first == edge.second) return call(edge.first);
    return call(edge.first) + " and then " + did(edge.second) + " (op " +
           std::to_string(calls_[edge.second].index) + ")";
  }

  const std::vector<SessionCall>& calls_;
  const Values& values_;
};

// The exact search: how far each session came, and what the register holds.
class Search {
 public:
  Search(const SessionGraph& graph, const Budget& budget, std::uint64_t max_steps)
      : calls_(graph.calls()), sessions_(graph.sessions()), budget_(budget), max_steps_(max_steps) {
    for (const SessionCall& call : calls_) known_ += call.known();
  }

  enum class End : std::uint8_t { found, exhausted, over };

  End run() {
    std::vector<Frame> path(1);
    path[0].done.assign(sessions_.size(), 0);
    if (enter(path[0])) return End::found;
    while (!path.empty()) {
      if (++steps_ > max_steps_)
        cause_ = "step limit";
      else if (steps_ % 256 == 0)
        if (const char* over = budget_.over(bytes_)) cause_ = over;
      if (!cause_.empty()) return End::over;
      Frame& top = path.back();
      const std::size_t session = next(top);
      if (session == sessions_.size()) {
        path.pop_back();
        continue;
      }
      Frame frame{top.done, top.value, 0, top.length, top.known, {}};
      order_.resize(top.length);
      take(frame, session);
      if (enter(frame)) return End::found;
      if (fresh(frame)) path.push_back(std::move(frame));
    }
    return End::exhausted;
  }

  const std::vector<CallId>& order() const { return order_; }
  const std::string& cause() const { return cause_; }

 private:
  struct Frame {
    std::vector<std::uint32_t> done{};  // Calls taken of each session.
    Atom value = nil_atom;
    std::size_t tried = 0;   // Into `choices`.
    std::size_t length = 0;  // Of the order so far.
    std::size_t known = 0;   // Of these.
    std::vector<std::size_t> choices{};
  };

  const SessionCall* head(const Frame& frame, std::size_t session) const {
    const auto& own = sessions_[session];
    return frame.done[session] < own.size() ? &calls_[own[frame.done[session]]] : nullptr;
  }

  bool fits(const SessionCall& call, Atom value) const {
    if (call.act == Act::write) return true;
    return (call.act == Act::refused) != (call.from == value);
  }

  void take(Frame& frame, std::size_t session) {
    const CallId id = sessions_[session][frame.done[session]++];
    if (calls_[id].mutates()) frame.value = calls_[id].to;
    order_.push_back(id);
    frame.length = order_.size();
    frame.known += calls_[id].known();
  }

  // Takes what changes nothing as soon as it fits: that stands in nobody's way.
  // Lists what could come next. True: all is explained.
  bool enter(Frame& frame) {
    for (std::size_t s = 0; s < sessions_.size(); ++s) {
      const SessionCall* call = head(frame, s);
      while (call && !call->mutates() && fits(*call, frame.value)) {
        take(frame, s);
        call = head(frame, s);
      }
      if (call && call->mutates() && fits(*call, frame.value)) frame.choices.push_back(s);
    }
    // Near to the order in which they were made there is often one that works.
    std::sort(frame.choices.begin(), frame.choices.end(), [&](std::size_t a, std::size_t b) {
      const SessionCall &left = *head(frame, a), &right = *head(frame, b);
      return std::pair(!left.known(), left.inv) < std::pair(!right.known(), right.inv);
    });
    return frame.known == known_;
  }

  std::size_t next(Frame& frame) const {
    return frame.tried < frame.choices.size() ? frame.choices[frame.tried++] : sessions_.size();
  }

  bool fresh(const Frame& frame) {
    std::string key(reinterpret_cast<const char*>(frame.done.data()),
                    frame.done.size() * sizeof(std::uint32_t));
    key.append(reinterpret_cast<const char*>(&frame.value), sizeof frame.value);
    const std::size_t size = 2 * key.size() + 200;  // With its frame.
    if (!seen_.insert(std::move(key)).second) return false;
    bytes_ += size;
    return true;
  }

  const std::vector<SessionCall>& calls_;
  const std::vector<std::vector<CallId>>& sessions_;
  const Budget& budget_;
  std::uint64_t max_steps_, steps_ = 0;
  std::size_t known_ = 0, bytes_ = 0;
  std::vector<CallId> order_;
  std::unordered_set<std::string> seen_;
  std::string cause_;
};

// One order of all calls. With a known writer for every answer each write and
// the chain of swaps that starts at it is one block, that nothing can come
// between; what the rules say of writes they say of blocks.
class Sequential {
 public:
  Sequential(const SessionGraph& graph, const Teller& tell, const Budget& budget,
             std::uint64_t max_steps)
      : graph_(graph), tell_(tell), budget_(budget), max_steps_(max_steps) {}

  void decide(Guarantee& out) {
    if (graph_.orphan() != SessionGraph::none)
      return broken(out, tell_.call(graph_.orphan()) + ", which nobody wrote");
    if (!blocks(out) || !acyclic(out)) return;
    if (!graph_.ambiguous()) {
      const auto order = place();
      if (explains_sequentially(graph_.calls(), order)) return;
    }
    Search search(graph_, budget_, max_steps_);
    switch (search.run()) {
      case Search::End::found:
        if (!explains_sequentially(graph_.calls(), search.order()))
          throw HarnessError("the search for a sequential order gave one that explains nothing");
        return;
      case Search::End::exhausted:
        return broken(out,
                      "no order that keeps each client's own explains every answer; all "
                      "were tried");
      case Search::End::over: return unknown(out, search.cause());
    }
  }

 private:
  static void broken(Guarantee& out, std::string reason) {
    out.outcome = Outcome::invalid;
    out.reason = std::move(reason);
  }
  static void unknown(Guarantee& out, std::string cause) {
    out.outcome = Outcome::unknown;
    out.reason = std::move(cause);
  }

  // Joins each swap to the write it swapped.
  bool blocks(Guarantee& out) {
    const auto& calls = graph_.calls();
    const std::size_t nodes = calls.size() + 1;
    next_.assign(nodes, SessionGraph::none);
    root_.assign(nodes, SessionGraph::none);
    std::vector<std::uint8_t> joined(nodes, 0);
    for (CallId id = 0; id < calls.size(); ++id) {
      if (calls[id].act != Act::cas || !graph_.sure(id)) continue;
      const std::uint32_t source = graph_.source(id);
      if (source == SessionGraph::none) continue;
      if (next_[source] != SessionGraph::none) {
        broken(out, tell_.call(next_[source] - 1) + ", and so did " + tell_.call(id));
        return false;
      }
      next_[source] = id + 1;
      joined[id + 1] = 1;
    }
    for (std::uint32_t n = 0; n < nodes; ++n) {
      if (joined[n]) continue;
      for (std::uint32_t at = n; at != SessionGraph::none; at = next_[at]) root_[at] = n;
    }
    // What is left swaps in a circle: acyclic() finds it.
    for (std::uint32_t n = 0; n < nodes; ++n)
      if (root_[n] == SessionGraph::none) root_[n] = n;
    return true;
  }

  bool acyclic(Guarantee& out) {
    const auto plain = graph_.circle(graph_.certain(), every_rule);
    if (!plain.empty()) {
      broken(out, tell_.circle(plain));
      return false;
    }
    for (const Precedence& edge : graph_.certain()) {
      if (root_[edge.from] == root_[edge.to]) continue;
      between_.push_back(edge);
      between_.back().from = root_[edge.from];
      between_.back().to = root_[edge.to];
    }
    const auto circle = graph_.circle(between_, every_rule);
    if (circle.empty()) return true;
    broken(out, tell_.circle(circle) + "; nothing comes between a swap and what it swapped");
    return false;
  }

  // Blocks in some order that the rules allow; what else there is where it fits.
  std::vector<CallId> place() const {
    const std::vector<std::uint32_t> slots = order_slots();
    const auto& calls = graph_.calls();
    std::vector<std::size_t> slot_of(calls.size() + 1, 0);
    for (std::size_t i = 0; i < slots.size(); ++i) slot_of[slots[i]] = i;
    struct Place {
      std::size_t slot;
      bool after;
      CallId id;
    };
    std::vector<Place> places;
    for (const auto& session : graph_.sessions()) {
      std::size_t slot = 0;
      for (const CallId id : session) {
        if (!graph_.sure(id)) continue;
        if (calls[id].mutates())
          slot = slot_of[id + 1];
        else if (calls[id].act == Act::read)
          slot = slot_of[graph_.source(id)];
        else if (slot < slots.size() && held(slots[slot]) == calls[id].from)
          ++slot;
        places.push_back({slot, !calls[id].mutates(), id});
      }
    }
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
      return std::tuple(a.slot, a.after, a.id) < std::tuple(b.slot, b.after, b.id);
    });
    std::vector<CallId> order;
    order.reserve(places.size());
    for (const Place& place : places) order.push_back(place.id);
    return order;
  }

  Atom held(std::uint32_t node) const { return node == 0 ? nil_atom : graph_.calls()[node - 1].to; }

  // All nodes of writes that count, block by block, early ones first.
  std::vector<std::uint32_t> order_slots() const {
    const auto& calls = graph_.calls();
    std::vector<std::uint32_t> incoming(calls.size() + 1, 0);
    std::vector<std::vector<std::uint32_t>> after(calls.size() + 1);
    for (const Precedence& edge : between_) {
      after[edge.from].push_back(edge.to);
      ++incoming[edge.to];
    }
    std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> ready;
    for (std::uint32_t n = 0; n < incoming.size(); ++n)
      if (root_[n] == n && incoming[n] == 0 &&
          (n == 0 || (calls[n - 1].mutates() && graph_.sure(n - 1))))
        ready.push(n);
    std::vector<std::uint32_t> slots;
    while (!ready.empty()) {
      const std::uint32_t n = ready.top();
      ready.pop();
      for (std::uint32_t at = n; at != SessionGraph::none; at = next_[at]) slots.push_back(at);
      for (const std::uint32_t to : after[n])
        if (--incoming[to] == 0) ready.push(to);
    }
    return slots;
  }

  const SessionGraph& graph_;
  const Teller& tell_;
  const Budget& budget_;
  std::uint64_t max_steps_;
  std::vector<std::uint32_t> next_, root_;  // Of nodes, in their block.
  SessionGraph::Edges between_;
};

// The four guarantees of sessions.
class Sessions {
 public:
  Sessions(const SessionGraph& graph, const Teller& tell) : graph_(graph), tell_(tell) {}

  void decide(Guarantee& out, std::uint32_t asked) const {
    const auto base = graph_.circle(graph_.certain(), versions);
    if (!base.empty() && asked != 0)
      return undecided(out, "monotonic writes is broken, and this builds on it");
    const auto circle = base.empty() ? graph_.circle(graph_.certain(), versions | asked) : base;
    if (!circle.empty()) {
      out.outcome = Outcome::invalid;
      out.reason = tell_.circle(circle);
      return;
    }
    if (graph_.orphan() != SessionGraph::none)
      return undecided(out, tell_.call(graph_.orphan()) + ", which nobody wrote");
    if (!graph_.ambiguous()) return;
    if (graph_.overflow() || !graph_.circle(graph_.possible(), versions | asked).empty())
      undecided(out, "values were written more than once, and it is not clear who read which");
  }

 private:
  static void undecided(Guarantee& out, std::string cause) {
    out.outcome = Outcome::unknown;
    out.reason = std::move(cause);
  }

  const SessionGraph& graph_;
  const Teller& tell_;
};

}  // namespace

bool explains_sequentially(const std::vector<SessionCall>& calls,
                           const std::vector<CallId>& order) {
  std::vector<std::uint8_t> taken(calls.size(), 0);
  std::unordered_map<std::int64_t, CallId> last;
  Atom value = nil_atom;
  for (const CallId id : order) {
    if (id >= calls.size() || taken[id]) return false;
    taken[id] = 1;
    const SessionCall& call = calls[id];
    const auto [it, first] = last.emplace(call.session, id);
    if (!first && it->second > id) return false;
    it->second = id;
    if (call.observes() && call.from != value) return false;
    if (call.act == Act::refused && call.from == value) return false;
    if (call.mutates()) value = call.to;
  }
  for (CallId id = 0; id < calls.size(); ++id)
    if (calls[id].known() && !taken[id]) return false;
  return true;
}

std::vector<Guarantee> judge_weaker(const std::vector<SessionCall>& calls, const Values& values,
                                    const Budget& budget, std::uint64_t max_steps) {
  std::vector<Guarantee> out(weaker_models.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i].name = std::string(weaker_models[i]);
  const SessionGraph graph(calls, values.size());
  const Teller tell(calls, values);
  Sequential(graph, tell, budget, max_steps).decide(out[0]);
  if (out[0].outcome == Outcome::valid) return out;
  const Sessions sessions(graph, tell);
  sessions.decide(out[1], bit(Rule::reads));
  sessions.decide(out[2], 0);
  sessions.decide(out[3], bit(Rule::own));
  sessions.decide(out[4], bit(Rule::follow));
  return out;
}

}  // namespace clew
