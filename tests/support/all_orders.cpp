#include "tests/support/all_orders.h"

#include <algorithm>
#include <functional>
#include <map>

namespace clew::testing {
namespace {

using Calls = std::vector<SessionCall>;

bool extend(const Calls& calls, bool real_time, std::vector<std::uint8_t>& done, Atom value) {
  bool complete = true;
  for (std::size_t i = 0; i < calls.size(); ++i) complete &= done[i] || !calls[i].known();
  if (complete) return true;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (done[i]) continue;
    bool first = true;
    for (std::size_t j = 0; j < calls.size(); ++j) {
      if (done[j] || j == i || !calls[j].known()) continue;
      if (calls[j].session == calls[i].session && j < i) first = false;
      if (real_time && calls[j].ret < calls[i].inv) first = false;
    }
    const SessionCall& call = calls[i];
    if (call.act == Act::refused ? call.from == value : call.observes() && call.from != value)
      first = false;
    if (!first) continue;
    done[i] = 1;
    if (extend(calls, real_time, done, call.mutates() ? call.to : value)) return true;
    done[i] = 0;
  }
  return false;
}

constexpr int initial = -1;
constexpr int nobody = -2;

// One way to tell who wrote what was read: the calls that took effect, and for
// each of these that saw something the call that wrote it.
struct Reading {
  std::vector<int> taken{};
  std::map<int, int> writer{};
};

std::vector<Reading> readings(const Calls& calls) {
  std::vector<Reading> out;
  const int count = static_cast<int>(calls.size());
  const auto at = [&](int i) -> const SessionCall& { return calls[static_cast<std::size_t>(i)]; };
  std::vector<int> unknown;
  for (int i = 0; i < count; ++i)
    if (!at(i).known()) unknown.push_back(i);
  for (std::size_t subset = 0; subset < (std::size_t{1} << unknown.size()); ++subset) {
    Reading reading;
    for (int i = 0; i < count; ++i) {
      const auto it = std::find(unknown.begin(), unknown.end(), i);
      if (it == unknown.end() || ((subset >> (it - unknown.begin())) & 1U))
        reading.taken.push_back(i);
    }
    std::vector<int> observers;
    for (const int i : reading.taken)
      if (at(i).act == Act::read || at(i).act == Act::cas) observers.push_back(i);
    const std::function<void(std::size_t)> choose = [&](std::size_t k) {
      if (k == observers.size()) return out.push_back(reading);
      const Atom seen = at(observers[k]).from;
      bool anyone = seen == nil_atom;
      if (seen == nil_atom) {
        reading.writer[observers[k]] = initial;
        choose(k + 1);
      }
      for (int w = 0; w < count; ++w) {
        if (!at(w).mutates() || at(w).to != seen) continue;
        anyone = true;
        if (std::find(reading.taken.begin(), reading.taken.end(), w) == reading.taken.end())
          continue;
        reading.writer[observers[k]] = w;
        choose(k + 1);
      }
      if (anyone) return;
      reading.writer[observers[k]] = nobody;
      choose(k + 1);
    };
    choose(0);
  }
  return out;
}

// Which of the guarantees some version order keeps.
std::array<bool, 4> kept(const Calls& calls, const Reading& reading) {
  std::array<bool, 4> out{};
  std::vector<int> order;
  for (const int i : reading.taken)
    if (calls[static_cast<std::size_t>(i)].mutates()) order.push_back(i);
  do {
    std::map<int, int> place{{initial, -1}};
    for (std::size_t k = 0; k < order.size(); ++k) place[order[k]] = static_cast<int>(k);
    bool swaps = true;
    std::array<bool, 4> now{true, true, true, true};
    for (const int a : reading.taken) {
      const auto seen_a = reading.writer.find(a);
      const bool reads_a = seen_a != reading.writer.end() && seen_a->second != nobody;
      const SessionCall& first = calls[static_cast<std::size_t>(a)];
      if (first.act == Act::cas && reads_a) swaps &= place[seen_a->second] < place[a];
      for (const int b : reading.taken) {
        const SessionCall& second = calls[static_cast<std::size_t>(b)];
        if (b <= a || first.session != second.session) continue;
        const auto seen_b = reading.writer.find(b);
        const bool reads_b = seen_b != reading.writer.end() && seen_b->second != nobody;
        if (reads_a && reads_b) now[0] &= place[seen_a->second] <= place[seen_b->second];
        if (first.mutates() && second.mutates()) now[1] &= place[a] < place[b];
        if (first.mutates() && reads_b) now[2] &= place[a] <= place[seen_b->second];
        if (reads_a && second.mutates()) now[3] &= place[seen_a->second] < place[b];
      }
    }
    if (!swaps || !now[1]) continue;
    for (std::size_t g = 0; g < 4; ++g) out[g] |= now[g];
  } while (std::next_permutation(order.begin(), order.end()));
  return out;
}

}  // namespace

bool has_sequential_order(const Calls& calls, bool real_time) {
  std::vector<std::uint8_t> done(calls.size(), 0);
  return extend(calls, real_time, done, nil_atom);
}

std::array<Kept, 4> session_guarantees(const Calls& calls) {
  // By what the known calls read: whether some choice of the rest keeps it.
  std::map<std::map<int, int>, std::array<bool, 4>> choices;
  std::array<bool, 4> orphaned{};
  for (const Reading& reading : readings(calls)) {
    const auto now = kept(calls, reading);
    std::map<int, int> known;
    bool orphan = false;
    for (const auto& [reader, writer] : reading.writer) {
      orphan |= writer == nobody;
      if (calls[static_cast<std::size_t>(reader)].known()) known[reader] = writer;
    }
    auto& best = orphan ? orphaned : choices[known];
    for (std::size_t g = 0; g < 4; ++g) best[g] |= now[g];
  }
  std::array<Kept, 4> out{};
  for (std::size_t g = 0; g < 4; ++g) {
    std::size_t good = 0;
    for (const auto& [known, best] : choices) good += best[g];
    const bool all = good > 0 && good == choices.size();
    out[g] = all ? Kept::always : good > 0 ? Kept::sometimes : Kept::never;
    if (good == 0 && orphaned[g]) out[g] = Kept::orphaned;
  }
  return out;
}

std::vector<Nanos> stale_reads(const std::vector<TimedCall>& calls) {
  const auto effect = [&](const TimedCall& write) {
    Nanos at = write.returned;
    bool alone = write.to != nil_atom;
    for (const TimedCall& other : calls)
      alone &= &other == &write || !other.mutates() || other.to != write.to;
    for (const TimedCall& other : calls)
      if (alone && other.observes() && other.from == write.to) at = std::min(at, other.returned);
    return at < write.invoked ? Nanos::max() : at;
  };
  const auto gone = [&](Nanos since) {
    Nanos out = Nanos::max();
    for (const TimedCall& write : calls)
      if (write.mutates() && write.invoked > since) out = std::min(out, effect(write));
    return out;
  };
  std::vector<Nanos> out;
  for (const TimedCall& read : calls) {
    if (read.act != Act::read || read.returned == Nanos::max()) continue;
    bool some = read.from == nil_atom;
    Nanos late = some ? gone(Nanos::min()) : Nanos::min();
    for (const TimedCall& write : calls) {
      if (!write.mutates() || write.to != read.from || write.invoked > read.returned) continue;
      some = true;
      late = std::max(late, gone(effect(write)));
    }
    if (some && late < read.invoked) out.push_back(read.invoked - late);
  }
  return out;
}

}  // namespace clew::testing
