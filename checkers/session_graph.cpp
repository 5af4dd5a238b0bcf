#include "checkers/session_graph.h"

#include <algorithm>
#include <unordered_map>

namespace clew {
namespace {

constexpr std::size_t most_edges = 1'000'000;
constexpr std::size_t most_visits = 1'000'000;  // Spent on finding a short circle.

// Edges as adjacency lists.
class Adjacency {
 public:
  Adjacency(const SessionGraph::Edges& edges, std::uint32_t wanted, std::size_t nodes)
      : edges_(edges), first_(nodes + 1, 0) {
    for (const Precedence& e : edges)
      if (wanted & bit(e.rule)) ++first_[e.from + 1];
    for (std::size_t n = 0; n < nodes; ++n) first_[n + 1] += first_[n];
    ids_.resize(first_[nodes]);
    std::vector<std::size_t> at(first_.begin(), first_.end() - 1);
    for (std::size_t i = 0; i < edges.size(); ++i)
      if (wanted & bit(edges[i].rule)) ids_[at[edges[i].from]++] = i;
  }

  template <class F>
  void each(std::uint32_t node, F visit) const {
    for (std::size_t i = first_[node]; i < first_[node + 1]; ++i) visit(ids_[i]);
  }

  // Nodes that lie on a circle or behind one.
  std::vector<std::uint8_t> left_over() const {
    const std::size_t nodes = first_.size() - 1;
    std::vector<std::size_t> incoming(nodes, 0);
    for (const std::size_t id : ids_) ++incoming[edges_[id].to];
    std::vector<std::uint32_t> ready;
    std::vector<std::uint8_t> left(nodes, 1);
    for (std::uint32_t n = 0; n < nodes; ++n)
      if (incoming[n] == 0) ready.push_back(n);
    while (!ready.empty()) {
      const std::uint32_t n = ready.back();
      ready.pop_back();
      left[n] = 0;
      each(n, [&](std::size_t id) {
        if (--incoming[edges_[id].to] == 0) ready.push_back(edges_[id].to);
      });
    }
    return left;
  }

  // The fewest edges from `begin` to `end`, over `allowed` nodes; none if there is
  // no way or `visits` run out.
  SessionGraph::Edges path(std::uint32_t begin, std::uint32_t end,
                           const std::vector<std::uint8_t>& allowed, std::size_t& visits) const {
    std::unordered_map<std::uint32_t, std::size_t> came;  // The edge by which.
    std::vector<std::uint32_t> queue{begin};
    for (std::size_t at = 0; at < queue.size() && !came.contains(end); ++at)
      each(queue[at], [&](std::size_t id) {
        const std::uint32_t to = edges_[id].to;
        if (visits == 0) return;
        --visits;
        if (allowed[to] && to != begin && came.emplace(to, id).second) queue.push_back(to);
      });
    SessionGraph::Edges out;
    if (!came.contains(end)) return out;
    for (std::uint32_t n = end; n != begin; n = out.back().from) out.push_back(edges_[came.at(n)]);
    std::reverse(out.begin(), out.end());
    return out;
  }

 private:
  const SessionGraph::Edges& edges_;
  std::vector<std::size_t> first_, ids_;
};

}  // namespace

SessionGraph::SessionGraph(const std::vector<SessionCall>& calls, std::size_t values)
    : calls_(calls), sure_(calls.size(), 0), maybe_(calls.size(), 0) {
  std::unordered_map<std::int64_t, std::size_t> places;
  for (CallId id = 0; id < calls.size(); ++id) {
    const auto [it, fresh] = places.emplace(calls[id].session, sessions_.size());
    if (fresh) sessions_.emplace_back();
    sessions_[it->second].push_back(id);
  }
  find_writers(values);
  spread();
  certain_ = edges(false);
  if (ambiguous_) possible_ = edges(true);
}

void SessionGraph::find_writers(std::size_t values) {
  writers_.resize(values);
  writers_[nil_atom].push_back(0);
  for (CallId id = 0; id < calls_.size(); ++id)
    if (calls_[id].mutates()) writers_[calls_[id].to].push_back(id + 1);
}

// From the answers to the unknown calls that gave them, and on to what those saw.
void SessionGraph::spread() {
  std::vector<std::uint8_t> asked(writers_.size(), 0);
  std::vector<CallId> seen;
  for (CallId id = 0; id < calls_.size(); ++id)
    if (calls_[id].known()) {
      sure_[id] = maybe_[id] = 1;
      seen.push_back(id);
    }
  const auto follow = [&](bool surely) {
    for (std::size_t at = 0; at < seen.size(); ++at) {
      const CallId id = seen[at];
      if (!calls_[id].observes()) continue;
      const Atom value = calls_[id].from;
      if (surely && writers_[value].empty() && orphan_ == none) orphan_ = id;
      if (surely ? writers_[value].size() != 1 : asked[value] != 0) continue;
      if (!surely) asked[value] = 1;
      for (const std::uint32_t node : writers_[value]) {
        if (node == 0) continue;
        std::uint8_t& flag = surely ? sure_[node - 1] : maybe_[node - 1];
        if (flag) continue;
        flag = maybe_[node - 1] = 1;
        seen.push_back(node - 1);
      }
    }
  };
  follow(true);
  follow(false);
  for (const CallId id : seen)
    ambiguous_ |= calls_[id].observes() && writers_[calls_[id].from].size() > 1;
}

std::uint32_t SessionGraph::source(CallId id) const {
  const auto& all = sources(id);
  return all.size() == 1 ? all[0] : none;
}

SessionGraph::Edges SessionGraph::edges(bool all) {
  Edges out;
  const auto add = [&](std::uint32_t from, std::uint32_t to, CallId a, CallId b, Rule rule) {
    if (all && out.size() >= most_edges)
      overflow_ = true;
    else
      out.push_back({from, to, a, b, rule});
  };
  for (const std::vector<CallId>& session : sessions_) {
    CallId last_read = none, last_write = none;
    std::vector<CallId> reads;  // Since the last write.
    for (const CallId id : session) {
      if (overflow_) break;
      const SessionCall& call = calls_[id];
      if (!(all ? maybe_[id] : sure_[id])) continue;
      if (call.observes() && (all || source(id) != none)) {
        for (const std::uint32_t now : sources(id)) {
          if (last_read != none)
            for (const std::uint32_t before : sources(last_read))
              if (before != now) add(before, now, last_read, id, Rule::reads);
          if (last_write != none && last_write + 1 != now)
            add(last_write + 1, now, last_write, id, Rule::own);
          if (call.mutates()) add(now, id + 1, id, id, Rule::swap);
        }
        // An answer that nobody can have given puts an end to no chain.
        if (!sources(id).empty()) last_read = id;
        if (!call.mutates()) reads.push_back(id);
      }
      if (!call.mutates()) continue;
      add(0, id + 1, id, id, Rule::initial);
      if (last_write != none) add(last_write + 1, id + 1, last_write, id, Rule::writes);
      for (const CallId read : reads)
        for (const std::uint32_t seen : sources(read)) add(seen, id + 1, read, id, Rule::follow);
      reads.clear();
      // What follows this write follows what it swapped, too.
      last_write = id;
    }
  }
  if (overflow_) out.clear();
  return out;
}

SessionGraph::Edges SessionGraph::circle(const Edges& edges, std::uint32_t wanted) const {
  const Adjacency graph(edges, wanted, calls_.size() + 1);
  const auto left = graph.left_over();
  // What is left over has something left over before it: going back ends in a circle.
  std::unordered_map<std::uint32_t, const Precedence*> before;
  for (const Precedence& edge : edges)
    if ((wanted & bit(edge.rule)) && left[edge.from] && left[edge.to]) before[edge.to] = &edge;
  if (before.empty()) return {};
  std::unordered_map<std::uint32_t, std::size_t> passed;
  Edges walk;
  std::uint32_t node = before.begin()->first;
  while (passed.emplace(node, walk.size()).second) {
    walk.push_back(*before.at(node));
    node = walk.back().from;
  }
  Edges best(walk.begin() + static_cast<std::ptrdiff_t>(passed.at(node)), walk.end());
  std::reverse(best.begin(), best.end());

  // A shorter one is easier to tell; an edge from the initial nil is in few.
  std::size_t visits = most_visits;
  for (const Precedence& edge : edges) {
    if (best.size() <= 2 || visits == 0) break;
    if (edge.rule == Rule::initial || !(wanted & bit(edge.rule))) continue;
    if (!left[edge.from] || !left[edge.to]) continue;
    if (edge.from == edge.to) return {edge};
    Edges way = graph.path(edge.to, edge.from, left, visits);
    if (way.empty() || way.size() + 1 >= best.size()) continue;
    way.insert(way.begin(), edge);
    best = std::move(way);
  }
  // What breaks a promise is told first.
  const auto told = std::find_if(best.begin(), best.end(),
                                 [](const Precedence& edge) { return edge.rule >= Rule::reads; });
  if (told != best.end()) std::rotate(best.begin(), told, best.end());
  return best;
}

}  // namespace clew
