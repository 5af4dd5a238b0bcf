#include "checkers/version_order.h"

#include <algorithm>
#include <map>

#include "checkers/placement.h"

namespace clew {
namespace {

constexpr CallId nobody = static_cast<CallId>(-1);

// A version that somebody wrote or saw, and all that is known of it.
struct Version {
  CallId writer = nobody;
  std::optional<Atom> value{};
  CallId told_by = nobody;  // The value.
  std::vector<CallId> readers{};
  Position closes = never;  // The first return of who saw it or a later one.
  CallId closed_by = nobody;
};

class Versions {
 public:
  explicit Versions(const std::vector<VersionCall>& calls) : calls_(calls) {}

  Finding decide() {
    if (!fits()) return {};
    if (!collect() || !check_bases()) return std::move(finding_);
    if (gaps_ > 0) {
      if (spare_swaps_) return {};
      if (!fill_gaps()) return std::move(finding_);
    }
    if (!in_real_time()) return std::move(finding_);
    finding_.answer = Answer::valid;
    for (const Version& version : versions_) {
      if (version.writer != nobody) finding_.order.push_back(version.writer);
      for (const CallId id : version.readers) finding_.order.push_back(id);
    }
    // Without them there is no violation; where they have no room in this order, there
    // may be another order of the calls of unknown outcome.
    if (!place_refused()) return {};
    return std::move(finding_);
  }

 private:
  static bool changes(const VersionCall& call) {
    return call.act == Act::write || call.act == Act::cas;
  }

  bool fits() {
    for (const VersionCall& call : calls_) {
      if (call.act == Act::refused) continue;
      if (call.known() && call.version < 0) return false;
      if (!call.known()) spare_swaps_ |= call.act == Act::cas;
    }
    return true;
  }

  // The versions up to the last one that anybody saw, each with those who saw it.
  bool collect() {
    std::size_t writes = 0;
    std::int64_t last = 0;
    for (const VersionCall& call : calls_) writes += changes(call);
    for (CallId id = 0; id < calls_.size(); ++id) {
      const std::int64_t version = calls_[id].version;
      if (!calls_[id].known() || calls_[id].act == Act::refused) continue;
      if (version > static_cast<std::int64_t>(writes)) return accuse({id});
      if (changes(calls_[id]) && version == 0) return accuse({id});
      last = std::max(last, version);
    }
    versions_.resize(static_cast<std::size_t>(last) + 1);
    versions_[0].value = nil_atom;
    for (CallId id = 0; id < calls_.size(); ++id)
      if (calls_[id].known() && calls_[id].act != Act::refused && !enter(id)) return false;
    for (std::size_t v = 1; v < versions_.size(); ++v) gaps_ += versions_[v].writer == nobody;
    for (std::size_t v = versions_.size() - 1; v-- > 0;) {
      if (versions_[v + 1].closes >= versions_[v].closes) continue;
      versions_[v].closes = versions_[v + 1].closes;
      versions_[v].closed_by = versions_[v + 1].closed_by;
    }
    return true;
  }

  bool enter(CallId id) {
    const VersionCall& call = calls_[id];
    Version& version = versions_[static_cast<std::size_t>(call.version)];
    if (call.ret < version.closes) version.closes = call.ret, version.closed_by = id;
    if (call.act == Act::read) {
      version.readers.push_back(id);
    } else {
      if (version.writer != nobody) return accuse({version.writer, id});
      version.writer = id;
    }
    return !call.value || tell(version, *call.value, id);
  }

  bool tell(Version& version, Atom value, CallId id) {
    if (version.value && *version.value != value) return accuse({version.told_by, id});
    if (!version.value) version.told_by = id;
    version.value = value;
    return true;
  }

  // What each cas says of the version before its own.
  bool check_bases() {
    for (std::size_t v = 1; v < versions_.size(); ++v) {
      const CallId id = versions_[v].writer;
      if (id == nobody) continue;
      const VersionCall& call = calls_[id];
      if (call.base && *call.base != static_cast<std::int64_t>(v) - 1) return accuse({id});
      if (call.old && !tell(versions_[v - 1], *call.old, id)) return false;
    }
    return true;
  }

  // Versions that no known call wrote are of unknown ones, which must have begun before
  // the version closes. Later versions close later: whoever fits one fits all later ones
  // of its value. So those whose value is told take the latest who fit, and leave the
  // earliest to the others.
  bool fill_gaps() {
    std::map<Atom, std::vector<CallId>> spare;  // By value, in order of invocation.
    for (CallId id = 0; id < calls_.size(); ++id)
      if (!calls_[id].known() && calls_[id].act == Act::write)
        spare[*calls_[id].value].push_back(id);
    struct Taken {
      std::size_t next = 0;
      std::vector<CallId> open{};
    };
    std::map<Atom, Taken> taken;
    std::vector<std::uint8_t> used(calls_.size(), 0);
    for (std::size_t v = 1; v < versions_.size(); ++v) {
      Version& version = versions_[v];
      if (version.writer != nobody || !version.value) continue;
      const std::vector<CallId>& all = spare[*version.value];
      Taken& now = taken[*version.value];
      for (; now.next < all.size() && calls_[all[now.next]].inv < version.closes; ++now.next)
        now.open.push_back(all[now.next]);
      if (now.open.empty()) return accuse({version.told_by, version.closed_by});
      version.writer = now.open.back();
      used[version.writer] = 1;
      now.open.pop_back();
    }
    CallId next = 0;
    for (Version& version : versions_) {
      if (&version == &versions_[0] || version.writer != nobody) continue;
      while (next < calls_.size() &&
             (calls_[next].known() || calls_[next].act != Act::write || used[next]))
        ++next;
      if (next == calls_.size() || calls_[next].inv > version.closes)
        return accuse({version.closed_by});
      version.writer = next++;
    }
    return true;
  }

  // Nothing returns before something that comes earlier in the order began.
  bool in_real_time() {
    Position latest = -1;
    CallId latest_call = nobody;
    const auto check = [&](CallId id) {
      if (calls_[id].ret < latest) return accuse({latest_call, id});
      return true;
    };
    const auto pass = [&](CallId id) {
      if (calls_[id].inv > latest) latest = calls_[id].inv, latest_call = id;
    };
    for (const Version& version : versions_) {
      if (version.writer != nobody) {
        if (!check(version.writer)) return false;
        pass(version.writer);
      }
      for (const CallId id : version.readers)
        if (!check(id)) return false;
      for (const CallId id : version.readers) pass(id);
    }
    return true;
  }

  // Once as a register of values, for those that missed a value, and once as one of
  // versions, for those that missed a version.
  bool place_refused() {
    std::vector<RegisterCall> values(calls_.size()), versions(calls_.size());
    bool missed_value = false, missed_version = false;
    const auto last = static_cast<std::int64_t>(versions_.size());
    for (CallId id = 0; id < calls_.size(); ++id) {
      const VersionCall& call = calls_[id];
      const Interval all{call.inv, call.ret}, nothing{call.inv, never};
      const bool by_value = call.act == Act::refused && call.old;
      const bool by_version = call.act == Act::refused && call.base;
      missed_value |= by_value;
      missed_version |= by_version;
      const Act act = call.act == Act::read ? Act::read : Act::write;
      values[id] = {call.act == Act::refused ? nothing : all, {act, nil_atom, 0}};
      versions[id] = {by_version ? nothing : all, {act, nil_atom, 0}};
      if (changes(call)) values[id].to = *call.value;
      if (by_value) values[id] = {all, {Act::refused, *call.old, 0}};
      if (by_value) versions[id] = values[id];
      if (by_version) {
        const std::int64_t base = *call.base < 0 ? last : std::min(*call.base, last);
        versions[id] = {all, {Act::refused, static_cast<Atom>(base), 0}};
      }
    }
    for (std::size_t v = 1; v < versions_.size(); ++v)
      if (versions_[v].writer != nobody) versions[versions_[v].writer].to = static_cast<Atom>(v);
    if (missed_value && !place_the_rest(values, finding_.order)) return false;
    return !missed_version || place_the_rest(versions, finding_.order);
  }

  bool accuse(std::vector<CallId> suspects) {
    finding_.answer = Answer::invalid;
    std::erase(suspects, nobody);
    finding_.suspects = std::move(suspects);
    return false;
  }

  const std::vector<VersionCall>& calls_;
  std::vector<Version> versions_;  // By number.
  std::size_t gaps_ = 0;           // Versions that no known call wrote.
  bool spare_swaps_ = false;       // Some cas are of unknown outcome.
  Finding finding_;
};

}  // namespace

Finding decide_versions(const std::vector<VersionCall>& calls) { return Versions(calls).decide(); }

}  // namespace clew
