#pragma once

#include <map>
#include <string>
#include <vector>

#include "checkers/model.h"

namespace clew {

// What is wrong with `calls` on a queue, of `all` of a key, that have no order. `enqueues(input)`
// says which of the two it is; `fifo`: the order matters.
template <class Calls, class Enqueues>
class QueueAnomaly {
 public:
  QueueAnomaly(const Calls& calls, const Calls& all, const Values& values, bool fifo,
               Enqueues enqueues)
      : calls_(calls), all_(all), values_(values), enqueues_(enqueues), fifo_(fifo) {
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (enqueues_(calls[i].input)) {
        by_value_[calls[i].input.value].in.push_back(i);
      } else if (!calls[i].known()) {
        unknown_.push_back(i);
      } else if (calls[i].output.found == nil_atom) {
        empty_.push_back(i);
      } else {
        by_value_[calls[i].output.found].out.push_back(i);
      }
    }
  }

  std::optional<Anomaly> find() const {
    for (const auto& [value, at] : by_value_)
      if (auto found = too_much(value, at)) return found;
    for (const std::size_t i : empty_)
      if (auto found = not_empty(i)) return found;
    if (fifo_ && unknown_.empty())
      for (const auto& [value, at] : by_value_)
        if (auto found = overtaken(value, at)) return found;
    return std::nullopt;
  }

 private:
  struct Places {
    std::vector<std::size_t> in{}, out{};
  };

  std::string text(Atom value) const { return values_.text(value); }

  std::optional<Anomaly> too_much(Atom value, const Places& at) const {
    for (const std::size_t i : at.out) {
      bool before = false;
      for (const std::size_t in : at.in) before |= calls_[in].inv < calls_[i].ret;
      if (!before)
        return Anomaly{"never-enqueued", i, "Element out of nowhere", "dequeued " + text(value),
                       ", which nobody had enqueued"};
    }
    if (at.out.size() <= at.in.size()) return std::nullopt;
    std::size_t last = at.out[0];
    for (const std::size_t i : at.out)
      if (calls_[i].ret > calls_[last].ret) last = i;
    return Anomaly{"duplicate-element", last, "Duplicate element", "dequeued " + text(value),
                   ": it came out " + std::to_string(at.out.size()) + " times, and went in " +
                       std::to_string(at.in.size()) + " times"};
  }

  std::optional<Anomaly> not_empty(std::size_t i) const {
    std::size_t surplus = 0, unknown = 0;
    Atom one = nil_atom;
    for (const std::size_t u : unknown_) unknown += calls_[u].inv < calls_[i].ret;
    for (const auto& [value, at] : by_value_) {
      std::size_t in = 0, out = 0;
      for (const std::size_t e : at.in) in += calls_[e].ret < calls_[i].inv;
      for (const std::size_t d : at.out) out += calls_[d].inv < calls_[i].ret;
      if (in <= out) continue;
      surplus += in - out;
      one = value;
    }
    if (surplus <= unknown) return std::nullopt;
    return Anomaly{"empty-but-not", i, "Empty, but not", "was told that the queue is empty",
                   ", though " + text(one) + " had been enqueued and not dequeued"};
  }

  // Ever, for all that is known.
  bool comes_out(Atom value) const {
    for (const auto& call : all_)
      if (!enqueues_(call.input) && (!call.known() || call.output.found == value)) return true;
    return false;
  }

  // An element that went in later came out, and this one did not, or too late.
  std::optional<Anomaly> overtaken(Atom value, const Places& at) const {
    if (at.in.size() != 1 || at.out.size() > 1) return std::nullopt;
    const bool later = !at.out.empty();
    const bool lost = !later && !comes_out(value);
    for (const auto& [other, places] : by_value_) {
      if (places.in.size() != 1 || places.out.size() != 1) continue;
      const std::size_t out = places.out[0];
      if (!(calls_[at.in[0]].ret < calls_[places.in[0]].inv)) continue;
      if (later && !(calls_[out].ret < calls_[at.out[0]].inv)) continue;
      const std::string before = text(value) + ", which was enqueued before it,";
      return Anomaly{lost ? "lost-element" : "out-of-order", out,
                     lost ? "Lost element" : "Out of order", "dequeued " + text(other),
                     ", though " + before + (lost ? " never came out" : " was still in it")};
    }
    return std::nullopt;
  }

  const Calls& calls_;
  const Calls& all_;  // Of the key: the counterexample may end before all came out.
  const Values& values_;
  const Enqueues enqueues_;
  const bool fifo_;
  std::map<Atom, Places> by_value_;
  std::vector<std::size_t> unknown_, empty_;
};

}  // namespace clew
