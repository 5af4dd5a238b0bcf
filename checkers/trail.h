#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "checkers/call.h"

namespace clew {

// The orders that led to the configurations, as a tree that shares beginnings.
class Trail {
  struct Node {
    std::uint32_t before;
    CallId id;
  };

 public:
  static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);

  std::uint32_t add(std::uint32_t before, CallId id) {
    nodes_.push_back({before, id});
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }
  std::vector<CallId> path(std::uint32_t last) const {
    std::vector<CallId> out;
    for (; last != none; last = nodes_[last].before) out.push_back(nodes_[last].id);
    std::reverse(out.begin(), out.end());
    return out;
  }
  std::size_t bytes() const { return nodes_.capacity() * sizeof(Node); }

  // What one of several searchers adds, until it is grafted onto the trail that all
  // of them started from. Its numbers mean nothing to the others before.
  class Branch {
   public:
    void clear() { nodes_.clear(); }
    std::uint32_t add(std::uint32_t before, CallId id) {
      nodes_.push_back({before, id});
      return own | static_cast<std::uint32_t>(nodes_.size() - 1);
    }
    std::size_t bytes() const { return nodes_.capacity() * sizeof(Node); }
    // The number in the trail of what has this number here, grafted at `base`.
    static std::uint32_t grafted(std::uint32_t at, std::uint32_t base) {
      return at == none || (at & own) == 0 ? at : base + (at & ~own);
    }

   private:
    friend class Trail;
    static constexpr std::uint32_t own = std::uint32_t{1} << 31;
    std::vector<Node> nodes_;
  };
  // Returns where it begins now.
  std::uint32_t graft(const Branch& branch) {
    const auto base = static_cast<std::uint32_t>(nodes_.size());
    for (const Node& node : branch.nodes_)
      nodes_.push_back({Branch::grafted(node.before, base), node.id});
    return base;
  }

  // Much has been added since keep() last ran: most of it leads nowhere by now.
  bool crowded() const { return nodes_.size() > 2 * kept_ + (std::size_t{1} << 16); }
  // Forgets all that does not lead to one of `ends`, and moves those.
  void keep(const std::vector<std::uint32_t*>& ends) {
    std::vector<std::uint32_t> moved(nodes_.size(), 0);
    for (const std::uint32_t* end : ends)
      for (std::uint32_t at = *end; at != none && moved[at] == 0; at = nodes_[at].before)
        moved[at] = 1;
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {  // A node lies after what it follows.
      if (moved[i] == 0) continue;
      Node node = nodes_[i];
      if (node.before != none) node.before = moved[node.before];
      nodes_[next] = node;
      moved[i] = next++;
    }
    for (std::uint32_t* end : ends)
      if (*end != none) *end = moved[*end];
    nodes_.resize(next);
    kept_ = next;
  }

 private:
  std::vector<Node> nodes_;
  std::size_t kept_ = 0;
};

}  // namespace clew
