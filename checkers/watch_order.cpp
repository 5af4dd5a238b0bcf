#include "checkers/watch_order.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "harness/error.h"

namespace clew {
namespace {

using Change = std::pair<std::int64_t, std::string>;  // Revision and key.

struct WatchStream {
  const Op* asked = nullptr;
  const Op* answered = nullptr;
  std::vector<std::pair<Change, Value>> events{};

  std::string who() const {
    return "the watch by process " + std::to_string(asked->process) + " on " + asked->node +
           " (op " + std::to_string(asked->index) + ")";
  }
};

WatchStream read_stream(const Op& asked, const Op& answered) {
  WatchStream stream{.asked = &asked, .answered = &answered};
  const auto bad = [&] {
    return UsageError("op " + std::to_string(answered.index) +
                      ": a watch must be a list of [revision, key, value]");
  };
  if (!answered.value.is_list()) throw bad();
  for (const Value& event : answered.value.as_list()) {
    if (!event.is_list() || event.as_list().size() != 3 || !event.as_list()[0].is_int() ||
        !event.as_list()[1].is_text())
      throw bad();
    const Value::List& parts = event.as_list();
    stream.events.push_back({{parts[0].as_int(), parts[1].as_text()}, parts[2]});
  }
  return stream;
}

std::string name_of(const Change& change) {
  return "revision " + std::to_string(change.first) + " of " + change.second;
}

class WatchOrder final : public Checker {
 public:
  Verdict check(const History& history, const Limits& /*limits*/,
                std::stop_token stop) const override {
    Verdict verdict{.checker = "watch-order", .outcome = Outcome::valid};
    std::vector<WatchStream> streams;
    const auto ops = history.ops();
    for (std::size_t i = 0; i < ops.size(); ++i) {
      if (ops[i].kind != Kind::invoke || ops[i].f != "watch") continue;
      const std::size_t end = history.completion(i);
      if (end != History::none && ops[end].kind == Kind::ok)
        streams.push_back(read_stream(ops[i], ops[end]));
    }
    std::map<Change, Value> seen;
    std::size_t events = 0;
    for (const WatchStream& stream : streams) {
      if (stop.stop_requested()) return interrupted(verdict);
      events += stream.events.size();
      for (const std::string& wrong : {alone(stream), agrees(stream, seen)})
        if (!wrong.empty()) return violation(verdict, wrong);
    }
    for (const WatchStream& stream : streams) {
      if (stop.stop_requested()) return interrupted(verdict);
      if (const std::string wrong = complete(stream, seen); !wrong.empty())
        return violation(verdict, wrong);
    }
    if (events == 0) {
      verdict.outcome = Outcome::unknown;
      verdict.cause = verdict.reason = "vacuous: no watch saw a change";
      return verdict;
    }
    verdict.reason = std::to_string(streams.size()) + " streams, " + std::to_string(events) +
                     " events, " + std::to_string(seen.size()) + " changes";
    return verdict;
  }

 private:
  // Order and uniqueness need nobody else.
  static std::string alone(const WatchStream& stream) {
    std::set<Change> had;
    std::int64_t latest = stream.asked->value.is_int() ? stream.asked->value.as_int() : 0;
    const char* than = " although it had asked from revision ";
    for (const auto& [change, value] : stream.events) {
      if (change.first < latest)
        return "Watch goes back in time: " + stream.who() + " got " + name_of(change) + than +
               std::to_string(latest) + ".";
      if (!had.insert(change).second)
        return "Watch not unique: " + stream.who() + " got " + name_of(change) + " twice.";
      latest = change.first;
      than = " after revision ";
    }
    return "";
  }

  static std::string agrees(const WatchStream& stream, std::map<Change, Value>& seen) {
    for (const auto& [change, value] : stream.events) {
      const auto [it, fresh] = seen.emplace(change, value);
      if (!fresh && !(it->second == value))
        return "Watches disagree: " + stream.who() + " saw " + to_text(value) + " at " +
               name_of(change) + ", another one saw " + to_text(it->second) + ".";
    }
    return "";
  }

  static std::string complete(const WatchStream& stream, const std::map<Change, Value>& seen) {
    if (stream.events.empty()) return "";
    std::set<Change> had;
    for (const auto& [change, value] : stream.events) had.insert(change);
    const std::int64_t first = had.begin()->first;
    const std::int64_t last = had.rbegin()->first;
    for (auto it = seen.lower_bound({first, ""}); it != seen.end() && it->first.first <= last; ++it)
      if (!had.contains(it->first))
        return "Watch has a gap: " + stream.who() + " never got " + name_of(it->first) +
               ", which another one saw, between revisions " + std::to_string(first) + " and " +
               std::to_string(last) + ".";
    return "";
  }

  static Verdict violation(Verdict& verdict, const std::string& what) {
    verdict.outcome = Outcome::invalid;
    verdict.reason = what;
    return verdict;
  }
  static Verdict interrupted(Verdict& verdict) {
    verdict.outcome = Outcome::unknown;
    verdict.cause = "interrupted";
    return verdict;
  }
};

}  // namespace

std::unique_ptr<Checker> watch_order() { return std::make_unique<WatchOrder>(); }

}  // namespace clew
