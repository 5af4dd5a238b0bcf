#include "checkers/list_order.h"

#include <algorithm>

namespace clew {
namespace {

constexpr CallId nobody = static_cast<CallId>(-1);

// The longest list that was read tells the order of its elements, and every other
// one is a beginning of it. So each call has a rank: the append of element i comes
// after the reads of i elements and before those of i + 1; what nobody saw comes
// last. There is an order exactly if nothing returned before something of lower
// rank began.
class ListOrder {
 public:
  explicit ListOrder(const std::vector<ListCall>& calls) : calls_(calls) {}

  Finding decide() {
    if (!index()) return {};
    if (one_list() && real_elements()) rank();
    return std::move(finding_);
  }

 private:
  struct Ranked {
    std::size_t rank;
    CallId id;
  };

  void invalid(std::initializer_list<CallId> suspects) {
    finding_.answer = Answer::invalid;
    for (const CallId id : suspects)
      if (id != nobody) finding_.suspects.push_back(id);
  }
  const std::vector<Atom>& seen(CallId id) const { return *calls_[id].seen; }
  CallId append_of(Atom value) const {
    return value < append_of_.size() ? append_of_[value] : nobody;
  }

  // False: an element is appended twice.
  bool index() {
    for (CallId id = 0; id < calls_.size(); ++id) {
      const ListCall& call = calls_[id];
      if (!call.append) {
        if (longest_ == nobody || seen(id).size() > seen(longest_).size()) longest_ = id;
        continue;
      }
      if (call.value >= append_of_.size()) append_of_.resize(call.value + 1, nobody);
      if (append_of_[call.value] != nobody) return false;
      append_of_[call.value] = id;
    }
    return true;
  }

  // Every read saw a beginning of the longest.
  bool one_list() {
    for (CallId id = 0; id < calls_.size(); ++id) {
      if (calls_[id].append) continue;
      const auto [mine, other] =
          std::mismatch(seen(id).begin(), seen(id).end(), seen(longest_).begin());
      if (mine == seen(id).end()) continue;
      invalid({id, longest_, append_of(*mine), append_of(*other)});
      return false;
    }
    return true;
  }

  // Each element was appended, and is there once.
  bool real_elements() {
    if (longest_ == nobody) return true;
    std::vector<std::uint8_t> there(append_of_.size(), 0);
    for (const Atom value : seen(longest_)) {
      if (append_of(value) != nobody && !there[value]) {
        there[value] = 1;
        continue;
      }
      invalid({longest_, append_of(value)});
      return false;
    }
    return true;
  }

  void rank() {
    const std::size_t length = longest_ == nobody ? 0 : seen(longest_).size();
    std::vector<std::size_t> place(append_of_.size(), length);
    for (std::size_t i = 0; i < length; ++i) place[seen(longest_)[i]] = i;
    std::vector<Ranked> line;
    for (CallId id = 0; id < calls_.size(); ++id) {
      const ListCall& call = calls_[id];
      if (!call.append) {
        line.push_back({2 * seen(id).size(), id});
      } else if (call.known() || place[call.value] < length) {
        line.push_back({2 * place[call.value] + 1, id});
      }  // Else nobody knows of it.
    }
    std::sort(line.begin(), line.end(), [&](const Ranked& a, const Ranked& b) {
      return std::pair(a.rank, calls_[a.id].inv) < std::pair(b.rank, calls_[b.id].inv);
    });
    CallId first = nobody, waiting = nobody;  // To return: of higher ranks, of this one or higher.
    for (std::size_t i = line.size(); i-- > 0;) {
      const CallId id = line[i].id;
      if (i + 1 == line.size() || line[i + 1].rank != line[i].rank) first = waiting;
      if (first != nobody && calls_[first].before(calls_[id]))
        return invalid({first, id, longest_});
      if (waiting == nobody || calls_[id].ret < calls_[waiting].ret) waiting = id;
    }
    finding_.answer = Answer::valid;
    for (const Ranked& next : line) finding_.order.push_back(next.id);
  }

  const std::vector<ListCall>& calls_;
  std::vector<CallId> append_of_;  // By value.
  CallId longest_ = nobody;        // Of the reads.
  Finding finding_;
};

}  // namespace

Finding decide_list(const std::vector<ListCall>& calls) { return ListOrder(calls).decide(); }

}  // namespace clew
